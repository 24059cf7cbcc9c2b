"""How two come together: staff propose them to each other; or, where the programme leaves it to them, a young person
asks a mentor, or writes to one at once."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Organisations
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem, InvalidBody, InvalidToken
from rinnalla.kit.ids import new_id
from rinnalla.kit.limits import Limit, Limits
from rinnalla.pairs import repository, repository_members
from rinnalla.pairs.errors import AlreadyPaired, MentorAway, MentorFull, PartedBefore, ProgrammeMatches
from rinnalla.pairs.models import PLACE_TAKING, Pair, PairOrigin, PairState, Step, Two
from rinnalla.pairs.models_members import OverrideCause, PairOverride
from rinnalla.pairs.policy import is_away, is_full, knows_of_parting, thread_of, was_turned_down
from rinnalla.pairs.proposals import start_trial
from rinnalla.pairs.proposing import Proposing, wait_for_answers
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.settings import MatchingSettings
from rinnalla.pairs.turning_away import TurningAway
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Profiles

NEW_MENTORS = Limit("write_to_mentor", 5, timedelta(days=1).total_seconds())
"""To how many mentors one young person can turn first: time for an answer before the next."""


class Beginnings:
    """Brings people together."""

    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        organisations: Organisations,
        profiles: Profiles,
        settings: MatchingSettings,
        turning_away: TurningAway,
        proposing: Proposing,
        limits: Limits,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._organisations = organisations
        self._profiles = profiles
        self._settings = settings
        self._turning_away = turning_away
        self._proposing = proposing
        self._limits = limits

    async def bring_together(
        self, db: AsyncSession, caller: Caller, *, mentor_id: UUID, mentee_id: UUID | None, reason: str | None = None
    ) -> PairView:
        """Staff propose a pair; a young person writes to a mentor, or asks one: what the programme leaves to them.

        Raises: InvalidBody (`mentee_id` and `reason` are for staff, who must send the first), and as
        `Proposing.propose`, `write_to` or `ask`.
        """
        if caller.role == Role.STAFF:
            if mentee_id is None:
                raise InvalidBody(FieldProblem(code="required", pointer="/mentee_id"))
            return await self._proposing.propose(db, caller, Two(mentee_id, mentor_id), reason)
        for_staff = {"/mentee_id": mentee_id, "/reason": reason}
        if sent := [pointer for pointer, value in for_staff.items() if value is not None]:
            raise InvalidBody(*(FieldProblem(code="unknown_field", pointer=pointer) for pointer in sent))
        if (await self._organisations.get(db, caller.home)).mentees_may_choose:
            return await self.write_to(db, caller, mentor_id)
        return await self.ask(db, caller, mentor_id)

    async def write_to(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> PairView:
        """Where the programme leaves the choice to young people: a trial with that mentor at once. The mentor has said
        yes by having an open card; that neither has seen what the other expects is the programme's rule.

        Raises: ProgrammeMatches, and as `_check_reachable`.
        """
        if not (await self._organisations.get(db, caller.home)).mentees_may_choose:
            raise ProgrammeMatches
        await self._check_reachable(db, caller, mentor_id)
        pair = _new_pair(caller, mentor_id)
        pair.mentee_accepted_at = await now(db)
        news = await start_trial(db, caller, pair, Step.CHOOSE, self._records, self._settings)
        await repository_members.add(db, PairOverride(pair_id=pair.id, cause=OverrideCause.PROGRAMME))
        return await self._records.finish(db, caller, pair, news)

    async def may_propose(self, db: AsyncSession, caller: Caller) -> bool:
        """Whether the caller's programme lets young people ask a mentor."""
        return (await self._settings.in_force(db, caller.home)).settings.mentees_may_propose

    async def ask(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> PairView:
        """Where the programme lets young people ask: a proposal, as staff would make it. Both read what the other
        expects, and both say yes to it. Who asks waits from now on, if they did not; and asks one mentor at a time,
        since each takes one of a mentor's places.

        Raises: ProgrammeMatches, ProposalOpen, and as `_check_reachable`.
        """
        if not await self.may_propose(db, caller):
            raise ProgrammeMatches
        await self._proposing.take_turn(db, caller, together=True)
        earlier = await self._check_reachable(db, caller, mentor_id)
        await repository.ask(db, caller)
        pair = _new_pair(caller, mentor_id)
        pair.thread_id = thread_of(earlier)
        wait_for_answers(pair, (await self._settings.in_force(db, caller.home)).settings, await now(db))
        news = await self._records.move(db, pair, Step.PROPOSE, PairState.PROPOSED, by=caller)
        return await self._records.finish(db, caller, pair, news)

    async def _check_reachable(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> Sequence[Pair]:
        """That a young person may turn to that mentor. What can be seen of the mentor is said first: nothing else is
        found out by trying one who has no place. Returns the pairs that the two were before.

        Raises: MentorNotFound, AlreadyPaired, PartedBefore, MentorAway, MentorFull, TooManyRequests, OnYourList,
        ThreadBlocked, MentorUnavailable (the first time it counts as a try), InvalidToken (the caller has left or is
        suspended in this moment).
        """
        # Kept from leaving, as everyone whose pair begins: who leaves tells whom they have begun to talk with.
        if not await self._accounts.active_people(db, caller.home, Role.MENTEE, [caller.account_id]):
            raise InvalidToken
        mentors = await self._accounts.active_people(db, caller.home, Role.MENTOR, [mentor_id])
        card = (await self._profiles.hold_cards(db, mentors)).get(mentor_id)
        if card is None:
            raise MentorNotFound
        earlier = await repository.pairs_between(db, caller, [caller.account_id], [mentor_id])
        known = await self._records.seen_by(db, caller, earlier)
        if any(pair.state in PLACE_TAKING for pair in known):
            raise AlreadyPaired
        if knows_of_parting(known, Role.MENTEE):
            raise PartedBefore
        moment = await now(db)
        if is_away(card, moment.date()):
            raise MentorAway
        if is_full(card):
            raise MentorFull
        if mentor_id not in await self._turning_away.from_whom(db, caller):  # who is, finds nothing out by trying again
            await self._limits.take_within(db, NEW_MENTORS, [caller.account_id])
        turned_down = was_turned_down(earlier, moment, asking=Role.MENTEE)
        await self._turning_away.check(db, caller, card, turned_down=turned_down)
        return earlier


def _new_pair(caller: Caller, mentor_id: UUID) -> Pair:
    return Pair(
        id=new_id(),
        organisation_id=caller.home,
        mentee_id=caller.account_id,
        mentor_id=mentor_id,
        origin=PairOrigin.MENTEE,
    )
