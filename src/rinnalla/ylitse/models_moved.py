"""Who was moved in."""

from sqlalchemy import LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit.database import Model


class MovedIn(Model):
    """Someone who was moved in, by a digest of what their id was. It stays when they leave: who has left must not come
    back when the same export is read once more. It says nothing of anybody."""

    __tablename__ = "ylitse_moved_in"

    digest: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
