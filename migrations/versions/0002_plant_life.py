"""plant life

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _kinds(*codes: str) -> sa.Enum:
    return sa.Enum(*codes, name="kind", native_enum=False, create_constraint=True, length=32)


KINDS = _kinds("run_now", "retry_failed", "cancel")
KINDS_NOW = _kinds("run_now", "retry_failed", "cancel", "next_day")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "import_file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "uploaded",
                "checked",
                "finished",
                "discarded",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("mapping", sa.JSON(), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_import_file_site_id")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["app_user.id"], name=op.f("fk_import_file_uploaded_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_file")),
    )
    with op.batch_alter_table("import_file", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_file_digest"), ["digest"], unique=False)

    op.create_table(
        "typical_life",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=False),
        sa.Column("life_days", sa.Double(), nullable=False),
        sa.Column("spread_days", sa.Double(), nullable=True),
        sa.Column("warning_days", sa.Double(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by_id", sa.Integer(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("life_days > 0", name=op.f("ck_typical_life_life_positive")),
        sa.CheckConstraint("spread_days > 0", name=op.f("ck_typical_life_spread_positive")),
        sa.CheckConstraint("warning_days >= 0", name=op.f("ck_typical_life_warning_not_negative")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_typical_life_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["entered_by_id"], ["app_user.id"], name=op.f("fk_typical_life_entered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_typical_life")),
        sa.UniqueConstraint("component_id", name=op.f("uq_typical_life_component_id")),
    )
    op.create_table(
        "label_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("proposed_component_id", sa.Integer(), nullable=True),
        sa.Column(
            "proposed_function",
            sa.Enum(
                "lost",
                "degraded",
                "none",
                name="proposed_function",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("confidence", sa.Double(), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "accepted",
                "rejected",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column(
            "function",
            sa.Enum(
                "lost",
                "degraded",
                "none",
                name="function",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reviewed_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_label_review_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_label_review_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_component_id"],
            ["component.id"],
            name=op.f("fk_label_review_proposed_component_id"),
        ),
        sa.ForeignKeyConstraint(
            ["reviewed_by_id"], ["app_user.id"], name=op.f("fk_label_review_reviewed_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_label_review_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_review")),
        sa.UniqueConstraint("work_order_id", name=op.f("uq_label_review_work_order_id")),
    )
    with op.batch_alter_table("label_review", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_label_review_equipment_id"), ["equipment_id"], unique=False
        )
        batch_op.create_index("ix_label_review_queue", ["state", "id"], unique=False)

    op.create_table(
        "machine_health",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("threshold", sa.Double(), nullable=True),
        sa.Column("is_deviating", sa.Boolean(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("alarms_per_year", sa.Double(), nullable=True),
        sa.Column("evidence", sa.JSON(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "normal",
                "unknown",
                "raised",
                "updated",
                "covered",
                "held_budget",
                "held_cooldown",
                "held_snoozed",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_machine_health_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_machine_health_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_machine_health_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_health")),
        sa.UniqueConstraint(
            "run_id", "equipment_id", name=op.f("uq_machine_health_run_id_equipment_id")
        ),
    )
    with op.batch_alter_table("machine_health", schema=None) as batch_op:
        batch_op.create_index("ix_machine_health_machine", ["equipment_id", "as_of"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_machine_health_work_order_id"), ["work_order_id"], unique=False
        )

    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.create_index(
            "uq_work_order_open_deviation",
            ["equipment_id"],
            unique=True,
            sqlite_where=sa.text(
                "source = 'deviation' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
            postgresql_where=sa.text(
                "source = 'deviation' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
        )

    with op.batch_alter_table("training_request", schema=None) as batch_op:
        batch_op.alter_column("kind", existing_type=KINDS, type_=KINDS_NOW, existing_nullable=False)


def downgrade() -> None:
    """Take back."""
    op.execute("DELETE FROM training_request WHERE kind = 'next_day'")
    with op.batch_alter_table("training_request", schema=None) as batch_op:
        batch_op.alter_column("kind", existing_type=KINDS_NOW, type_=KINDS, existing_nullable=False)
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_work_order_open_deviation",
            sqlite_where=sa.text(
                "source = 'deviation' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
            postgresql_where=sa.text(
                "source = 'deviation' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
        )

    with op.batch_alter_table("machine_health", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_machine_health_work_order_id"))
        batch_op.drop_index("ix_machine_health_machine")

    op.drop_table("machine_health")
    with op.batch_alter_table("label_review", schema=None) as batch_op:
        batch_op.drop_index("ix_label_review_queue")
        batch_op.drop_index(batch_op.f("ix_label_review_equipment_id"))

    op.drop_table("label_review")
    op.drop_table("typical_life")
    with op.batch_alter_table("import_file", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_file_digest"))

    op.drop_table("import_file")
