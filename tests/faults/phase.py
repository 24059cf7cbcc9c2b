"""One nemesis and one swarm, from the first message to the verdict."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.faults.checker import Checker
from tests.faults.holdings import Holding, left_behind, memory_grown
from tests.faults.journal import Ledger
from tests.faults.nemeses import Nemesis
from tests.faults.people import Habits, Size
from tests.faults.processes import RECOVERY_SECONDS
from tests.faults.stage import Stage
from tests.faults.swarm import Swarm
from tests.faults.ylitse import YlitseUser
from tests.ylitse.day import Course

AFTERWARDS_SECONDS = 1.0
LOOK_SECONDS = 0.2
USUAL = Habits()
CONNECTIONS = """
    SELECT count(*) AS held, count(*) FILTER (WHERE state LIKE 'idle in transaction%') AS left_open
    FROM pg_stat_activity WHERE application_name LIKE 'rinnalla%'
"""


@dataclass(frozen=True, slots=True)
class Play:
    """How a phase is played. `seconds`: for how long people talk. `patience`: seconds after which nobody expects any
    more that something comes. `recovery`: seconds after which everything that was broken must serve again, on a machine
    where a start takes no longer than half of it. `leaving`: seconds after which everything must be put away that was
    there for people who have left; a request under way may take 15. `stops_early`: at the first broken promise, which
    is all that one wants to know. `course`: of a day that someone with a Ylitse app lives meanwhile, if anyone does."""

    seconds: float
    size: Size
    habits: Habits = USUAL
    patience: float = 12.0
    recovery: float = RECOVERY_SECONDS
    leaving: float = 30.0
    stops_early: bool = False
    course: Course | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one phase. Times in seconds, `grown` in bytes."""

    nemesis: str
    seed: str
    took: float
    talked: float
    ledger: Ledger
    grown: int

    @property
    def broken(self) -> bool:
        return bool(self.ledger.faults)

    @property
    def gap(self) -> float:
        """The longest that anyone had to wait: for a frame, or for a send that succeeds again."""
        return max(self.ledger.delivery_gap, self.ledger.recovery_gap)


