"""Copies of the service with something in them changed: clocks that go wrong, and the broken builds that the checker
has to see through. Each is a few replacements of text that must be there exactly once."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.faults.processes import SOURCE


@dataclass(frozen=True, slots=True)
class Change:
    """`old` becomes `new` in a file below `src/rinnalla`."""

    file: str
    old: str
    new: str


class NotThere(Exception):
    """The text that a change replaces is not there exactly once: the service has moved on, and the change must too."""


def build(folder: Path, changes: Sequence[Change]) -> Path:
    """A copy of the service's source with these changes; what `PYTHONPATH` has to be for it."""
    source = folder / "src"
    shutil.copytree(SOURCE / "rinnalla", source / "rinnalla", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "migrations").symlink_to(SOURCE.parent / "migrations")
    for change in changes:
        path = source / "rinnalla" / change.file
        text = path.read_text("utf-8")
        if text.count(change.old) != 1:
            raise NotThere(f"{change.file} has {text.count(change.old)} times: {change.old}")
        path.write_text(text.replace(change.old, change.new), "utf-8")
    return source


def clock_ahead(seconds: int) -> list[Change]:
    """A machine whose clock is wrong by so many seconds."""
    return [
        Change("kit/clock.py", "import UTC, datetime", "import UTC, datetime, timedelta"),
        Change("kit/clock.py", "return datetime.now(UTC)", f"return datetime.now(UTC) + timedelta(seconds={seconds})"),
    ]


@dataclass(frozen=True, slots=True)
class Broken:
    """A build that breaks a promise. `sql`: what stood behind the code in the database, and has to go too."""

    name: str
    changes: tuple[Change, ...]
    sql: str = ""


