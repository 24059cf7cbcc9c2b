"""One device of one person: it keeps what a good app keeps, and notices when it is told what can't be."""

import asyncio
import random
import time
from uuid import UUID

from tests.faults.diary import REVOKED_SECONDS, Diary, Rules
from tests.faults.journal import BLOCKED, CLOSED, NOBODY, Person, Send, Talk
from tests.faults.shapes import read_anything, read_message, read_stretch
from tests.faults.wire import Frame, Http, Line

CREATED, OK, UNAUTHORIZED, NOT_FOUND, SERVER_ERROR = 201, 200, 401, 404, 500
TOO_SLOW, TOO_MANY_REQUESTS, UNAVAILABLE = 408, 429, 503
UNAUTHENTICATED, INTERNAL_CLOSE = 4401, 1011
RIGHTFUL = {1000, 1012, 4008, 4409}
"""Codes with which a socket may end at any time: the client closed, the service restarts, slow, too many."""
LATE_PONG_SECONDS = 10.0
"""The grace from which on an answer to a ping may come too late."""
LINE_SILENT_SECONDS = 3.0
LINE_DEAD_SECONDS = 8.0
RETRY_SECONDS = 0.3
ONLY_LISTENS = 0.25
"""The share of devices on which nobody writes anything: they lie on a table."""
QUICK_SECONDS, SLOW_SECONDS = 0.5, 4.0
INTERNAL = "internal_error"
FINAL = {NOBODY, BLOCKED, CLOSED}


