"""Reports of this contract, over those of the programme.

These clients tell how to reach the reporter in a field of its own; here it ends the sealed text, where staff read it.
"""

from collections.abc import Sequence
from uuid import UUID

from msgspec import UNSET
from sqlalchemy.ext.asyncio import AsyncSession

from rinnalla.kit.caller import Caller
from rinnalla.safeguarding.service import Report, ReportReason, ReportState, ReportView, Safeguarding
from rinnalla.ylitse import ids
from rinnalla.ylitse import schemas as wire
from rinnalla.ylitse.keeping import Keeping
from rinnalla.ylitse.times import stamp

MOST = 500
"""These clients know no pages."""
_STATES = {
    **dict.fromkeys(("open", "new", "received"), ReportState.OPEN),
    **dict.fromkeys(("closed", "done", "handled", "resolved"), ReportState.CLOSED),
}
_CONTACT = "\n\n— "


class Reports:
    """Takes reports, and lets staff read and move them."""

    def __init__(self, safeguarding: Safeguarding, keeping: Keeping) -> None:
        self._safeguarding = safeguarding
        self._keeping = keeping

    async def report(
        self, db: AsyncSession, caller: Caller, reported_id: UUID, reason: str, contact: str
    ) -> wire.Report:
        """Raises: AccountNotFound (also for someone the caller does not know), TooManyRequests."""
        text = f"{reason}{_CONTACT}{contact}" if contact or _CONTACT in reason else reason
        made = await self._safeguarding.report(db, caller, reported_id, ReportReason.OTHER, text)
        return _record(made.report, reported_id, caller.account_id, text, made.report.state)

    async def all(self, db: AsyncSession, caller: Caller) -> list[wire.Report]:
        """The reports to the caller's programme, but no more than can be told at once: what is not closed first, and
        the newest first. That they are read is recorded, each of them."""
        return await self._told(db, await self._safeguarding.read_first(db, caller, MOST))

    async def move(self, db: AsyncSession, caller: Caller, report_id: UUID, status: str) -> wire.Report:
        """Staff's own word for a state is kept. One that we don't know says that the report is followed up: it is not
        closed by a word that was not understood. Raises: ReportNotFound."""
        state = _STATES.get(status.strip().casefold(), ReportState.IN_PROGRESS)
        await self._safeguarding.move(db, caller, report_id, None, state)
        await self._keeping.keep_report_status(db, report_id, state, status.strip())
        return (await self._told(db, [await self._safeguarding.read(db, caller, report_id)]))[0]

    async def _told(self, db: AsyncSession, read: Sequence[tuple[ReportView, str]]) -> list[wire.Report]:
        states = {view.id: view.report.state for view, _ in read}
        statuses = await self._keeping.report_statuses(db, states)
        return [
            _record(view.report, view.reported_id, view.reporter_id, text, statuses.get(view.id) or view.report.state)
            for view, text in read
        ]


def _record(report: Report, reported_id: UUID | None, reporter_id: UUID | None, text: str, status: str) -> wire.Report:
    reason, found, contact = text.rpartition(_CONTACT)
    return wire.Report(
        id=str(report.id),
        reported_user_id=ids.user_id(reported_id) if reported_id else UNSET,
        reporter_user_id=ids.user_id(reporter_id) if reporter_id else UNSET,
        contact_field=contact if found else "",
        report_reason=reason if found else text,
        status=status,
        created=stamp(report.created_at),
        updated=stamp(report.updated_at),
    )
