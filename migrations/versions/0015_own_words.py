"""Words of Ylitse clients that we have no code for are kept: of mentors, and for the states of reports."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ylitse_own_words",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("languages", ARRAY(sa.Text()), nullable=False),
        sa.Column("channels", ARRAY(sa.Text()), nullable=False),
        sa.Column("gender", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["mentor_card.account_id"],
            name=op.f("fk_ylitse_own_words_account_id_mentor_card"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ylitse_own_words")),
    )
    op.create_table(
        "ylitse_report_status",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["report.id"], name=op.f("fk_ylitse_report_status_report_id_report"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_ylitse_report_status")),
    )


def downgrade() -> None:
    op.drop_table("ylitse_report_status")
    op.drop_table("ylitse_own_words")
