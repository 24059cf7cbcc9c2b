"""A pair has a trial before and a closing after, and a proposal takes a place: tables, triggers, and what was there."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TAKING = "('proposed', 'trial', 'active', 'closing')"
_STATES = "('proposed', 'trial', 'active', 'closing', 'closed', 'returned', 'declined', 'withdrawn', 'expired')"
_PASSAGES = (
    "('', 'proposed'), ('', 'trial'), ('proposed', 'trial'), ('proposed', 'declined'), ('proposed', 'withdrawn'), "
    "('proposed', 'expired'), ('trial', 'active'), ('trial', 'returned'), ('trial', 'closing'), ('trial', 'closed'), "
    "('active', 'closing'), ('active', 'closed'), ('closing', 'closed')"
)
_STEPS = (
    "('propose', 'choose', 'accept', 'decline', 'withdraw', 'expire', 'override', 'answer_trial', 'extend', 'run_out', "
    "'confirm', 'return', 'end', 'close', 'safeguard')"
)
_ROLES = "('mentee', 'mentor', 'staff', 'admin')"

# Serialised by the row lock on the mentor's card: however many ask at once, the last place goes to one of them. A
# place is taken with the row (a pair is made in a state that takes one) and given back once: no state leads back.
_COUNTS = """
CREATE OR REPLACE FUNCTION pair_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.state IN {taking} AND (TG_OP = 'DELETE' OR NEW.state NOT IN {taking}) THEN
        UPDATE mentor_card SET open_pairs = open_pairs - 1 WHERE account_id = OLD.mentor_id;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.state IN {taking} AND (TG_OP = 'INSERT' OR OLD.state NOT IN {taking}) THEN
        UPDATE mentor_card SET open_pairs = open_pairs + 1 WHERE account_id = NEW.mentor_id AND open_pairs < capacity;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the mentor has no free place'
            USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_within_capacity';
        END IF;
    END IF;
    RETURN NULL;
END $$
"""
_WAYS = (
    f"""
CREATE FUNCTION pair_goes_its_way() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was text := CASE WHEN TG_OP = 'INSERT' THEN '' ELSE OLD.state END;
BEGIN
    IF (was, NEW.state) NOT IN ({_PASSAGES}) THEN
        RAISE EXCEPTION 'a pair does not go from % to %', was, NEW.state
        USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_state_forward';
    END IF;
    RETURN NEW;
END $$
""",
    "CREATE TRIGGER pair_begins_its_way BEFORE INSERT ON pair FOR EACH ROW EXECUTE FUNCTION pair_goes_its_way()",
    (
        "CREATE TRIGGER pair_goes_its_way BEFORE UPDATE OF state ON pair FOR EACH ROW"
        " WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION pair_goes_its_way()"
    ),
)
# Looked at when the transaction ends: the mentor's place is taken first, the thread opened after. See the model.
_THREAD = (
    """
CREATE FUNCTION pair_has_thread() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pair WHERE id = NEW.id AND state IN {talking} AND thread_id IS NULL) THEN
        RAISE EXCEPTION 'a pair that talks has a thread'
        USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_active_has_thread';
    END IF;
    RETURN NULL;
END $$
""",
    (
        "CREATE CONSTRAINT TRIGGER pair_has_thread AFTER INSERT OR UPDATE OF state, thread_id ON pair"
        " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
        " WHEN (NEW.state IN {talking} AND NEW.thread_id IS NULL) EXECUTE FUNCTION pair_has_thread()"
    ),
)
# Steps go with their pair, and forget a member of staff who leaves; otherwise they stay as they were.
_STEPS_STAY = (
    """
CREATE FUNCTION pair_steps_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM pair WHERE id = OLD.pair_id) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'UPDATE' AND NEW.by_id IS NULL AND to_jsonb(NEW) - 'by_id' = to_jsonb(OLD) - 'by_id' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'the steps of a pair can be added to and not changed'
    USING ERRCODE = 'check_violation', TABLE = 'pair_step', CONSTRAINT = 'ck_pair_step_only_grows';
END $$
""",
    (
        "CREATE TRIGGER pair_steps_stay BEFORE UPDATE OR DELETE ON pair_step"
        " FOR EACH ROW EXECUTE FUNCTION pair_steps_stay()"
    ),
)
_FORWARD = (
    """
