"""Member events: what has changed for one person, numbered 1, 2, 3 … without a hole, and a wake-up for their sockets.

The number is taken under the lock of the person's stream row, inside the caller's transaction: commit order is number
order, so a reader of "everything after n" can't miss a row that commits late. The wake-up (`kit.bus`) leaves only when
the transaction commits, and carries ids only; it is a hint, never the news itself.

Lock order of the whole service: feature rows, then threads by id, then sessions by id, then streams by account id.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from msgspec import json
from sqlalchemy import (
    ARRAY,
    BigInteger,
    ForeignKey,
    Integer,
    Interval,
    Text,
    Uuid,
    any_,
    bindparam,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from rinnalla.kit import bus
from rinnalla.kit.database import Model, any_of
from rinnalla.kit.errors import InvalidToken

_IDS_PER_WORD = 100
KEPT = timedelta(days=90)
_FORGOTTEN_AT_ONCE = 1000


class MemberStream(Model):
    """The head of one person's stream. `epoch` changes when numbers start anew (after a restore from a backup).
    `last_message_at`: no message of theirs that is stored from now on is told as older, whatever the clock says."""

    __tablename__ = "member_stream"
    __table_args__ = ({"postgresql_with": {"fillfactor": 50}},)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[UUID] = mapped_column(server_default=text("gen_random_uuid()"))
    last_seq: Mapped[int] = mapped_column(server_default="0")
    floor_seq: Mapped[int] = mapped_column(server_default="0")
    last_message_at: Mapped[datetime | None]


class Head(NamedTuple):
    """Where a stream ends. Up to `floor_seq` its events are forgotten."""

    epoch: UUID
    floor_seq: int
    last_seq: int


class MemberEvent(Model):
    """One event. `refs` holds ids and numbers, never text."""

    __tablename__ = "member_event"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    refs: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=text("clock_timestamp()"), index=True)


@dataclass(frozen=True, slots=True)
class Event:
    """Something to tell one person."""

    account_id: UUID
    kind: str
    refs: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event with its number."""

    account_id: UUID
    seq: int
    kind: str
    refs: dict[str, Any]


READ_AFTER = text("""
    SELECT reader.place, event.account_id, event.seq, event.kind, event.refs
    FROM unnest(CAST(:ids AS uuid[]), CAST(:seqs AS bigint[])) WITH ORDINALITY AS reader(id, seq, place)
    CROSS JOIN LATERAL (
        SELECT * FROM member_event WHERE account_id = reader.id AND member_event.seq > reader.seq
        ORDER BY member_event.seq LIMIT :limit
    ) AS event
    ORDER BY reader.place, event.seq
""").columns(place=Integer, account_id=Uuid, seq=BigInteger, kind=Text, refs=JSONB)


_LOCK, _LOCK_FREE = (
    select(MemberStream.account_id, MemberStream.last_seq)
    .where(MemberStream.account_id == any_(bindparam("ids", type_=ARRAY(Uuid))))
    .order_by(MemberStream.account_id)
    .with_for_update(skip_locked=skip_locked)
    for skip_locked in (False, True)
)
_APPEND = text("""
    WITH moved AS (
        UPDATE member_stream SET last_seq = new.last_seq,
            last_message_at = greatest(last_message_at, CAST(:last_message_at AS timestamptz))
        FROM unnest(CAST(:streams AS uuid[]), CAST(:last_seqs AS bigint[])) AS new(account_id, last_seq)
        WHERE member_stream.account_id = new.account_id
    )
    INSERT INTO member_event (account_id, seq, kind, refs)
    SELECT id, seq, kind, CAST(refs AS jsonb) FROM unnest(
        CAST(:ids AS uuid[]), CAST(:seqs AS bigint[]), CAST(:kinds AS text[]), CAST(:refs AS text[])
    ) AS new(id, seq, kind, refs)
""")


async def open_stream(db: AsyncSession, account_id: UUID) -> None:
    """Begin the stream of a new account."""
    db.add(MemberStream(account_id=account_id))
    await db.flush()


async def lock_streams(db: AsyncSession, account_ids: Iterable[UUID], *, skip_locked: bool = False) -> dict[UUID, int]:
    """Lock the streams of these people, in the order that keeps lockers from waiting for each other in a ring; with
    `skip_locked` but for those that someone else holds.

    Returns the last number of each stream that exists.
    """
    rows = await db.execute(_LOCK_FREE if skip_locked else _LOCK, {"ids": list(set(account_ids))})
    return dict(rows.all())


async def append(db: AsyncSession, events: Sequence[Event]) -> None:
    """Number these events, store them, and wake whoever they are for when the transaction commits.

    Events for someone who is gone are dropped. Call it last in a transaction: it holds the stream locks until commit.
    """
    if events:
        await append_locked(db, events, await lock_streams(db, (event.account_id for event in events)))


