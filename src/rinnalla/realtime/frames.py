"""Frames of the socket. One set of types is the wire, the AsyncAPI document and the checks."""

from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from rinnalla.accounts.service import Presence
from rinnalla.chat.schemas import Count, MessageBody, MessageText, Seq, ThreadBody, message_body, thread_body
from rinnalla.chat.service import MessageView, NewestThreads
from rinnalla.kit.schema import In, Out
from rinnalla.realtime.news import PlainEvent, Unavailable

Token = Annotated[str, Meta(min_length=1, max_length=4096, examples=["eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9…"])]
Milliseconds = Annotated[int, Meta(ge=0, examples=[3500])]
Seconds = Annotated[int, Meta(ge=0, examples=[60])]
FrameKind = Literal["auth", "resume", "send", "delivered", "read", "typing", "unknown"]
Code = Annotated[str, Meta(examples=["thread_not_found"])]


class Place(In):
    """Where a device is in its stream, as in `resume`."""

    after: Seq
    epoch: UUID | None = None


class Resume(Place, tag="resume", tag_field="type"):
    """Begin the flow of events after number `after` (0: from the first kept). `epoch` is that of the stream which the
    number belongs to; null only with `after` 0. Answered by `resumed` or `reset_required`, as soon as the database can
    be asked and this account has not resumed too often of late: no need to repeat it on the same socket."""


class Auth(In, tag="auth", tag_field="type"):
    """First frame, within 5 seconds: either an access token or a ticket made by `createRealtimeTicket`. With `resume`
    the flow of events begins at once, which saves a slow network one way there and back. Sent again before the token
    expires, with a new token of the same session, it keeps the socket open."""

    access_token: Token | None = None
    ticket: Token | None = None
    resume: Place | None = None


class Send(In, tag="send", tag_field="type"):
    """A message, as `sendMessage` takes it. Answered by `ack` when it is stored, or by `refused`."""

    thread_id: UUID
    client_id: UUID
    text: MessageText


class Delivered(In, tag="delivered", tag_field="type"):
    """This device has stored everything up to a message, as `markDelivered` takes it. Not answered."""

    thread_id: UUID
    up_to_seq: Seq


class Read(In, tag="read", tag_field="type"):
    """You have read up to a message, as `markRead` takes it. Your devices get an event of it."""

    thread_id: UUID
    up_to_seq: Seq


class Typing(In, tag="typing", tag_field="type"):
    """You are writing. At most one every 3 seconds in each thread is passed on; nothing is stored or answered. It tells
    the other side that you are there, whatever you show of your presence: an app whose person does not want that sends
    none."""

    thread_id: UUID


ClientFrame = Auth | Resume | Send | Delivered | Read | Typing


class MessageEvent(Out, tag="message", tag_field="type"):
    """A message, also your own from another device (known by its `client_id`)."""

    seq: Seq
    message: MessageBody


Event = MessageEvent | PlainEvent | Unavailable


class Hello(Out, tag="hello", tag_field="type"):
    """You are let in. `last_seq` is the number of your newest event; the socket closes in `expires_in` seconds unless
    another `auth` comes. Events flow after `resume`."""

    epoch: UUID
    last_seq: Seq
    expires_in: Seconds


class Resumed(Out, tag="resumed", tag_field="type"):
    """You are back in your stream: the events after your number follow, then `caught_up`. So that there is something to
    show before they have come: how much is unread in your inbox, and the threads that were active last, at most 50 and
    none that you have blocked; `more_threads`: list the others over HTTP."""

    epoch: UUID
    last_seq: Seq
    unread: Count
    threads: list[ThreadBody]
    more_threads: Annotated[bool, Meta(examples=[False])]


class EventFrame(Out, tag="event", tag_field="type"):
    """One event. Numbers come one after the other without a hole: a hole means that the client must resume."""

    event: Event


class CaughtUp(Out, tag="caught_up", tag_field="type"):
    """Everything up to `seq` has been sent; what follows is new."""

    seq: Seq


class ResetRequired(Out, tag="reset_required", tag_field="type"):
    """The stream can't go on from where you are (another epoch, a number that does not exist, or one no longer kept),
    also unasked, after the database was put back: read threads and messages anew over HTTP, then resume after
    `last_seq`."""

    epoch: UUID
    last_seq: Seq


