"""Threads and messages over HTTP."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from litestar import Response, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, FromQuery, JSONBody

from rinnalla.chat import schemas as wire
from rinnalla.chat.errors import ClientIdReused, ThreadBlocked, ThreadClosed, ThreadHandedOver, ThreadNotFound
from rinnalla.chat.models import Filing
from rinnalla.chat.service import Chat
from rinnalla.kit.access import Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.pages import PAGE_SIZE, cut, decode_cursor
from rinnalla.kit.params import PageCursor, PageLimit

FOR_MEMBERS = only(Role.MENTEE, Role.MENTOR)
TAGS = ["Conversations"]


class Order(StrEnum):
    """`newest`: from the end back, for scrolling up. `oldest`: from the start on, for catching up."""

    NEWEST = "newest"
    OLDEST = "oldest"


@get(
    "/v1/threads",
    operation_id="listThreads",
    summary="Your conversations, the most recently active first",
    tags=TAGS,
    opt=FOR_MEMBERS,
)
async def list_threads(
    db: Db,
    caller: Asking,
    chat: NamedDependency[Chat],
    filing: FromQuery[Filing] = Filing.INBOX,
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.ThreadList:
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    page = cut(await chat.threads(db, caller, filing, after, limit + 1), limit, "active_at", "id")
    return wire.ThreadList(items=[wire.thread_body(view) for view in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/threads/waiting",
    operation_id="listWaitingThreads",
    summary="Conversations in which someone waits for your answer, who has waited longest first",
    tags=TAGS,
    opt=FOR_MEMBERS,
)
async def list_waiting_threads(
    db: Db,
    caller: Asking,
    chat: NamedDependency[Chat],
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.ThreadList:
    after = decode_cursor(cursor, tuple[datetime, UUID]) if cursor else None
    page = cut(await chat.longest_waiting(db, caller, after, limit + 1), limit, "waiting_since", "id")
    return wire.ThreadList(items=[wire.thread_body(view) for view in page.items], next_cursor=page.next_cursor)


@get(
    "/v1/threads/{thread_id:uuid}",
    operation_id="getThread",
    summary="One conversation",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(ThreadNotFound),
)
async def get_thread(db: Db, caller: Asking, chat: NamedDependency[Chat], thread_id: FromPath[UUID]) -> wire.ThreadBody:
    return wire.thread_body(await chat.thread(db, caller, thread_id))


@get(
    "/v1/threads/{thread_id:uuid}/messages",
    operation_id="listMessages",
    summary="What was said",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(ThreadNotFound),
)
async def list_messages(
    db: Db,
    caller: Asking,
    chat: NamedDependency[Chat],
    thread_id: FromPath[UUID],
    order: FromQuery[Order] = Order.NEWEST,
    cursor: PageCursor = None,
    limit: PageLimit = PAGE_SIZE,
) -> wire.MessageList:
    after = decode_cursor(cursor, tuple[wire.Seq])[0] if cursor else None
    found = await chat.messages(db, caller, thread_id, after=after, newest_first=order == Order.NEWEST, limit=limit + 1)
    page = cut(found, limit, "seq")
    return wire.MessageList(items=[wire.message_body(one) for one in page.items], next_cursor=page.next_cursor)


@post(
    "/v1/threads/{thread_id:uuid}/messages",
    operation_id="sendMessage",
    summary="Say something",
    description="Answered when the message is stored. Repeat it with the same `client_id` until it is answered: it is "
    "stored once, and a repetition is answered with the first result and status 200.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses={
        **refusals(ThreadNotFound, ThreadClosed, ThreadBlocked, ClientIdReused),
        200: ResponseSpec(wire.MessageBody, generate_examples=False, description="It was stored by an earlier send"),
    },
)
async def send_message(
    data: JSONBody[wire.SendMessage], caller: Asking, chat: NamedDependency[Chat], thread_id: FromPath[UUID]
) -> Response[wire.MessageBody]:
    sent = await chat.send(caller, thread_id, data.text, data.client_id)
    return Response(wire.message_body(sent.message), status_code=200 if sent.replayed else 201)


@put(
    "/v1/threads/{thread_id:uuid}/read",
    operation_id="markRead",
    summary="You have read up to a message",
    description="Your other devices are told; the other person is only where both of you let it be seen. What is read "
    "was delivered.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(ThreadNotFound),
)
async def mark_read(
    data: JSONBody[wire.MarkRead], db: Db, caller: Asking, chat: NamedDependency[Chat], thread_id: FromPath[UUID]
) -> wire.ThreadBody:
    return wire.thread_body(await chat.mark_read(db, caller, thread_id, data.up_to_seq))


@put(
    "/v1/threads/{thread_id:uuid}/delivered",
    operation_id="markDelivered",
    summary="This device has stored everything up to a message",
    description="The other person sees it. Say it as soon as messages are stored: if the first word is that they were "
    "read, it tells when.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(ThreadNotFound),
)
async def mark_delivered(
    data: JSONBody[wire.MarkDelivered], db: Db, caller: Asking, chat: NamedDependency[Chat], thread_id: FromPath[UUID]
) -> wire.ThreadBody:
    await chat.mark_delivered(caller, thread_id, data.up_to_seq)
    return wire.thread_body(await chat.thread(db, caller, thread_id))


@put(
    "/v1/threads/{thread_id:uuid}/filing",
    operation_id="fileThread",
    summary="File a conversation as inbox, archived or blocked",
    description="While it is blocked, nothing from the other side arrives; to them it looks as if you had left. One "
    "that was handed over meanwhile is `handed_over` when you unblock it.",
    tags=TAGS,
    opt=FOR_MEMBERS,
    responses=refusals(ThreadNotFound, ThreadHandedOver),
)
async def file_thread(
    data: JSONBody[wire.FileThread], db: Db, caller: Asking, chat: NamedDependency[Chat], thread_id: FromPath[UUID]
) -> wire.ThreadBody:
    return wire.thread_body(await chat.file(db, caller, thread_id, Filing(data.filing)))


ROUTES = [
    list_threads,
    list_waiting_threads,
    get_thread,
    list_messages,
    send_message,
    mark_read,
    mark_delivered,
    file_thread,
]
