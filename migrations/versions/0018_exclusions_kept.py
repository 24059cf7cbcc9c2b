"""A matching run keeps what ruled mentors out for each young person."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("matching_run_mentee", sa.Column("exclusions", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    op.drop_column("matching_run_mentee", "exclusions")
