"""What people say of themselves and wish for, private lists, screening of mentors, settings of programmes.

Mentors who were approved before screenings were noted count as screened on the day of their approval, without end:
their programmes looked at them when they approved them, and nobody is locked out by a note that could not be made.
From here on a screening is noted for each mentor, and without one that holds no new pair begins.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_NEW = ("mentor_screened", "matching_settings_changed")
_RHYTHMS = "reply_rhythm IN ('same_day', 'few_days', 'weekly')"

_VERSIONS = """
CREATE FUNCTION settings_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a version of the settings can be added and not changed'
    USING ERRCODE = 'check_violation', TABLE = 'matching_settings', CONSTRAINT = 'ck_matching_settings_only_grow';
END $$;
CREATE TRIGGER settings_only_grow BEFORE UPDATE OR DELETE OR TRUNCATE ON matching_settings
FOR EACH STATEMENT EXECUTE FUNCTION settings_only_grow();
"""


def upgrade() -> None:
    _cards()
    _wishes()
    _private()
    _settings()
    _allow(_actions() | set(_NEW))


def _cards() -> None:
    for name in ("experiences", "interests", "dislikes"):
        op.add_column("mentor_card", _texts(name))
    op.add_column("mentor_card", sa.Column("reply_rhythm", sa.Text(), nullable=True))
    op.add_column("mentor_card", sa.Column("screened_on", sa.Date(), nullable=True))
    op.add_column("mentor_card", sa.Column("screened_until", sa.Date(), nullable=True))
    op.execute("UPDATE mentor_card SET screened_on = approved_at::date WHERE approved_at IS NOT NULL")
    for name, rule in (
        ("reply_rhythm_known", _RHYTHMS),
        ("screening_in_order", "screened_until >= screened_on"),
        ("screening_whole", "screened_until IS NULL OR screened_on IS NOT NULL"),
    ):
        op.create_check_constraint(op.f(f"ck_mentor_card_{name}"), "mentor_card", rule)


def _wishes() -> None:
    for name in ("experiences", "matters_most"):
        op.add_column("wishes", _texts(name))
    op.add_column("wishes", sa.Column("reply_rhythm", sa.Text(), nullable=True))
    op.add_column("wishes", sa.Column("birth_year", sa.SmallInteger(), nullable=True))
    op.add_column("wishes", sa.Column("words", sa.LargeBinary(), nullable=True))
    op.create_check_constraint(op.f("ck_wishes_reply_rhythm_known"), "wishes", _RHYTHMS)
    op.create_table(
        "choice",
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("place BETWEEN 1 AND 5", name=op.f("ck_choice_place_counted")),
        sa.ForeignKeyConstraint(
            ["mentee_id"], ["wishes.account_id"], name=op.f("fk_choice_mentee_id_wishes"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["mentor_id"], ["mentor_card.account_id"], name=op.f("fk_choice_mentor_id_mentor_card"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mentee_id", "place", name=op.f("pk_choice")),
        sa.UniqueConstraint("mentee_id", "mentor_id", name=op.f("uq_choice_mentee_id_mentor_id")),
    )
    op.create_index(op.f("ix_choice_mentor_id"), "choice", ["mentor_id"], unique=False)


def _private() -> None:
    op.create_table(
        "mentor_wishes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        _texts("cannot_carry"),
        sa.Column("mentee_age_min", sa.SmallInteger(), nullable=True),
        sa.Column("mentee_age_max", sa.SmallInteger(), nullable=True),
        _now("updated_at"),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("mentee_age_min <= mentee_age_max", name=op.f("ck_mentor_wishes_ages_in_order")),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["mentor_card.account_id"],
            name=op.f("fk_mentor_wishes_account_id_mentor_card"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_mentor_wishes")),
    )
    op.create_table(
        "never",
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("other_id", sa.Uuid(), nullable=False),
        _now("created_at"),
        sa.CheckConstraint("owner_id <> other_id", name=op.f("ck_never_two_people")),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["account.id"], name=op.f("fk_never_owner_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["account.id"], name=op.f("fk_never_other_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("owner_id", "other_id", name=op.f("pk_never")),
    )
    op.create_index(op.f("ix_never_other_id"), "never", ["other_id"], unique=False)


def _settings() -> None:
    op.create_table(
        "matching_settings",
        sa.Column("organisation_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("stated", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        _now("set_at"),
        sa.CheckConstraint("version >= 1", name=op.f("ck_matching_settings_version_counted")),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_matching_settings_organisation_id_organisation"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("organisation_id", "version", name=op.f("pk_matching_settings")),
    )
    function, _, trigger = _VERSIONS.partition("END $$;")
    op.execute(function + "END $$;")
    op.execute(trigger)


def downgrade() -> None:
    _allow(_actions() - set(_NEW))
    op.drop_table("matching_settings")
    op.execute("DROP FUNCTION settings_only_grow()")
    for table in ("never", "mentor_wishes", "choice"):
        op.drop_table(table)
    for name in ("words", "birth_year", "reply_rhythm", "matters_most", "experiences"):
        op.drop_column("wishes", name)
    for name in ("screened_until", "screened_on", "reply_rhythm", "dislikes", "interests", "experiences"):
        op.drop_column("mentor_card", name)


def _texts(name: str) -> sa.Column[list[str]]:
    return sa.Column(name, postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False)


def _now(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False)


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
