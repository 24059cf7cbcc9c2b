"""How far messages have come, what people let others see of them, and which sockets are open over all processes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("thread_member", sa.Column("delivered_seq", sa.BigInteger(), server_default="0", nullable=False))
    op.execute("UPDATE thread_member SET delivered_seq = read_seq WHERE read_seq > 0")
    op.create_table(
        "visibility",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("presence", sa.Text(), server_default="hidden", nullable=False),
        sa.Column("read_marks", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("active_on", sa.Date(), nullable=True),
        sa.Column("active_before", sa.Date(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.CheckConstraint("presence IN ('hidden', 'day', 'online')", name=op.f("ck_visibility_presence_known")),
        sa.CheckConstraint(
            "(presence = 'hidden') = (active_on IS NULL)", name=op.f("ck_visibility_day_kept_where_allowed")
        ),
        sa.CheckConstraint(
            "(active_on IS NULL) = (active_before IS NULL)", name=op.f("ck_visibility_days_kept_together")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_visibility_account_id_account"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_visibility")),
    )
    op.create_table(
        "node",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_node")),
        prefixes=["UNLOGGED"],
    )
    op.create_table(
        "open_socket",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("node_id", sa.Uuid(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("surplus", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_open_socket_account_id_account"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["node_id"], ["node.id"], name=op.f("fk_open_socket_node_id_node"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_open_socket")),
        prefixes=["UNLOGGED"],
    )
    op.create_index("ix_open_socket_account_id", "open_socket", ["account_id"], unique=False)
    op.create_index("ix_open_socket_node_id", "open_socket", ["node_id"], unique=False)


def downgrade() -> None:
    op.drop_table("open_socket")
    op.drop_table("node")
    op.drop_table("visibility")
    op.drop_column("thread_member", "delivered_seq")