CREATE FUNCTION pair_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state NOT IN ('proposed', 'active') OR NEW.state = 'proposed' AND OLD.state <> 'proposed' THEN
        RAISE EXCEPTION 'a pair does not go from % to %', OLD.state, NEW.state
        USING ERRCODE = 'check_violation', TABLE = 'pair', CONSTRAINT = 'ck_pair_state_forward';
    END IF;
    RETURN NEW;
END $$
""",
    (
        "CREATE TRIGGER pair_stays_closed BEFORE UPDATE OF state ON pair FOR EACH ROW"
        " WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION pair_stays_closed()"
    ),
)
# What was proposed before stays proposed, also where it now goes past what the mentor can carry: nobody loses an offer
# that they may be thinking about; the mentor only gets no further one until there is room.
_RECOUNT = """
UPDATE mentor_card SET open_pairs = (
    SELECT count(*) FROM pair WHERE mentor_id = mentor_card.account_id AND state IN {counted}
)
"""
_AUDIT_NEW = (
    "pair_proposed", "pair_withdrawn", "pair_overridden", "pair_ended", "pair_closed", "pair_closed_for_safety",
)  # fmt: skip


def upgrade() -> None:
    _let_go()
    op.execute("DROP TRIGGER pair_stays_closed ON pair")
    op.execute("DROP FUNCTION pair_stays_closed()")
    op.add_column("waiting", sa.Column("again_with", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_waiting_again_with_account"), "waiting", "account", ["again_with"], ["id"], ondelete="SET NULL"
    )
    for name, kind in (
        ("expires_at", sa.DateTime(timezone=True)),
        ("remind_at", sa.DateTime(timezone=True)),
        ("mentee_saw", sa.BigInteger()),
        ("mentor_saw", sa.BigInteger()),
        ("answer", sa.Text()),
        ("waited_since", sa.DateTime(timezone=True)),
        ("trial_ends_at", sa.DateTime(timezone=True)),
        ("trial_over_at", sa.DateTime(timezone=True)),
        ("ending_kind", sa.Text()),
        ("ends_on", sa.Date()),
        ("last_talk_at", sa.DateTime(timezone=True)),
    ):
        op.add_column("pair", sa.Column(name, kind, nullable=True))
    op.add_column("pair", sa.Column("trial_extended", sa.SmallInteger(), server_default="0", nullable=False))
    _take_over_what_is_there()
    _constrain_pairs()
    _make_tables()
    for statement in (_COUNTS, *_WAYS, *_STEPS_STAY, *_THREAD):
        op.execute(statement.replace("{taking}", _TAKING).replace("{talking}", "('trial', 'active', 'closing')"))
    op.execute(_RECOUNT.format(counted=_TAKING))
    _allow(_actions() | set(_AUDIT_NEW))


def downgrade() -> None:
    """Back to pairs that are proposed, active or over. Going back is refused while the trail holds what it now can't."""
    _allow(_actions() - set(_AUDIT_NEW))
    for name in ("contact_rule", "pair_letter", "pair_learnt", "pair_fit", "pair_override", "expectations"):
        op.drop_table(name)
    op.drop_table("pair_step")
    op.execute("DROP FUNCTION pair_steps_stay()")
    _let_go()
    for trigger in ("pair_goes_its_way", "pair_begins_its_way"):
        op.execute(f"DROP TRIGGER {trigger} ON pair")
    op.execute("DROP FUNCTION pair_goes_its_way()")
    for name in ("ix_pair_ends_on", "ix_pair_trial_ends_at", "ix_pair_remind_at", "ix_pair_expires_at"):
        op.drop_index(name, table_name="pair")
    op.execute(
        "UPDATE pair SET state = CASE state WHEN 'trial' THEN 'active' WHEN 'closing' THEN 'active'"
        " WHEN 'closed' THEN 'ended' WHEN 'returned' THEN 'ended' WHEN 'expired' THEN 'withdrawn' ELSE state END,"
        " closed_by_role = CASE WHEN closed_at IS NULL THEN NULL ELSE coalesce(closed_by_role, 'staff') END,"
        " close_reason = CASE WHEN closed_at IS NULL THEN NULL ELSE close_reason END"
    )
    for name in (
        "trial_extended", "last_talk_at", "ends_on", "ending_kind", "trial_over_at", "trial_ends_at", "waited_since",
        "answer", "mentor_saw", "mentee_saw", "remind_at", "expires_at",
    ):  # fmt: skip
        op.drop_column("pair", name)
    op.drop_constraint(op.f("fk_waiting_again_with_account"), "waiting")
    op.drop_column("waiting", "again_with")
    _constrain_pairs_as_before()
    for statement in (_COUNTS, *_FORWARD, *_THREAD):
        op.execute(statement.replace("{taking}", "('active')").replace("{talking}", "('active')"))
    op.execute(_RECOUNT.format(counted="('active')"))


