"""What people let those they talk with see of them: whether they are there, and that they have read something.

Until someone chooses otherwise nothing is seen: neither is anybody's business, and both can press.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts import repository, repository_visibility
from rinnalla.accounts.models import PresenceDetail, Visibility
from rinnalla.accounts.policy import Presence, presence_shown
from rinnalla.kit.caller import Caller
from rinnalla.kit.errors import EditedMeanwhile


@dataclass(frozen=True, slots=True)
class Seen:
    """What may be seen of someone now."""

    presence: Presence | None = None
    read_marks: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What someone lets others see."""

    presence: PresenceDetail
    read_marks: bool
    version: int


class Visibilities:
    """Keeps what people choose to show, and says what may be seen of them."""

    async def own(self, db: AsyncSession, caller: Caller) -> Choice:
        """What the caller shows."""
        return _choice(await repository_visibility.own_visibility(db, caller))

    async def edit(
        self, db: AsyncSession, caller: Caller, version: int, *, presence: PresenceDetail, read_marks: bool
    ) -> Choice:
        """Choose what to show. Raises: EditedMeanwhile, InvalidToken (gone meanwhile)."""
        await repository.own_account(db, caller, lock=True)  # one edit after the other, also the first one
        kept = await repository_visibility.own_visibility(db, caller)
        if _choice(kept).version != version:
            raise EditedMeanwhile
        today = await repository_visibility.today(db)
        if kept is None:
            kept = Visibility(account_id=caller.account_id)
            db.add(kept)
        kept.presence, kept.read_marks, kept.version = presence, read_marks, version + 1
        if presence == PresenceDetail.HIDDEN:
            kept.active_on = kept.active_before = None
        elif kept.active_on is None:
            # That they were here is told by choosing to show it.
            kept.active_on, kept.active_before = today, today - timedelta(days=1)
        await db.flush()
        return _choice(kept)

    async def seen(self, db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, Seen]:
        """What may be seen of each of these people, whom the asking feature has found someone to talk with."""
        nothing = dict.fromkeys(account_ids, Seen())
        return nothing | {
            sight.account_id: Seen(
                presence_shown(
                    sight.presence,
                    sight.days_ago(sight.active_on),
                    sight.days_ago(sight.active_before),
                    is_connected=sight.is_connected,
                ),
                sight.read_marks,
            )
            for sight in await repository_visibility.sights(db, account_ids)
        }

    async def came_or_went(self, db: AsyncSession, account_ids: Collection[UUID]) -> set[UUID]:
        """These people have just come, or were here until now. Returns those who let others see that at once."""
        await repository_visibility.note_active(db, account_ids)
        return await repository_visibility.shown_online(db, account_ids)


def _choice(kept: Visibility | None) -> Choice:
    if kept is None:
        return Choice(PresenceDetail.HIDDEN, read_marks=False, version=1)
    return Choice(PresenceDetail(kept.presence), kept.read_marks, kept.version)
