"""Goodbye letters: one from each side. While the end is near they are their author's alone and can be changed; when
the last day is over each gets the other's. What was not written by then can be written for a month, and arrives at
once.

Nobody gets a last word to someone who was not safe with them. In a pair that ended for someone's safety no letter
arrives; whoever said so writes none either, and the other can write theirs as after any end, since they are not to find
out which it was. Of a mentor who had to go nothing arrives from then on, and they are answered as after any end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Accounts
from rinnalla.kit import events
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.database import broken_constraint, now
from rinnalla.kit.errors import EditedMeanwhile
from rinnalla.kit.vault import Vault, WrappedKey
from rinnalla.pairs import repository_members as repository
from rinnalla.pairs.errors import LettersOver
from rinnalla.pairs.models import EndKind, Pair, PairState
from rinnalla.pairs.models_members import PairLetter
from rinnalla.pairs.records import Records

LATE_LETTERS = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class LetterView:
    """A letter, opened."""

    text: str
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class LettersView:
    """The letters of a pair as one of the two may read them."""

    own: LetterView | None
    other: LetterView | None


class Letters:
    """Keeps letters until they may be read."""

    def __init__(self, records: Records, accounts: Accounts, vault: Vault) -> None:
        self._records = records
        self._accounts = accounts
        self._vault = vault

    async def read(self, db: AsyncSession, caller: Caller, pair_id: UUID) -> LettersView:
        """The caller's letter, and the other's once the pair is closed. Raises: PairNotFound."""
        return await self.of(db, caller, await self._records.known(db, caller, pair_id))

    async def of(self, db: AsyncSession, caller: Caller, pair: Pair) -> LettersView:
        """`read`, of a pair that the asking code has found the caller to be in."""
        rows = await repository.letters(db, pair)
        keys = await self._accounts.keys(db, [pair.mentee_id, pair.mentor_id])
        views = {
            role: self._open(keys[author_id], row, author_id)
            for role, author_id in ((Role.MENTEE, pair.mentee_id), (Role.MENTOR, pair.mentor_id))
            if (row := rows.get(role)) is not None and author_id in keys
        }
        other = Role.MENTOR if caller.role == Role.MENTEE else Role.MENTEE
        has_arrived = other in rows and _arrives(pair, rows[other])
        return LettersView(views.get(caller.role), views.get(other) if has_arrived else None)

    async def write(self, db: AsyncSession, caller: Caller, pair_id: UUID, version: int, text: str) -> LettersView:
        """Write the caller's letter, or write it anew as long as it has not been read.

        Raises: PairNotFound, LettersOver, EditedMeanwhile.
        """
        pair = await self._records.known(db, caller, pair_id, lock=True)
        row = (await repository.letters(db, pair, lock=True)).get(caller.role)
        moment = await now(db)
        if not _may_write(pair, caller.role, moment, has_letter=row is not None):
            raise LettersOver
        if version != (row.version if row else 0):
            raise EditedMeanwhile
        account = await self._accounts.own(db, caller)
        row = row or PairLetter(pair_id=pair.id, role=caller.role)
        row.body = self._vault.seal(account.wrapped_key, text.strip(), _context(pair.id, account.id))
        row.version, row.updated_at = version + 1, moment
        try:
            await repository.add(db, row)
        except IntegrityError as error:
            if broken_constraint(error) == "pk_pair_letter":
                raise EditedMeanwhile from error
            raise
        letters = await self.of(db, caller, pair)
        if pair.state == PairState.CLOSED:
            news = await self._records.news(db, [pair])
            told = {pair.mentee_id, pair.mentor_id} if _arrives(pair, row) else {caller.account_id}
            await events.append(db, [event for event in news if event.account_id in told])
        return letters

    def _open(self, key: WrappedKey, row: PairLetter, author_id: UUID) -> LetterView:
        text = self._vault.open(key, row.body, _context(row.pair_id, author_id))
        return LetterView(text, row.updated_at, row.version)


def _arrives(pair: Pair, letter: PairLetter) -> bool:
    """Whether the other side may read a letter."""
    if pair.state != PairState.CLOSED or pair.closed_at is None or pair.ending_kind == EndKind.SAFEGUARDING:
        return False
    if letter.role == Role.MENTEE or pair.lost_at is None:
        return True
    return max(pair.closed_at, letter.updated_at) < pair.lost_at


def _may_write(pair: Pair, role: Role, moment: datetime, *, has_letter: bool) -> bool:
    if pair.state == PairState.CLOSING:
        return True
    is_closed = pair.state == PairState.CLOSED and pair.closed_at is not None
    is_late = pair.closed_at is None or pair.closed_at + LATE_LETTERS < moment
    said_so = pair.ending_kind == EndKind.SAFEGUARDING and pair.closed_by_role == role
    return is_closed and not has_letter and not is_late and not said_so


def _context(pair_id: UUID, author_id: UUID) -> str:
    return f"pair-letter:{pair_id}:{author_id}"
