"""Reports of this contract, over those of the programme.

These clients tell how to reach the reporter in a field of its own; here it ends the sealed text, where staff read it.
"""

from uuid import UUID

from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.safeguarding.service import Report, ReportReason, ReportState, ReportView, Safeguarding
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as wire
from rinnalla.ylitse.times import stamp

AT_ONCE = 100
_CONTACT = "\n\n— "


class Reports:
    """Takes reports, and lets staff read and move them."""

    def __init__(self, safeguarding: Safeguarding) -> None:
        self._safeguarding = safeguarding

    async def report(
        self, db: AsyncSession, caller: Caller, reported_id: UUID, reason: str, contact: str
    ) -> wire.Report:
        """Raises: AccountNotFound (also for someone the caller does not know), TooManyRequests."""
        text = f"{reason}{_CONTACT}{contact}" if contact or _CONTACT in reason else reason
        made = await self._safeguarding.report(db, caller, reported_id, ReportReason.OTHER, text)
        return _record(made.report, reported_id, caller.account_id, text)

    async def all(self, db: AsyncSession, caller: Caller) -> list[wire.Report]:
        """The reports to the caller's programme, newest first. That they are read is recorded, each of them."""
        found: list[ReportView] = []
        before: UUID | None = None
        while True:
            page = await self._safeguarding.reports(db, caller, None, before, AT_ONCE)
            found += page
            if len(page) < AT_ONCE:
                break
            before = page[-1].id
        return [await self._read(db, caller, view.id) for view in found]

    async def move(self, db: AsyncSession, caller: Caller, report_id: UUID, state: ReportState) -> wire.Report:
        """Raises: ReportNotFound."""
        view, _ = await self._safeguarding.read(db, caller, report_id)
        await self._safeguarding.move(db, caller, report_id, view.report.version, state)
        return await self._read(db, caller, report_id)

    async def _read(self, db: AsyncSession, caller: Caller, report_id: UUID) -> wire.Report:
        view, text = await self._safeguarding.read(db, caller, report_id)
        return _record(view.report, view.reported_id, view.reporter_id, text)


def _record(report: Report, reported_id: UUID | None, reporter_id: UUID | None, text: str) -> wire.Report:
    reason, found, contact = text.rpartition(_CONTACT)
    return wire.Report(
        id=str(report.id),
        reported_user_id=ids.user_id(reported_id) if reported_id else UNSET,
        reporter_user_id=ids.user_id(reporter_id) if reporter_id else UNSET,
        contact_field=contact if found else "",
        report_reason=reason if found else text,
        status=report.state,
        created=stamp(report.created_at),
        updated=stamp(report.updated_at),
    )
