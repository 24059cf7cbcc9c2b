"""What came of a proposal that staff made by hand is followed up too: a follow-up need not begin with a run."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.alter_column("matching_follow_up", "run_id", nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM matching_follow_up WHERE run_id IS NULL")
    op.alter_column("matching_follow_up", "run_id", nullable=False)
