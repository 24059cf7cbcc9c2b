"""Every query on reports and the trail."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from rinnalla.accounts.service import Account
from rinnalla.kit.caller import Caller
from rinnalla.kit.trail import AuditEntry
from rinnalla.safeguarding.models import Report, ReportState


@dataclass(frozen=True, slots=True)
class ReportView:
    """A report with the names of the two, as the staff of its programme may see it. `reporter_id` and `reporter_name`
    are None for someone of another programme; all are None for people who have left."""

    report: Report
    reporter_id: UUID | None
    reporter_name: str | None
    reported_id: UUID | None
    reported_name: str | None

    @property
    def id(self) -> UUID:
        """The report's: what lists are sorted by."""
        return self.report.id


async def own_reports(db: AsyncSession, caller: Caller, before: UUID | None, limit: int) -> Sequence[Report]:
    """What the caller has reported, newest first."""
    query = select(Report).where(Report.reporter_id == caller.account_id)
    if before is not None:
        query = query.where(Report.id < before)
    return (await db.scalars(query.order_by(Report.id.desc()).limit(limit))).all()


async def reported_before(db: AsyncSession, caller: Caller, client_id: UUID) -> Report | None:
    """What the caller reported under this id."""
    query = select(Report).where(Report.reporter_id == caller.account_id, Report.client_id == client_id)
    return (await db.scalars(query)).one_or_none()


async def reports(
    db: AsyncSession, caller: Caller, state: ReportState | None, before: UUID | None, limit: int
) -> list[ReportView]:
    """The reports to the caller's organisation, newest first."""
    query = _with_names(caller)
    if state is not None:
        query = query.where(Report.state == state)
    if before is not None:
        query = query.where(Report.id < before)
    return [ReportView(*row) for row in await db.execute(query.order_by(Report.id.desc()).limit(limit))]


async def first_reports(db: AsyncSession, caller: Caller, limit: int) -> list[ReportView]:
    """Some of the reports to the caller's organisation: what is not closed before what is, the newest of each first."""
    in_order = (Report.state == ReportState.CLOSED, Report.id.desc())
    return [ReportView(*row) for row in await db.execute(_with_names(caller).order_by(*in_order).limit(limit))]


async def report(db: AsyncSession, caller: Caller, report_id: UUID, *, lock: bool = False) -> ReportView | None:
    """A report to the caller's organisation."""
    query = _with_names(caller).where(Report.id == report_id)
    if lock:
        query = query.with_for_update(of=Report).execution_options(populate_existing=True)
    row = (await db.execute(query)).one_or_none()
    return None if row is None else ReportView(*row)


async def trail(db: AsyncSession, before: UUID | None, limit: int) -> Sequence[AuditEntry]:
    """The trail of all organisations, newest first; for administrators, who stand above them."""
    query = select(AuditEntry)
    if before is not None:
        query = query.where(AuditEntry.id < before)
    return (await db.scalars(query.order_by(AuditEntry.id.desc()).limit(limit))).all()


def _with_names(caller: Caller) -> Select[Report, UUID | None, str | None, UUID | None, str | None]:
    reporter, reported = aliased(Account), aliased(Account)
    return (
        select(Report, reporter.id, reporter.display_name, reported.id, reported.display_name)
        .outerjoin(
            reporter, and_(reporter.id == Report.reporter_id, reporter.organisation_id == Report.organisation_id)
        )
        .outerjoin(reported, reported.id == Report.reported_id)
        .where(Report.organisation_id == caller.home)
    )
