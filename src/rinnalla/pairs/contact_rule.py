"""The written rule on contact after a pair has ended: what the programme says in its own words, or, where it says
nothing, ours, which apps have words for: contact goes through the programme."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.kit.database import broken_constraint, now
from rinnalla.kit.errors import EditedMeanwhile
from rinnalla.pairs import repository_members as repository
from rinnalla.pairs.models_members import ContactRule


@dataclass(frozen=True, slots=True)
class ContactRuleView:
    """The texts by language. Version 0: the programme has never said anything."""

    texts: Mapping[str, str]
    version: int = 0
    updated_at: datetime | None = None


class ContactRules:
    """Keeps each programme's rule."""

    async def of_home(self, db: AsyncSession, caller: Caller) -> ContactRuleView:
        """The rule of the caller's programme."""
        return _view(await repository.contact_rule(db, caller.home))

    async def edit(self, db: AsyncSession, caller: Caller, version: int, texts: Mapping[str, str]) -> ContactRuleView:
        """Say it anew, for staff. Raises: EditedMeanwhile."""
        row = await repository.contact_rule(db, caller.home, lock=True)
        if version != (row.version if row else 0):
            raise EditedMeanwhile
        row = row or ContactRule(organisation_id=caller.home)
        row.version, row.updated_at, row.texts = version + 1, await now(db), dict(texts)
        try:
            await repository.add(db, row)
        except IntegrityError as error:
            if broken_constraint(error) == "pk_contact_rule":
                raise EditedMeanwhile from error
            raise
        return _view(row)


def _view(row: ContactRule | None) -> ContactRuleView:
    return ContactRuleView(row.texts, row.version, row.updated_at) if row else ContactRuleView({})