def _let_go() -> None:
    """Drop the rules on pairs that speak of states."""
    for name in ("pair_counts", "pair_has_thread"):
        op.execute(f"ALTER TABLE pair DISABLE TRIGGER {name}")
    op.execute("DROP TRIGGER pair_has_thread ON pair")
    op.execute("DROP FUNCTION pair_has_thread()")
    op.drop_index("uq_pair_open", table_name="pair")
    inspector = sa.inspect(op.get_bind())
    for check in inspector.get_check_constraints("pair"):
        if check["name"] not in {"ck_pair_two_people", "ck_pair_origin_known", "ck_pair_closed_by_role_known"}:
            op.drop_constraint(op.f(check["name"]), "pair")


def _take_over_what_is_there() -> None:
    op.execute("UPDATE pair SET expires_at = clock_timestamp() + interval '14 days' WHERE state = 'proposed'")
    op.execute("UPDATE pair SET answer = 'no' WHERE state = 'declined'")
    op.execute(
        "UPDATE pair SET state = 'closed', ending_kind = CASE close_reason"
        " WHEN 'as_planned' THEN 'planned' WHEN 'goal_reached' THEN 'planned' WHEN 'safety' THEN 'safeguarding'"
        " WHEN 'lost_contact' THEN 'one_side_gone' ELSE 'unplanned' END WHERE state = 'ended'"
    )


def _constrain_pairs() -> None:
    for name, condition in (
        ("state_known", f"state IN {_STATES}"),
        ("answer_known", "answer IN ('not_now', 'no')"),
        (
            "ending_kind_known",
            "ending_kind IN ('planned', 'unplanned', 'one_side_gone', 'programme', 'safeguarding')",
        ),
        (
            "talking_was_accepted",
            (
                "state NOT IN ('trial', 'active', 'closing') OR mentee_accepted_at IS NOT NULL"
                " AND (mentor_accepted_at IS NOT NULL OR origin = 'mentee')"
            ),
        ),
        (
            "close_is_told",
            (
                f"(state IN {_TAKING}) = (closed_at IS NULL)"
                " AND (closed_by_role IS NULL OR state NOT IN ('proposed', 'trial', 'active'))"
                " AND (close_reason IS NULL OR closed_by_role IS NOT NULL)"
            ),
        ),
        (
            "state_is_whole",
            (
                "(state <> 'proposed' OR expires_at IS NOT NULL)"
                " AND (state <> 'trial' OR trial_ends_at IS NOT NULL)"
                " AND (state <> 'closing' OR ends_on IS NOT NULL)"
                " AND (state IN ('closing', 'closed')) = (ending_kind IS NOT NULL)"
                " AND (state = 'declined') = (answer IS NOT NULL)"
            ),
        ),
        ("trial_extended_twice", "trial_extended BETWEEN 0 AND 2"),
    ):
        op.create_check_constraint(op.f(f"ck_pair_{name}"), "pair", condition)
    for index, columns, states, unique in (
        ("uq_pair_open", ["mentee_id", "mentor_id"], f"state IN {_TAKING}", True),
        ("ix_pair_expires_at", ["expires_at"], "state = 'proposed'", False),
        ("ix_pair_remind_at", ["remind_at"], "state = 'proposed'", False),
        ("ix_pair_trial_ends_at", ["trial_ends_at"], "state = 'trial'", False),
        ("ix_pair_ends_on", ["ends_on"], "state = 'closing'", False),
    ):
        op.create_index(index, "pair", columns, unique=unique, postgresql_where=sa.text(states))
    op.execute("ALTER TABLE pair ENABLE TRIGGER pair_counts")


def _constrain_pairs_as_before() -> None:
    for name, condition in (
        ("state_known", "state IN ('proposed', 'active', 'declined', 'withdrawn', 'ended')"),
        (
            "active_was_accepted",
            "state <> 'active' OR mentee_accepted_at IS NOT NULL AND (mentor_accepted_at IS NOT NULL OR origin = 'mentee')",
        ),
        (
            "close_is_told",
            (
                "(state IN ('proposed', 'active')) = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by_role IS NULL)"
                " AND (close_reason IS NULL OR closed_at IS NOT NULL)"
            ),
        ),
    ):
        op.create_check_constraint(op.f(f"ck_pair_{name}"), "pair", condition)
    op.create_index(
        "uq_pair_open",
        "pair",
        ["mentee_id", "mentor_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('proposed', 'active')"),
    )
    op.execute("ALTER TABLE pair ENABLE TRIGGER pair_counts")