class Ack(Out, tag="ack", tag_field="type"):
    """The message is stored. `replayed`: it was already."""

    client_id: UUID
    message: MessageBody
    replayed: bool


class Refused(Out, tag="refused", tag_field="type"):
    """A frame was refused, with a code of the HTTP contract. With `retryable`, send it again after `retry_after`
    seconds; what became of it may be unknown, and the same `client_id` makes that safe."""

    frame: FrameKind
    thread_id: UUID | None
    client_id: UUID | None
    code: Code
    retryable: bool
    retry_after: Seconds | None


class TypingNotice(Out, tag="typing", tag_field="type"):
    """The other side is writing in a thread."""

    thread_id: UUID
    account_id: UUID


class OtherSide(Out, tag="other_side", tag_field="type"):
    """What you may know of the other side of a thread has changed; the fields are those of the thread's body. Sent
    while you are connected, the latest state only: after being away, the thread's body says it."""

    thread_id: UUID
    other_delivered_seq: Seq | None
    other_read_seq: Seq | None
    other_presence: Presence | None


class Expiring(Out, tag="expiring", tag_field="type"):
    """The access token expires in `expires_in` seconds: send `auth` with a new one."""

    expires_in: Seconds


class Degraded(Out, tag="degraded", tag_field="type"):
    """The service can't reach its database for the moment. Keep the socket: news come as soon as it can, and nothing
    that was acknowledged is lost. What you send meanwhile is refused with `retryable`."""


class Restored(Out, tag="restored", tag_field="type"):
    """What `degraded` said is over: send what waits."""


class GoingAway(Out, tag="going_away", tag_field="type"):
    """The server restarts, or can't let anyone in now: the socket will be closed; connect again after
    `retry_after_ms`."""

    retry_after_ms: Milliseconds


Notice = TypingNotice | Degraded | Restored
"""What is of this moment and worth nothing later."""
ServerFrame = (
    Hello | Resumed | EventFrame | CaughtUp | ResetRequired | Ack | Refused | OtherSide | Expiring | GoingAway | Notice
)

encode = msgspec.json.Encoder().encode


def message_event(seq: int, view: MessageView) -> MessageEvent:
    return MessageEvent(seq=seq, message=message_body(view))


def ack(client_id: UUID, view: MessageView, *, replayed: bool) -> Ack:
    return Ack(client_id=client_id, message=message_body(view), replayed=replayed)


def resumed(epoch: UUID, last_seq: int, newest: NewestThreads) -> Resumed:
    return Resumed(
        epoch=epoch,
        last_seq=last_seq,
        unread=newest.unread,
        threads=[thread_body(thread) for thread in newest.threads],
        more_threads=newest.count > len(newest.threads),
    )


class CloseCode:
    """Why a socket was closed by the server. Kept with `CLOSE_CODES`, which the AsyncAPI document prints."""

    POLICY = 1008
    INTERNAL = 1011
    GOING_AWAY = 1012
    BAD_FRAMES = 4400
    UNAUTHENTICATED = 4401
    SLOW = 4008
    TOO_MANY = 4409


CLOSE_CODES = {
    1000: "The client closed.",
    CloseCode.POLICY: "Too many frames or pings, or one that was never finished: connect again after a minute.",
    1002: "What came was no WebSocket frame.",
    1007: "A text was not in UTF-8.",
    1009: "A frame was larger than 64 KiB, or came in more than a hundred pieces.",
    CloseCode.INTERNAL: "The server failed, or the client did not answer pings: connect again and resume.",
    CloseCode.GOING_AWAY: "The server restarts, or can't let anyone in now: connect again after the pause that "
    "`going_away` has named, and resume.",
    CloseCode.SLOW: "The client took more than 10 seconds to take a frame: connect again and resume.",
    CloseCode.BAD_FRAMES: "Several frames in a row could not be understood, or were binary.",
    CloseCode.UNAUTHENTICATED: "No valid auth within 5 seconds, the token expired, or the session was ended. "
    "Refresh the tokens first; if that is refused, log in.",
    CloseCode.TOO_MANY: "This account has opened a sixth socket: its oldest one was closed.",
}
