"""What a matching run had found stays known when staff decide something else."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_TABLE = "matching_run_found"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("mentee_id", sa.Uuid(), nullable=False),
        sa.Column("mentor_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("reasons", sa.LargeBinary(), nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column(
            "changed_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["matching_run.id"], name=op.f(f"fk_{_TABLE}_run_id_matching_run"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint([who], ["account.id"], name=op.f(f"fk_{_TABLE}_{who}_account"), ondelete=what)
            for who, what in (("mentee_id", "CASCADE"), ("mentor_id", "SET NULL"), ("changed_by", "SET NULL"))
        ),
        sa.PrimaryKeyConstraint("run_id", "mentee_id", name=op.f(f"pk_{_TABLE}")),
    )
    op.create_index(f"ix_{_TABLE}_mentee_id", _TABLE, ["mentee_id"])
    op.create_index(f"ix_{_TABLE}_mentor_id", _TABLE, ["mentor_id"])


def downgrade() -> None:
    op.drop_table(_TABLE)
