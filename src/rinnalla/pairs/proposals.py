"""From a proposal to two yeses, or to none."""

from datetime import timedelta
from functools import partial
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now
from rinnalla.kit.errors import FieldProblem, InvalidBody
from rinnalla.kit.events import Event
from rinnalla.kit.jobs import Task
from rinnalla.pairs import repository, repository_members
from rinnalla.pairs.errors import (
    AlreadyAccepted,
    CannotBePaired,
    ExpectationsMissing,
    ExpectationsNotSeen,
    PairNotOpen,
)
from rinnalla.pairs.models import Answer, Pair, PairState, Step
from rinnalla.pairs.records import PairView, Records
from rinnalla.pairs.ruled_out import RuledOut
from rinnalla.pairs.settings import MatchingSettings
from rinnalla.pairs.waiting import take_place
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Profiles


class Proposals:
    """Takes the answers of both sides."""

    def __init__(
        self,
        records: Records,
        accounts: Accounts,
        profiles: Profiles,
        settings: MatchingSettings,
        ruled_out: RuledOut,
    ) -> None:
        self._records = records
        self._accounts = accounts
        self._profiles = profiles
        self._settings = settings
        self._ruled_out = ruled_out

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
            news = await start_trial(db, caller, pair, Step.ACCEPT, self._records, self._settings)
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

    def tasks(self) -> tuple[Task[Pair], ...]:
        """What a job does: proposals whose time is over expire; who has not answered theirs is reminded."""
        return (
            Task("expiry_of_proposals", Pair.id, partial(repository.due, state=PairState.PROPOSED), self._expire),
            Task("reminders_of_proposals", Pair.id, repository.to_remind, self._remind),
        )

    async def _expire(self, db: AsyncSession, pair: Pair) -> None:
        await self._come_to_nothing(db, pair, Step.EXPIRE, PairState.EXPIRED)

    async def _remind(self, db: AsyncSession, pair: Pair) -> None:
        pair.remind_at = None
        await db.flush()
        answers = {pair.mentee_id: pair.mentee_accepted_at, pair.mentor_id: pair.mentor_accepted_at}
        silent = {account_id for account_id, accepted_at in answers.items() if accepted_at is None}
        told = await self._records.news(db, [pair])
        news = [Event(one.account_id, "proposal_waits", one.refs) for one in told if one.account_id in silent]
        await events.append(db, news)

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


async def start_trial(
    db: AsyncSession, caller: Caller, pair: Pair, step: Step, records: Records, settings: MatchingSettings
) -> list[Event]:
    """Let two begin who have both said yes. The young person waits no more. Returns what people are to be told.

    Raises: PairNotOpen, MentorFull, AlreadyPaired.
    """
    days = (await settings.in_force(db, pair.organisation_id)).settings.trial_days
    pair.trial_ends_at = await now(db) + timedelta(days=days)
    await take_place(db, pair)
    return await records.move(db, pair, step, PairState.TRIAL, by=caller)


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
