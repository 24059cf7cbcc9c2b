"""How fast one socket may send frames: GCRA in this process's memory (the shared limits are behind it)."""

import time


class Pace:
    """Lets `at_once` frames through at a time and `per_second` in the long run."""

    def __init__(self, at_once: float, per_second: float) -> None:
        self._step = 1 / per_second
        self._room = at_once / per_second
        self._full_at = 0.0

    def wait_for_one(self) -> float:
        """Take one frame's place: 0, or the seconds to wait, with nothing taken."""
        present = time.monotonic()
        full_at = max(self._full_at, present) + self._step
        if full_at - present > self._room:
            return full_at - present - self._room
        self._full_at = full_at
        return 0.0
