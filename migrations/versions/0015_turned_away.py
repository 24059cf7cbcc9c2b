"""Who chose a mentor and was turned away is remembered for a while, so that trying again tells them nothing."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "turned_away",
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_turned_away_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_turned_away_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mentee_id", "mentor_id", name=op.f("pk_turned_away")),
    )
    op.create_index("ix_turned_away_mentor_id", "turned_away", ["mentor_id"])


def downgrade() -> None:
    op.drop_table("turned_away")
