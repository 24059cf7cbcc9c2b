"""What a job can't do is tried less and less often, and does not hold up what comes after it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "job_attempt",
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("thing_id", sa.Uuid(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("rests_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("task", "thing_id", name=op.f("pk_job_attempt")),
    )


def downgrade() -> None:
    op.drop_table("job_attempt")
