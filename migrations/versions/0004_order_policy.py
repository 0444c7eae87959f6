"""order policy

Revision: 0004
Follows: 0003
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


SIDES = _codes("side", "above", "below")
PRIORITIES = _codes("priority", "urgent", "high", "normal", "low")
STATES = _codes("state", "waiting", "released", "refused")
WERE = (
    "raised",
    "updated",
    "held_budget",
    "held_cooldown",
    "held_snoozed",
    "withheld",
    "withdrawal_proposed",
)
VERDICTS = _codes("verdict", *WERE)
VERDICTS_NOW = _codes("verdict", *WERE, "absorbed", "held_storm")
OPEN_CONDITION = sa.text(
    "condition_limit_id IS NOT NULL AND state NOT IN ('completed', 'closed', 'cancelled')"
)


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "savings_assumption",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("system_cost_per_year", sa.Double(), nullable=True),
        sa.Column("set_up_cost", sa.Double(), nullable=True),
        sa.Column("life_given_up_share", sa.Double(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_savings_assumption")),
    )
    with op.batch_alter_table("savings_assumption") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_savings_assumption_effective_at"), ["effective_at"], unique=False
        )

    op.create_table(
        "condition_limit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=True),
        sa.Column("sensor_role_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("side", SIDES, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("hours", sa.Integer(), nullable=False),
        sa.Column("priority", PRIORITIES, nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("hours > 0", name=op.f("ck_condition_limit_hours_positive")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_condition_limit_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_condition_limit_equipment_class_id"),
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_condition_limit_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["sensor_role_id"], ["sensor_role.id"], name=op.f("fk_condition_limit_sensor_role_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_condition_limit")),
    )
    with op.batch_alter_table("condition_limit") as batch_op:
        batch_op.create_index(
            batch_op.f("ix_condition_limit_equipment_class_id"),
            ["equipment_class_id"],
            unique=False,
        )

    op.create_table(
        "stop_window",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("equipment_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rrule", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_stop_window_ends_after_start")),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_stop_window_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_stop_window_location_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_stop_window_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_window")),
    )
    with op.batch_alter_table("stop_window") as batch_op:
        batch_op.create_index("ix_stop_window_site", ["site_id", "starts_at"], unique=False)
        batch_op.create_index("ix_stop_window_uid", ["site_id", "uid"], unique=False)

    op.create_table(
        "storm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("machines", sa.Integer(), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("state", STATES, nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["app_user.id"], name=op.f("fk_storm_decided_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"], ["equipment_class.id"], name=op.f("fk_storm_equipment_class_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["training_run.id"], name=op.f("fk_storm_run_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_storm_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_storm")),
        sa.UniqueConstraint(
            "run_id",
            "site_id",
            "equipment_class_id",
            name=op.f("uq_storm_run_id_site_id_equipment_class_id"),
        ),
    )
    with op.batch_alter_table("storm") as batch_op:
        batch_op.create_index(batch_op.f("ix_storm_site_id"), ["site_id"], unique=False)

    with op.batch_alter_table("component") as batch_op:
        batch_op.add_column(sa.Column("job_hours", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("part_lead_hours", sa.Double(), nullable=True))
        batch_op.add_column(sa.Column("look_first", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("tools", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("parts", sa.String(), nullable=False, server_default=""))
    # The default goes in a batch of its own: where SQLite builds a table again, rows need it.
    with op.batch_alter_table("component") as batch_op:
        batch_op.alter_column("look_first", server_default=None)
        batch_op.alter_column("tools", server_default=None)
        batch_op.alter_column("parts", server_default=None)

    with op.batch_alter_table("order_rule") as batch_op:
        batch_op.add_column(
            sa.Column("life_value", sa.Double(), nullable=False, server_default="0")
        )
        batch_op.add_column(
            sa.Column("storm_share", sa.Double(), nullable=False, server_default="0.5")
        )
        batch_op.add_column(
            sa.Column("follows_class", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch_op.add_column(sa.Column("reason", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("order_rule") as batch_op:
        batch_op.alter_column("life_value", server_default=None)
        batch_op.alter_column("storm_share", server_default=None)
        batch_op.alter_column("follows_class", server_default=None)
        batch_op.alter_column("reason", server_default=None)

    with op.batch_alter_table("work_order") as batch_op:
        batch_op.add_column(sa.Column("absorbed_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("origin_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("condition_limit_id", sa.Integer(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_work_order_absorbed_into_id"), ["absorbed_into_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_work_order_origin_id"), ["origin_id"], unique=False)
        batch_op.create_index(
            "uq_work_order_open_condition",
            ["equipment_id", "condition_limit_id"],
            unique=True,
            sqlite_where=OPEN_CONDITION,
            postgresql_where=OPEN_CONDITION,
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_work_order_origin_id"), "work_order", ["origin_id"], ["id"]
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_work_order_condition_limit_id"),
            "condition_limit",
            ["condition_limit_id"],
            ["id"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_work_order_absorbed_into_id"), "work_order", ["absorbed_into_id"], ["id"]
        )
    with op.batch_alter_table("decision") as batch_op:
        batch_op.alter_column(
            "verdict", existing_type=VERDICTS, type_=VERDICTS_NOW, existing_nullable=False
        )


def downgrade() -> None:
    """Take back."""
    # An older version has no such words: an absorbed one had an order, a storm held the others.
    op.execute("UPDATE decision SET verdict = 'updated' WHERE verdict = 'absorbed'")
    op.execute("UPDATE decision SET verdict = 'held_budget' WHERE verdict = 'held_storm'")
    with op.batch_alter_table("decision") as batch_op:
        batch_op.alter_column(
            "verdict", existing_type=VERDICTS_NOW, type_=VERDICTS, existing_nullable=False
        )
    with op.batch_alter_table("work_order") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_work_order_absorbed_into_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_work_order_condition_limit_id"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_work_order_origin_id"), type_="foreignkey")
        batch_op.drop_index(
            "uq_work_order_open_condition",
            sqlite_where=OPEN_CONDITION,
            postgresql_where=OPEN_CONDITION,
        )
        batch_op.drop_index(batch_op.f("ix_work_order_origin_id"))
        batch_op.drop_index(batch_op.f("ix_work_order_absorbed_into_id"))
        batch_op.drop_column("condition_limit_id")
        batch_op.drop_column("origin_id")
        batch_op.drop_column("absorbed_into_id")

    with op.batch_alter_table("order_rule") as batch_op:
        batch_op.drop_column("reason")
        batch_op.drop_column("follows_class")
        batch_op.drop_column("storm_share")
        batch_op.drop_column("life_value")

    with op.batch_alter_table("component") as batch_op:
        batch_op.drop_column("parts")
        batch_op.drop_column("tools")
        batch_op.drop_column("look_first")
        batch_op.drop_column("part_lead_hours")
        batch_op.drop_column("job_hours")

    with op.batch_alter_table("storm") as batch_op:
        batch_op.drop_index(batch_op.f("ix_storm_site_id"))

    op.drop_table("storm")
    with op.batch_alter_table("stop_window") as batch_op:
        batch_op.drop_index("ix_stop_window_uid")
        batch_op.drop_index("ix_stop_window_site")

    op.drop_table("stop_window")
    with op.batch_alter_table("condition_limit") as batch_op:
        batch_op.drop_index(batch_op.f("ix_condition_limit_equipment_class_id"))

    op.drop_table("condition_limit")
    with op.batch_alter_table("savings_assumption") as batch_op:
        batch_op.drop_index(batch_op.f("ix_savings_assumption_effective_at"))

    op.drop_table("savings_assumption")
