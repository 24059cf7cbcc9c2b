"""The first tables."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint(
            "action IN ('report_read', 'report_reopened', 'report_taken_up', 'report_closed', 'account_suspended', 'account_readmitted', 'account_removed')",
            name=op.f("ck_audit_entry_action_known"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    op.create_table(
        "master_key_fingerprint",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_master_key_fingerprint")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("mentees_may_choose", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("country IN ('FI', 'SE', 'NO')", name=op.f("ck_organisation_country_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index("uq_organisation_name", "organisation", [sa.literal_column("lower(name)")], unique=True)
    op.create_table(
        "rate_limit",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limit")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_rate_limit_full_at", "rate_limit", ["full_at"], unique=False)
    op.create_table(
        "topic",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_topic")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("login_name", sa.Text(), nullable=True),
        sa.Column("login_key", sa.Text(), nullable=True),
        sa.Column("display_name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_is_one_time", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("email", sa.LargeBinary(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(role = 'admin') = (organisation_id IS NULL)", name=op.f("ck_account_admins_stand_above")),
        sa.CheckConstraint("role IN ('mentee', 'mentor', 'staff', 'admin')", name=op.f("ck_account_role_known")),
        sa.CheckConstraint(
            "state = 'invited' OR (login_key IS NOT NULL AND password_hash IS NOT NULL)",
            name=op.f("ck_account_can_log_in"),
        ),
        sa.CheckConstraint(
            "state = 'invited' OR role IN ('mentee', 'mentor') OR totp_secret IS NOT NULL",
            name=op.f("ck_account_staff_second_factor"),
        ),
        sa.CheckConstraint("state IN ('invited', 'active', 'suspended')", name=op.f("ck_account_state_known")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_account_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login_key", name=op.f("uq_account_login_key")),
    )
    op.create_index("ix_account_organisation_id_role_id", "account", ["organisation_id", "role", "id"], unique=False)
    op.create_table(
        "question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("titles", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("scale", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("audience", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("first_after_days", sa.BigInteger(), nullable=False),
        sa.Column("repeat_after_days", sa.BigInteger(), nullable=True),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("remind_after_days", sa.BigInteger(), nullable=False),
        sa.Column("reminders", sa.BigInteger(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "audience <@ ARRAY['mentee', 'mentor'] AND cardinality(audience) BETWEEN 1 AND 2",
            name=op.f("ck_question_audience_known"),
        ),
        sa.CheckConstraint(
            "first_after_days >= 0 AND coalesce(repeat_after_days, 1) > 0 AND remind_after_days > 0 AND reminders >= 0",
            name=op.f("ck_question_days_sane"),
        ),
        sa.CheckConstraint(
            "times BETWEEN 1 AND 1000 AND (times = 1 OR repeat_after_days IS NOT NULL)",
            name=op.f("ck_question_times_sane"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_question_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
    )
    op.create_index("ix_question_organisation_id_id", "question", ["organisation_id", "id"], unique=False)
    op.create_table(
        "answer",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "answered_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_answer_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_answer_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "account_id", "round", name=op.f("pk_answer")),
    )
    op.create_index(op.f("ix_answer_account_id"), "answer", ["account_id"], unique=False)
    op.create_index(
        "ix_answer_uncounted",
        "answer",
        ["question_id", "round", "value"],
        unique=False,
        postgresql_where=sa.text("NOT counted"),
    )
    op.create_table(
        "asking",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("skipped", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("round >= 1 AND skipped >= 0", name=op.f("ck_asking_counted")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_asking_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_asking_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "account_id", name=op.f("pk_asking")),
    )
    op.create_index(op.f("ix_asking_account_id"), "asking", ["account_id"], unique=False)
    op.create_table(
        "invitation",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_invitation_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_invitation")),
        sa.UniqueConstraint("digest", name=op.f("uq_invitation_digest")),
    )
    op.create_table(
        "member_event",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("refs", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_member_event_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "seq", name=op.f("pk_member_event")),
    )
    op.create_index(op.f("ix_member_event_created_at"), "member_event", ["created_at"], unique=False)
    op.create_table(
        "member_stream",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("floor_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_member_stream_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_member_stream")),
        postgresql_with={"fillfactor": 50},
    )
    op.create_table(
        "mentor_card",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("story", sa.Text(), server_default="", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("gender", sa.Text(), nullable=True),
        sa.Column("birth_year", sa.SmallInteger(), nullable=True),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("channels", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("times", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("status_line", sa.Text(), server_default="", nullable=False),
        sa.Column("capacity", sa.SmallInteger(), server_default="3", nullable=False),
        sa.Column("open_pairs", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("away_from", sa.Date(), nullable=True),
        sa.Column("away_until", sa.Date(), nullable=True),
        sa.Column("away_message", sa.Text(), server_default="", nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("gender IN ('female', 'male', 'other')", name=op.f("ck_mentor_card_gender_known")),
        sa.CheckConstraint("(away_from IS NULL) = (away_until IS NULL)", name=op.f("ck_mentor_card_away_whole")),
        sa.CheckConstraint("away_until >= away_from", name=op.f("ck_mentor_card_away_in_order")),
        sa.CheckConstraint("capacity BETWEEN 0 AND 30", name=op.f("ck_mentor_card_capacity_sane")),
        sa.CheckConstraint("open_pairs >= 0", name=op.f("ck_mentor_card_open_pairs_counted")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_mentor_card_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_mentor_card_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mentor_card")),
    )
    op.create_index("ix_mentor_card_languages", "mentor_card", ["languages"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_mentor_card_organisation_id"), "mentor_card", ["organisation_id"], unique=False)
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_recovery_code_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_recovery_code")),
    )
    op.create_index(op.f("ix_recovery_code_account_id"), "recovery_code", ["account_id"], unique=False)
    op.create_table(
        "report",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("reported_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "reason IN ('harassment', 'sexual', 'self_harm', 'threat', 'spam', 'other')",
            name=op.f("ck_report_reason_known"),
        ),
        sa.CheckConstraint("state IN ('open', 'in_progress', 'closed')", name=op.f("ck_report_state_known")),
        sa.CheckConstraint("reporter_id <> reported_id", name=op.f("ck_report_two_people")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_report_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["reported_id"], ["account.id"], name=op.f("fk_report_reported_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["reporter_id"], ["account.id"], name=op.f("fk_report_reporter_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_organisation_id_id", "report", ["organisation_id", "id"], unique=False)
    op.create_index(op.f("ix_report_reported_id"), "report", ["reported_id"], unique=False)
    op.create_index(op.f("ix_report_reporter_id"), "report", ["reporter_id"], unique=False)
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("device_name", sa.Text(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column(
            "last_used_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_session_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
    )
    op.create_index(op.f("ix_session_account_id"), "session", ["account_id"], unique=False)
    op.create_table(
        "tally",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("people", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("people > 0", name=op.f("ck_tally_people_counted")),
        sa.ForeignKeyConstraint(
            ["question_id"], ["question.id"], name=op.f("fk_tally_question_id_question"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("question_id", "round", "value", name=op.f("pk_tally")),
    )
    op.create_table(
        "thread",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint("state IN ('open', 'closed')", name=op.f("ck_thread_state_known")),
        sa.CheckConstraint("mentee_id <> mentor_id", name=op.f("ck_thread_two_people")),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_thread_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_thread_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_thread")),
        sa.UniqueConstraint("mentee_id", "mentor_id", name=op.f("uq_thread_mentee_id_mentor_id")),
    )
    op.create_index("ix_thread_mentor_id", "thread", ["mentor_id"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_waiting_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_waiting_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("mentee_id", name=op.f("pk_waiting")),
    )
    op.create_index(
        "ix_waiting_organisation_id_since_mentee_id", "waiting", ["organisation_id", "since", "mentee_id"], unique=False
    )
    op.create_table(
        "wishes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("languages", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("region", sa.Text(), server_default="", nullable=False),
        sa.Column("gender_wish", sa.Text(), nullable=True),
        sa.Column("age_min", sa.SmallInteger(), nullable=True),
        sa.Column("age_max", sa.SmallInteger(), nullable=True),
        sa.Column("times", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("note", sa.LargeBinary(), nullable=True),
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("gender_wish IN ('female', 'male', 'other')", name=op.f("ck_wishes_gender_wish_known")),
        sa.CheckConstraint("age_min <= age_max", name=op.f("ck_wishes_ages_in_order")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_wishes_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_wishes")),
    )
    op.create_table(
        "mentor_topic",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("topic_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["mentor_card.account_id"],
            name=op.f("fk_mentor_topic_account_id_mentor_card"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["topic_id"], ["topic.id"], name=op.f("fk_mentor_topic_topic_id_topic"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("account_id", "topic_id", name=op.f("pk_mentor_topic")),
    )
    op.create_index(op.f("ix_mentor_topic_topic_id"), "mentor_topic", ["topic_id"], unique=False)
    op.create_table(
        "message",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["account.id"], name=op.f("fk_message_author_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_message_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint(
            "author_id", "client_id", "thread_id", name=op.f("uq_message_author_id_client_id_thread_id")
        ),
        sa.UniqueConstraint("thread_id", "seq", name=op.f("uq_message_thread_id_seq")),
    )
    op.create_table(
        "pair",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("mentee_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mentor_accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by_role", sa.Text(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "(state IN ('proposed', 'active')) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by_role IS NULL) AND (close_reason IS NULL OR closed_at IS NOT NULL)",
            name=op.f("ck_pair_close_is_told"),
        ),
        sa.CheckConstraint(
            "closed_by_role IN ('mentee', 'mentor', 'staff', 'admin')", name=op.f("ck_pair_closed_by_role_known")
        ),
        sa.CheckConstraint("origin IN ('staff', 'mentee')", name=op.f("ck_pair_origin_known")),
        sa.CheckConstraint(
            "state <> 'active' OR mentee_accepted_at IS NOT NULL AND (mentor_accepted_at IS NOT NULL OR origin = 'mentee')",
            name=op.f("ck_pair_active_was_accepted"),
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'active', 'declined', 'withdrawn', 'ended')", name=op.f("ck_pair_state_known")
        ),
        sa.CheckConstraint("mentee_id <> mentor_id", name=op.f("ck_pair_two_people")),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_pair_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_pair_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_pair_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["account.id"], name=op.f("fk_pair_proposed_by_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_pair_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair")),
    )
    op.create_index("ix_pair_mentee_id_id", "pair", ["mentee_id", "id"], unique=False)
    op.create_index("ix_pair_mentor_id_id", "pair", ["mentor_id", "id"], unique=False)
    op.create_index("ix_pair_organisation_id_id", "pair", ["organisation_id", "id"], unique=False)
    op.create_index("ix_pair_thread_id", "pair", ["thread_id"], unique=False)
    op.create_index(
        "uq_pair_open",
        "pair",
        ["mentee_id", "mentor_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'active')"),
    )
    op.create_table(
        "photo",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("width", sa.SmallInteger(), nullable=False),
        sa.Column("height", sa.SmallInteger(), nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["mentor_card.account_id"], name=op.f("fk_photo_account_id_mentor_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_photo")),
        sa.UniqueConstraint("account_id", name=op.f("uq_photo_account_id")),
    )
    op.create_table(
        "realtime_ticket",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_realtime_ticket_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_realtime_ticket")),
    )
    op.create_index(op.f("ix_realtime_ticket_expires_at"), "realtime_ticket", ["expires_at"], unique=False)
    op.create_index(op.f("ix_realtime_ticket_session_id"), "realtime_ticket", ["session_id"], unique=False)
    op.create_table(
        "refresh_token",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["session_id"], ["session.id"], name=op.f("fk_refresh_token_session_id_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_refresh_token")),
    )
    op.create_index(op.f("ix_refresh_token_session_id"), "refresh_token", ["session_id"], unique=False)
    op.create_index(
        "uq_refresh_token_newest",
        "refresh_token",
        ["session_id"],
        unique=True,
        postgresql_where=sa.text("spent_at IS NULL"),
    )
    op.create_table(
        "thread_member",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("filing", sa.Text(), server_default="inbox", nullable=False),
        sa.Column("read_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unread", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("waiting_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("filing IN ('inbox', 'archived', 'blocked')", name=op.f("ck_thread_member_filing_known")),
        sa.CheckConstraint("role IN ('mentee', 'mentor', 'staff', 'admin')", name=op.f("ck_thread_member_role_known")),
        sa.CheckConstraint("unread >= 0", name=op.f("ck_thread_member_unread_counted")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_thread_member_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_thread_member_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", "account_id", name=op.f("pk_thread_member")),
    )
    op.create_index("ix_thread_member_account_id", "thread_member", ["account_id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_thread_member_account_id", table_name="thread_member")
    op.drop_table("thread_member")
    op.drop_index("uq_refresh_token_newest", table_name="refresh_token", postgresql_where=sa.text("spent_at IS NULL"))
    op.drop_index(op.f("ix_refresh_token_session_id"), table_name="refresh_token")
    op.drop_table("refresh_token")
    op.drop_index(op.f("ix_realtime_ticket_session_id"), table_name="realtime_ticket")
    op.drop_index(op.f("ix_realtime_ticket_expires_at"), table_name="realtime_ticket")
    op.drop_table("realtime_ticket")
    op.drop_table("photo")
    op.drop_index("uq_pair_open", table_name="pair", postgresql_where=sa.text("state IN ('proposed', 'active')"))
    op.drop_index("ix_pair_thread_id", table_name="pair")
    op.drop_index("ix_pair_organisation_id_id", table_name="pair")
    op.drop_index("ix_pair_mentor_id_id", table_name="pair")
    op.drop_index("ix_pair_mentee_id_id", table_name="pair")
    op.drop_table("pair")
    op.drop_table("message")
    op.drop_index(op.f("ix_mentor_topic_topic_id"), table_name="mentor_topic")
    op.drop_table("mentor_topic")
    op.drop_table("wishes")
    op.drop_index("ix_waiting_organisation_id_since_mentee_id", table_name="waiting")
    op.drop_table("waiting")
    op.drop_index("ix_thread_mentor_id", table_name="thread")
    op.drop_table("thread")
    op.drop_table("tally")
    op.drop_index(op.f("ix_session_account_id"), table_name="session")
    op.drop_table("session")
    op.drop_index(op.f("ix_report_reporter_id"), table_name="report")
    op.drop_index(op.f("ix_report_reported_id"), table_name="report")
    op.drop_index("ix_report_organisation_id_id", table_name="report")
    op.drop_table("report")
    op.drop_index(op.f("ix_recovery_code_account_id"), table_name="recovery_code")
    op.drop_table("recovery_code")
    op.drop_index(op.f("ix_mentor_card_organisation_id"), table_name="mentor_card")
    op.drop_index("ix_mentor_card_languages", table_name="mentor_card", postgresql_using="gin")
    op.drop_table("mentor_card")
    op.drop_table("member_stream")
    op.drop_index(op.f("ix_member_event_created_at"), table_name="member_event")
    op.drop_table("member_event")
    op.drop_table("invitation")
    op.drop_index(op.f("ix_asking_account_id"), table_name="asking")
    op.drop_table("asking")
    op.drop_index("ix_answer_uncounted", table_name="answer", postgresql_where=sa.text("NOT counted"))
    op.drop_index(op.f("ix_answer_account_id"), table_name="answer")
    op.drop_table("answer")
    op.drop_index("ix_question_organisation_id_id", table_name="question")
    op.drop_table("question")
    op.drop_index("ix_account_organisation_id_role_id", table_name="account")
    op.drop_table("account")
    op.drop_table("topic")
    op.drop_index("ix_rate_limit_full_at", table_name="rate_limit")
    op.drop_table("rate_limit")
    op.drop_index("uq_organisation_name", table_name="organisation")
    op.drop_table("organisation")
    op.drop_table("master_key_fingerprint")
    op.drop_table("audit_entry")