async def append_locked(
    db: AsyncSession, events: Sequence[Event], last_seqs: dict[UUID, int], last_message_at: datetime | None = None
) -> None:
    """`append` for a caller that holds the locks of `lock_streams` and passes what it returned; with the moment of the
    last message where the events tell of some."""
    told = [event for event in events if event.account_id in last_seqs]
    if not told:
        return
    seqs = []
    for event in told:
        last_seqs[event.account_id] += 1
        seqs.append(last_seqs[event.account_id])
    touched = {event.account_id for event in told}
    await db.execute(
        _APPEND,
        {
            "ids": [event.account_id for event in told],
            "seqs": seqs,
            "kinds": [event.kind for event in told],
            "refs": [json.encode(event.refs).decode() for event in told],
            "streams": list(touched),
            "last_seqs": [last_seqs[account_id] for account_id in touched],
            "last_message_at": last_message_at,
        },
    )
    wake(db, touched)


def wake(db: AsyncSession, account_ids: Iterable[UUID]) -> None:
    """Tell every process, on commit, that these people have something new."""
    ids = [str(account_id) for account_id in sorted(set(account_ids))]
    for start in range(0, len(ids), _IDS_PER_WORD):
        bus.say(db, "members " + ",".join(ids[start : start + _IDS_PER_WORD]))


async def head(db: AsyncSession, account_id: UUID) -> MemberStream:
    """The head of someone's own stream. Raises: InvalidToken when they have left since they came in."""
    stream = await db.scalar(select(MemberStream).where(MemberStream.account_id == account_id))
    if stream is None:
        raise InvalidToken
    return stream


async def streams(db: AsyncSession, account_ids: Iterable[UUID]) -> dict[UUID, MemberStream]:
    """The streams of these people, of whom each asks for their own."""
    found = await db.scalars(select(MemberStream).where(MemberStream.account_id == any_of(account_ids)))
    return {stream.account_id: stream for stream in found}


async def heads(db: AsyncSession, account_ids: Iterable[UUID]) -> dict[UUID, Head]:
    """Where each of these streams ends."""
    columns = (MemberStream.account_id, MemberStream.epoch, MemberStream.floor_seq, MemberStream.last_seq)
    rows = await db.execute(select(*columns).where(MemberStream.account_id == any_of(account_ids)))
    return {account_id: Head(epoch, floor_seq, last_seq) for account_id, epoch, floor_seq, last_seq in rows}


async def read_after(db: AsyncSession, cursors: Sequence[tuple[UUID, int]], limit: int) -> list[list[StoredEvent]]:
    """For each (person, number): that person's next events in order, at most `limit`; all in one query."""
    ids, seqs = [account_id for account_id, _ in cursors], [seq for _, seq in cursors]
    pages: list[list[StoredEvent]] = [[] for _ in cursors]
    for place, *event in await db.execute(READ_AFTER, {"ids": ids, "seqs": seqs, "limit": limit}):
        pages[place - 1].append(StoredEvent(*event))
    return pages


_FORGET = text("""
    WITH oldest AS (
        SELECT account_id FROM member_event WHERE created_at < clock_timestamp() - :kept
        ORDER BY created_at LIMIT :at_once
    ), held AS (
        SELECT account_id FROM member_stream WHERE account_id IN (SELECT account_id FROM oldest)
        ORDER BY account_id FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM member_event USING held
        WHERE member_event.account_id = held.account_id AND created_at < clock_timestamp() - :kept
        RETURNING member_event.account_id, seq
    ), floors AS (
        UPDATE member_stream SET floor_seq = gone.seq
        FROM (SELECT account_id, max(seq) AS seq FROM gone GROUP BY account_id) AS gone
        WHERE member_stream.account_id = gone.account_id AND member_stream.floor_seq < gone.seq
    )
    SELECT count(*) FROM gone
""").bindparams(bindparam("kept", type_=Interval))


async def forget_old(db: AsyncSession, kept: timedelta = KEPT) -> int:
    """Drop events older than `kept`, of some people at a time; a client that was away for longer is told to read
    everything anew. Who is being told something in this moment is left for the next time. Returns how many it
    dropped."""
    dropped: int = (await db.execute(_FORGET, {"kept": kept, "at_once": _FORGOTTEN_AT_ONCE})).scalar_one()
    return dropped


async def begin_anew(db: AsyncSession) -> None:
    """Give every stream a new epoch: whoever comes with the old one is told to read everything anew. Locked in the
    order in which senders do it, so that it can run beside them."""
    await db.execute(select(MemberStream.account_id).order_by(MemberStream.account_id).with_for_update())
    await db.execute(update(MemberStream).values(epoch=func.gen_random_uuid()))
