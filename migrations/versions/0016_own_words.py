"""What Ylitse clients say otherwise than we do is kept: words of mentors and for reports, numbers for yes and no. And that a
contact is called deleted is forgotten by whichever way the thread is filed elsewhere."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

FORGET_DELETED = """
CREATE FUNCTION forget_deleted_contact() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM ylitse_deleted_contact WHERE thread_id = NEW.thread_id AND account_id = NEW.account_id;
    RETURN NULL;
END $$;
"""
revision = "0016"
down_revision = "0015"
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
    op.create_table(
        "ylitse_yes_no",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("yes", sa.BigInteger(), nullable=False),
        sa.Column("no", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("yes <> no", name=op.f("ck_ylitse_yes_no_told_apart")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_ylitse_yes_no_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_ylitse_yes_no")),
    )

    op.execute(FORGET_DELETED)
    op.execute(
        "CREATE TRIGGER forget_deleted_contact AFTER UPDATE OF filing ON thread_member FOR EACH ROW"
        " WHEN (OLD.filing = 'blocked' AND NEW.filing <> 'blocked') EXECUTE FUNCTION forget_deleted_contact()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER forget_deleted_contact ON thread_member")
    op.execute("DROP FUNCTION forget_deleted_contact")
    op.drop_table("ylitse_yes_no")
    op.drop_table("ylitse_report_status")
    op.drop_table("ylitse_own_words")
