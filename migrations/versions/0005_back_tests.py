"""back tests

Revision: 0005
Follows: 0004
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "back_test",
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("predictor_version_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_back_test_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["predictor_version_id"],
            ["predictor_version.id"],
            name=op.f("fk_back_test_predictor_version_id"),
        ),
        sa.PrimaryKeyConstraint("equipment_id", name=op.f("pk_back_test")),
    )


def downgrade() -> None:
    """Take back."""
    op.drop_table("back_test")
