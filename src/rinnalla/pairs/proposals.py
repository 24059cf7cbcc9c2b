"""From a proposal to two yeses, or to none; or a young person writes to a mentor."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Organisations
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem, InvalidBody, InvalidToken
from rinnalla.kit.events import Event
from rinnalla.kit.limits import Limit, Limits
from rinnalla.pairs import repository, repository_members
from rinnalla.pairs.errors import (
    AlreadyAccepted,
    AlreadyPaired,
    CannotBePaired,
    ExpectationsMissing,
    ExpectationsNotSeen,
    MentorAway,
    MentorFull,
    PairNotOpen,
    PartedBefore,
    ProgrammeMatches,
)
from rinnalla.pairs.models import PLACE_TAKING, Answer, Pair, PairOrigin, PairState, Step, Two
from rinnalla.pairs.models_members import OverrideCause, PairOverride
from rinnalla.pairs.policy import is_away, is_full, parted_before
from rinnalla.pairs.proposing import Proposing
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.pairs.settings import MatchingSettings
from rinnalla.pairs.turning_away import TurningAway
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Profiles

NEW_MENTORS = Limit("write_to_mentor", 5, timedelta(days=1).total_seconds())
"""To how many mentors one young person can write first: time for an answer before the next."""


class Proposals:
    """Brings people together."""

    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        organisations: Organisations,
        profiles: Profiles,
        settings: MatchingSettings,
        ruled_out: RuledOut,
        turning_away: TurningAway,
        proposing: Proposing,
        limits: Limits,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._organisations = organisations
        self._profiles = profiles
        self._settings = settings
        self._ruled_out = ruled_out
        self._turning_away = turning_away
        self._proposing = proposing
        self._limits = limits

    async def bring_together(
        self, db: AsyncSession, caller: Caller, *, mentor_id: UUID, mentee_id: UUID | None, reason: str | None = None
    ) -> PairView:
        """Staff propose a pair; a young person writes to a mentor.

        Raises: InvalidBody (`mentee_id` and `reason` are for staff, who must send the first), and as
        `Proposing.propose` or `write_to`.
        """
        if caller.role == Role.STAFF:
            if mentee_id is None:
                raise InvalidBody(FieldProblem(code="required", pointer="/mentee_id"))
            return await self._proposing.propose(db, caller, Two(mentee_id, mentor_id), reason)
        for_staff = {"/mentee_id": mentee_id, "/reason": reason}
        if sent := [pointer for pointer, value in for_staff.items() if value is not None]:
            raise InvalidBody(*(FieldProblem(code="unknown_field", pointer=pointer) for pointer in sent))
        return await self.write_to(db, caller, mentor_id)

    async def write_to(self, db: AsyncSession, caller: Caller, mentor_id: UUID) -> PairView:
        """Where the programme leaves the choice to young people: a trial with that mentor at once. The mentor has said
        yes by having an open card; that neither has seen what the other expects is the programme's rule. What can be
        seen of the mentor is said first: nothing else is found out by asking one who has no place.

        Raises: ProgrammeMatches, MentorNotFound, AlreadyPaired, PartedBefore, MentorAway, MentorFull, TooManyRequests,
        OnYourList, MentorUnavailable (which counts as a try), InvalidToken (the caller has left or is suspended in this
        moment).
        """
        organisation = await self._organisations.get(db, caller.home)
        if not organisation.mentees_may_choose:
            raise ProgrammeMatches
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
        if parted_before(known, asking=Role.MENTEE):
            raise PartedBefore
        moment = await now(db)
        if is_away(card, moment.date()):
            raise MentorAway
        if is_full(card):
            raise MentorFull
        await self._limits.take_within(db, NEW_MENTORS, [caller.account_id])
        await self._turning_away.check(db, caller, card)
        waiting = await repository.own_request(db, caller)
        pair = Pair(
            organisation_id=caller.home,
            mentee_id=caller.account_id,
            mentor_id=mentor_id,
            origin=PairOrigin.MENTEE,
            mentee_accepted_at=moment,
            waited_since=waiting.since if waiting else None,
        )
        news = await self._start(db, caller, pair, Step.CHOOSE, moment)
        await repository_members.add(db, PairOverride(pair_id=pair.id, cause=OverrideCause.PROGRAMME))
        return await self._records.finish(db, caller, pair, news)

    async def accept(self, db: AsyncSession, caller: Caller, pair_id: UUID, seen: int | None) -> PairView:
        """Say yes to a proposed pair, having seen that version of what the other expects. The second yes begins the
        trial: the thread opens, the young person waits no more. Other proposals to them stay open: each needs two
        people's yes, and staff can withdraw it. A first yes to what the other has changed since is no yes any more.

        Raises: PairNotFound, AlreadyAccepted, PairNotOpen (also when the other side can't begin now, or when something
        private has come between the two: then the proposal is withdrawn), ExpectationsMissing, ExpectationsNotSeen.
        """
        await self._hold_people(db, await self._records.known(db, caller, pair_id))
        pair = await self._records.for_step(db, caller, pair_id, Step.ACCEPT)
        await self._check_not_ruled_out(db, pair)
        versions = await repository_members.expectation_versions(db, [pair.mentee_id, pair.mentor_id])
        overridden = await repository_members.override(db, pair.id) is not None
        _check_seen(caller, pair, versions, seen, overridden=overridden)
        moment = await now(db)
        if caller.role == Role.MENTEE:
            pair.mentee_accepted_at, pair.mentee_saw = moment, seen
        else:
            pair.mentor_accepted_at, pair.mentor_saw = moment, seen
        if not overridden:
            _forget_a_stale_yes(caller, pair, versions)
        if pair.mentee_accepted_at is not None and pair.mentor_accepted_at is not None:
            news = await self._start(db, caller, pair, Step.ACCEPT, moment)
        else:
            news = await self._records.move(db, pair, Step.ACCEPT, PairState.PROPOSED, by=caller)
        return await self._records.finish(db, caller, pair, news)

    async def decline(
        self, db: AsyncSession, caller: Caller, pair_id: UUID, answer: Answer, reason: str | None
    ) -> PairView:
        """Say no, or not now, to a proposed pair, also after a yes. A young person who waits goes on waiting.

        Raises: PairNotFound, PairNotOpen, InvalidBody (a mentor gives a reason for a no; nobody for a not now).
        """
        if answer == Answer.NOT_NOW and reason is not None:
            raise InvalidBody(FieldProblem(code="unknown_field", pointer="/reason"))
        if answer == Answer.NO and reason is None and caller.role != Role.MENTEE:
            raise InvalidBody(FieldProblem(code="required", pointer="/reason"))
        pair, moment = await self._records.for_step(db, caller, pair_id, Step.DECLINE), await now(db)
        pair.answer, pair.close_reason = answer, reason
        pair.closed_by_role, pair.closed_at = caller.role, moment
        news = await self._records.move(db, pair, Step.DECLINE, PairState.DECLINED, by=caller, reason=reason or answer)
        return await self._records.finish(db, caller, pair, news)

    async def withdraw(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> PairView:
        """Staff take a proposal back. Raises: PairNotFound, PairNotOpen."""
        pair, moment = await self._records.for_step(db, caller, pair_id, Step.WITHDRAW), await now(db)
        pair.closed_by_role, pair.closed_at = caller.role, moment
        news = await self._records.move(db, pair, Step.WITHDRAW, PairState.WITHDRAWN, by=caller)
        return await self._records.finish(db, caller, pair, news)

    async def turn(self, db: AsyncSession) -> int:
        """A job's: let one proposal expire whose time is over, or remind those who have not answered theirs. Returns
        how many proposals it dealt with."""
        if (pair := await repository.due(db, PairState.PROPOSED)) is not None:
            await self._come_to_nothing(db, pair, Step.EXPIRE, PairState.EXPIRED)
            return 1
        pairs = await repository.to_remind(db)
        for pair in pairs:
            pair.remind_at = None
        await db.flush()
        await events.append(db, await self._reminders(db, pairs))
        return len(pairs)

    async def _reminders(self, db: AsyncSession, pairs: Sequence[Pair]) -> list[Event]:
        """That a proposal waits is told to whoever has not answered it."""
        silent = {
            (str(pair.id), account_id)
            for pair in pairs
            for account_id, accepted_at in (
                (pair.mentee_id, pair.mentee_accepted_at),
                (pair.mentor_id, pair.mentor_accepted_at),
            )
            if accepted_at is None
        }
        told = await self._records.news(db, pairs)
        return [
            Event(one.account_id, "proposal_waits", one.refs)
            for one in told
            if (one.refs["pair_id"], one.account_id) in silent
        ]

    async def _start(self, db: AsyncSession, caller: Caller, pair: Pair, step: Step, moment: datetime) -> list[Event]:
        settings = (await self._settings.in_force(db, pair.organisation_id)).settings
        pair.trial_ends_at = moment + timedelta(days=settings.trial_days)
        await repository.stop_waiting(db, pair.mentee_id)
        return await self._records.move(db, pair, step, PairState.TRIAL, by=caller)

    async def _hold_people(self, db: AsyncSession, pair: Pair) -> None:
        """Keep both from leaving, before the pair is locked: an account that goes is locked first and takes its pairs
        with it. Raises: PairNotOpen (one of them is suspended)."""
        home = pair.organisation_id
        mentees = await self._accounts.active_people(db, home, Role.MENTEE, [pair.mentee_id])
        mentors = await self._accounts.active_people(db, home, Role.MENTOR, [pair.mentor_id])
        if not mentees or not mentors:
            raise PairNotOpen(pair.state)

    async def _check_not_ruled_out(self, db: AsyncSession, pair: Pair) -> None:
        """Staff may set a screening or an age right, and the proposal waits for it. One that a private wish stands
        against is over at the first yes: who could say yes again and again, each time with other wishes, would find out
        what the other said to nobody.

        Raises: PairNotOpen (the two are ruled out by now, or the mentor is not approved any more).
        """
        try:
            card = await self._profiles.card(db, pair.mentor_id)
            await self._ruled_out.check(db, pair.organisation_id, pair.mentee_id, card)
        except MentorNotFound as error:
            raise PairNotOpen(pair.state) from error
        except CannotBePaired as error:
            if error.fields:
                raise PairNotOpen(pair.state) from error
            await self._come_to_nothing(db, pair, Step.WITHDRAW, PairState.WITHDRAWN)
            raise PairNotOpen(pair.state, keeps=True) from error

    async def _come_to_nothing(self, db: AsyncSession, pair: Pair, step: Step, state: PairState) -> None:
        """A proposal is over, and nobody said so."""
        pair.closed_at = await now(db)
        news = await self._records.move(db, pair, step, state)
        await events.append(db, [*news, *await self._records.news(db, [pair])])


def _check_seen(caller: Caller, pair: Pair, versions: dict[UUID, int], seen: int | None, *, overridden: bool) -> None:
    """Raises: AlreadyAccepted, ExpectationsMissing, ExpectationsNotSeen."""
    own, other = versions.get(caller.account_id), versions.get(_other(caller, pair))
    has_accepted = pair.accepted_by(caller.role) is not None
    if has_accepted and (overridden or pair.seen_by(caller.role) == other):
        raise AlreadyAccepted
    if overridden:
        return
    if own is None or other is None:
        raise ExpectationsMissing
    if seen != other:
        raise ExpectationsNotSeen


def _forget_a_stale_yes(caller: Caller, pair: Pair, versions: dict[UUID, int]) -> None:
    """The other side's yes does not stand where the caller's expectations are no longer what it was said to."""
    own = versions[caller.account_id]
    if caller.role == Role.MENTEE and pair.mentor_saw != own:
        pair.mentor_accepted_at = pair.mentor_saw = None
    elif caller.role == Role.MENTOR and pair.mentee_saw != own:
        pair.mentee_accepted_at = pair.mentee_saw = None


def _other(caller: Caller, pair: Pair) -> UUID:
    return pair.mentor_id if caller.role == Role.MENTEE else pair.mentee_id
