"""What is played, one after the other, and what has come of it so far."""

import asyncio
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

from rich.progress import Progress, TaskID

from tests.faults import report
from tests.faults.nemeses import Nemesis
from tests.faults.phase import Phase, Play, Verdict
from tests.faults.processes import Stuck
from tests.faults.stage import Stage, own_postgres

SHOWN_EVERY_SECONDS = 0.25


def rounds(nemeses: Sequence[Nemesis], seed: str) -> Iterator[tuple[Nemesis, str]]:
    """Each nemesis in turn, for ever, with the seed of its round."""
    for number in count():
        for nemesis in nemeses:
            yield nemesis, seed if number == 0 else f"{seed}.{number}"


@dataclass(slots=True)
class Plan:
    """Each nemesis once, then on from the first, each round with a seed of its own, until enough was acknowledged or
    nothing was in a whole round, or the next phase might not end before `until` (monotonic); what is under way then is
    given up. `verdicts` are those of phases that have ended, beginning with a run's that is gone on with. They are in
    `json_file` after each, so that a run of hours which can't go on has still said what it found. `left_out`: nemeses
    that can't be played on this machine."""

    nemeses: Sequence[Nemesis]
    seed: str
    messages: int
    play: Play
    until: float
    json_file: Path | None
    verdicts: list[Verdict] = field(default_factory=list)
    left_out: Sequence[str] = ()
    _under_way: Phase | None = None

    @property
    def acked(self) -> int:
        return sum(verdict.ledger.acked for verdict in self.verdicts)

    def phases(self) -> Iterator[tuple[Nemesis, str]]:
        """What comes next, given what has been."""
        for nemesis, seed in islice(rounds(self.nemeses, self.seed), len(self.verdicts), None):
            if time.monotonic() + max((verdict.took for verdict in self.verdicts), default=0) > self.until:
                return
            last_round = self.verdicts[-len(self.nemeses) :]
            is_in_vain = not any(verdict.ledger.acked for verdict in last_round)
            if len(last_round) == len(self.nemeses) and (self.acked >= self.messages or is_in_vain):
                return
            yield nemesis, seed

    def not_played(self) -> list[str]:
        """Not begun, or not played to the end: nothing is known of them."""
        known = {verdict.nemesis for verdict in self.verdicts}
        return [*(nemesis.name for nemesis in self.nemeses if nemesis.name not in known), *self.left_out]

    def give_up(self, fault: str | None = None) -> None:
        """It can't go on. What is under way was not played, unless a promise was broken in it: that time is up is no
        fault on a slow machine; what hangs, or does not come back, is one."""
        if self._under_way is not None and (verdict := self._under_way.given_up(fault)).broken:
            self._end(verdict)

    async def run(self, folder: Path, progress: Progress) -> None:
        """All of it, or what comes after what has been, from an empty Postgres in `folder` on."""
        bar = progress.add_task(
            "Postgres and two nodes",
            total=len(self.nemeses),
            completed=len(self.verdicts),
            acked=self.acked,
            state="starting",
        )
        left = None if math.isinf(self.until) else max(0.0, self.until - time.monotonic())
        async with own_postgres(folder) as postgres:
            try:
                async with (
                    asyncio.timeout(left) as time_left,
                    Stage(folder, postgres, self.seed, recovery=self.play.recovery) as stage,
                ):
                    for nemesis, seed in self.phases():
                        await self._play(Phase(stage, nemesis, seed, self.play), progress, bar)
            except Stuck as error:
                if self._under_way is None:
                    raise
                self.give_up(str(error))
            except TimeoutError:
                if not time_left.expired():
                    raise
                self.give_up()

    async def _play(self, phase: Phase, progress: Progress, bar: TaskID) -> None:
        self._under_way, acked = phase, self.acked

        async def follow() -> None:
            while True:
                so_far = acked + phase.ledger.acked
                progress.update(bar, description=phase.name, acked=so_far, state=phase.state)
                await asyncio.sleep(SHOWN_EVERY_SECONDS)

        following = asyncio.create_task(follow())
        try:
            verdict = await phase.play()
        finally:
            following.cancel()
        self._end(verdict)
        so_many = len(self.verdicts)
        progress.update(bar, total=max(len(self.nemeses), so_many), completed=so_many)
        if not progress.console.is_terminal:
            progress.console.print(report.line(verdict), highlight=False, markup=False, soft_wrap=True)

    def _end(self, verdict: Verdict) -> None:
        self._under_way = None
        self.verdicts.append(verdict)
        if self.json_file is not None:
            report.write(self.json_file, self.verdicts, self.not_played())
