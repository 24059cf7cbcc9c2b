"""Kind words into a silence: drafted when there has been none for long, signed and sent by a human, or not at all."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from math import ceil
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts, Organisations
from rinnalla.chat.service import Chat, HandedOver
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import now, take_turns
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem, InvalidBody
from rinnalla.kit.jobs import Task
from rinnalla.kit.pages import Page, cut
from rinnalla.kit.trail import AuditAction, record
from rinnalla.pairs.errors import PairNotFound
from rinnalla.pairs.service import MatchingSettings, Pairs
from rinnalla.support import repository
from rinnalla.support import repository_nudges as queries
from rinnalla.support.errors import NudgeNotDue, NudgeNotFound, QuietHours
from rinnalla.support.models import Care, NoticeCode, Nudge, NudgeState
from rinnalla.support.notices import Notices, Word
from rinnalla.support.silence import NotNow, NudgeRules, Talk, due_at, is_quiet, quiet_ends_at, silence

NOT_NOW_AT_MOST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class NudgeView:
    """A draft as those who may sign it see it."""

    nudge: Nudge
    to_name: str
    to_role: Role

    @property
    def id(self) -> UUID:
        """The draft's: what lists are sorted by."""
        return self.nudge.id


@dataclass(frozen=True, slots=True)
class _Standing:
    """How a pair's conversation stands. `is_left_alone`: nobody is to be nudged in it, whoever is silent."""

    talk: Talk
    is_left_alone: bool


