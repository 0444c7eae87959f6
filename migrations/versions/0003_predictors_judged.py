"""predictors judged

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def _codes(name: str, *codes: str) -> sa.Enum:
    return sa.Enum(*codes, name=name, native_enum=False, create_constraint=True, length=32)


PREDICTORS = _codes("predictor", "class", "own", "deep")
JUDGED = _codes("judged", "open", "unproven", "closed")
ROLES = _codes("role", "champion", "shadow", "retired")


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "forecast_score",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "forecast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hours", sa.Double(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("has_failed", sa.Boolean(), nullable=True),
        sa.Column("is_punctual", sa.Boolean(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"],
            ["equipment.id"],
            name=op.f("fk_forecast_score_equipment_id_equipment"),
        ),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecast.id"], name=op.f("fk_forecast_score_forecast_id_forecast")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_forecast_score_run_id_training_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast_score")),
        sa.UniqueConstraint(
            "forecast_id", "hours", name=op.f("uq_forecast_score_forecast_id_hours")
        ),
    )
    op.create_index(
        "ix_forecast_score_machine", "forecast_score", ["equipment_id", "mode", "as_of"]
    )
    op.create_table(
        "class_recipe",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("mode_group", sa.String(), nullable=False),
        sa.Column("recipe", sa.String(), nullable=False),
        sa.Column("role", ROLES, nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("explored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_class_recipe_equipment_class_id_equipment_class"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_class_recipe_run_id_training_run")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_recipe")),
    )
    op.create_index("ix_class_recipe_class", "class_recipe", ["equipment_class_id", "mode_group"])
    with op.batch_alter_table("equipment_class") as table:
        table.add_column(sa.Column("predictor", PREDICTORS, nullable=False, server_default="class"))
    # The default goes in a batch of its own: where SQLite builds a table again, rows need it.
    with op.batch_alter_table("equipment_class") as table:
        table.alter_column("predictor", server_default=None)
    with op.batch_alter_table("sensor_role") as table:
        table.add_column(sa.Column("component", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("sensor_role") as table:
        table.alter_column("component", server_default=None)
    with op.batch_alter_table("class_gate") as table:
        table.add_column(sa.Column("judged", JUDGED, nullable=False, server_default="unproven"))
        table.add_column(sa.Column("reviewed_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("class_gate") as table:
        table.alter_column("judged", server_default=None)
    with op.batch_alter_table("forecast") as table:
        table.add_column(sa.Column("peers", sa.JSON(), nullable=False, server_default="{}"))
        table.add_column(sa.Column("context", sa.JSON(), nullable=False, server_default="{}"))
    with op.batch_alter_table("forecast") as table:
        table.alter_column("peers", server_default=None)
        table.alter_column("context", server_default=None)


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("forecast") as table:
        table.drop_column("context")
        table.drop_column("peers")
    with op.batch_alter_table("class_gate") as table:
        table.drop_constraint(op.f("ck_class_gate_judged"), type_="check")
        table.drop_column("reviewed_at")
        table.drop_column("judged")
    with op.batch_alter_table("sensor_role") as table:
        table.drop_column("component")
    with op.batch_alter_table("equipment_class") as table:
        table.drop_constraint(op.f("ck_equipment_class_predictor"), type_="check")
        table.drop_column("predictor")
    op.drop_index("ix_class_recipe_class", table_name="class_recipe")
    op.drop_table("class_recipe")
    op.drop_index("ix_forecast_score_machine", table_name="forecast_score")
    op.drop_table("forecast_score")
