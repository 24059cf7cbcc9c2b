"""When someone's last message was is known for each person, so that times go on from there if the clock is set back."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Not filled in: that would hold up every send until all streams are written anew, and threads know their own last.
    op.add_column("member_stream", sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("member_stream", "last_message_at")
