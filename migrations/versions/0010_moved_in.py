"""Who was moved in from a Ylitse service, so that nobody who has left comes back with a second reading."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ylitse_moved_in",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_ylitse_moved_in")),
    )


def downgrade() -> None:
    op.drop_table("ylitse_moved_in")
