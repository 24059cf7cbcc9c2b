"""The AsyncAPI document of the socket, made from the types that the socket itself speaks."""

from typing import Any, get_args

import msgspec

from rinnalla import __version__
from rinnalla.kit.contract import example_of
from rinnalla.kit.settings import SocketLimits
from rinnalla.realtime import frames
from rinnalla.realtime.conversation import FRAMES_AT_ONCE, FRAMES_PER_SECOND
from rinnalla.realtime.order import PATIENCE_SECONDS

_REF = "#/components/schemas/{name}"
_LIMITS = SocketLimits()
_DESCRIPTION = f"""One socket per device at `/v1/realtime`; every frame is one JSON object, in text of 64 KiB at most.

1. Connect. Within {_LIMITS.auth:.0f} seconds send `auth` with an access token or a one-time ticket (never
   in the address). The answer is `hello` with the stream's `epoch` and `last_seq`.
2. Send `resume` with the number of the last event that this device has stored (in `auth` already, to save a round
   trip). `resumed` brings unread counts and the newest threads. Events follow in order, numbered without a hole, then
   `caught_up`; after that, news as it happens. A number that is not one more than the last means that something was
   lost on the way: `resume` again. `reset_required` means: read threads and messages anew over HTTP.
3. Store an event before you count it as seen. Events that were sent twice are known by their number.
4. `send` is answered by `ack` once the message is stored, or by `refused`. No answer (the connection broke) means
   unknown: send it again with the same `client_id`, by socket or by HTTP; it is stored once.
   You need not wait for the answer before you send on. What you send in a thread is stored in that order: while one
   is refused with `retryable`, those after it on this socket are, too, until it comes again (for {PATIENCE_SECONDS:.0f}
   seconds beyond its `retry_after`); send them again in the order in which they were said.
   Your own message also comes as an event, to all your devices; ack and event may come in either order.
5. Send `delivered` as soon as messages are stored, and `read` when they were seen. What you may know of the other
   side (delivered, read, presence) comes in `other_side`, the latest state only; threads say the same after a break.
6. Send `auth` with a fresh token of the same session before the old one expires (`expiring` reminds of it).

`degraded` says that the service can't reach its database; `restored`, that it can again. The socket stays.

It is for young people and mentors. Staff may connect, and no events come to them.

At most {FRAMES_AT_ONCE} frames at once and {FRAMES_PER_SECOND:.0f} a second. A client that does not take a frame within
{_LIMITS.send:.0f} seconds is closed. After any close but 1000 and 4401: wait a random time (up to 5 seconds
at first, doubling up to a minute), connect and resume."""


def asyncapi_document() -> dict[str, Any]:
    """The AsyncAPI 3.0 document."""
    from_client, from_server = get_args(frames.ClientFrame), get_args(frames.ServerFrame)
    _, schemas = msgspec.json.schema_components([*from_client, *from_server], ref_template=_REF)
    names = [kind.__name__ for kind in (*from_client, *from_server)]
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Rinnalla realtime", "version": __version__, "description": _DESCRIPTION},
        "defaultContentType": "application/json",
        "channels": {
            "realtime": {
                "address": "/v1/realtime",
                "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in names},
                "bindings": {"ws": {"method": "GET"}},
                "x-close-codes": {str(code): meaning for code, meaning in frames.CLOSE_CODES.items()},
            }
        },
        "operations": {
            "fromClient": _operation("receive", "What a client sends", from_client),
            "fromServer": _operation("send", "What the service sends", from_server),
        },
        "components": {
            "messages": {kind.__name__: _message(kind, schemas) for kind in (*from_client, *from_server)},
            "schemas": schemas,
        },
    }


def _operation(action: str, summary: str, kinds: tuple[Any, ...]) -> dict[str, Any]:
    return {
        "action": action,
        "summary": summary,
        "channel": {"$ref": "#/channels/realtime"},
        "messages": [{"$ref": f"#/channels/realtime/messages/{kind.__name__}"} for kind in kinds],
    }


def _message(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    payload = {"$ref": _REF.format(name=kind.__name__)}
    return {
        "name": kind.__struct_config__.tag,
        "title": kind.__name__,
        "summary": " ".join((kind.__doc__ or "").split()),
        "payload": payload,
        "examples": [{"payload": example_of(payload, schemas)}],
    }
