"""What a programme settles, as it is stored."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model, created_now


class MatchingSettingsVersion(Model):
    """How a programme matches and looks after its pairs, from one moment until the next version. A trigger sees to it
    that versions are only added: what was decided by one can be explained by it later. `stated` is
    `settings.ProgrammeSettings`. `set_by` is an id without a foreign key, because the row stays as it was."""

    __tablename__ = "matching_settings"
    __table_args__ = (CheckConstraint("version >= 1", name="version_counted"),)

    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id", ondelete="RESTRICT"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stated: Mapped[dict[str, Any]]
    set_by: Mapped[UUID]
    set_at: Mapped[datetime] = created_now()
