"""Support of pairs: check-ins, nudges, notices, absences, interim contacts, hand-overs."""

import re
from collections.abc import Callable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_DEEDS = (
    "checkin_read", "checkin_done", "contact_changed", "nudge_sent", "nudge_left", "interim_mentor_named",
    "mentor_stood_down", "handover_offered", "handover_written",
)  # fmt: skip
_FILING = "ck_thread_member_filing_known"
_FILINGS = ("inbox", "archived", "blocked")
# For pairs that talk already. What should have been before there were check-ins and nudges is not held against anyone:
# they are counted from now on.
_CARE = """
INSERT INTO pair_care (pair_id, organisation_id, mentee_id, mentor_id, staff_id, planned_until)
SELECT id, organisation_id, mentee_id, mentor_id, proposed_by, current_date FROM pair
WHERE state IN ('trial', 'active', 'closing')
"""


def upgrade() -> None:
    op.create_table(
        "absence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("first_on", sa.Date(), nullable=False),
        sa.Column("last_on", sa.Date(), nullable=False),
        sa.Column("cover_id", sa.Uuid(), nullable=True),
        sa.Column("cover_state", sa.Text(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.CheckConstraint(
            "cover_state IN ('asked', 'accepted', 'declined')", name=op.f("ck_absence_cover_state_known")
        ),
        sa.CheckConstraint("cover_id IS NULL OR cover_state IS NOT NULL", name=op.f("ck_absence_cover_was_asked")),
        sa.CheckConstraint("first_on <= last_on", name=op.f("ck_absence_days_in_order")),
        sa.CheckConstraint("mentor_id <> cover_id", name=op.f("ck_absence_two_people")),
        sa.ForeignKeyConstraint(
            ["cover_id"], ["account.id"], name=op.f("fk_absence_cover_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_absence_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_absence_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence")),
    )
    op.create_index("ix_absence_cover_id", "absence", ["cover_id"], unique=False)
    op.create_index("ix_absence_mentor_id", "absence", ["mentor_id"], unique=False)
    op.create_index(
        "uq_absence_open", "absence", ["mentor_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "interim_mentor",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_interim_mentor_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_interim_mentor_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_interim_mentor")),
    )
    op.create_index("ix_interim_mentor_mentor_id", "interim_mentor", ["mentor_id"], unique=False)
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("signer_id", sa.Uuid(), nullable=True),
        sa.Column("thing_id", sa.Uuid(), nullable=True),
        sa.Column("first_on", sa.Date(), nullable=True),
        sa.Column("last_on", sa.Date(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "code IN ('nudge', 'contact_changed', 'mentor_unavailable', 'mentor_away', 'mentor_back', 'back_soon', 'cover_asked', 'cover_answered', 'cover_offered', 'cover_ended', 'handover_offered', 'handover_given', 'handover_withdrawn')",
            name=op.f("ck_notice_code_known"),
        ),
        sa.CheckConstraint("(body IS NULL) = (wrapped_key IS NULL)", name=op.f("ck_notice_body_has_key")),
        sa.CheckConstraint("body IS NULL OR signer_id IS NOT NULL", name=op.f("ck_notice_words_are_signed")),
        sa.ForeignKeyConstraint(
            ["about_id"], ["account.id"], name=op.f("fk_notice_about_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_notice_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["account.id"], name=op.f("fk_notice_contact_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["signer_id"], ["account.id"], name=op.f("fk_notice_signer_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    op.create_index("ix_notice_about_id", "notice", ["about_id"], unique=False)
    op.create_index("ix_notice_account_id_id", "notice", ["account_id", "id"], unique=False)
    op.create_index("ix_notice_contact_id", "notice", ["contact_id"], unique=False)
    op.create_index("ix_notice_signer_id", "notice", ["signer_id"], unique=False)
    op.create_table(
        "cover_consent",
        sa.Column("absence_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("consents", sa.Boolean(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["absence_id"], ["absence.id"], name=op.f("fk_cover_consent_absence_id_absence"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_cover_consent_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_cover_consent_thread_id_thread"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("absence_id", "mentee_id", name=op.f("pk_cover_consent")),
    )
    op.create_index("ix_cover_consent_mentee_id", "cover_consent", ["mentee_id"], unique=False)
    op.create_index("ix_cover_consent_thread_id", "cover_consent", ["thread_id"], unique=False)
    op.create_table(
        "handover",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("from_mentor_id", sa.Uuid(), nullable=False),
        sa.Column("to_mentor_id", sa.Uuid(), nullable=False),
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("choice", sa.Text(), nullable=True),
        sa.Column("from_seq", sa.BigInteger(), nullable=True),
        sa.Column("summary", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=False),
        sa.Column("agreed_version", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(choice = 'summary' AND state = 'given') = (agreed_version IS NOT NULL)",
            name=op.f("ck_handover_summary_was_agreed"),
        ),
        sa.CheckConstraint("choice IN ('nothing', 'summary', 'history')", name=op.f("ck_handover_choice_known")),
        sa.CheckConstraint("state <> 'given' OR choice IS NOT NULL", name=op.f("ck_handover_given_was_chosen")),
        sa.CheckConstraint(
            "state <> 'writing' OR choice = 'summary'", name=op.f("ck_handover_only_summaries_are_written")
        ),
        sa.CheckConstraint("state IN ('open', 'writing', 'given', 'withdrawn')", name=op.f("ck_handover_state_known")),
        sa.ForeignKeyConstraint(
            ["from_mentor_id"], ["account.id"], name=op.f("fk_handover_from_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_handover_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_handover_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_handover_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["to_mentor_id"], ["account.id"], name=op.f("fk_handover_to_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handover")),
        sa.UniqueConstraint("thread_id", "to_mentor_id", name=op.f("uq_handover_thread_id_to_mentor_id")),
    )
    op.create_index("ix_handover_from_mentor_id", "handover", ["from_mentor_id"], unique=False)
    op.create_index("ix_handover_mentee_id", "handover", ["mentee_id"], unique=False)
    op.create_index("ix_handover_organisation_id_id", "handover", ["organisation_id", "id"], unique=False)
    op.create_index("ix_handover_to_mentor_id", "handover", ["to_mentor_id"], unique=False)
    op.create_table(
        "interim_contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=True),
        sa.Column("thread_id", sa.Uuid(), nullable=True),
        sa.Column("waited_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["account.id"], name=op.f("fk_interim_contact_contact_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_interim_contact_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_interim_contact_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_interim_contact_thread_id_thread"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_interim_contact")),
    )
    op.create_index("ix_interim_contact_contact_id", "interim_contact", ["contact_id"], unique=False)
    op.create_index("ix_interim_contact_mentee_id", "interim_contact", ["mentee_id"], unique=False)
    op.create_index("ix_interim_contact_organisation_id_id", "interim_contact", ["organisation_id", "id"], unique=False)
    op.create_index("ix_interim_contact_thread_id", "interim_contact", ["thread_id"], unique=False)
    op.create_index(
        "uq_interim_contact_open",
        "interim_contact",
        ["mentee_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "reading_grant",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.Column("reader_id", sa.Uuid(), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("last_seq", sa.BigInteger(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("first_seq BETWEEN 1 AND last_seq", name=op.f("ck_reading_grant_range_in_order")),
        sa.ForeignKeyConstraint(
            ["reader_id"], ["account.id"], name=op.f("fk_reading_grant_reader_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_reading_grant_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", "reader_id", name=op.f("pk_reading_grant")),
    )
    op.create_index("ix_reading_grant_reader_id", "reading_grant", ["reader_id"], unique=False)
    op.create_table(
        "pair_care",
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("staff_id", sa.Uuid(), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("planned_until", sa.Date(), nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("not_now_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_now_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("not_now_until IS NULL OR not_now_at IS NOT NULL", name=op.f("ck_pair_care_not_now_whole")),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_pair_care_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_pair_care_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_pair_care_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f("fk_pair_care_pair_id_pair"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["account.id"], name=op.f("fk_pair_care_staff_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_pair_care")),
    )
    op.create_index(
        "ix_pair_care_looked_at", "pair_care", ["looked_at"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_pair_care_mentee_id", "pair_care", ["mentee_id"], unique=False)
    op.create_index("ix_pair_care_mentor_id", "pair_care", ["mentor_id"], unique=False)
    op.create_index("ix_pair_care_organisation_id", "pair_care", ["organisation_id"], unique=False)
    op.create_index(
        "ix_pair_care_planned_until",
        "pair_care",
        ["planned_until"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_pair_care_staff_id", "pair_care", ["staff_id"], unique=False)
    op.create_table(
        "checkin",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=False),
        sa.Column("depth", sa.Text(), nullable=False),
        sa.Column("opens_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("overdue_on", sa.Date(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_by", sa.Uuid(), nullable=True),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mode", sa.Text(), nullable=True),
        sa.Column("minutes", sa.SmallInteger(), nullable=True),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("concern", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("notes", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("depth IN ('quick', 'in_depth')", name=op.f("ck_checkin_depth_known")),
        sa.CheckConstraint("mode IN ('voice', 'in_person', 'chat')", name=op.f("ck_checkin_mode_known")),
        sa.CheckConstraint("party IN ('mentee', 'mentor', 'staff', 'admin')", name=op.f("ck_checkin_party_known")),
        sa.CheckConstraint(
            "(done_at IS NULL) = (mode IS NULL) AND (done_at IS NULL) = (minutes IS NULL)",
            name=op.f("ck_checkin_done_is_whole"),
        ),
        sa.CheckConstraint("done_at IS NULL OR dropped_at IS NULL", name=op.f("ck_checkin_done_or_dropped")),
        sa.CheckConstraint("minutes BETWEEN 0 AND 600", name=op.f("ck_checkin_minutes_sane")),
        sa.CheckConstraint("opens_on <= due_on AND due_on < overdue_on", name=op.f("ck_checkin_window_in_order")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_checkin_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["done_by"], ["account.id"], name=op.f("fk_checkin_done_by_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_checkin_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair_care.pair_id"], name=op.f("fk_checkin_pair_id_pair_care"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_checkin")),
        sa.UniqueConstraint("pair_id", "account_id", "number", name=op.f("uq_checkin_pair_id_account_id_number")),
    )
    op.create_index("ix_checkin_account_id", "checkin", ["account_id"], unique=False)
    op.create_index("ix_checkin_done_by", "checkin", ["done_by"], unique=False)
    op.create_index(
        "ix_checkin_organisation_id_due_on_id", "checkin", ["organisation_id", "due_on", "id"], unique=False
    )
    op.create_table(
        "nudge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.SmallInteger(), nullable=False),
        sa.Column("silent_since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("signer_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'draft') = (decided_at IS NULL)", name=op.f("ck_nudge_decision_is_dated")),
        sa.CheckConstraint("state IN ('draft', 'sent', 'left')", name=op.f("ck_nudge_state_known")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_nudge_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_nudge_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair_care.pair_id"], name=op.f("fk_nudge_pair_id_pair_care"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["signer_id"], ["account.id"], name=op.f("fk_nudge_signer_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nudge")),
        sa.UniqueConstraint(
            "pair_id", "account_id", "silent_since", "step", name=op.f("uq_nudge_pair_id_account_id_silent_since_step")
        ),
    )
    op.create_index("ix_nudge_account_id_decided_at", "nudge", ["account_id", "decided_at"], unique=False)
    op.create_index("ix_nudge_organisation_id_id", "nudge", ["organisation_id", "id"], unique=False)
    op.create_index("ix_nudge_signer_id", "nudge", ["signer_id"], unique=False)
    op.create_index("uq_nudge_draft", "nudge", ["account_id"], unique=True, postgresql_where=sa.text("state = 'draft'"))
    op.execute(_CARE)
    _allow_filings((*_FILINGS, "handed_over"))
    _allow_deeds(lambda known: (*known, *_DEEDS))


def downgrade() -> None:
    """Going back is refused while the trail holds what it then can't: it is never cut. What was handed over stays out
    of the former mentor's sight."""
    _allow_deeds(lambda known: tuple(deed for deed in known if deed not in _DEEDS))
    op.execute("UPDATE thread_member SET filing = 'blocked' WHERE filing = 'handed_over'")
    _allow_filings(_FILINGS)
    for name in (
        "nudge", "checkin", "pair_care", "reading_grant", "interim_contact", "handover", "cover_consent", "notice",
        "interim_mentor", "absence",
    ):  # fmt: skip
        op.drop_table(name)


def _allow_filings(filings: tuple[str, ...]) -> None:
    op.drop_constraint(op.f(_FILING), "thread_member")
    op.create_check_constraint(op.f(_FILING), "thread_member", f"filing IN ({_listed(filings)})")


def _allow_deeds(change: Callable[[tuple[str, ...]], tuple[str, ...]]) -> None:
    """What may stand in the trail, from what may stand there now."""
    name = op.f("ck_audit_entry_action_known")
    definition = op.get_bind().scalar(
        sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name"), {"name": str(name)}
    )
    known = tuple(re.findall(r"'(\w+)'", str(definition)))
    op.drop_constraint(name, "audit_entry")
    op.create_check_constraint(name, "audit_entry", f"action IN ({_listed(change(known))})")


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)
