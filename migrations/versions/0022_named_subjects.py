"""What staff did to something that has a name and no id of its own stands in the trail: topics, oldest client versions."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_DEEDS = {"topic_made_known", "topic_removed", "client_version_set"}
_RULE = "ck_audit_entry_action_known"


def upgrade() -> None:
    op.add_column("audit_entry", sa.Column("subject_name", sa.Text(), nullable=True))
    op.alter_column("audit_entry", "subject_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_audit_entry_of_one_thing"), "audit_entry", "(subject_id IS NULL) <> (subject_name IS NULL)"
    )
    _allow(_known() | _DEEDS)


def downgrade() -> None:
    """Refused while the trail holds what it then can't: it is never cut."""
    _allow(_known() - _DEEDS)
    op.drop_constraint(op.f("ck_audit_entry_of_one_thing"), "audit_entry", type_="check")
    op.alter_column("audit_entry", "subject_id", nullable=False)
    op.drop_column("audit_entry", "subject_name")


def _known() -> set[str]:
    """What may stand in the trail until now, as the rule itself says."""
    rule = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    return set(re.findall(r"'(\w+)'", str(op.get_bind().execute(rule, {"name": _RULE}).scalar_one())))


def _allow(deeds: set[str]) -> None:
    listed = ", ".join(f"'{deed}'" for deed in sorted(deeds))
    op.drop_constraint(op.f(_RULE), "audit_entry", type_="check")
    op.create_check_constraint(op.f(_RULE), "audit_entry", f"action IN ({listed})")
