"""What uvicorn leaves open: bounds on what one connection may take of this process, whatever its client does.

uvicorn bounds the bytes of a message, not the number of its fragments, nor how long an unfinished one may wait. It
answers any number of pings, and gives a client that takes nothing for ever to take the close frame.
"""

import asyncio
import socket
from asyncio.transports import BaseTransport
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import CloseCode, Frame

from rinnalla.realtime.pace import Pace

FRAGMENTS = 100
"""Of one message. Clients send theirs whole; this leaves room for proxies that cut them up."""
CONTROL_FRAMES_AT_ONCE = 60
CONTROL_FRAMES_PER_SECOND = 2.0
KERNEL_BUFFER_BYTES = 64 * 1024
"""What the kernel holds of frames that a client does not take (left alone, it holds megabytes for each socket)."""
LEAVING_SECONDS = 2.0
"""What a client has to take the close frame when the process stops."""
WAITING_BYTES = 8 * 1024
"""Beyond what the kernel holds. What has been handed over can't be taken back, however long a line takes for it."""

_WITH_BODY = {b"content-length", b"transfer-encoding"}
_BAD_HANDSHAKE = b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class UpgradableHttp(HttpToolsProtocol):
    """HTTP, from which only a request without a body, in HTTP/1.1, leads to a socket (RFC 6455, 4.1). uvicorn forgets
    the version on the way, and lets a handshake with a body hang."""

    def _should_upgrade(self) -> bool:
        return (
            super()._should_upgrade()
            and self.scope["http_version"] == "1.1"
            and not any(name in _WITH_BODY and value != b"0" for name, value in self.headers)
        )


class BoundedSocket(WebSocketsSansIOProtocol):
    """A socket that a client can neither fill nor keep."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._control_pace = Pace(CONTROL_FRAMES_AT_ONCE, CONTROL_FRAMES_PER_SECOND)
        self._unfinished: asyncio.TimerHandle | None = None
        self._abort: asyncio.TimerHandle | None = None
        # Who is told that it is over may take as long to answer as who is asked whether they are there.
        self.close_timeout = self.config.ws_ping_timeout or self.close_timeout

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(WAITING_BYTES)
        connected: socket.socket | None = transport.get_extra_info("socket")
        if connected is not None:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BUFFER_BYTES)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._unfinished, self._abort):
            if timer is not None:
                timer.cancel()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        """As uvicorn, which would wait for a client that takes nothing until all are given up on, and transactions of
        others with it."""
        super().shutdown()
        self.loop.call_later(LEAVING_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """As uvicorn, which leaves a handshake without an answer that has more or longer headers than sockets have."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_complete:
            self.handshake_complete = self.close_sent = True
            self.transport.write(b"".join(self.conn.data_to_send()) or _BAD_HANDSHAKE)
            self.transport.close()

    def handle_text(self, event: Frame) -> None:
        super().handle_text(event)
        self._await_rest(event)

    def handle_bytes(self, event: Frame) -> None:
        super().handle_bytes(event)
        self._await_rest(event)

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        super().handle_cont(event)
        self._await_rest(event)

    def handle_ping(self) -> None:
        if self.close_sent or self.transport.is_closing():  # uvicorn would answer all the same, and fail
            return
        super().handle_ping()
        self._count_control_frame()

    def handle_pong(self, event: Frame) -> None:
        super().handle_pong(event)
        self._count_control_frame()

    def send_receive_event_to_app(self) -> None:
        """As uvicorn, but what is no UTF-8 is the client's mistake, not one of ours that is logged with a traceback."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self._fail(CloseCode.INVALID_DATA, "")
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """uvicorn would close at once; while the client still sends, that makes the kernel throw away the very frame
        that says why. So our half is closed, and what comes is thrown away until theirs is."""
        if self.close_sent:
            return
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.ABNORMAL_CLOSURE})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.read_paused = False
        self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.close_timeout, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """As uvicorn, which would tell us only when the connection is gone, and that may be never. Nor is it over while
        it is we who don't read: what was sent before waits to be worked on, and the answer lies behind it."""
        if self.read_paused and not self.close_sent:
            self.pong_timer = self.loop.call_later(self.config.ws_ping_timeout or 0, self.keepalive_timeout)
            return
        super().keepalive_timeout()
        self.queue.put_nowait({"type": "websocket.disconnect", "code": CloseCode.INTERNAL_ERROR})
        self._let_go()

    async def send(self, message: Any) -> None:
        """As uvicorn, but who has sent something waits for room before it finds what comes next. A close frame is the
        last one and small: it does not wait."""
        kind = message["type"]
        if kind == "websocket.close":
            self.writable.set()
        await super().send(message)
        if kind == "websocket.send":
            await self.writable.wait()
        elif kind == "websocket.close":
            self._let_go()
        elif kind == "websocket.http.response.body":
            self.handshake_complete = True  # else uvicorn logs each refusal as a failure of the app

    async def run_asgi(self) -> None:
        await super().run_asgi()
        self._let_go()

    def _await_rest(self, event: Frame) -> None:
        """After a piece of a message: is it one too many, and until when must the rest be here?"""
        if event.fin:
            if self._unfinished is not None:
                self._unfinished.cancel()
                self._unfinished = None
        elif len(self.frames) > FRAGMENTS:
            self._fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
        elif self._unfinished is None:
            self._unfinished = self.loop.call_later(self._dead_after(), self._give_up_on_rest)

    def _dead_after(self) -> float:
        """Seconds: a message that never ends is given as long as a peer that never answers."""
        return (self.config.ws_ping_interval or 0) + (self.config.ws_ping_timeout or 0)

    def _give_up_on_rest(self) -> None:
        if not self.close_sent:
            self._fail(CloseCode.POLICY_VIOLATION, "unfinished message")

    def _count_control_frame(self) -> None:
        if self._control_pace.wait_for_one() > 0 and not self.close_sent:
            self._fail(CloseCode.POLICY_VIOLATION, "too many pings")

    def _fail(self, code: CloseCode, reason: str) -> None:
        self.conn.fail(code, reason)
        self.handle_parser_exception()

    def _let_go(self) -> None:
        """End the connection for good in a while: closing it waits until everything is taken, and that may be never."""
        if self._abort is None:
            self._abort = self.loop.call_later(self.close_timeout, self.transport.abort)
