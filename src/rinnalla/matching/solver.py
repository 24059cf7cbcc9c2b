"""The process in which a run is solved: `python -m rinnalla.matching.solver`, and how the service talks with it.

Arithmetic over millions of pairs would hold up the event loop, and every thread beside it. So it has a process of its
own, which reads one task from its input, says line by line how far it is and what it found, steps back for others, and
can be ended at any moment.
"""

import asyncio
import os
import sys
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

import msgspec

from rinnalla.matching.solving import Found, Said, Task, solve

STEPS_BACK = 10
COMMAND = (sys.executable, "-m", "rinnalla.matching.solver")
LONGEST_LINE = 1 << 20


class SolverDied(Exception):
    """The process ended before it had said everything. The text is what it said instead."""


async def solved(task: Task, command: tuple[str, ...] = COMMAND) -> AsyncGenerator[Said, None]:
    """What the process says. It ends with the loop over this, however that is left. Raises: SolverDied."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, stderr=pipe, limit=LONGEST_LINE)
    complaints = asyncio.create_task(_all_of(process.stderr))
    try:
        await _hand_over(process.stdin, msgspec.json.encode(task))
        async for line in _lines(process.stdout):
            said: Said = msgspec.json.decode(line, type=Said)
            yield said
        if await process.wait() != 0:
            raise SolverDied((await complaints).decode(errors="replace")[-500:])
    finally:
        complaints.cancel()
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()


async def _hand_over(wire: asyncio.StreamWriter | None, task: bytes) -> None:
    if wire is not None:
        with suppress(ConnectionError):  # it died: its exit status says so
            wire.write(task)
            await wire.drain()
        wire.close()


async def _lines(wire: asyncio.StreamReader | None) -> AsyncIterator[bytes]:
    while wire is not None and (line := await wire.readline()):
        yield line


async def _all_of(wire: asyncio.StreamReader | None) -> bytes:
    return b"" if wire is None else await wire.read()


def main() -> None:
    """Solve what comes in."""
    os.nice(STEPS_BACK)
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    for said in solve(task):
        sys.stdout.buffer.write(msgspec.json.encode(said) + b"\n")
        if not isinstance(said, Found):
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
