"""The socket, the same events for those who poll, and what people show of themselves there."""

from typing import Any
from uuid import UUID

from litestar import Request, Response, WebSocket, get, put, websocket
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from rinnalla.kit.access import PUBLIC, Asking, Db, only
from rinnalla.kit.caller import Role
from rinnalla.kit.contract import refusals
from rinnalla.kit.errors import EditedMeanwhile, PreconditionRequired
from rinnalla.kit.etags import expected_version, versioned
from rinnalla.kit.params import AfterSeq
from rinnalla.realtime import schemas as wire
from rinnalla.realtime.presence import Showing
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
    """`epoch` is that of the stream which the number belongs to; without it only `after` 0 can be gone on from."""
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


@get(
    "/v1/account/visibility",
    operation_id="getVisibility",
    summary="What those you talk with see of you",
    tags=["Own account"],
    opt=only(Role.MENTEE, Role.MENTOR),
)
async def get_visibility(db: Db, caller: Asking, showing: NamedDependency[Showing]) -> Response[wire.VisibilityBody]:
    choice = await showing.choice(db, caller)
    return versioned(wire.visibility_body(choice), choice.version)


@put(
    "/v1/account/visibility",
    operation_id="editVisibility",
    summary="Choose what those you talk with see of you",
    description="What you hide is hidden at once, also in conversations that have been read before.",
    tags=["Own account"],
    opt=only(Role.MENTEE, Role.MENTOR),
    responses=refusals(EditedMeanwhile, PreconditionRequired),
)
async def edit_visibility(
    request: Request[Any, Any, Any],
    data: JSONBody[wire.VisibilityEdit],
    db: Db,
    caller: Asking,
    showing: NamedDependency[Showing],
) -> Response[wire.VisibilityBody]:
    choice = await showing.choose(
        db, caller, expected_version(request), presence=data.presence, read_marks=data.read_marks
    )
    return versioned(wire.visibility_body(choice), choice.version)


ROUTES = [realtime, sync, get_visibility, edit_visibility]
