"""What only these clients tell or ask: telephone numbers, push tokens, words of their own, oldest versions, counts,
deleted contacts."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.service import Account
from rinnalla.chat.service import Correspondent, Filing
from rinnalla.kit.caller import Caller
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.trail import AuditAction, record
from rinnalla.kit.vault import Vault
from rinnalla.ylitse import repository
from rinnalla.ylitse.models import Platform
from rinnalla.ylitse.repository import Happened
from rinnalla.ylitse.wordings import Wording

HAPPENINGS = Limit("ylitse_happening", 600, 3600)
CLIENTS = ("ylitse_android", "ylitse_ios")
ANY_VERSION = "0.0.0"


class Keeping:
    """Keeps it. What belongs to a person is sealed under the person's own key, and goes with them."""

    def __init__(self, vault: Vault, limits: Limits) -> None:
        self._vault = vault
        self._limits = limits

    async def phone(self, db: AsyncSession, account: Account) -> str | None:
        """The telephone number in the caller's own account."""
        kept = await repository.own_belongings(db, account.id)
        if kept is None or kept.phone is None:
            return None
        return self._vault.open(account.wrapped_key, kept.phone, _context("phone", account))

    async def keep_phone(self, db: AsyncSession, account: Account, phone: str | None) -> None:
        """The caller's telephone number, or none."""
        sealed = self._vault.seal(account.wrapped_key, phone, _context("phone", account)) if phone else None
        await repository.keep_belongings(db, account.id, phone=sealed)

    async def keep_device(self, db: AsyncSession, account: Account, token: str, platform: Platform) -> None:
        """Where to wake the caller's phone; one of them, as these clients know no more."""
        sealed = self._vault.seal(account.wrapped_key, token, _context("push-token", account))
        await repository.keep_belongings(db, account.id, push_token=sealed, platform=platform)

    async def deleted(self, db: AsyncSession, caller: Caller, people: Collection[Correspondent]) -> set[UUID]:
        """The threads with those of these people whom the caller calls deleted, and not only blocked."""
        blocked = {one.thread_id for one in people if one.filing == Filing.BLOCKED}
        return await repository.deleted_threads(db, caller, blocked) if blocked else set()

    async def mark_deleted(self, db: AsyncSession, caller: Caller, thread_id: UUID, *, deleted: bool) -> None:
        """Remember whether the caller calls a thread that they block deleted."""
        await repository.mark_deleted(db, caller, thread_id, deleted=deleted)

    async def wordings(self, db: AsyncSession, account_ids: Collection[UUID]) -> dict[UUID, Wording]:
        """The own words of these mentors; those who have none are left out."""
        return await repository.wordings(db, account_ids)

    async def keep_wordings(self, db: AsyncSession, wordings: Mapping[UUID, Wording]) -> None:
        """The words in which these mentors say what their cards say."""
        await repository.keep_wordings(db, wordings)

    async def report_statuses(self, db: AsyncSession, states: Mapping[UUID, str]) -> dict[UUID, str]:
        """What staff called the states that these reports are in, where they did."""
        return await repository.report_statuses(db, states)

    async def keep_report_status(self, db: AsyncSession, report_id: UUID, state: str, status: str) -> None:
        """What staff call the state that a report is in."""
        await repository.keep_report_status(db, report_id, state, status)

    async def oldest_versions(self, db: AsyncSession) -> dict[str, str]:
        """The oldest version of each client that is still served; any, until staff say otherwise."""
        kept = {one.client: one.version for one in await repository.oldest_versions(db)}
        return dict.fromkeys(CLIENTS, ANY_VERSION) | kept

    async def set_oldest_version(self, db: AsyncSession, caller: Caller, client: str, version: str) -> None:
        """From now on a client older than that is told to renew itself, in all programmes."""
        if (await self.oldest_versions(db)).get(client) != version:
            await repository.set_oldest_version(db, client, version)
            await record(db, caller, AuditAction.CLIENT_VERSION_SET, f"{client} {version}")

    async def count(self, db: AsyncSession, caller: Caller, happened: Mapping[Happened, int]) -> None:
        """Count what someone did so often, among what everyone did that day. Raises: TooManyRequests."""
        await self._limits.take_within(db, HAPPENINGS, [caller.account_id])
        await repository.count(db, happened)


def _context(what: str, account: Account) -> str:
    return f"ylitse-{what}:{account.id}"
