"""withdrawn rules

Revision: 0006
Follows: 0005
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("order_rule") as batch_op:
        batch_op.add_column(sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column("withdrawal_reason", sa.String(), nullable=False, server_default="")
        )
    # A batch of its own: SQLite builds the table again, and rows that are there need the default.
    with op.batch_alter_table("order_rule") as batch_op:
        batch_op.alter_column("withdrawal_reason", server_default=None)


def downgrade() -> None:
    """Take back."""
    # An older version would bring a withdrawn rule into force; who withdrew it stays in the audit.
    op.execute("DELETE FROM order_rule WHERE withdrawn_at IS NOT NULL")
    with op.batch_alter_table("order_rule") as batch_op:
        batch_op.drop_column("withdrawal_reason")
        batch_op.drop_column("withdrawn_at")
