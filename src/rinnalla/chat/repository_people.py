"""What someone reads of all their threads at once: few statements in plain SQL, as those who poll come here often."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, LargeBinary, Text, TextClause, Uuid, text
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.chat.repository_delivery import StoredMessage
from rinnalla.kit.caller import Caller
from rinnalla.kit.vault import WrappedKey

_LINE = """
    message.id, message.thread_id, message.seq, message.author_id, message.client_id, message.body, message.created_at,
    author.wrapped_key, other.account_id AS other_id, person.display_name AS other_name, other.role AS other_role,
    own.filing AS own_filing, own.delivered_seq AS own_delivered_seq, own.read_seq AS own_read_seq,
    other.read_seq AS other_read_seq
"""
_SIDES = """
    JOIN thread_member AS other ON other.thread_id = own.thread_id AND other.account_id <> own.account_id
    JOIN account AS person ON person.id = other.account_id
"""
_AUTHOR = """
    JOIN thread_member AS author ON author.thread_id = message.thread_id AND author.account_id = message.author_id
"""


@dataclass(frozen=True, slots=True)
class StoredLine:
    """A message as a member of its thread may see it, with the other member. `read_seq`: how far each has read;
    `delivered_seq`: how far a device has stored."""

    message: StoredMessage
    author_key: WrappedKey
    other_id: UUID
    other_name: str
    other_role: str
    own_filing: str
    own_delivered_seq: int
    own_read_seq: int
    other_read_seq: int


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands: in its thread, and in time."""

    thread_id: UUID
    seq: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """What came for someone after a message, at most `most`."""

    account_id: UUID
    message_id: UUID
    most: int


def _columns(statement: TextClause, **more: Any) -> Any:
    return statement.columns(
        **more,
        id=Uuid, thread_id=Uuid, seq=Integer, author_id=Uuid, client_id=Uuid, body=LargeBinary,
        created_at=DateTime(timezone=True), wrapped_key=LargeBinary, other_id=Uuid, other_name=Text, other_role=Text,
        own_filing=Text, own_delivered_seq=Integer, own_read_seq=Integer, other_read_seq=Integer,
    )  # fmt: skip


def _stretch(order: str, beyond: str, end: int, step: int) -> Any:
    """At most so many messages of each of someone's threads, from a place on if one is given; otherwise from `end`."""
    # In the thread of that place the number decides: times of messages that were moved in from elsewhere may be alike.
    # It is one comparison of numbers whatever is given, so that the index is read from there on.
    return _columns(
        text(f"""
            SELECT {_LINE} FROM thread_member AS own {_SIDES}
            CROSS JOIN LATERAL (
                SELECT CASE
                    WHEN CAST(:thread_id AS uuid) IS NULL THEN {end}
                    WHEN own.thread_id = CAST(:thread_id AS uuid) THEN CAST(:seq AS bigint)
                    ELSE (SELECT near.seq {step:+} FROM message AS near WHERE near.thread_id = own.thread_id
                        AND near.created_at {beyond} CAST(:created_at AS timestamptz)
                        ORDER BY near.seq {order} LIMIT 1)
                END AS seq
            ) AS start
            CROSS JOIN LATERAL (
                SELECT * FROM message WHERE message.thread_id = own.thread_id AND message.seq {beyond} start.seq
                ORDER BY message.seq {order} LIMIT :most
            ) AS message {_AUTHOR}
            WHERE own.account_id = :account_id AND other.filing NOT IN ('blocked', 'handed_over')
                AND (CAST(:others AS uuid[]) IS NULL OR other.account_id = ANY(CAST(:others AS uuid[])))
            ORDER BY message.created_at {order}, message.thread_id, message.seq {order}
            LIMIT :most_in_all
        """)  # noqa: S608 - put together from the words above
    )


BACK, ON = _stretch("DESC", "<", 2**63 - 1, 1), _stretch("ASC", ">", 0, -1)
_PLACE = text("""
    SELECT message.thread_id, message.seq, message.created_at FROM message
    JOIN thread_member AS own ON own.thread_id = message.thread_id AND own.account_id = :account_id
    WHERE message.id = :message_id
""").columns(thread_id=Uuid, seq=Integer, created_at=DateTime(timezone=True))

_ONE = _columns(
    text(f"""
        SELECT {_LINE} FROM message
        JOIN thread_member AS own ON own.thread_id = message.thread_id AND own.account_id = :account_id
        {_SIDES} {_AUTHOR}
        WHERE message.id = :message_id AND other.filing NOT IN ('blocked', 'handed_over')
    """)  # noqa: S608 - put together from the words above
)

# Of an event that can't be made out it is none: what comes after it is told all the same.
_MESSAGE_ID = """
    CASE WHEN pg_input_is_valid(event.refs ->> 'message_id', 'uuid') THEN CAST(event.refs ->> 'message_id' AS uuid) END
"""

_WANTED = """
    unnest(CAST(:accounts AS uuid[]), CAST(:messages AS uuid[]), CAST(:mosts AS int[]))
        WITH ORDINALITY AS wanted(account_id, message_id, most, place)
"""

