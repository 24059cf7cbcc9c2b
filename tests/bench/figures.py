"""Times and what is said of them."""

import math
import time
from collections.abc import Awaitable, Callable, Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that so large a share (0 to 1) of all does not exceed."""
    return float(sorted(values)[max(0, math.ceil(share * len(values)) - 1)])


async def timed(count: int, work: Callable[[int], Awaitable[object]]) -> list[float]:
    """Milliseconds that each of `count` calls took, one after the other."""
    took = []
    for number in range(count):
        started = time.perf_counter()
        await work(number)
        took.append((time.perf_counter() - started) * 1000)
    return took
