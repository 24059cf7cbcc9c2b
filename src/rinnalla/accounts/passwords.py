"""Passwords of accounts: what is accepted, and whether one fits. Never called with a database connection in hand:
hashing takes its time."""

from rinnalla.accounts.errors import WeakPassword
from rinnalla.accounts.policy import password_fault
from rinnalla.kit.caller import Role
from rinnalla.kit.errors import FieldProblem
from rinnalla.kit.hashing import Hasher


class Passwords:
    """Judges, hashes and checks passwords."""

    def __init__(self, hasher: Hasher) -> None:
        self._hasher = hasher

    def check(self, role: Role, login_name: str, password: str, *, pointer: str = "/password") -> None:
        """`pointer` names the field that a refusal points at. Raises: WeakPassword."""
        fault = password_fault(role, password, login_name)
        if fault:
            raise WeakPassword(FieldProblem(code=fault, pointer=pointer))

    def check_changed(self, old: str, new: str) -> None:
        """A password for one time can't be chosen again. Raises: WeakPassword."""
        if old == new:
            raise WeakPassword(FieldProblem(code="unchanged", pointer="/new_password"))

    async def accept(self, role: Role, login_name: str, password: str, *, pointer: str = "/password") -> str:
        """The hash to store of a password that passes `check`. Raises: WeakPassword, Unavailable."""
        self.check(role, login_name, password, pointer=pointer)
        return await self._hasher.hash(password)

    async def fits(self, stored: str | None, password: str) -> bool:
        """Whether the password is the one stored; as slow when nothing is stored. Raises: Unavailable."""
        return await self._hasher.verify(stored, password)

    async def renewed(self, stored: str | None, password: str) -> str | None:
        """A new hash of a password that fits, where the stored one was made with other parameters than today's."""
        if stored is None or not self._hasher.is_outdated(stored):
            return None
        return await self._hasher.hash(password)
