"""It is known which pairs ended because one of the two had to go: nobody gets a last word in these."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pair", sa.Column("is_lost", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("pair", "is_lost")
