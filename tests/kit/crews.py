"""Crews to start as a process of their own: `python -m tests.kit.crews NAME`."""

import asyncio
import multiprocessing
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


def stays(member: Member) -> None:
    """Works until it is asked to leave."""
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    member.ready()
    time.sleep(60)


def end_and_kill_one() -> None:
    """This process is asked to end; in that moment a member is killed, and its end is noticed before the crew looks."""
    signal.raise_signal(signal.SIGTERM)
    [first, *_] = sorted(multiprocessing.active_children(), key=lambda child: child.pid or 0)
    first.kill()
    first.join()


def main(name: str) -> None:
    log.configure("info")
    work = {each.__name__: each for each in (dies, ready_and_dies, one_dies, deaf, stays)}[name]

    def on_ready() -> None:
        print("ready", flush=True)  # noqa: T201 - the test reads it
        if name == "stays":
            end_and_kill_one()

    async def run() -> None:
        crew = Crew(
            2,
            work,
            patience=0.5,
            on_ready=on_ready,
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
