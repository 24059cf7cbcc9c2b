"""Reports and the trail on the wire."""

from typing import Annotated
from uuid import UUID

from msgspec import Meta, structs

from rinnalla.kit.schema import In, Moment, NextCursor, Out
from rinnalla.kit.trail import AuditAction, AuditEntry
from rinnalla.safeguarding.models import ReportReason, ReportState
from rinnalla.safeguarding.service import Report, ReportView

Text = Annotated[
    str, Meta(min_length=1, max_length=4000, pattern=r"\S", examples=["He keeps asking me for pictures of myself."])
]
DisplayName = Annotated[str, Meta(examples=["Revontuli"])]
Version = Annotated[int, Meta(ge=1, examples=[1])]


class ReportMade(In):
    """`client_id` is made by the app (any UUID) and kept until the report is answered: a repeated one with the same id
    is answered as the first was, and stored once."""

    reported_id: UUID
    reason: ReportReason
    text: Text
    client_id: UUID | None = None


class ReportMove(In):
    state: ReportState


class OwnReportBody(Out):
    """What the reporter is told."""

    id: UUID
    state: ReportState


class OwnReportList(Out):
    items: list[OwnReportBody]
    next_cursor: NextCursor


class NamedPerson(Out):
    id: UUID
    display_name: DisplayName


class ReportLine(Out):
    """`reporter` is null for someone of another programme; both are null for people who have left."""

    id: UUID
    reporter: NamedPerson | None
    reported: NamedPerson | None
    reason: ReportReason
    state: ReportState
    created_at: Moment
    updated_at: Moment
    version: Version


class ReportList(Out):
    items: list[ReportLine]
    next_cursor: NextCursor


class ReportBody(ReportLine):
    """`text` is longer than a report may be where it came over another face with two texts, and empty if it can't be
    opened any more."""

    text: Annotated[str, Meta(examples=["He keeps asking me for pictures of myself."])]


class AuditEntryBody(Out):
    """`subject_id` is a report's or a person's, by the action; where it has no such id (a topic, a client's version) it
    is null, and `subject_name` says what it is. `organisation_id` is null for administrators, and `actor_id` as well
    for whoever runs the service."""

    id: UUID
    organisation_id: UUID | None
    actor_id: UUID | None
    action: AuditAction
    subject_id: UUID | None
    subject_name: Annotated[str, Meta(examples=["housing"])] | None
    at: Moment


class AuditList(Out):
    items: list[AuditEntryBody]
    next_cursor: NextCursor


def own_report_body(report: Report) -> OwnReportBody:
    return OwnReportBody(id=report.id, state=ReportState(report.state))


def report_line(view: ReportView) -> ReportLine:
    report = view.report
    return ReportLine(
        id=report.id,
        reporter=_named(view.reporter_id, view.reporter_name),
        reported=_named(view.reported_id, view.reported_name),
        reason=ReportReason(report.reason),
        state=ReportState(report.state),
        created_at=report.created_at,
        updated_at=report.updated_at,
        version=report.version,
    )


def report_body(view: ReportView, text: str) -> ReportBody:
    return ReportBody(**structs.asdict(report_line(view)), text=text)


def audit_entry_body(entry: AuditEntry) -> AuditEntryBody:
    return AuditEntryBody(
        id=entry.id,
        organisation_id=entry.organisation_id,
        actor_id=entry.actor_id,
        action=AuditAction(entry.action),
        subject_id=entry.subject_id,
        subject_name=entry.subject_name,
        at=entry.at,
    )


def _named(account_id: UUID | None, display_name: str | None) -> NamedPerson | None:
    if account_id is None or display_name is None:
        return None
    return NamedPerson(id=account_id, display_name=display_name)
