"""Crews to start as a process of their own: `python -m tests.kit.crews NAME`."""

import asyncio
import os
import signal
import sys
import time

from rinnalla.kit import log
from rinnalla.kit.crew import Crew, KeepDying, Member


def dies(member: Member) -> None:
    """Ends before it is ready."""
    os._exit(3)


def ready_and_dies(member: Member) -> None:
    """Ends as soon as it is ready."""
    member.ready()
    os._exit(3)


def one_dies(member: Member) -> None:
    """The first ends as soon as it is ready, the others stay."""
    member.ready()
    if member.number == 1:
        os._exit(3)
    time.sleep(60)


def deaf(member: Member) -> None:
    """Does not leave when it is asked to."""
    for number in (signal.SIGTERM, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    member.ready()
    time.sleep(60)


def main(name: str) -> None:
    log.configure("info")
    work = {each.__name__: each for each in (dies, ready_and_dies, one_dies, deaf)}[name]

    async def run() -> None:
        crew = Crew(
            2,
            work,
            patience=0.5,
            on_ready=lambda: print("ready", flush=True),  # noqa: T201 - the test reads it
            on_leave=lambda: print("leaving", flush=True),  # noqa: T201 - the test reads it
        )
        await crew.run()

    try:
        asyncio.run(run())
    except KeepDying as error:
        print(error)  # noqa: T201 - the test reads it
        sys.exit(1)


if __name__ == "__main__":
    main(sys.argv[1])
