"""Guessing is slow: tries to come in that failed are counted, by name, by address and by both."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from rinnalla.accounts.errors import RecoveryRefused, WrongCredentials
from rinnalla.kit.limits import Limit, Limits

FAILURES_HERE = Limit("log_in_failure_name_and_address", 10, 900)
FAILURES_OF_ADDRESS = Limit("log_in_failure_address", 100, 900)
FAILURES_OF_NAME = Limit("log_in_failure_name", 100, 86400)


class Failures:
    """Lets tries through as long as not too many before them failed."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    @asynccontextmanager
    async def counted(self, login_key: str, address: str) -> AsyncIterator[None]:
        """Around one try, and outside its transactions: what failed is counted although it failed.

        Raises: TooManyRequests.
        """
        subjects = (
            (FAILURES_HERE, (login_key, address)),
            (FAILURES_OF_ADDRESS, address),
            (FAILURES_OF_NAME, login_key),
        )
        for limit, subject in subjects:
            await self._limits.check(limit, subject)
        try:
            yield
        except (WrongCredentials, RecoveryRefused):
            for limit, subject in subjects:
                await self._limits.take(limit, subject)
            raise
