"""A conversation goes to the next mentor as far as the young person wants it to, and no further.

From the commit that gives something on, even if that is nothing, the conversation is over for the mentor before. What
was given can be taken back at any time, and from that commit on nobody reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.chat.errors import ThreadNotFound
from rinnalla.chat.service import HandedOver
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import EditedMeanwhile, FieldProblem, InvalidBody
from rinnalla.kit.events import Event
from rinnalla.kit.pages import Page, cut
from rinnalla.kit.trail import AuditAction, record
from rinnalla.kit.vault import SealBroken, Vault
from rinnalla.pairs.service import TALKING, Pair, Pairs, PairState
from rinnalla.support import repository_handovers as repository
from rinnalla.support.errors import HandoverNotFound, HandoverNotOpen, NothingToHandOver
from rinnalla.support.models import NoticeCode
from rinnalla.support.models_transitions import Handover, HandoverChoice, HandoverState
from rinnalla.support.notices import Notices, Word
from rinnalla.support.policy import summary_context

OVER = frozenset({PairState.CLOSED, PairState.RETURNED})


@dataclass(frozen=True, slots=True)
class HandoverView:
    """A hand-over as someone may see it. `summary` is there for those who write it as long as they do, and then for the
    young person and the mentor to whom it was given."""

    handover: Handover
    names: dict[UUID, str]
    summary: str | None
    hides_mentor_before: bool

    @property
    def id(self) -> UUID:
        """The hand-over's: what lists are sorted by."""
        return self.handover.id


@dataclass(frozen=True, slots=True)
class HandedOverMessage:
    """A message as the next mentor may read it: which side said it, not who."""

    seq: int
    author: Role
    text: str | None
    created_at: datetime


