"""Who does not want to be nudged now says so for all their pairs, and mentors may as well."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "not_now",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_not_now_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_not_now")),
    )
    op.execute(
        "INSERT INTO not_now (account_id, said_at, until)"
        " SELECT DISTINCT ON (mentee_id) mentee_id, not_now_at, not_now_until FROM pair_care"
        " WHERE not_now_at IS NOT NULL AND ended_at IS NULL ORDER BY mentee_id, not_now_at DESC"
    )


def downgrade() -> None:
    op.execute("UPDATE pair_care SET not_now_at = NULL, not_now_until = NULL WHERE not_now_at IS NOT NULL")
    op.execute(
        "UPDATE pair_care SET not_now_at = not_now.said_at, not_now_until = not_now.until"
        " FROM not_now WHERE not_now.account_id = pair_care.mentee_id AND pair_care.ended_at IS NULL"
    )
    op.drop_table("not_now")
