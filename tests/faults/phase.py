"""One nemesis and one swarm, from the first message to the verdict."""

import asyncio
import random
import time
from dataclasses import dataclass

from tests.faults.checker import Checker
from tests.faults.journal import Ledger
from tests.faults.nemeses import Nemesis
from tests.faults.people import Size
from tests.faults.stage import Stage
from tests.faults.swarm import Swarm

PATIENCE_SECONDS = 12.0
AFTERWARDS_SECONDS = 1.0
LEFT_OPEN = """
    SELECT count(*) FROM pg_stat_activity
    WHERE application_name LIKE 'rinnalla%' AND state LIKE 'idle in transaction%'
      AND clock_timestamp() - state_change > interval '1 second'
"""


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

    def __init__(self, stage: Stage, nemesis: Nemesis, seed: str, *, seconds: float, size: Size, window: int) -> None:
        self._stage = stage
        self._nemesis = nemesis
        self._seed = seed
        self._seconds = seconds
        self._services = stage.services()
        self.swarm = Swarm(
            self._services,
            [front.address for front in stage.fronts],
            f"{seed}/{nemesis.name}",
            size=size,
            window=window,
            grace=nemesis.grace,
            repeats=nemesis.repeats,
        )
        self.state = "people come in"

    async def play(self) -> Verdict:
        """From beginning to end."""
        started, before = time.monotonic(), self._memory()
        swarm, ledger = self.swarm, self.swarm.ledger
        self._stage.recovered = ledger.recovered
        await swarm.gather()
        chance = random.Random(f"{self._seed}/{self._nemesis.name}/nemesis")
        talking = time.monotonic()
        self.state = "trouble"
        try:
            async with self._nemesis.trouble(self._stage, chance):
                await self._talk(self._seconds)
                if self._nemesis.flows:
                    swarm.hush()
                    await self._settle()
            self.state = "mended"
            ledger.recovered()
            await self._stage.ready()
            if not self._nemesis.flows:
                await self._talk(AFTERWARDS_SECONDS)
                swarm.hush()
                await self._settle()
            talked = time.monotonic() - talking
            for send in await swarm.answer_everything(PATIENCE_SECONDS):
                ledger.breach("failed", f"{send.client_id} was never answered")
            for device in await swarm.converge(PATIENCE_SECONDS):
                words = f"a device of {device.person.name} came back and stayed behind at {device.place}"
                ledger.breach("lost", words)
            self.state = "checking"
            await Checker(swarm).check()
            await self._check_connections()
            swarm.check_alive()
        finally:
            await swarm.disperse()
            await self._services.close()
        return Verdict(
            self._nemesis.name,
            self._seed,
            time.monotonic() - started,
            talked,
            ledger,
            self._memory() - before,
        )

    async def _talk(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            await asyncio.sleep(0.1)
            self.swarm.check_alive()

    async def _settle(self) -> None:
        for device in await self.swarm.settle(PATIENCE_SECONDS):
            words = (
                f"a socket of {device.person.name} stood open and was told nothing after event {device.place} "
                f"(silent for {time.monotonic() - device.line.heard_at:.1f} s)"
                if device.line is not None
                else ""
            )
            self.swarm.ledger.breach("lost", words)

    async def _check_connections(self) -> None:
        """I8: no transaction was left open."""
        connection = await self._stage.direct()
        try:
            left_open = await connection.fetchval(LEFT_OPEN)
        finally:
            await connection.close()
        if left_open:
            self.swarm.ledger.breach("failed", f"{left_open} connections were left inside a transaction")

    def _memory(self) -> int:
        return sum(node.memory() for node in self._stage.nodes)
