"""Plain words of a programme to one person: codes that an app has texts for, and at times what a human wrote."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit.caller import Caller
from rinnalla.kit.database import now
from rinnalla.kit.events import Event
from rinnalla.kit.ids import new_id
from rinnalla.kit.pages import Page, cut
from rinnalla.kit.vault import SealBroken, Vault
from rinnalla.support import repository
from rinnalla.support.errors import NoticeNotFound
from rinnalla.support.models import Notice, NoticeCode
from rinnalla.support.policy import notice_context


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What someone is to be told. `text` is what `signer_id` wrote themself."""

    to: UUID
    code: NoticeCode
    about_id: UUID | None = None
    contact_id: UUID | None = None
    thing_id: UUID | None = None
    first_on: date | None = None
    last_on: date | None = None
    signer_id: UUID | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice with names and its text opened. Who has left is None."""

    notice: Notice
    about_name: str | None
    contact_name: str | None
    signer_name: str | None
    text: str | None

    @property
    def id(self) -> UUID:
        """The notice's: what lists are sorted by."""
        return self.notice.id


class Notices:
    """Gives notices and shows them to those they are for."""

    def __init__(self, accounts: Accounts, vault: Vault) -> None:
        self._accounts = accounts
        self._vault = vault

    async def give(self, db: AsyncSession, words: Sequence[Word]) -> list[Event]:
        """Store notices. Returns what is to be told at the end of the transaction."""
        notices = [self._notice(word) for word in words]
        db.add_all(notices)
        await db.flush()
        return [Event(notice.account_id, "notice", {"notice_id": str(notice.id)}) for notice in notices]

    async def own(self, db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Page[NoticeView]:
        """The caller's notices, newest first."""
        page = cut(await repository.notices(db, caller, before, limit + 1), limit, "id")
        people = {one for notice in page.items for one in _people(notice) if one is not None}
        names = await self._accounts.names(db, people)
        return Page([self._view(notice, names) for notice in page.items], page.next_cursor)

    async def see(self, db: AsyncSession, caller: Caller, notice_id: UUID) -> None:
        """The caller has seen it. Raises: NoticeNotFound."""
        notice = await repository.own_notice(db, caller, notice_id)
        if notice is None:
            raise NoticeNotFound
        notice.seen_at = notice.seen_at or await now(db)

    def _notice(self, word: Word) -> Notice:
        notice = Notice(
            id=new_id(),
            account_id=word.to,
            code=word.code,
            about_id=word.about_id,
            contact_id=word.contact_id,
            thing_id=word.thing_id,
            first_on=word.first_on,
            last_on=word.last_on,
            signer_id=word.signer_id,
        )
        if word.text is not None:
            notice.wrapped_key = self._vault.new_key()
            notice.body = self._vault.seal(notice.wrapped_key, word.text, notice_context(notice.id))
        return notice

    def _view(self, notice: Notice, names: dict[UUID, str]) -> NoticeView:
        about, contact, signer = (names.get(one) if one is not None else None for one in _people(notice))
        return NoticeView(notice, about, contact, signer, self._text(notice))

    def _text(self, notice: Notice) -> str | None:
        if notice.body is None or notice.wrapped_key is None:
            return None
        try:
            return self._vault.open(notice.wrapped_key, notice.body, notice_context(notice.id))
        except SealBroken:
            return None


def _people(notice: Notice) -> tuple[UUID | None, UUID | None, UUID | None]:
    return notice.about_id, notice.contact_id, notice.signer_id
