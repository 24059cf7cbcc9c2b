"""A password for one time that has opened a session is spent. Whoever runs the service may give another, which stands in
the trail as nobody's deed in particular."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_DEED = "password_reset"
_RULE = "ck_audit_entry_action_known"


def upgrade() -> None:
    op.add_column(
        "account", sa.Column("password_is_spent", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.create_check_constraint(
        op.f("ck_account_spent_if_one_time"), "account", "password_is_one_time OR NOT password_is_spent"
    )
    op.alter_column("audit_entry", "actor_id", nullable=True)
    _allow({*_known(), _DEED})


def downgrade() -> None:
    """Refused while the trail holds what it then can't: it is never cut."""
    _allow(_known() - {_DEED})
    op.alter_column("audit_entry", "actor_id", nullable=False)
    op.drop_constraint(op.f("ck_account_spent_if_one_time"), "account", type_="check")
    op.drop_column("account", "password_is_spent")


def _known() -> set[str]:
    """What may stand in the trail until now, as the rule itself says."""
    rule = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    return set(re.findall(r"'(\w+)'", str(op.get_bind().execute(rule, {"name": _RULE}).scalar_one())))


def _allow(deeds: set[str]) -> None:
    listed = ", ".join(f"'{deed}'" for deed in sorted(deeds))
    op.drop_constraint(op.f(_RULE), "audit_entry", type_="check")
    op.create_check_constraint(op.f(_RULE), "audit_entry", f"action IN ({listed})")
