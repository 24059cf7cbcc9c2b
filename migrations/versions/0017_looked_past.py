"""What staff looked past when they proposed two stays with the pair, with their reason, and stands in the trail."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_DEED = "pair_wishes_looked_past"
_RULE = "ck_audit_entry_action_known"


def upgrade() -> None:
    op.add_column("pair", sa.Column("past", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False))
    op.add_column("pair", sa.Column("past_reason", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(
        op.f("ck_pair_past_with_a_reason"), "pair", "(cardinality(past) > 0) = (past_reason IS NOT NULL)"
    )
    _allow({*_known(), _DEED})


def downgrade() -> None:
    """Refused while the trail holds what it then can't: it is never cut."""
    _allow(_known() - {_DEED})
    op.drop_column("pair", "past_reason")
    op.drop_column("pair", "past")


def _known() -> set[str]:
    """What may stand in the trail until now, as the rule itself says."""
    rule = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    return set(re.findall(r"'(\w+)'", str(op.get_bind().execute(rule, {"name": _RULE}).scalar_one())))


def _allow(deeds: set[str]) -> None:
    listed = ", ".join(f"'{deed}'" for deed in sorted(deeds))
    op.drop_constraint(op.f(_RULE), "audit_entry", type_="check")
    op.create_check_constraint(op.f(_RULE), "audit_entry", f"action IN ({listed})")