class Handovers:
    """Asks, writes, gives, takes back."""

    def __init__(
        self, accounts: Accounts, pairs: Pairs, handed_over: HandedOver, notices: Notices, vault: Vault
    ) -> None:
        self._accounts = accounts
        self._pairs = pairs
        self._handed_over = handed_over
        self._notices = notices
        self._vault = vault

    async def pair_moved(self, db: AsyncSession, pair: Pair, was: PairState | None, now: PairState) -> Sequence[Event]:
        """Observes pairs: what a mentor was given, they have for as long as the pair talks."""
        if was in TALKING and now not in TALKING:
            for handover in await repository.lock_given(db, pair.mentee_id, pair.mentor_id):
                await self._take_back(db, handover)
        return []

    async def open(
        self, db: AsyncSession, caller: Caller, before_id: UUID, after_id: UUID
    ) -> tuple[HandoverView, bool]:
        """Ask the young person what their new mentor may know of the conversation with the one before; they may as well
        begin themselves. Returns the hand-over, and whether it is new.

        Raises: PairNotFound, NothingToHandOver.
        """
        before = (await self._pairs.pair(db, caller, before_id)).pair
        after = (await self._pairs.pair(db, caller, after_id)).pair
        is_possible = (
            before.mentee_id == after.mentee_id
            and before.mentor_id != after.mentor_id
            and before.thread_id is not None
            and PairState(before.state) in OVER
            and before.mentee_id in (await self._handed_over.who_sees(db, [before.thread_id])).get(before.thread_id, ())
            and await repository.talk(db, after.mentee_id, after.mentor_id)
            and not await repository.talk(db, before.mentee_id, before.mentor_id)
        )
        if not is_possible:
            raise NothingToHandOver
        handover_id, is_new = await repository.add(db, before, after.mentor_id, self._vault.new_key())
        handover = await self._known(db, caller, handover_id)
        news: list[Event] = []
        if is_new and caller.role == Role.STAFF:
            await record(db, caller, AuditAction.HANDOVER_OFFERED, handover_id)
            news = await self._tell(db, handover, before.mentee_id, NoticeCode.HANDOVER_OFFERED)
        view = await self._view(db, caller, handover)
        await events.append(db, news)
        return view, is_new

    async def known(self, db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Page[HandoverView]:
        """The hand-overs that the caller may know of, newest first. A page may hold fewer than there is room for."""
        page = cut(await repository.all_known(db, caller, before, limit + 1), limit, "id")
        seen = await self._seen_by(db, caller, page.items)
        return Page([await self._view(db, caller, handover) for handover in seen], page.next_cursor)

    async def one(self, db: AsyncSession, caller: Caller, handover_id: UUID) -> HandoverView:
        """One hand-over. Raises: HandoverNotFound."""
        return await self._view(db, caller, await self._known(db, caller, handover_id))

    async def choose(
        self,
        db: AsyncSession,
        caller: Caller,
        handover_id: UUID,
        version: int,
        choice: HandoverChoice,
        from_seq: int | None,
    ) -> HandoverView:
        """The young person's choice, the first one or another one. History is given from message number `from_seq` to
        the last one; a summary is written first. While they talk with the mentor before, what was given may become
        less, and no more.

        Raises: HandoverNotFound, EditedMeanwhile, InvalidBody, NothingToHandOver (the next mentor and they do not talk
        any more, or the mentor before and they do).
        """
        if (choice == HandoverChoice.HISTORY) != (from_seq is not None):
            code = "required" if from_seq is None else "unknown_field"
            raise InvalidBody(FieldProblem(code=code, pointer="/from_seq"))
        seen = await self._known(db, caller, handover_id)
        is_possible = await repository.talk(db, seen.mentee_id, seen.to_mentor_id)  # first, as when that pair ends
        handover = await self._for_edit(db, caller, handover_id, version)
        if not is_possible:
            raise NothingToHandOver
        gives_less = _gives_less(handover, choice, from_seq)
        news: list[Event] = []
        if choice == HandoverChoice.SUMMARY:
            await self._take_back(db, handover)
            handover.state, handover.choice, handover.from_seq = HandoverState.WRITING, choice, None
        else:
            handover.choice, handover.from_seq = choice, from_seq
            handover.agreed_version = handover.summary = None
            news = await self._give(db, handover, from_seq, gives_less=gives_less)
        return await self._finish(db, caller, handover, news)

    async def write(self, db: AsyncSession, caller: Caller, handover_id: UUID, version: int, text: str) -> HandoverView:
        """The young person, the mentor before or the staff write at the summary.

        Raises: HandoverNotFound, EditedMeanwhile, HandoverNotOpen.
        """
        handover = await self._for_edit(db, caller, handover_id, version)
        if handover.state != HandoverState.WRITING:
            raise HandoverNotOpen
        handover.summary = self._vault.seal(handover.wrapped_key, text, summary_context(handover.id))
        if caller.role == Role.STAFF:
            await record(db, caller, AuditAction.HANDOVER_WRITTEN, handover.id)
        return await self._finish(db, caller, handover, [])

    async def agree(self, db: AsyncSession, caller: Caller, handover_id: UUID, version: int) -> HandoverView:
        """The young person says yes to exactly this wording, and so gives it.

        Raises: HandoverNotFound, EditedMeanwhile, HandoverNotOpen, NothingToHandOver (the mentor
        before and they talk).
        """
        handover = await self._for_edit(db, caller, handover_id, version)
        if handover.state != HandoverState.WRITING or handover.summary is None:
            raise HandoverNotOpen
        handover.agreed_version = version
        return await self._finish(db, caller, handover, await self._give(db, handover, None))

    async def withdraw(self, db: AsyncSession, caller: Caller, handover_id: UUID) -> None:
        """The young person takes it back; a summary is deleted. Twice is as once. Raises: HandoverNotFound."""
        handover = await repository.known(db, caller, handover_id, lock=True)
        if handover is None:
            raise HandoverNotFound
        was_told = handover.state == HandoverState.GIVEN and handover.choice != HandoverChoice.NOTHING
        await self._take_back(db, handover)
        handover.version += 1
        await db.flush()
        if was_told:
            code = NoticeCode.HANDOVER_WITHDRAWN
            await events.append(db, await self._tell(db, handover, handover.to_mentor_id, code))

    async def messages(
        self, db: AsyncSession, caller: Caller, handover_id: UUID, after: int | None, limit: int
    ) -> list[HandedOverMessage]:
        """What the caller, the next mentor, was given of the conversation. Raises: HandoverNotFound."""
        handover = await self._known(db, caller, handover_id)
        try:
            found = await self._handed_over.messages(db, caller, handover.thread_id, after, limit)
        except ThreadNotFound as error:
            raise HandoverNotFound from error
        return [
            HandedOverMessage(
                one.seq,
                Role.MENTEE if one.author_id == handover.mentee_id else Role.MENTOR,
                one.text,
                one.created_at,
            )
            for one in found
        ]

    async def _give(
        self, db: AsyncSession, handover: Handover, from_seq: int | None, *, gives_less: bool = False
    ) -> list[Event]:
        """Raises: NothingToHandOver (the conversation has gone meanwhile, or goes on), InvalidBody (there is no such
        message)."""
        handover.state = HandoverState.GIVEN
        await db.flush()
        words: list[Word] = []
        try:
            news = await self._handed_over.hand_over(
                db, handover.thread_id, handover.to_mentor_id, from_seq, gives_less=gives_less
            )
        except ThreadNotFound as error:
            raise NothingToHandOver from error
        if handover.choice != HandoverChoice.NOTHING:
            words = [_word(handover, handover.to_mentor_id, NoticeCode.HANDOVER_GIVEN)]
        return news + await self._notices.give(db, words)

    async def _take_back(self, db: AsyncSession, handover: Handover) -> None:
        handover.state, handover.agreed_version, handover.summary = HandoverState.WITHDRAWN, None, None
        await db.flush()
        await self._handed_over.take_back(db, handover.thread_id, handover.to_mentor_id)

    async def _known(self, db: AsyncSession, caller: Caller, handover_id: UUID) -> Handover:
        handover = await repository.known(db, caller, handover_id)
        if handover is None or not await self._seen_by(db, caller, [handover]):
            raise HandoverNotFound
        return handover

    async def _seen_by(self, db: AsyncSession, caller: Caller, handovers: Sequence[Handover]) -> list[Handover]:
        """Without those of a conversation in which the caller is blocked: a summary is no way to write to someone who
        wants to hear nothing more."""
        theirs = {one.thread_id for one in handovers if caller.account_id in {one.mentee_id, one.from_mentor_id}}
        seen = await self._handed_over.visible_threads(db, caller, theirs) if theirs else set()
        return [one for one in handovers if one.thread_id in seen or one.thread_id not in theirs]

    async def _for_edit(self, db: AsyncSession, caller: Caller, handover_id: UUID, version: int) -> Handover:
        handover = await repository.known(db, caller, handover_id, lock=True)
        if handover is None or not await self._seen_by(db, caller, [handover]):
            raise HandoverNotFound
        if handover.version != version:
            raise EditedMeanwhile
        return handover

    async def _finish(self, db: AsyncSession, caller: Caller, handover: Handover, news: list[Event]) -> HandoverView:
        handover.version += 1
        await db.flush()
        view = await self._view(db, caller, handover)
        await events.append(db, news)
        return view

    async def _tell(self, db: AsyncSession, handover: Handover, to: UUID, code: NoticeCode) -> list[Event]:
        return await self._notices.give(db, [_word(handover, to, code)])

    async def _view(self, db: AsyncSession, caller: Caller, handover: Handover) -> HandoverView:
        people = {handover.mentee_id, handover.from_mentor_id, handover.to_mentor_id}
        names = await self._accounts.names(db, people)
        summary = self._summary(handover) if _may_read(caller, handover) else None
        return HandoverView(handover, names, summary, caller.account_id == handover.to_mentor_id)

    def _summary(self, handover: Handover) -> str | None:
        if handover.summary is None:
            return None
        try:
            return self._vault.open(handover.wrapped_key, handover.summary, summary_context(handover.id))
        except SealBroken:
            return None


def _gives_less(handover: Handover, choice: HandoverChoice, from_seq: int | None) -> bool:
    """Whether that choice gives no more than is given now."""
    if handover.state != HandoverState.GIVEN:
        return False
    if from_seq is None:
        return choice == HandoverChoice.NOTHING
    return handover.from_seq is not None and handover.from_seq <= from_seq


def _may_read(caller: Caller, handover: Handover) -> bool:
    """Staff read a summary while it is being written, which they may do too; what was given is for two."""
    return caller.role != Role.STAFF or handover.state == HandoverState.WRITING


def _word(handover: Handover, to: UUID, code: NoticeCode) -> Word:
    about = handover.mentee_id if to == handover.to_mentor_id else handover.to_mentor_id
    return Word(to=to, code=code, about_id=about, thing_id=handover.id)
