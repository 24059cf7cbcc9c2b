"""Reports, suspensions and the trail, as people and the other features use them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.accounts.errors import AccountNotFound
from rinnalla.accounts.service import Account, Accounts, AccountState
from rinnalla.chat.errors import ClientIdReused
from rinnalla.chat.service import Chat
from rinnalla.kit import database, events, log
from rinnalla.kit.caller import Caller, Role
from rinnalla.kit.errors import EditedMeanwhile
from rinnalla.kit.events import Event
from rinnalla.kit.ids import new_id
from rinnalla.kit.limits import Limit, Limits
from rinnalla.kit.trail import AuditAction, AuditEntry, record
from rinnalla.kit.vault import SealBroken, Vault
from rinnalla.profiles.errors import MentorNotFound
from rinnalla.profiles.service import Profiles
from rinnalla.safeguarding import repository
from rinnalla.safeguarding.errors import ReportNotFound
from rinnalla.safeguarding.models import Report, ReportReason, ReportState
from rinnalla.safeguarding.policy import TRAIL_OF_STATE, report_context
from rinnalla.safeguarding.repository import ReportView
from rinnalla.support.service import Losses

__all__ = ["Report", "ReportReason", "ReportState", "ReportView", "Reported", "Safeguarding"]
REPORTS = Limit("report", 20, 86_400)


@dataclass(frozen=True, slots=True)
class Reported:
    """A stored report. `replayed`: it was stored when it came before, with the same client id."""

    report: Report
    replayed: bool


class Safeguarding:
    """Takes reports, lets staff follow them up, keeps people out, and shows the trail."""

    def __init__(
        self, accounts: Accounts, chat: Chat, profiles: Profiles, losses: Losses, vault: Vault, limits: Limits
    ) -> None:
        self._accounts = accounts
        self._chat = chat
        self._profiles = profiles
        self._losses = losses
        self._vault = vault
        self._limits = limits

    async def report(
        self,
        db: AsyncSession,
        caller: Caller,
        reported_id: UUID,
        reason: ReportReason,
        text: str,
        client_id: UUID | None = None,
    ) -> Reported:
        """Tell the programme of someone the caller knows: who shares a thread with them, blocked or not; for young
        people any mentor with a public card; for staff whom they look after. What was reported under the same client
        id before is answered again.

        Raises: AccountNotFound (also for oneself), ClientIdReused, TooManyRequests.
        """
        if client_id is not None:
            await database.take_turns(db, f"report {caller.account_id} {client_id}")
            if (before := await repository.reported_before(db, caller, client_id)) is not None:
                if (before.reported_id or reported_id, before.reason, self._text(before)) != (
                    reported_id,
                    reason,
                    text,
                ):
                    raise ClientIdReused
                return Reported(before, replayed=True)
        await self._check_known(db, caller, reported_id)
        home = await self._accounts.home_of(db, reported_id)
        if home is None:
            raise AccountNotFound
        await self._limits.take_within(db, REPORTS, [caller.account_id])
        report_id, key = new_id(), self._vault.new_key()
        report = Report(
            id=report_id,
            organisation_id=home,
            reporter_id=caller.account_id,
            reported_id=reported_id,
            client_id=client_id,
            reason=reason,
            body=self._vault.seal(key, text, report_context(report_id)),
            wrapped_key=key,
        )
        db.add(report)
        await db.flush()
        return Reported(report, replayed=False)

    async def own_reports(self, db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[Report]:
        """What the caller has reported, newest first."""
        return await repository.own_reports(db, caller, before, limit)

    async def reports(
        self, db: AsyncSession, caller: Caller, state: ReportState | None, before: UUID | None, limit: int
    ) -> list[ReportView]:
        """The reports to the caller's programme, newest first, their texts sealed."""
        return await repository.reports(db, caller, state, before, limit)

    async def read(self, db: AsyncSession, caller: Caller, report_id: UUID) -> tuple[ReportView, str]:
        """A report and its text; the look at it goes to the trail. Raises: ReportNotFound."""
        view = await self._get(db, caller, report_id)
        await record(db, caller, AuditAction.REPORT_READ, report_id)
        return view, self._text(view.report)

    async def read_first(self, db: AsyncSession, caller: Caller, limit: int) -> list[tuple[ReportView, str]]:
        """Some of the reports to the caller's programme, with their texts: what is not closed first, the newest first.
        The look at each goes to the trail."""
        views = await repository.first_reports(db, caller, limit)
        await record(db, caller, AuditAction.REPORT_READ, *(view.id for view in views))
        return [(view, self._text(view.report)) for view in views]

    async def move(
        self, db: AsyncSession, caller: Caller, report_id: UUID, version: int | None, state: ReportState
    ) -> ReportView:
        """Say where following a report up stands: of that version of it, or whatever was said before.

        Raises: ReportNotFound, EditedMeanwhile.
        """
        view = await self._get(db, caller, report_id, lock=True)
        if version not in {None, view.report.version}:
            raise EditedMeanwhile
        view.report.state = state
        view.report.updated_at = await database.now(db)
        view.report.version += 1
        await record(db, caller, TRAIL_OF_STATE[state], report_id)
        return view

    async def suspend(self, db: AsyncSession, caller: Caller, account_id: UUID) -> None:
        """Keep someone whom the caller manages out, at once and on all devices. Whoever talked with a mentor gets
        someone else to turn to, and is told. Raises: AccountNotFound."""
        await self._set_suspended(db, caller, account_id, AuditAction.ACCOUNT_SUSPENDED, suspended=True)

    async def readmit(self, db: AsyncSession, caller: Caller, account_id: UUID) -> None:
        """Let someone log in again. Raises: AccountNotFound."""
        await self._set_suspended(db, caller, account_id, AuditAction.ACCOUNT_READMITTED, suspended=False)

    async def rename(self, db: AsyncSession, caller: Caller, account_id: UUID, display_name: str) -> Account:
        """Call someone whom the caller manages by another name than the one they chose. Raises: AccountNotFound."""
        account = await self._accounts.managed(db, caller, account_id)
        if account.display_name != display_name.strip():
            account.display_name = display_name.strip()
            account.version += 1
            await record(db, caller, AuditAction.PERSON_RENAMED, account_id)
            await events.append(db, [Event(account_id, "account_changed")])
        return account

    async def trail(self, db: AsyncSession, before: UUID | None, limit: int) -> Sequence[AuditEntry]:
        """What staff did, newest first; for administrators."""
        return await repository.trail(db, before, limit)

    def _text(self, report: Report) -> str:
        """Empty where it can't be opened: that somebody reported somebody else is still to be followed up."""
        try:
            return self._vault.open(report.wrapped_key, report.body, report_context(report.id))
        except SealBroken:
            log.warning("report_unreadable")
            return ""

    async def _check_known(self, db: AsyncSession, caller: Caller, account_id: UUID) -> None:
        """Raises: AccountNotFound."""
        if caller.role == Role.STAFF:
            await self._accounts.managed(db, caller, account_id)
        elif not await self._chat.shares_thread(db, caller, account_id):
            if caller.role != Role.MENTEE:
                raise AccountNotFound
            try:
                await self._profiles.card(db, account_id)
            except MentorNotFound as unknown:
                raise AccountNotFound from unknown

    async def _get(self, db: AsyncSession, caller: Caller, report_id: UUID, *, lock: bool = False) -> ReportView:
        view = await repository.report(db, caller, report_id, lock=lock)
        if view is None:
            raise ReportNotFound
        return view

    async def _set_suspended(
        self, db: AsyncSession, caller: Caller, account_id: UUID, action: AuditAction, *, suspended: bool
    ) -> None:
        account = await self._accounts.managed(db, caller, account_id)
        if (account.state == AccountState.SUSPENDED) == suspended:
            return
        await record(db, caller, action, account_id)
        await self._accounts.set_suspended(db, account, suspended=suspended)
        if suspended:
            await events.append(db, await self._losses.kept_out(db, caller, account))