class Device(Diary):
    """A device with a socket."""

    def __init__(self, person: Person, rules: Rules, chance: random.Random, *, session: tuple[str, str, str]) -> None:
        super().__init__(person, rules, session)
        self.chance = chance
        self.http = Http()
        self.line: Line | None = None
        self._is_let_in = False
        self.home = chance.choice(rules.addresses)
        self._window = 1.0
        self._pause_until = 0.0
        self._in_flight: dict[str, Send] = {}
        self._last_seq: dict[str, int] = {}
        self._talks = list(person.talks.values())
        self.only_listens = chance.random() < ONLY_LISTENS

    @property
    def idle(self) -> bool:
        """Whether everything it sent was answered."""
        return not self._in_flight

    def some_talk(self) -> Talk:
        """One of this person's threads."""
        return self.chance.choice(self._talks)

    def move(self) -> None:
        """Try the other node from now on."""
        self.home = self.chance.choice(self.rules.addresses)

    # The socket

    async def connect(self) -> None:
        """Open a socket and go on from the last event stored. Raises: OSError, TimeoutError."""
        self._last_seq.clear()
        self._is_let_in = False
        resume = {"after": self.place, "epoch": self.epoch}
        first = {"type": "auth", "access_token": self.token, "resume": resume}
        self.line = await Line.open(self.home, first, self._heard, self._ended, self._failed)

    def _ended(self, code: int | None) -> None:
        self.line, self.caught_up_at = None, None
        for send in self._in_flight.values():
            self._let_loose(send)
        self._in_flight.clear()
        if code == UNAUTHENTICATED:
            self.token = ""
        elif code in {None, TOO_MANY_REQUESTS, UNAVAILABLE}:
            self.move()
        elif not self._may_end_with(code):
            self.rules.ledger.breach("failed", f"a socket of {self.person.name} ended with {code}")

    def _may_end_with(self, code: int | None) -> bool:
        """Whether that close code, or that answer to a handshake, may come now."""
        if code == INTERNAL_CLOSE:
            return self.rules.grace >= LATE_PONG_SECONDS
        if code == SERVER_ERROR:  # uvicorn's word, when it stops, to whoever stands in the door at that moment
            return self.rules.grace > 0
        return code in RIGHTFUL

    def _failed(self, error: Exception) -> None:
        words = f"what a socket of {self.person.name} was told can't be taken: {error!r}"
        self.rules.ledger.breach("failed", words)

    def _let_loose(self, send: Send) -> None:
        self.rules.ledger.unanswered += 1
        self.person.loose.append(send)

    def _heard(self, frame: Frame) -> None:
        self.see(frame.type, frame.speaks_of)
        self.see_sides(frame.sides)
        if frame.event is not None:
            self.take(frame.event, live=True)
        elif frame.type == "ack":
            self._acked(frame)
        elif frame.type == "refused":
            self._refused(frame)
        elif frame.type == "hello":
            self.epoch, self._is_let_in = self.epoch or frame.epoch, True
        elif frame.type == "caught_up":
            self.caught_up_at = time.monotonic()
        elif frame.type == "reset_required":
            words = f"{self.person.name} at {self.place} was told to begin anew (head {frame.last_seq})"
            self.rules.ledger.breach("lost", words)
            self.cut()
        self.talk()

    def cut(self) -> None:
        """Lose the connection."""
        if self.line is not None:
            self.line.cut()

    def look_after_line(self) -> None:
        """Ask whether the other end is there, and give up a line that does not answer."""
        if self.line is None:
            return
        silent = time.monotonic() - self.line.heard_at
        if silent > LINE_DEAD_SECONDS:
            self.line.cut()
        elif silent > LINE_SILENT_SECONDS:
            self.line.ping()
        bound = REVOKED_SECONDS + self.rules.grace
        is_in = self._is_let_in and self.line is not None
        if is_in and self.ended_at is not None and self.line.heard_at > self.ended_at + bound:
            self.rules.ledger.breach("leaked", f"a socket of {self.person.name} outlived its session")
            self.line.cut()

    # Saying

    def talk(self) -> None:
        """Send what was not answered once more, and something new, as far as the window goes."""
        if self.line is None or self.caught_up_at is None or time.monotonic() < self._pause_until:
            return
        while len(self._in_flight) < self._window:
            send = self.next_send()
            if send is None:
                return
            # Two devices of one person can both have lost the answer: it is said once at a time here all the same.
            if send.client_id in self._in_flight:
                continue
            self._in_flight[send.client_id] = send
            self._tried(send)
            self.line.say(
                {
                    "type": "send",
                    "thread_id": send.talk.id,
                    "client_id": send.client_id,
                    "text": send.text,
                }
            )

    def next_send(self) -> Send | None:
        """Something to say, or to say again."""
        if self.person.loose:
            return self.person.loose.popleft()
        if not self.rules.talking or self.only_listens:
            return None
        talk = self.some_talk()
        client_id = str(UUID(int=self.chance.getrandbits(128), version=4))
        send = Send(client_id, talk, self.person, self.place)
        talk.sends[client_id] = send
        return send

    def _tried(self, send: Send) -> None:
        send.tries += 1
        send.sent_at = time.monotonic()

    def _acked(self, frame: Frame) -> None:
        assert frame.client_id is not None, "an ack without a client id"
        assert frame.message is not None, "an ack without a message"
        send = self._in_flight.pop(frame.client_id, None)
        if send is None:
            self.rules.ledger.breach("failed", f"an ack for {frame.client_id}, which this socket is not waiting for")
            return
        self._adapt(time.monotonic() - send.sent_at)
        self.settle(send, frame.message)
        if not frame.replayed:
            last = self._last_seq.get(send.talk.id, 0)
            if frame.message.seq <= last:
                words = f"{self.person.name}'s message {frame.message.seq} was sent after {last}"
                self.rules.ledger.breach("reordered", words)
            self._last_seq[send.talk.id] = frame.message.seq

    def _adapt(self, took: float) -> None:
        """Say more when answers come quickly, and rest when they are about to be refused for lack of time: this is not
        about how a service drowns."""
        if took < QUICK_SECONDS:
            self._window = min(self.rules.window, self._window + 1 / self._window)
        elif took > SLOW_SECONDS:
            self._window = max(1.0, self._window / 2)
            self._pause_until = time.monotonic() + took

    def _refused(self, frame: Frame) -> None:
        if frame.code == INTERNAL:
            self.rules.ledger.breach("failed", f"a frame {frame.frame} of {self.person.name} was refused as {INTERNAL}")
        if frame.frame in {"auth", "resume"}:
            asyncio.get_running_loop().call_later(frame.retry_after or 1, self._resume_again, self.line)
            return
        send = self._in_flight.pop(frame.client_id, None) if frame.client_id is not None else None
        if send is not None:
            self.refuse(send, frame.code or "")

    def _resume_again(self, line: Line | None) -> None:
        if line is not None and line is self.line and self.caught_up_at is None:
            line.say({"type": "resume", "after": self.place, "epoch": self.epoch})

    def refuse(self, send: Send, code: str) -> None:
        """A send was refused. Who was blocked is told that there is no thread, also about what was stored before."""
        if code in FINAL and not send.talk.may_refuse(self.person, code):
            words = f"{send.client_id} of {self.person.name} was refused as {code}, for which there was no reason"
            self.rules.ledger.breach("failed", words)
        is_sure = send.tries == 1 and not self.rules.repeats
        if code in FINAL and (is_sure or code != NOBODY):
            if send.message_id is None:
                send.refused = code
        else:
            self._let_loose(send)
            self._pause_until = time.monotonic() + RETRY_SECONDS

    # HTTP

    async def call(self, method: str, path: str, body: object = None) -> tuple[int, bytes] | None:
        """An answer, or None when there was none or the service asked to come later."""
        try:
            status, answer = await self.http.call(self.home, method, path, self.token, body)
        except OSError:
            self.move()
            return None
        if status == SERVER_ERROR:
            self.rules.ledger.breach("failed", f"{method} {path} was answered {status}: {answer[:200].decode()}")
        if status == UNAUTHORIZED:
            self.token = ""
        return None if status in {UNAUTHORIZED, TOO_MANY_REQUESTS} or status >= SERVER_ERROR else (status, answer)

    async def say_by_http(self, send: Send) -> None:
        """One send over HTTP."""
        self._tried(send)
        body = {"client_id": send.client_id, "text": send.text}
        answer = await self.call("POST", f"/v1/threads/{send.talk.id}/messages", body)
        if answer is None:
            self._let_loose(send)
        elif answer[0] in {OK, CREATED}:
            self.settle(send, read_message(answer[1]))
        else:
            self.refuse(send, read_anything(answer[1])["code"])

    async def poll(self) -> bool:
        """Take one page of what is new. Whether that was all."""
        query = f"after={self.place}" + (f"&epoch={self.epoch}" if self.epoch else "")
        answer = await self.call("GET", f"/v1/sync?{query}")
        if answer is None:
            return False
        page = read_stretch(answer[1])
        self.epoch = self.epoch or page.epoch
        if page.reset_required:
            self.rules.ledger.breach("lost", f"{self.person.name} at {self.place} was told to begin anew")
            return True
        for event in page.events:
            self.take(event, live=False)
        return not page.more

    async def renew(self) -> None:
        """New tokens; a session that has ended gives none."""
        try:
            body = {"refresh_token": self.refresh_token}
            status, answer = await self.http.call(self.home, "POST", "/v1/sessions/refresh", None, body)
        except OSError:
            self.move()
            return
        if status == OK:
            tokens = read_anything(answer)
            self.token, self.refresh_token = tokens["access_token"], tokens["refresh_token"]
        elif status == UNAUTHORIZED:
            self.is_out = True
            self.cut()
            if self.ended_at is None and self.session_id not in self.person.ending:
                self.rules.ledger.breach("failed", f"{self.person.name} was logged out by nobody")
        elif status <= SERVER_ERROR and status not in {TOO_SLOW, TOO_MANY_REQUESTS}:
            words = f"a refresh of {self.person.name} was answered {status}: {answer[:200]!r}"
            self.rules.ledger.breach("failed", words)

    async def close(self) -> None:
        """Leave quietly."""
        if self.line is not None:
            self.line.cut()
        self.http.close()
        await asyncio.sleep(0)
