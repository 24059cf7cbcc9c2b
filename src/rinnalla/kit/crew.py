"""Several processes that do the same work, and the one that starts them, replaces who dies, and sends them home.

Members don't listen to the terminal; and a service manager may signal every process that it sees. So SIGTERM asks a
member to leave in order, however often it comes, and SIGQUIT to leave at once. A member whose starter is gone must end
by itself: `Member.starter_gone` tells it.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from rinnalla.kit import log
from rinnalla.kit.signals import ending, obeying

IN_ORDER, AT_ONCE = signal.SIGTERM, signal.SIGQUIT
# A member that has worked for so long did not die of its start.
STEADY_SECONDS = 5.0
EARLY_DEATHS_ALLOWED = 5
PAUSE_SECONDS = (0.1, 5.0)
_FRESH = multiprocessing.get_context("spawn")


class KeepDying(Exception):
    """Every member died soon after its start, again and again. The text is one line that says so."""


@dataclass(frozen=True, slots=True)
class Member:
    """A started process' place in the crew. Numbers begin with 1; who replaces a dead member has its number."""

    number: int
    teller: Connection

    def ready(self) -> None:
        """Tell the starter that the work has begun."""
        with suppress(OSError):  # the starter is gone: `starter_gone` says so
            self.teller.send_bytes(b"ready")

    @property
    def starter_gone(self) -> int:
        """A file descriptor that becomes readable when the process that started this one is gone."""
        starter = multiprocessing.parent_process()
        if starter is None:
            raise RuntimeError("this process was not started by a crew")
        return int(starter.sentinel)


@dataclass(slots=True)
class _Life:
    """One process, from start to end."""

    process: SpawnProcess
    hearer: Connection
    ready_at: float | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def worked(self) -> float:
        """For how many seconds it has worked."""
        return 0.0 if self.ready_at is None else time.monotonic() - self.ready_at

    def send(self, number: signal.Signals) -> None:
        """A signal, unless it has ended: its number may be another's by then."""
        if self.process.pid is not None and self.process.is_alive():
            os.kill(self.process.pid, number)


class Crew:
    """Keeps `size` processes at `work`, which is sent to them and so must be picklable.

    `on_ready` is called once, when all have begun; `on_leave` as soon as they are asked to leave. A member that has
    not left `patience` seconds later is killed.
    """

    def __init__(
        self,
        size: int,
        work: Callable[[Member], None],
        *,
        patience: float,
        on_ready: Callable[[], None],
        on_leave: Callable[[], None],
    ) -> None:
        self._work = work
        self._patience = patience
        self._on_ready = on_ready
        self._on_leave = on_leave
        self._early_deaths = dict.fromkeys(range(1, size + 1), 0)
        self._awaited = set(self._early_deaths)
        self._lives: dict[int, _Life] = {}
        self._leaving = asyncio.Event()
        self._gave_up = False

    async def run(self) -> None:
        """Keep everyone at work until this process is asked to end, and wait until all have left.

        Asked again, all leave at once. Raises: KeepDying.
        """
        with obeying(dict.fromkeys(ending(), self._leave)):
            async with asyncio.TaskGroup() as tasks:
                for number in self._early_deaths:
                    tasks.create_task(self._keep(number))
        if self._gave_up:
            raise KeepDying("The worker processes end as soon as they are started, again and again: see the log above.")

    def _leave(self) -> None:
        if self._leaving.is_set():
            self._send(AT_ONCE)
            return
        self._leaving.set()
        self._on_leave()
        self._send(IN_ORDER)
        asyncio.get_running_loop().call_later(self._patience, self._send, signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        for life in self._lives.values():
            life.send(number)

    async def _keep(self, number: int) -> None:
        """One place in the crew, whoever holds it."""
        while not self._leaving.is_set():
            worked, code = await self._live(number)
            if self._leaving.is_set():
                return
            log.warning("worker_ended", worker=number, code=code, seconds=round(worked, 1))
            self._early_deaths[number] = 0 if worked >= STEADY_SECONDS else self._early_deaths[number] + 1
            if min(self._early_deaths.values()) >= EARLY_DEATHS_ALLOWED:
                self._gave_up = True
                self._leave()
            with suppress(TimeoutError):
                async with asyncio.timeout(_pause(self._early_deaths[number])):
                    await self._leaving.wait()

    async def _live(self, number: int) -> tuple[float, int]:
        """Start a process and wait for its end: for how many seconds it worked, and its exit status (negative: the
        signal that ended it)."""
        hearer, teller = _FRESH.Pipe(duplex=False)
        life = _Life(_FRESH.Process(target=self._work, args=(Member(number, teller),)), hearer)
        with _deaf_to_the_terminal():
            life.process.start()
        teller.close()
        log.info("worker_started", worker=number, process=life.process.pid)
        self._lives[number] = life
        loop = asyncio.get_running_loop()
        loop.add_reader(life.process.sentinel, life.ended.set)
        loop.add_reader(hearer.fileno(), self._hear, number)
        try:
            await life.ended.wait()
        finally:
            loop.remove_reader(life.process.sentinel)
            loop.remove_reader(hearer.fileno())
            del self._lives[number]
        hearer.close()
        life.process.join()
        return life.worked, life.process.exitcode or 0

    def _hear(self, number: int) -> None:
        """A process has told that it is ready, or has died before."""
        life = self._lives[number]
        asyncio.get_running_loop().remove_reader(life.hearer.fileno())
        try:
            life.hearer.recv_bytes()
        except EOFError:
            return
        life.ready_at = time.monotonic()
        if number in self._awaited:
            self._awaited.remove(number)
            if not self._awaited and not self._leaving.is_set():
                self._on_ready()


def _pause(early_deaths: int) -> float:
    """Seconds before the next start: none after a steady life, then longer each time, at random up to a bound."""
    low, high = PAUSE_SECONDS
    return random.uniform(0, min(high, low * 2**early_deaths)) if early_deaths else 0.0  # noqa: S311 - spreads load


@contextmanager
def _deaf_to_the_terminal() -> Iterator[None]:
    """A process that is started in the block ignores Ctrl-C and hanging up from its first moment on."""
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
