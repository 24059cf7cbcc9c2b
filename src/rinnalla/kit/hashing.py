"""Passwords: argon2id with t=2, m=19 MiB, p=1 (the floor of OWASP's password storage cheat sheet), on threads of its
own so that a flood of log-ins takes neither the event loop nor all the memory."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from rinnalla.kit.threads import BoundedThreads

MEMORY_KIB = 19 * 1024
MAX_WAITING = 16


class Hasher:
    """Hashes and checks passwords. At most `workers` at once and `MAX_WAITING` in the queue."""

    def __init__(self, workers: int) -> None:
        self._argon2 = _argon2()
        self._threads = BoundedThreads("argon2", workers, max_waiting=MAX_WAITING)
        self._decoy = _decoy()

    async def hash(self, password: str) -> str:
        """The hash to store. Raises: Unavailable when too many wait already."""
        return await self._threads.run(lambda: self._argon2.hash(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Whether the password fits. With nothing stored it takes as long and says no. Raises: Unavailable."""
        return await self._threads.run(lambda: self._matches(stored or self._decoy, password)) and stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Whether a hash was made with other parameters than today's."""
        return self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.close()

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._argon2.verify(stored, password)
        except VerifyMismatchError:
            return False


def _argon2() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)


@cache
def _decoy() -> str:
    """Made before it is first needed, as making it in the middle of a log-in would tell that the name is unknown."""
    return _argon2().hash("nobody has this password")
