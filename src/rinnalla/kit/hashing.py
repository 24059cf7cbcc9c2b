"""Passwords: argon2id with t=2, m=19 MiB, p=1 (the floor of OWASP's password storage cheat sheet), on threads of its
own so that a flood of log-ins takes neither the event loop nor all the memory.

Hashes that another service made are verified as well, argon2 of any kind and bcrypt, until the person's next log-in
brings the password itself. (Until then a log-in may take as long as that service wanted it to.)
"""

import re
from base64 import b64decode, b64encode
from functools import cache

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from rinnalla.kit.threads import BoundedThreads

MEMORY_KIB = 19 * 1024
MAX_WAITING = 16
# What someone else's hash may cost at the most, each time it is verified: memory in KiB, rounds, lanes, and bcrypt's
# logarithm of rounds (14 is a second).
MAX_MEMORY_KIB, MAX_ROUNDS, MAX_LANES, BCRYPT_COSTS = 256 * 1024, 16, 16, range(4, 15)
_BCRYPT = re.compile(r"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{31}")
_BCRYPT_READS_BYTES = 72
_ARGON2 = re.compile(
    r"\$argon2(?:id|i|d)\$v=(?:16|19)\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,3})"
    r"\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,171})"
)


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
        return _is_bcrypt(stored) or self._argon2.check_needs_rehash(stored)

    def close(self) -> None:
        """Let the threads go."""
        self._threads.close()

    def _matches(self, stored: str, password: str) -> bool:
        if _is_bcrypt(stored):
            return bcrypt.checkpw(password.encode()[:_BCRYPT_READS_BYTES], stored.encode())
        try:
            return self._argon2.verify(stored, password)
        except VerifyMismatchError:
            return False


def is_verifiable(stored: str) -> bool:
    """Whether a hash from elsewhere is one that this service can verify, at a price that it can pay at each log-in."""
    if found := _BCRYPT.fullmatch(stored):
        return int(found[1]) in BCRYPT_COSTS
    found = _ARGON2.fullmatch(stored)
    if found is None or not all(_is_base64(part) for part in found.group(4, 5)):
        return False
    memory, rounds, lanes = map(int, found.group(1, 2, 3))
    return 8 * lanes <= memory <= MAX_MEMORY_KIB and 1 <= rounds <= MAX_ROUNDS and 1 <= lanes <= MAX_LANES


def _is_base64(text: str) -> bool:
    """Whether it is what an encoder makes, without padding."""
    try:
        return b64encode(b64decode(text + "=" * (-len(text) % 4))).decode().rstrip("=") == text
    except ValueError:
        return False


def _is_bcrypt(stored: str) -> bool:
    return stored.startswith("$2")


def _argon2() -> PasswordHasher:
    return PasswordHasher(time_cost=2, memory_cost=MEMORY_KIB, parallelism=1)


@cache
def _decoy() -> str:
    """Made before it is first needed, as making it in the middle of a log-in would tell that the name is unknown."""
    return _argon2().hash("nobody has this password")
