"""That a conversation was handed over is known also where the young person had blocked it before."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread", sa.Column("handed_over", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.execute(
        "UPDATE thread SET handed_over = true"
        " WHERE id IN (SELECT thread_id FROM thread_member WHERE filing = 'handed_over')"
    )


def downgrade() -> None:
    op.drop_column("thread", "handed_over")
