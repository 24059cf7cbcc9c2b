"""Mentors' photos."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.kit.database import Database
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.threads import BoundedThreads
from rinnalla.profiles import repository
from rinnalla.profiles.errors import MentorNotFound, PhotoNotFound
from rinnalla.profiles.models import Photo
from rinnalla.profiles.pictures import redraw
from rinnalla.profiles.repository import FullCard

CHANGES = Limit("photo_change", 30, 3600)


class Photos:
    """Shows and replaces photos."""

    def __init__(self, database: Database, limits: Limits, threads: BoundedThreads) -> None:
        self._database = database
        self._limits = limits
        self._threads = threads

    async def published(self, db: AsyncSession, photo_id: UUID) -> Photo:
        """A photo of an approved and active mentor. Raises: PhotoNotFound."""
        return _found(await repository.published_photo(db, photo_id))

    async def unpublished(self, db: AsyncSession, caller: Caller, photo_id: UUID) -> Photo:
        """The caller's own photo, or for staff one of their programme's mentors. Raises: PhotoNotFound."""
        return _found(await repository.unpublished_photo(db, caller, photo_id))

    async def replace_own(self, caller: Caller, content: bytes) -> FullCard:
        """A new photo on the caller's card. It is redrawn before a database connection is taken.

        Raises: NotAnImage, ImageTooLarge, MentorNotFound, TooManyRequests, Unavailable when too many wait already.
        """
        await self._limits.take(CHANGES, caller.account_id)
        picture = await self._threads.run(lambda: redraw(content))
        photo = Photo(account_id=caller.account_id, content=picture.content, width=picture.width, height=picture.height)
        async with self._database.unit_of_work() as db:
            return await self._put(db, caller, photo)

    async def remove_own(self, db: AsyncSession, caller: Caller) -> None:
        """No photo on the caller's card. Raises: MentorNotFound."""
        await self._put(db, caller, None)

    async def _put(self, db: AsyncSession, caller: Caller, photo: Photo | None) -> FullCard:
        await repository.lock_own_card(db, caller)
        full = await repository.own_card(db, caller)
        if full is None:
            raise MentorNotFound
        await repository.replace_photo(db, caller, photo)
        return replace(full, photo_id=photo.id if photo else None)


def _found(photo: Photo | None) -> Photo:
    if photo is None:
        raise PhotoNotFound
    return photo
