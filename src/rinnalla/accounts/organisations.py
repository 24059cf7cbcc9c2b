"""Programmes and who works for them."""

from collections.abc import Sequence
from contextlib import suppress
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts import repository
from rinnalla.accounts.errors import OrganisationNameTaken, OrganisationNotFound
from rinnalla.accounts.models import Organisation
from rinnalla.kit.database import broken_constraint
from rinnalla.kit.errors import EditedMeanwhile


class Organisations:
    """Makes, finds and changes programmes. They are public; who may change them is the routes' affair."""

    async def all(self, db: AsyncSession) -> Sequence[Organisation]:
        """All programmes, oldest first."""
        return await repository.organisations(db)

    async def get(self, db: AsyncSession, organisation_id: UUID) -> Organisation:
        """One programme. Raises: OrganisationNotFound."""
        found = await repository.organisation(db, organisation_id)
        if found is None:
            raise OrganisationNotFound
        return found

    async def by_name(self, db: AsyncSession, name: str) -> Organisation | None:
        """The programme of that name, however it is capitalised."""
        return await repository.organisation_by_name(db, name)

    async def to_join(self, db: AsyncSession, organisation_id: UUID | None) -> UUID | None:
        """The programme with that id, or the oldest one; None when there is none."""
        if organisation_id is not None:
            found = await repository.organisation(db, organisation_id)
            return found.id if found else None
        every = await repository.organisations(db)
        return every[0].id if every else None

    async def create(self, db: AsyncSession, *, name: str, country: str, mentees_may_choose: bool) -> Organisation:
        """A new programme. Raises: OrganisationNameTaken."""
        organisation = Organisation(name=name.strip(), country=country, mentees_may_choose=mentees_may_choose)
        db.add(organisation)
        await self._flush(db)
        return await self.get(db, organisation.id)

    async def edit(
        self,
        db: AsyncSession,
        organisation_id: UUID,
        version: int,
        *,
        name: str,
        country: str,
        mentees_may_choose: bool,
    ) -> Organisation:
        """Change a programme. Raises: OrganisationNotFound, OrganisationNameTaken, EditedMeanwhile."""
        organisation = await repository.organisation(db, organisation_id, lock=True)
        if organisation is None:
            raise OrganisationNotFound
        if organisation.version != version:
            raise EditedMeanwhile
        organisation.name, organisation.country = name.strip(), country
        organisation.mentees_may_choose = mentees_may_choose
        organisation.version += 1
        await self._flush(db)
        return organisation

    async def remove_unused(self, db: AsyncSession, organisation_id: UUID) -> None:
        """Remove a programme that nobody belongs to and nothing was done in; any other stays as it is."""
        with suppress(IntegrityError):
            async with db.begin_nested():
                await repository.drop_organisation(db, organisation_id)

    async def _flush(self, db: AsyncSession) -> None:
        try:
            await db.flush()
        except IntegrityError as error:
            if broken_constraint(error) == "uq_organisation_name":
                raise OrganisationNameTaken from error
            raise
