"""The order of what someone says, kept past a refusal that will pass.

A client need not wait for one answer before it sends on. When the database is away for the first of two messages and
back for the second, the second would be stored before it, and the other person would read them the wrong way round.
"""

import math
import time
from uuid import UUID

from rinnalla.kit.errors import Unavailable
from rinnalla.realtime.frames import Send

PATIENCE_SECONDS = 3.0
"""How long after its time what was refused is waited for: its client may have sent it another way, or given it up."""
REMEMBERED = 100


class Order:
    """Of one socket: the sends that were refused for now, and are to come again before others in the same thread."""

    def __init__(self) -> None:
        self._due: dict[tuple[UUID, UUID], float] = {}

    def check(self, send: Send) -> None:
        """Raises: Unavailable (something said before this in the same thread is to come first)."""
        present = time.monotonic()
        self._due = {one: due for one, due in self._due.items() if due + PATIENCE_SECONDS > present}
        first = next((one for one in self._due if one[0] == send.thread_id), None)
        if first is not None and first[1] != send.client_id:
            wait = max(1, math.ceil(self._due[first] - present))
            self.refused(send, wait)
            raise Unavailable(retry_after=wait)

    def refused(self, send: Send, retry_after: float) -> None:
        """This is to come again in so many seconds. A place once taken is kept."""
        place = send.thread_id, send.client_id
        if place in self._due or len(self._due) < REMEMBERED:
            self._due[place] = time.monotonic() + retry_after

    def answered(self, send: Send) -> None:
        """This has been stored, or never will be."""
        self._due.pop((send.thread_id, send.client_id), None)
