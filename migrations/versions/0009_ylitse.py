"""What the Ylitse face keeps; sessions that keep their refresh token; finer rules of when a question is asked; what staff
change of people goes to the trail."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_RULES = (
    "first_after_messages >= 0 AND coalesce(oldest_account_days, 1) > 0 AND coalesce(repeat_after_messages, 1) > 0 "
    "AND repeat_min_days >= 0"
)
_NEW_ACTIONS = ("card_edited", "person_renamed")


def upgrade() -> None:
    _allow(_actions() | set(_NEW_ACTIONS))
    op.add_column("session", sa.Column("keeps_token", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column(
        "topic", sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.alter_column("topic", "created_at", server_default=sa.text("clock_timestamp()"))
    op.create_index(
        "ix_member_event_message_id",
        "member_event",
        [sa.literal_column("(refs ->> 'message_id'::text)"), "account_id"],
        postgresql_where=sa.text("kind = 'message'"),
    )
    _ask_finer()
    _keep_belongings()


def _ask_finer() -> None:
    op.add_column("question", sa.Column("first_after_messages", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("question", sa.Column("oldest_account_days", sa.BigInteger(), nullable=True))
    op.add_column("question", sa.Column("repeat_after_messages", sa.BigInteger(), nullable=True))
    op.add_column("question", sa.Column("repeat_min_days", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("question", sa.Column("until_value", sa.BigInteger(), nullable=True))
    op.create_check_constraint(op.f("ck_question_rules_sane"), "question", _RULES)


def _keep_belongings() -> None:
    op.create_table(
        "ylitse_belongings",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("push_token", sa.LargeBinary(), nullable=True),
        sa.Column("platform", sa.Text(), nullable=True),
        sa.CheckConstraint("(push_token IS NULL) = (platform IS NULL)", name=op.f("ck_ylitse_belongings_device_whole")),
        sa.CheckConstraint("platform IN ('android', 'ios')", name=op.f("ck_ylitse_belongings_platform_known")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_ylitse_belongings_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_ylitse_belongings")),
    )
    op.create_table(
        "ylitse_deleted_contact",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_ylitse_deleted_contact_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["account.id"],
            name=op.f("fk_ylitse_deleted_contact_account_id_account"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("thread_id", "account_id", name=op.f("pk_ylitse_deleted_contact")),
    )
    op.create_index(op.f("ix_ylitse_deleted_contact_account_id"), "ylitse_deleted_contact", ["account_id"])
    op.create_table(
        "ylitse_oldest_version",
        sa.Column("client", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("client", name=op.f("pk_ylitse_oldest_version")),
    )
    op.create_table(
        "ylitse_happening_count",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=True),
        sa.Column("mentor_id", sa.Uuid(), nullable=True),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "name IN ('filter_skills', 'open_mentor_profile')", name=op.f("ck_ylitse_happening_count_name_known")
        ),
        sa.CheckConstraint(
            "(topic_id IS NULL) <> (mentor_id IS NULL)", name=op.f("ck_ylitse_happening_count_of_one_thing")
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_ylitse_happening_count_topic_id_topic"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"],
            ["mentor_card.account_id"],
            name=op.f("fk_ylitse_happening_count_mentor_id_mentor_card"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ylitse_happening_count")),
        sa.UniqueConstraint(
            "day",
            "name",
            "topic_id",
            "mentor_id",
            name=op.f("uq_ylitse_happening_count_day_name_topic_id_mentor_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index("ix_ylitse_happening_count_topic_id", "ylitse_happening_count", ["topic_id"])
    op.create_index("ix_ylitse_happening_count_mentor_id", "ylitse_happening_count", ["mentor_id"])


def _actions() -> set[str]:
    """What may stand in the trail until now, as the rule itself says."""
    rule = op.get_bind().execute(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_audit_entry_action_known'")
    )
    return set(str(rule.scalar_one()).split("'")[1::2])


def _allow(actions: set[str]) -> None:
    """Going back is refused while the trail holds something that would not be allowed then: it is never cut."""
    listed = ", ".join(f"'{action}'" for action in sorted(actions))
    name = op.f("ck_audit_entry_action_known")
    op.drop_constraint(name, "audit_entry")
    op.create_check_constraint(name, "audit_entry", f"action IN ({listed})")


def downgrade() -> None:
    _allow(_actions() - set(_NEW_ACTIONS))
    for table in ("happening_count", "oldest_version", "deleted_contact", "belongings"):
        op.drop_table(f"ylitse_{table}")
    op.drop_constraint(op.f("ck_question_rules_sane"), "question")
    for column in (
        "until_value",
        "repeat_min_days",
        "repeat_after_messages",
        "oldest_account_days",
        "first_after_messages",
    ):
        op.drop_column("question", column)
    op.drop_index("ix_member_event_message_id", "member_event")
    op.drop_column("topic", "created_at")
    op.drop_column("session", "keeps_token")