# A message's number in someone's stream is taken in the order of commits. One that is erased by now, and has no event
# either, stands before every event there is; for one that is there without an event the row has no number, and LATER is
# asked. OFFSET and LIMIT 1 keep the planner to the order that is written here: along the stream, and from each event to
# its message.
AFTER = _columns(
    text(f"""
        SELECT wanted.place, line.*
        FROM {_WANTED}
        CROSS JOIN LATERAL (
            SELECT coalesce(
                (SELECT event.seq FROM member_event AS event
                    WHERE event.kind = 'message' AND event.refs ->> 'message_id' = wanted.message_id::text
                        AND event.account_id = wanted.account_id),
                (SELECT 0 WHERE NOT EXISTS (SELECT FROM message AS known
                    JOIN thread_member AS own ON own.thread_id = known.thread_id AND own.account_id = wanted.account_id
                    WHERE known.id = wanted.message_id))
            ) AS seq OFFSET 0
        ) AS start
        LEFT JOIN LATERAL (
            SELECT event.seq AS number, found.*
            FROM (
                SELECT event.seq, {_MESSAGE_ID} AS message_id FROM member_event AS event
                WHERE event.account_id = wanted.account_id AND event.seq > start.seq AND event.kind = 'message'
                ORDER BY event.seq OFFSET 0
            ) AS event
            CROSS JOIN LATERAL (
                SELECT {_LINE} FROM message
                JOIN thread_member AS own ON own.thread_id = message.thread_id AND own.account_id = wanted.account_id
                {_SIDES} {_AUTHOR}
                WHERE message.id = event.message_id AND other.filing NOT IN ('blocked', 'handed_over') LIMIT 1
            ) AS found
            ORDER BY event.seq LIMIT wanted.most
        ) AS line ON true
        WHERE start.seq IS NULL OR line.number IS NOT NULL
        ORDER BY wanted.place, line.number
    """),  # noqa: S608 - put together from the words above
    place=Integer, number=Integer,
)  # fmt: skip

# From a message without an event (it is forgotten, or was never told as the message was moved in) what came later is
# read as its client sorts it, for that may have no event either. What has one comes in the same order: times of one
# person's messages follow their commits. Each thread is looked through from its end, where a poll's place mostly is.
LATER = _columns(
    text(f"""
        SELECT wanted.place, 0 AS number, line.*
        FROM {_WANTED}
        JOIN message AS known ON known.id = wanted.message_id
        CROSS JOIN LATERAL (
            SELECT {_LINE} FROM thread_member AS own {_SIDES}
            CROSS JOIN LATERAL (
                SELECT CASE WHEN own.thread_id = known.thread_id THEN known.seq ELSE coalesce(
                    (SELECT near.seq FROM message AS near
                        WHERE near.thread_id = own.thread_id AND near.created_at <= known.created_at
                        ORDER BY near.seq DESC LIMIT 1),
                    0
                ) END AS seq OFFSET 0
            ) AS start
            CROSS JOIN LATERAL (
                SELECT * FROM message WHERE message.thread_id = own.thread_id AND message.seq > start.seq
                ORDER BY message.seq LIMIT wanted.most
            ) AS message {_AUTHOR}
            WHERE own.account_id = wanted.account_id AND other.filing NOT IN ('blocked', 'handed_over')
            ORDER BY message.created_at, message.thread_id, message.seq LIMIT wanted.most
        ) AS line
        ORDER BY wanted.place, line.created_at, line.thread_id, line.seq
    """),  # noqa: S608 - put together from the words above
    place=Integer, number=Integer,
)  # fmt: skip


async def stretch(
    db: AsyncSession,
    caller: Caller,
    *,
    others: Collection[UUID] | None,
    place: Place | None,
    newest_first: bool,
    most: int,
    most_in_all: int | None,
) -> list[StoredLine]:
    """At most `most` messages of each of the caller's threads (with these people, or all), the newest or the oldest,
    from a place on where one is given."""
    rows = await db.execute(
        BACK if newest_first else ON,
        {
            "account_id": caller.account_id,
            "others": None if others is None else list(others),
            "thread_id": place.thread_id if place else None,
            "seq": place.seq if place else 0,
            "created_at": place.created_at if place else None,
            "most": most,
            "most_in_all": most_in_all,
        },
    )
    return [_line(*row) for row in rows]


async def place_of(db: AsyncSession, caller: Caller, message_id: UUID) -> Place | None:
    """Where a message of the caller's threads stands, also in one that they no longer see."""
    row = (await db.execute(_PLACE, {"account_id": caller.account_id, "message_id": message_id})).one_or_none()
    return None if row is None else Place(*row)


async def line(db: AsyncSession, caller: Caller, message_id: UUID) -> StoredLine | None:
    """One message that the caller may see."""
    row = (await db.execute(_ONE, {"account_id": caller.account_id, "message_id": message_id})).one_or_none()
    return None if row is None else _line(*row)


async def after(db: AsyncSession, wanted: Sequence[Wanted]) -> list[list[StoredLine]]:
    """For each of these people, who ask for themselves, what came after a message, in order; from the beginning of
    their stream where there is no such message of theirs. One query for all, and one more where events don't tell."""
    found: list[list[StoredLine]] = [[] for _ in wanted]
    untold: list[int] = []
    for place, number, *line in await db.execute(AFTER, _values(wanted)):
        if number is None:
            untold.append(place - 1)
        else:
            found[place - 1].append(_line(*line))
    if untold:
        for place, _, *line in await db.execute(LATER, _values([wanted[place] for place in untold])):
            found[untold[place - 1]].append(_line(*line))
    return found


def _values(wanted: Sequence[Wanted]) -> dict[str, list[Any]]:
    return {
        "accounts": [one.account_id for one in wanted],
        "messages": [one.message_id for one in wanted],
        "mosts": [one.most for one in wanted],
    }


def _line(*columns: Any) -> StoredLine:
    return StoredLine(StoredMessage(*columns[:7]), *columns[7:])
