"""A conversation of which more is to come, when one is moved in, is told from one that ended here."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ylitse_half_moved",
        sa.Column("thread_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["thread.id"], name=op.f("fk_ylitse_half_moved_thread_id_thread"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("thread_id", name=op.f("pk_ylitse_half_moved")),
    )
    # What was taken for half moved in until now. Nothing else ended without a pair but what never had been moved in.
    op.execute("""
        INSERT INTO ylitse_half_moved (thread_id)
        SELECT id FROM thread
        WHERE state = 'closed' AND last_seq > 0 AND EXISTS (SELECT FROM ylitse_moved_in)
            AND NOT EXISTS (SELECT FROM pair WHERE pair.thread_id = thread.id)
    """)


def downgrade() -> None:
    op.drop_table("ylitse_half_moved")
