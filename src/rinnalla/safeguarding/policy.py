"""Rules of reports: no I/O."""

from uuid import UUID

from rinnalla.kit.trail import AuditAction
from rinnalla.safeguarding.models import ReportState

TRAIL_OF_STATE = {
    ReportState.OPEN: AuditAction.REPORT_REOPENED,
    ReportState.IN_PROGRESS: AuditAction.REPORT_TAKEN_UP,
    ReportState.CLOSED: AuditAction.REPORT_CLOSED,
}
"""What the trail says when a report is moved to a state."""


def report_context(report_id: UUID) -> str:
    """What a report's text is sealed for."""
    return f"report-body:{report_id}"
