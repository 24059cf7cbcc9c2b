"""That staff made a young person's account, and so know the password that it began with, stands in the trail."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_DEED = "account_created"
_RULE = "ck_audit_entry_action_known"


def upgrade() -> None:
    _allow(_known() | {_DEED})


def downgrade() -> None:
    """Refused while the trail holds what it then can't: it is never cut."""
    _allow(_known() - {_DEED})


def _known() -> set[str]:
    """What may stand in the trail until now, as the rule itself says."""
    rule = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    return set(re.findall(r"'(\w+)'", str(op.get_bind().execute(rule, {"name": _RULE}).scalar_one())))


def _allow(deeds: set[str]) -> None:
    listed = ", ".join(f"'{deed}'" for deed in sorted(deeds))
    op.drop_constraint(op.f(_RULE), "audit_entry", type_="check")
    op.create_check_constraint(op.f(_RULE), "audit_entry", f"action IN ({listed})")