class Phase:
    """Plays one nemesis."""

    def __init__(self, stage: Stage, nemesis: Nemesis, seed: str, play: Play) -> None:
        self._stage = stage
        self.name = nemesis.name
        self._nemesis = nemesis
        self._seed = seed
        self._play = play
        self._services = stage.services()
        self._began = time.monotonic()
        self._talked = 0.0
        addresses = [front.address for front in stage.fronts]
        self.swarm = Swarm(
            self._services,
            addresses,
            f"{seed}/{nemesis.name}",
            size=play.size,
            habits=play.habits,
            grace=nemesis.grace,
            repeats=nemesis.repeats,
        )
        self.ledger = self.swarm.ledger
        self.state = "people come in"
        self._ylitse_user = YlitseUser(self._services, addresses, play.course, self.ledger, repeats=nemesis.repeats)

    async def play(self) -> Verdict:
        """From the first message to the verdict."""
        chance = random.Random(f"{self._seed}/{self.name}/scene")
        async with self._nemesis.scene(self._stage, chance):
            grown = await self._play_in_scene()
            self.state = "mending"
        return self._verdict(grown)

    async def _play_in_scene(self) -> int:
        """How many bytes more the processes need that have been through it."""
        before = await self._stage.holdings()
        self._stage.recovered = self.ledger.recovered
        try:
            await self._ylitse_user.prepare()
            await self.swarm.gather(self._play.patience)
            await self._trouble()
            if not self._knows_enough:
                await self._check()
            self.swarm.check_alive()
        finally:
            await self._ylitse_user.leave()
            await self.swarm.disperse()
            await self._services.close()
        if not self._knows_enough:
            await self._check_left_behind(before)
        return self._memory() - sum(one.memory for one in before)

    def given_up(self, fault: str | None) -> Verdict:
        """What is known when this has not ended, and won't; a `fault` of the service that kept it from it is a promise
        broken."""
        if fault is not None:
            self.ledger.breach("failed", f"{self.state}: {fault}")
        return self._verdict(0)

    def _verdict(self, grown: int) -> Verdict:
        took = time.monotonic() - self._began
        return Verdict(self.name, self._seed, took, self._talked, self.ledger, grown)

    @property
    def _knows_enough(self) -> bool:
        return self._play.stops_early and bool(self.ledger.faults)

    async def _trouble(self) -> None:
        """People talk while the nemesis does its work, and for a moment afterwards, where it keeps messages back."""
        chance = random.Random(f"{self._seed}/{self._nemesis.name}/nemesis")
        async with self._nemesis.trouble(self._stage, chance):
            self.state = "trouble"
            self._ylitse_user.begin()
            if self._nemesis.flows:
                await self._flow(self._play.seconds)
            else:
                await self._talk(self._play.seconds)
            self.state = "mending"
        if not self._nemesis.flows:
            self.ledger.recovered()
        await self._stage.ready()
        if not self._nemesis.flows:
            await self._flow(AFTERWARDS_SECONDS)

    async def _talk(self, seconds: float) -> None:
        started = time.monotonic()
        while time.monotonic() - started < seconds and not self._knows_enough:
            await asyncio.sleep(0.1)
            self.swarm.check_alive()
        self._talked += time.monotonic() - started

    async def _flow(self, seconds: float) -> None:
        """People talk where messages must flow: for so long, and on until one was acknowledged; then it is settled."""
        acked, patience = self.ledger.acked, seconds + self._play.patience
        until = time.monotonic() + patience
        await self._talk(seconds)
        while self.ledger.acked == acked and time.monotonic() < until and not self._knows_enough:
            await self._talk(LOOK_SECONDS)
        self.ledger.waited()
        if self.ledger.acked == acked and not self._knows_enough:
            words = f"nothing was acknowledged for {patience:.0f} s, in which messages must flow"
            self.ledger.breach("failed", words)
        await self._settle()

    async def _settle(self) -> None:
        """Everyone falls silent; whoever stands is told the rest without having to come back."""
        if self._knows_enough:
            return
        self.swarm.hush()
        for device in await self.swarm.settle(self._play.patience):
            words = f"a socket of {device.person.name} stands open and is told nothing after event {device.place}"
            self.ledger.breach("lost", words)

    async def _check(self) -> None:
        self.state = "asking again"
        for send in await self.swarm.answer_everything(self._play.patience, self._play.recovery):
            self.ledger.breach("failed", f"{send.client_id} was never answered")
        for device in await self.swarm.converge(self._play.patience):
            words = f"a device of {device.person.name} came back and stayed behind, at event {device.place}"
            self.ledger.breach("lost", words)
        self.state = "checking"
        await Checker(self.swarm).check()
        connection = await self._stage.direct()
        try:
            await self._ylitse_user.check(connection)
        finally:
            await connection.close()

    async def _check_left_behind(self, before: Sequence[Holding]) -> None:
        """I8, when everyone has left: what the service holds then, compared with `before`."""
        self.state = "waiting until it is quiet"
        until = time.monotonic() + self._play.leaving
        while (left := await self._left_behind(before)) and time.monotonic() < until:
            await asyncio.sleep(LOOK_SECONDS)
        for words in left:
            self.ledger.breach("failed", words)

    async def _left_behind(self, before: Sequence[Holding]) -> list[str]:
        """What the service still holds of those who have left, in words."""
        try:
            holdings = await self._stage.holdings()
        except TimeoutError as error:
            return [str(error)]
        words = [words for holding in holdings for words in left_behind(holding, self._stage.quiet)]
        if grown := memory_grown(before, holdings):
            words.append(grown)
        connection = await self._stage.direct()
        try:
            found = await connection.fetchrow(CONNECTIONS)
        finally:
            await connection.close()
        if found["left_open"]:
            words.append(f"{found['left_open']} connections were left inside a transaction")
        if found["held"] > self._stage.connections_at_most:
            words.append(f"{found['held']} connections are held, {self._stage.connections_at_most} are planned")
        return words

    def _memory(self) -> int:
        return sum(node.memory() for node in self._stage.nodes)
