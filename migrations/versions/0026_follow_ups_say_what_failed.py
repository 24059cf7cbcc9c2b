"""A follow-up says which criteria failed when it was looked for."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "matching_follow_up",
        sa.Column("failed_criteria", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    op.drop_column("matching_follow_up", "failed_criteria")
