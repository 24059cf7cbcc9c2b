"""The conversation: every message both ways, the connection lost in the middle, and the proof that nothing else was."""

import time
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from rinnalla.demo.lines import YOUNG, Line, Script
from rinnalla.demo.person import Person
from rinnalla.demo.phone import Phone
from rinnalla.demo.stage import Marks, Stage, StepFailed, milliseconds

FITS_THE_STAGE = 40
"""More messages than this are counted instead of shown."""
PAGE = 100


class Talk:
    """A young person and a mentor in their thread."""

    def __init__(self, stage: Stage, script: Script, thread_id: str, young: Person, mentor: Person) -> None:
        self.young, self.mentor = Phone(young), Phone(mentor)
        self._stage = stage
        self._script = script
        self._thread_id = thread_id
        self._people = {"the young person": young, "the mentor": mentor}
        self._travels: list[float] = []

    async def play(self) -> None:
        """All lines, and the checks. Raises: StepFailed."""
        lines, drop_at = self._script.lines, self._script.drop_at
        back_at = _next_of_the_young(lines, drop_at)
        shown = len(lines) <= FITS_THE_STAGE
        with nullcontext() if shown else self._stage.progress(len(lines), "said") as marks:
            await self._say_all(0, drop_at, marks)
            client_id = await self._lose_connection(drop_at)
            await self._say_while_away(drop_at + 1, back_at)
            await self._come_back(drop_at, back_at, client_id)
            self._advance(marks, back_at - drop_at)
            await self._say_all(back_at, len(lines), marks)
        self._stage.note(f"From phone to phone: {_distribution(self._travels)}.")
        await self._check()

    async def _say_all(self, start: int, end: int, marks: Marks | None) -> None:
        for number in range(start, end):
            line = self._script.lines[number]
            self._stage.step_now = f"{line.speaker} says message {number + 1}"
            speaker, hearer = (self.young, self.mentor) if line.speaker == YOUNG else (self.mentor, self.young)
            began = time.monotonic()
            await speaker.send(self._thread_id, line.text)
            stored = time.monotonic() - began
            await hearer.until_said(line.text, number + 1)
            self._travels.append(time.monotonic() - began)
            self._show(line, f"stored {milliseconds(stored)} · arrived {milliseconds(self._travels[-1])}")
            self._advance(marks, 1)

    async def _lose_connection(self, number: int) -> str:
        line = self._script.lines[number]
        self._stage.step_now = "the phone loses its connection before it hears that the message was stored"

        async def arrived() -> None:
            await self.mentor.until_said(line.text, number + 1)

        client_id = await self.young.send_and_lose_the_ack(self._thread_id, line.text, arrived)
        self._show(line, "arrived · the phone never heard of it")
        self._stage.note("⚡ The phone's connection is gone. It does not know whether its message arrived.")
        return client_id

    async def _say_while_away(self, start: int, end: int) -> None:
        for number in range(start, end):
            line = self._script.lines[number]
            self._stage.step_now = f"{line.speaker} says message {number + 1} while the phone is away"
            began = time.monotonic()
            await self.mentor.send(self._thread_id, line.text)
            self._show(line, f"stored {milliseconds(time.monotonic() - began)} · waits for the phone")

    async def _come_back(self, number: int, end: int, client_id: str) -> None:
        line = self._script.lines[number]
        with self._stage.step("The phone is back and hears, in order, what it missed"):
            await self.young.connect()
            for missed in range(number, end):
                await self.young.until_said(self._script.lines[missed].text, missed + 1)
        with self._stage.step("It sends its message again under the same id: stored once, the first result answered"):
            ack = await self.young.send(self._thread_id, line.text, client_id)
            first = self.young.messages[number]
            if not ack["replayed"] or ack["message"]["id"] != first["id"]:
                raise StepFailed("the first result", f"another message, replayed: {ack['replayed']}")

    async def _check(self) -> None:
        said = [line.text for line in self._script.lines]
        with self._stage.step(f"{_count(said)} on both phones: all there, in order, none twice"):
            for phone in (self.young, self.mentor):
                await phone.until(lambda phone=phone: len(phone.messages) >= len(said), _count(said))  # type: ignore[misc]
                _same(phone.messages, said)
        with self._stage.step("The same over HTTP, for both"):
            for person in self._people.values():
                _same(await self._history(person), said)
        with self._stage.step("Both have read everything"):
            for phone, person in zip((self.young, self.mentor), self._people.values(), strict=True):
                await phone.mark_read(self._thread_id, len(said))
                await phone.until_told("read", thread_id=self._thread_id, up_to_seq=len(said))
                thread = (await person.call("GET", f"/v1/threads/{self._thread_id}")).body
                if (thread["unread"], thread["last_seq"]) != (0, len(said)):
                    raise StepFailed(f"0 unread of {len(said)}", f"{thread['unread']} unread of {thread['last_seq']}")

    async def _history(self, person: Person) -> list[dict[str, Any]]:
        path = f"/v1/threads/{self._thread_id}/messages?order=oldest&limit={PAGE}"
        found: list[dict[str, Any]] = []
        cursor = ""
        while True:
            page = (await person.call("GET", path + cursor)).body
            found += page["items"]
            if page["next_cursor"] is None:
                return found
            cursor = f"&cursor={page['next_cursor']}"

    def _show(self, line: Line, travelled: str) -> None:
        if len(self._script.lines) <= FITS_THE_STAGE:
            self._stage.said(line, travelled)

    @staticmethod
    def _advance(marks: Marks | None, count: int) -> None:
        if marks is not None:
            marks.advance(count)


def _next_of_the_young(lines: Sequence[Line], after: int) -> int:
    return next((number for number in range(after + 1, len(lines)) if lines[number].speaker == YOUNG), len(lines))


def _same(messages: Sequence[dict[str, Any]], said: Sequence[str]) -> None:
    if len(messages) != len(said):
        raise StepFailed(_count(said), _count(messages))
    if len({message["id"] for message in messages}) != len(said):
        raise StepFailed("each message once", "one twice")
    for number, (message, text) in enumerate(zip(messages, said, strict=True), 1):
        if (message["seq"], message["text"]) != (number, text):
            raise StepFailed(f"message {number} as it was sent", f"message {message['seq']}")


def _count(messages: Sequence[object]) -> str:
    return f"{len(messages)} message{'s' if len(messages) != 1 else ''}"


def _distribution(seconds: Sequence[float]) -> str:
    if not seconds:
        return "nobody was there"
    ordered = sorted(seconds)
    return f"half within {milliseconds(ordered[len(ordered) // 2])}, the slowest {milliseconds(ordered[-1])}"
