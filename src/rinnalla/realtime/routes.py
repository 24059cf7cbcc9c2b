"""The socket, and the same events for those who poll."""

from typing import Any
from uuid import UUID

from litestar import WebSocket, get, websocket
from litestar.di import NamedDependency
from litestar.params import FromQuery

from rinnalla.kit.access import PUBLIC, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.params import AfterSeq
from rinnalla.realtime import schemas as wire
from rinnalla.realtime.reader import Reader
from rinnalla.realtime.socket import Sockets


@websocket("/v1/realtime", opt=dict(PUBLIC))
async def realtime(socket: WebSocket[Any, Any, Any], sockets: NamedDependency[Sockets]) -> None:
    """Public, because who it is is said in the first frame and never in the address."""
    await sockets.serve(socket)


@get(
    "/v1/sync",
    operation_id="sync",
    summary="What is new since a number: the events of the socket, for a client that polls",
    tags=["Realtime"],
    opt=only(Role.MENTEE, Role.MENTOR),
)
async def sync(
    db: Db,
    caller: Asking,
    reader: NamedDependency[Reader],
    after: AfterSeq = 0,
    epoch: FromQuery[UUID | None] = None,
) -> wire.SyncBody:
    stretch = await reader.stretch(db, caller, after, epoch)
    last = stretch.events[-1].seq if stretch.events else after
    return wire.SyncBody(
        epoch=stretch.epoch,
        last_seq=stretch.last_seq,
        next_after=stretch.last_seq if stretch.reset_required else last,
        more=not stretch.reset_required and last < stretch.last_seq,
        reset_required=stretch.reset_required,
        events=stretch.events,
    )


ROUTES = [realtime, sync]
