"""Matching runs, kept person by person, and what follows when a released proposal comes to nothing."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_NEW = ("run_started", "run_decided", "run_released", "run_discarded")


def upgrade() -> None:
    op.create_table(
        "matching_run",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("phase", sa.Text(), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("of", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("settings_version", sa.BigInteger(), nullable=True),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("looked_at", sa.Date(), nullable=True),
        sa.Column("mentees", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("mentors", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("possible_pairs", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("proposals", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed_criteria", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("unsolved", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("solves", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("tries", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_by", sa.Uuid(), nullable=True),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("solved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("released_by", sa.Uuid(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("(state = 'failed') = (failure IS NOT NULL)", name=op.f("ck_matching_run_failure_is_told")),
        sa.CheckConstraint(
            "(state = 'released') = (released_at IS NOT NULL)", name=op.f("ck_matching_run_release_is_told")
        ),
        sa.CheckConstraint("failure IN ('too_long', 'died')", name=op.f("ck_matching_run_failure_known")),
        sa.CheckConstraint("held_by IS NULL OR state = 'solving'", name=op.f("ck_matching_run_held_while_solving")),
        sa.CheckConstraint(
            "phase IN ('reading', 'scoring', 'solving', 'explaining', 'storing')",
            name=op.f("ck_matching_run_phase_known"),
        ),
        sa.CheckConstraint(
            "state IN ('queued', 'solving', 'ready', 'released', 'discarded', 'failed')",
            name=op.f("ck_matching_run_state_known"),
        ),
        sa.CheckConstraint(
            "(held_by IS NULL) = (held_until IS NULL)", name=op.f("ck_matching_run_held_until_some_time")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_matching_run_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["account.id"], name=op.f("fk_matching_run_released_by_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["account.id"], name=op.f("fk_matching_run_started_by_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_run")),
        sa.UniqueConstraint("organisation_id", "client_id", name=op.f("uq_matching_run_organisation_id_client_id")),
    )
    op.create_index("ix_matching_run_organisation_id_id", "matching_run", ["organisation_id", "id"], unique=False)
    op.create_index(
        "ix_matching_run_waiting",
        "matching_run",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('queued', 'solving')"),
    )
    op.create_table(
        "matching_run_choice",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("past", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("chosen_by", sa.Uuid(), nullable=True),
        sa.Column("chosen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.CheckConstraint("kind IN ('fixed', 'struck')", name=op.f("ck_matching_run_choice_kind_known")),
        sa.CheckConstraint(
            "cardinality(past) = 0 OR reason IS NOT NULL", name=op.f("ck_matching_run_choice_past_wishes_with_a_reason")
        ),
        sa.ForeignKeyConstraint(
            ["chosen_by"], ["account.id"], name=op.f("fk_matching_run_choice_chosen_by_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_matching_run_choice_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_matching_run_choice_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name=op.f("fk_matching_run_choice_run_id_matching_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "mentee_id", "mentor_id", name=op.f("pk_matching_run_choice")),
    )
    op.create_index("ix_matching_run_choice_mentee_id", "matching_run_choice", ["mentee_id"], unique=False)
    op.create_index("ix_matching_run_choice_mentor_id", "matching_run_choice", ["mentor_id"], unique=False)
    op.create_index(
        "uq_matching_run_choice_fixed",
        "matching_run_choice",
        ["run_id", "mentee_id"],
        unique=True,
        postgresql_where=sa.text("kind = 'fixed'"),
    )
    op.create_table(
        "matching_run_mentor",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.Column("places", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_matching_run_mentor_mentor_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name=op.f("fk_matching_run_mentor_run_id_matching_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "mentor_id", name=op.f("pk_matching_run_mentor")),
    )
    op.create_index("ix_matching_run_mentor_mentor_id", "matching_run_mentor", ["mentor_id"], unique=False)
    op.create_table(
        "matching_follow_up",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("pair_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="due", nullable=False),
        sa.Column("for_id", sa.Uuid(), nullable=False),
        sa.Column("with_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=True),
        sa.Column("new_pair_id", sa.Uuid(), nullable=True),
        sa.Column("settled_by", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "created_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint(
            "(state IN ('proposed', 'dismissed')) = (settled_at IS NOT NULL)",
            name=op.f("ck_matching_follow_up_settling_is_told"),
        ),
        sa.CheckConstraint("kind IN ('place', 'person')", name=op.f("ck_matching_follow_up_kind_known")),
        sa.CheckConstraint(
            "state IN ('due', 'open', 'nobody', 'proposed', 'dismissed')",
            name=op.f("ck_matching_follow_up_state_known"),
        ),
        sa.ForeignKeyConstraint(
            ["for_id"], ["account.id"], name=op.f("fk_matching_follow_up_for_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["new_pair_id"], ["pair.id"], name=op.f("fk_matching_follow_up_new_pair_id_pair"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_matching_follow_up_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name=op.f("fk_matching_follow_up_pair_id_pair"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name=op.f("fk_matching_follow_up_run_id_matching_run"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["account.id"], name=op.f("fk_matching_follow_up_settled_by_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["with_id"], ["account.id"], name=op.f("fk_matching_follow_up_with_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_matching_follow_up")),
        sa.UniqueConstraint("pair_id", "kind", name=op.f("uq_matching_follow_up_pair_id_kind")),
    )
    op.create_index(
        "ix_matching_follow_up_due",
        "matching_follow_up",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index("ix_matching_follow_up_for_id", "matching_follow_up", ["for_id"], unique=False)
    op.create_index("ix_matching_follow_up_new_pair_id", "matching_follow_up", ["new_pair_id"], unique=False)
    op.create_index(
        "ix_matching_follow_up_organisation_id_id", "matching_follow_up", ["organisation_id", "id"], unique=False
    )
    op.create_index("ix_matching_follow_up_run_id", "matching_follow_up", ["run_id"], unique=False)
    op.create_index("ix_matching_follow_up_with_id", "matching_follow_up", ["with_id"], unique=False)
    op.create_table(
        "matching_run_mentee",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("waited", sa.BigInteger(), nullable=False),
        sa.Column("side", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("waiting_bonus", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("times_overdue", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=True),
        sa.Column("pair_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "outcome IN ('proposed', 'no_mentor_possible', 'too_few_points', 'places_taken', 'struck')",
            name=op.f("ck_matching_run_mentee_outcome_known"),
        ),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["account.id"], name=op.f("fk_matching_run_mentee_mentee_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["account.id"], name=op.f("fk_matching_run_mentee_mentor_id_account"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["pair_id"], ["pair.id"], name=op.f("fk_matching_run_mentee_pair_id_pair"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name=op.f("fk_matching_run_mentee_run_id_matching_run"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "mentee_id", name=op.f("pk_matching_run_mentee")),
    )
    op.create_index("ix_matching_run_mentee_mentee_id", "matching_run_mentee", ["mentee_id"], unique=False)
    op.create_index("ix_matching_run_mentee_mentor_id", "matching_run_mentee", ["mentor_id"], unique=False)
    op.create_index("ix_matching_run_mentee_pair_id", "matching_run_mentee", ["pair_id"], unique=False)
    _allow(_actions() | set(_NEW))


def downgrade() -> None:
    _allow(_actions() - set(_NEW))
    for name in ("follow_up", "run_mentee", "run_mentor", "run_choice", "run"):
        op.drop_table(f"matching_{name}")


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
