"""Approvals of mentors go to the trail; a report that comes again is known by the id that the app made for it."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_BEFORE = (
    "report_read", "report_reopened", "report_taken_up", "report_closed", "account_suspended", "account_readmitted",
    "account_removed",
)  # fmt: skip
_NEW = ("mentor_approved", "mentor_approval_withdrawn")


def upgrade() -> None:
    _allow(_BEFORE + _NEW)
    op.add_column("report", sa.Column("client_id", sa.Uuid(), nullable=True))
    op.create_unique_constraint(op.f("uq_report_reporter_id_client_id"), "report", ["reporter_id", "client_id"])


def downgrade() -> None:
    op.drop_constraint(op.f("uq_report_reporter_id_client_id"), "report")
    op.drop_column("report", "client_id")
    _allow(_BEFORE)


def _allow(actions: tuple[str, ...]) -> None:
    """What may stand in the trail. Going back is refused while it holds something that would not: it is never cut."""
    listed = ", ".join(f"'{action}'" for action in actions)
    name = op.f("ck_audit_entry_action_known")
    op.drop_constraint(name, "audit_entry")
    op.create_check_constraint(name, "audit_entry", f"action IN ({listed})")