def _make_tables() -> None:
    op.create_table(
        "pair_step",
        sa.Column("id", sa.Uuid(), nullable=False),
        _of_a_pair(),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("was", sa.Text(), nullable=True),
        sa.Column("now", sa.Text(), nullable=False),
        sa.Column("by_role", sa.Text(), nullable=True),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        _moment("at"),
        sa.CheckConstraint(f"step IN {_STEPS}", name=op.f("ck_pair_step_step_known")),
        sa.CheckConstraint(f"was IN {_STATES}", name=op.f("ck_pair_step_was_known")),
        sa.CheckConstraint(f"now IN {_STATES}", name=op.f("ck_pair_step_now_known")),
        sa.CheckConstraint(f"by_role IN {_ROLES}", name=op.f("ck_pair_step_by_role_known")),
        _pair_key("pair_step"),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_pair_step_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pair_step")),
    )
    op.create_index("ix_pair_step_pair_id_id", "pair_step", ["pair_id", "id"], unique=False)
    op.create_table(
        "expectations",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("months", sa.SmallInteger(), nullable=True),
        sa.Column("rhythm", sa.Text(), nullable=True),
        sa.Column("topics", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("off_limits", sa.LargeBinary(), nullable=True),
        sa.Column("shown", postgresql.ARRAY(sa.Text()), nullable=False),
        _moment("updated_at"),
        _version(),
        sa.CheckConstraint("months BETWEEN 1 AND 60", name=op.f("ck_expectations_months_sane")),
        sa.CheckConstraint(
            "rhythm IN ('daily', 'twice_a_week', 'weekly', 'every_other_week', 'monthly', 'when_needed')",
            name=op.f("ck_expectations_rhythm_known"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_expectations_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_expectations")),
    )
    op.create_table(
        "pair_override",
        _of_a_pair(),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.LargeBinary(), nullable=True),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        _moment("at"),
        sa.CheckConstraint("cause IN ('staff', 'programme')", name=op.f("ck_pair_override_cause_known")),
        sa.CheckConstraint(
            "(cause = 'staff') = (reason IS NOT NULL) AND (reason IS NULL) = (wrapped_key IS NULL)",
            name=op.f("ck_pair_override_staff_say_why"),
        ),
        _pair_key("pair_override"),
        sa.ForeignKeyConstraint(
            ["by_id"], ["account.id"], name=op.f("fk_pair_override_by_id_account"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("pair_id", name=op.f("pk_pair_override")),
    )
    _make_table_of_sides(
        "pair_fit",
        sa.Column("fit", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "fit IN ('good_fit', 'still_deciding', 'not_a_good_fit')", name=op.f("ck_pair_fit_fit_known")
        ),
    )
    _make_table_of_sides("pair_learnt", sa.Column("codes", postgresql.ARRAY(sa.Text()), nullable=False))
    _make_table_of_sides(
        "pair_letter", sa.Column("body", sa.LargeBinary(), nullable=False), _moment("updated_at"), _version()
    )
    op.create_table(
        "contact_rule",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("texts", postgresql.JSONB(), nullable=False),
        _moment("updated_at"),
        _version(),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_contact_rule_organisation_id_organisation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_contact_rule")),
    )


def _make_table_of_sides(name: str, *parts: "sa.Column[object] | sa.CheckConstraint") -> None:
    """A table with one row for each side of a pair."""
    op.create_table(
        name,
        _of_a_pair(),
        sa.Column("role", sa.Text(), nullable=False),
        *parts,
        sa.CheckConstraint(f"role IN {_ROLES}", name=op.f(f"ck_{name}_role_known")),
        _pair_key(name),
        sa.PrimaryKeyConstraint("pair_id", "role", name=op.f(f"pk_{name}")),
    )


def _of_a_pair() -> "sa.Column[object]":
    return sa.Column("pair_id", sa.Uuid(), nullable=False)


def _pair_key(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["pair_id"], ["pair.id"], name=op.f(f"fk_{table}_pair_id_pair"), ondelete="CASCADE")


def _moment(name: str) -> "sa.Column[object]":
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)


def _version() -> "sa.Column[object]":
    return sa.Column("version", sa.BigInteger(), server_default="1", nullable=False)


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
