"""schedule activity

Revision: 0007
Follows: 0006
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ACTIVITIES = sa.Enum(
    "replace",
    "repair",
    "refit",
    "overhaul",
    "combination",
    "modify",
    "adjust",
    "service",
    "check",
    "test",
    "inspection",
    name="activity",
    native_enum=False,
    create_constraint=True,
    length=32,
)


def upgrade() -> None:
    """Apply."""
    with op.batch_alter_table("preventive_schedule") as batch_op:
        batch_op.add_column(
            sa.Column("activity", ACTIVITIES, nullable=False, server_default="service")
        )
    # A batch of its own: SQLite builds the table again, and rows that are there need the default.
    with op.batch_alter_table("preventive_schedule") as batch_op:
        batch_op.alter_column("activity", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("preventive_schedule") as batch_op:
        batch_op.drop_constraint(op.f("ck_preventive_schedule_activity"), type_="check")
        batch_op.drop_column("activity")
