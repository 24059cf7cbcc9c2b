"""Who was moved in, and what is being."""

from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model


class MovedIn(Model):
    """Someone who was moved in, by a digest of what their id was. It stays when they leave: who has left must not come
    back when the same export is read once more. It says nothing of anybody."""

    __tablename__ = "ylitse_moved_in"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)


class HalfMoved(Model):
    """A conversation of which more is to come, should the process that brings it die in between. Any other that is
    closed has ended here."""

    __tablename__ = "ylitse_half_moved"

    thread_id: Mapped[UUID] = mapped_column(ForeignKey("thread.id", ondelete="CASCADE"), primary_key=True)
