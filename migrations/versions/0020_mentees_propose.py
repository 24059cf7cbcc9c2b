"""A young person asks one mentor at a time, where the programme lets them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "uq_pair_asked",
        "pair",
        ["mentee_id"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed' AND origin = 'mentee'"),
    )


def downgrade() -> None:
    op.drop_index("uq_pair_asked", table_name="pair")
