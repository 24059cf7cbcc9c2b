"""How a process is asked to end, and how it leaves in order."""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from types import FrameType


def ending() -> list[signal.Signals]:
    """The signals that ask this process to end: hanging up too, unless it was started to survive that (nohup)."""
    hangs_up = signal.getsignal(signal.SIGHUP) != signal.SIG_IGN
    return [signal.SIGINT, signal.SIGTERM, *([signal.SIGHUP] if hangs_up else [])]


@contextmanager
def leaving_in_order() -> Iterator[None]:
    """Signals end the block as an exception does, so that what was opened is closed; once leaving, they are ignored."""
    signals = ending()

    def leave(_number: int, _frame: FrameType | None) -> None:
        for each in signals:
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(0)

    before = {each: signal.signal(each, leave) for each in signals}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


@contextmanager
def obeying(orders: Mapping[signal.Signals, Callable[[], None]]) -> Iterator[None]:
    """The running event loop carries out the order of each signal. Afterwards they are ignored: the way out has begun,
    and what was opened must still be closed."""
    loop = asyncio.get_running_loop()
    for number, order in orders.items():
        loop.add_signal_handler(number, order)
    try:
        yield
    finally:
        for number in orders:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)