NO_LOCK = Broken(
    "no row lock on the streams",
    (Change("kit/events.py", "    .with_for_update(skip_locked=skip_locked)\n", ""),),
    "ALTER TABLE member_event DROP CONSTRAINT pk_member_event",
)
ACK_TOO_EARLY = Broken(
    "ack before commit",
    (
        Change(
            "chat/writer.py",
            "    async def _write(self, batch: Sequence[Outgoing], *, skip_locked: bool = False) -> "
            "Sequence[Sent | Exception]:\n",
            "    async def _write(self, batch, *, skip_locked=False):\n"
            "        import asyncio\n"
            "        early = asyncio.get_running_loop().create_future()\n"
            "        self._late = asyncio.create_task(self._write_and_commit(batch, early, skip_locked))\n"
            "        self._late.add_done_callback(lambda task: early.done() or early.set_exception(task.exception()))\n"
            "        return await early\n\n"
            "    async def _write_and_commit(self, batch, early, skip_locked):\n",
        ),
        Change(
            "chat/writer.py",
            "            return [\n"
            "                answer.sent(at + timedelta(microseconds=places[answer.message.id]))\n"
            "                if isinstance(answer, _Fresh)\n"
            "                else answer\n"
            "                for answer in judged\n"
            "            ]\n",
            "            answers = [answer.sent(at) if isinstance(answer, _Fresh) else answer for answer in judged]\n"
            "            early.set_result(answers)\n",
        ),
        Change(
            "chat/writer.py",
            "                return [answer for answer in judged if not isinstance(answer, _Fresh)]\n",
            "                early.set_result([answer for answer in judged if not isinstance(answer, _Fresh)])\n"
            "                return\n",
        ),
    ),
)
NO_KEY = Broken(
    "no unique key",
    (
        Change(
            "chat/writer.py",
            "            stored = await repository_delivery.sent_before(db, {outgoing.key for outgoing in batch})\n",
            "            stored = {}\n",
        ),
        Change(
            "chat/writer.py",
            "        if outgoing.key in self._stored or outgoing.key in self._fresh:\n",
            "        if outgoing.key in self._fresh:\n",
        ),
    ),
    "ALTER TABLE message DROP CONSTRAINT uq_message_author_id_client_id_thread_id",
)
NOTIFICATIONS_ONLY = Broken(
    "trusting notifications only",
    (
        Change(
            "realtime/hub.py",
            "            elif head is not None and connection.follow(head, place):\n",
            "            elif False:\n",
        ),
        Change(
            "realtime/hub.py",
            "            connection.wake()\n            connection.look_across(None)\n",
            "            pass\n",
        ),
    ),
)
NO_LOOK = Broken("no look at the streams", NOTIFICATIONS_ONLY.changes[:1])
NO_REVOCATION_CHECK = Broken(
    "no revocation check at the pump",
    (
        Change(
            "realtime/reader.py",
            "            page if caller.session_id in alive else InvalidToken()\n",
            "            page\n",
        ),
        Change(
            "realtime/reader.py",
            "            if caller.session_id in alive\n            else InvalidToken()\n",
            "            if True\n            else InvalidToken()\n",
        ),
        Change(
            "realtime/hub.py",
            "            if connection.caller.session_id not in alive:\n",
            "            if False:\n",
        ),
    ),
)
REFUSES_FOR_NO_REASON = Broken(
    "refusals for no reason",
    (
        Change(
            "chat/writer.py",
            "        if refusal is not None:\n            raise refusal\n",
            "        if outgoing.client_id.int % 50 == 0:\n"
            "            from rinnalla.chat.errors import ThreadClosed\n"
            "            raise ThreadClosed\n"
            "        if refusal is not None:\n            raise refusal\n",
        ),
    ),
)
TYPING_PASSES_BLOCKS = Broken(
    "typing passes blocks",
    (
        Change(
            "chat/service.py",
            "refusal_to_write(found.thread.state, found.own.filing, Filing.INBOX)",
            "refusal_to_write(found.thread.state, Filing.INBOX, Filing.INBOX)",
        ),
    ),
)
MARKS_GET_LOST = Broken(
    "marks get lost",
    (
        Change(
            "chat/sides.py",
            "    own.member.delivered_seq = max(delivered.up_to_seq, own.member.delivered_seq)\n",
            "    pass\n",
        ),
    ),
)
READING_IS_TOLD = Broken(
    "reading is told",
    (
        Change(
            "chat/service.py",
            '            await events.append(db, [Event(caller.account_id, "read", refs)])\n',
            "            told = [caller.account_id, other.account_id]\n"
            '            await events.append(db, [Event(account_id, "read", refs) for account_id in told])\n',
        ),
    ),
)
READING_IS_SEEN = Broken(
    "reading is seen",
    (
        Change(
            "chat/sides.py",
            "found.other.read_seq if own.read_marks and other.read_marks else None",
            "found.other.read_seq",
        ),
    ),
)
THREADS_OF_OTHERS = Broken(
    "threads of others",
    (
        Change(
            "chat/service.py",
            '            await events.append(db, [Event(caller.account_id, "read", refs)])\n',
            '            wrong = {"thread_id": str(new_id())}\n'
            '            await events.append(db, [Event(other.account_id, "thread_changed", wrong)])\n'
            '            await events.append(db, [Event(caller.account_id, "read", refs)])\n',
        ),
    ),
)
PUTS_OFF = Broken(
    "everyone is put off for ever",
    (
        Change(
            "chat/writer.py",
            "        return await self._gatherer.ask(outgoing)\n",
            "        from rinnalla.kit.errors import Unavailable\n        raise Unavailable\n",
        ),
    ),
)
NOTHING_PUT_AWAY = Broken(
    "nothing put away",
    (
        Change(
            "kit/database.py",
            "            async with self._readings() as db:\n",
            "            async with self._readings() as db:\n"
            "                if not hasattr(self, 'kept'):\n"
            "                    self.kept = self._readings()\n"
            "                    await self.kept.connection()\n",
        ),
        Change(
            "kit/gather.py",
            "        self._waiting.append(waiting)\n",
            "        self._waiting.append(waiting)\n        asyncio.create_task(asyncio.sleep(3600))\n",
        ),
    ),
)
A_TASK_FOR_EACH_SEND = Broken(
    "a task for each send",
    (
        Change(
            "chat/writer.py",
            "        return await self._gatherer.ask(outgoing)\n",
            "        import asyncio\n"
            "        asyncio.create_task(asyncio.sleep(3600))\n"
            "        return await self._gatherer.ask(outgoing)\n",
        ),
    ),
)