class Nudges:
    """Looks for silences, and lets humans answer them."""

    def __init__(
        self,
        accounts: Accounts,
        organisations: Organisations,
        chat: Chat,
        handed_over: HandedOver,
        pairs: Pairs,
        settings: MatchingSettings,
        notices: Notices,
    ) -> None:
        self._accounts = accounts
        self._organisations = organisations
        self._chat = chat
        self._handed_over = handed_over
        self._pairs = pairs
        self._settings = settings
        self._notices = notices

    def tasks(self) -> tuple[Task[Care], ...]:
        """What a job does: draft what is due, and drop what is no longer."""
        return (Task("silences", Care.pair_id, queries.lock_unlooked, self._look),)

    async def _look(self, db: AsyncSession, care: Care) -> None:
        standing = await self._standing(db, care)
        draft = await queries.draft_for(db, care.pair_id)
        moment = care.looked_at = await now(db)
        due = due_at(standing.talk, await self._rules(db, care))
        quiet = silence(standing.talk)
        to = _side(care, quiet.of)
        is_due = due is not None and due <= moment and not standing.is_left_alone
        if draft is not None and (not is_due or (draft.account_id, draft.step) != (to, quiet.step)):
            await queries.drop_drafts(db, care.pair_id)
        if is_due:
            await queries.draft(db, care, to, quiet.since, quiet.step)

    async def drafts(self, db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Page[NudgeView]:
        """The drafts that the caller may sign: staff those of their programme, a mentor those to their young people."""
        found = await queries.signable(db, caller, before, limit + 1)
        names = await self._accounts.names(db, {nudge.account_id for nudge, _ in found})
        views = [_view(nudge, care, names) for nudge, care in found if nudge.account_id in names]
        return cut(views, limit, "id")

    async def send(self, db: AsyncSession, caller: Caller, nudge_id: UUID, version: int, text: str) -> NudgeView:
        """Sign a draft with words of one's own. Whether it is still wanted is looked at anew, with everything that was
        written and sent meanwhile, by whomever.

        Raises: NudgeNotFound, EditedMeanwhile, NudgeNotDue, QuietHours.
        """
        nudge, care = await self._signable(db, caller, nudge_id, version)
        await take_turns(db, f"nudge {nudge.account_id}")
        rules = await self._rules(db, care)
        standing = await self._standing(db, care)
        due, moment, quiet = due_at(standing.talk, rules), await now(db), silence(standing.talk)
        is_of_this_silence = (nudge.account_id, nudge.step) == (_side(care, quiet.of), quiet.step)
        if due is None or due > moment or standing.is_left_alone or not is_of_this_silence:
            raise NudgeNotDue
        country = (await self._organisations.get(db, care.organisation_id)).country
        if is_quiet(moment, country, rules):
            raise QuietHours(retry_after=ceil((quiet_ends_at(moment, country, rules) - moment).total_seconds()))
        nudge.state, nudge.decided_at, nudge.signer_id = NudgeState.SENT, moment, caller.account_id
        nudge.version += 1
        await db.flush()
        if caller.role == Role.STAFF:
            await record(db, caller, AuditAction.NUDGE_SENT, nudge.account_id)
        word = Word(
            to=nudge.account_id,
            code=NoticeCode.NUDGE,
            signer_id=caller.account_id,
            text=text,
            thing_id=care.pair_id,
        )
        news = await self._notices.give(db, [word])
        view = _view(nudge, care, await self._accounts.names(db, {nudge.account_id}))
        await events.append(db, news)
        return view

    async def leave(self, db: AsyncSession, caller: Caller, nudge_id: UUID, version: int) -> None:
        """Leave a silence as it is for now: it counts like a word that was sent. Raises: NudgeNotFound,
        EditedMeanwhile."""
        nudge, _ = await self._signable(db, caller, nudge_id, version)
        nudge.state, nudge.decided_at = NudgeState.LEFT, await now(db)
        nudge.version += 1
        if caller.role == Role.STAFF:
            await record(db, caller, AuditAction.NUDGE_LEFT, nudge.account_id)

    async def not_now(self, db: AsyncSession, caller: Caller, pair_id: UUID, until: date | None) -> None:
        """A member of a talking pair wants to be left in peace until a day, or until they write: in all their pairs,
        also those to come. What they write in one takes it back for that one.

        Raises: PairNotFound, InvalidBody (a day that has come, or is more than a year away).
        """
        await self._pairs.pair(db, caller, pair_id)
        cares = await queries.lock_own_cares(db, caller)
        if pair_id not in {care.pair_id for care in cares}:
            raise PairNotFound
        moment = await now(db)
        until_moment = None if until is None else datetime.combine(until, time(), UTC)
        if until_moment is not None and not moment < until_moment < moment + NOT_NOW_AT_MOST:
            raise InvalidBody(FieldProblem(code="out_of_range", pointer="/until"))
        await queries.say_not_now(db, caller, NotNow(moment, until_moment))
        await queries.drop_own_draft(db, caller)

    async def _signable(self, db: AsyncSession, caller: Caller, nudge_id: UUID, version: int) -> tuple[Nudge, Care]:
        found = await queries.lock_signable(db, caller, nudge_id)
        if found is None:
            raise NudgeNotFound
        if found[0].version != version:
            raise EditedMeanwhile
        return found

    async def _standing(self, db: AsyncSession, care: Care) -> _Standing:
        """Of a pair that is locked. One in which either has blocked the other, someone is kept out or the mentor is
        away is left alone."""
        two = {care.mentee_id, care.mentor_id}
        thread_id = await queries.thread_of(db, care.pair_id)
        said = (await self._handed_over.last_words(db, [thread_id]))[thread_id] if thread_id else {}
        sees = (await self._chat.who_sees(db, [thread_id])).get(thread_id) if thread_id else None
        sent = await queries.nudged_at(db, two)
        not_now = await queries.not_now(db, two)
        talk = Talk(
            began_at=care.began_at,
            mentee_wrote_at=said.get(care.mentee_id),
            mentor_wrote_at=said.get(care.mentor_id),
            mentee_not_now=not_now.get(care.mentee_id),
            mentor_not_now=not_now.get(care.mentor_id),
            sent_to_mentee=sent[care.mentee_id],
            sent_to_mentor=sent[care.mentor_id],
        )
        all_there = two <= await repository.active_among(db, two) and sees == two
        return _Standing(talk, not all_there or care.mentor_id in await queries.away(db, two))

    async def _rules(self, db: AsyncSession, care: Care) -> NudgeRules:
        settings = (await self._settings.in_force(db, care.organisation_id)).settings
        return NudgeRules(
            days=tuple(settings.nudge_days),
            most=settings.nudges_most,
            quiet_from=settings.quiet_from,
            quiet_until=settings.quiet_until,
        )


def _side(care: Care, of: Role) -> UUID:
    return care.mentee_id if of == Role.MENTEE else care.mentor_id


def _view(nudge: Nudge, care: Care, names: dict[UUID, str]) -> NudgeView:
    return NudgeView(nudge, names[nudge.account_id], care.role_of(nudge.account_id))
