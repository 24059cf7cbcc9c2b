"""When someone's last message was is known for each person, so that times go on from there if the clock is set back."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("member_stream", sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE member_stream SET last_message_at = last.at FROM ("
        " SELECT account_id, max(last_message_at) AS at FROM thread_member JOIN thread ON id = thread_id"
        " WHERE last_message_at IS NOT NULL GROUP BY account_id"
        ") AS last WHERE last.account_id = member_stream.account_id"
    )


def downgrade() -> None:
    op.drop_column("member_stream", "last_message_at")
