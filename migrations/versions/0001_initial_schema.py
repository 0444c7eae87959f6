"""initial schema

Revision: 0001
Follows:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply."""
    op.create_table(
        "artifact",
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_artifact")),
    )
    op.create_table(
        "equipment_class",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("step_minutes", sa.Integer(), nullable=False),
        sa.Column("step_label", sa.String(), nullable=False),
        sa.Column("decision_minute", sa.Integer(), nullable=False),
        sa.Column("decision_timezone", sa.String(), nullable=True),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("horizons_hours", sa.JSON(), nullable=False),
        sa.Column("baseline_steps", sa.Integer(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("running_role", sa.String(), nullable=True),
        sa.Column("running_above", sa.Double(), nullable=True),
        sa.CheckConstraint("step_minutes > 0", name=op.f("ck_equipment_class_step_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment_class")),
        sa.UniqueConstraint("code", name=op.f("uq_equipment_class_code")),
    )
    op.create_table(
        "idempotency_key",
        sa.Column("principal", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_digest", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("principal", "key", name=op.f("pk_idempotency_key")),
    )
    op.create_table(
        "outbox_message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_message")),
    )
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outbox_message_sent_at"), ["sent_at"], unique=False)

    op.create_table(
        "plant_clock",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("now_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("simulation", sa.JSON(), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_plant_clock_single_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plant_clock")),
    )
    op.create_table(
        "reading_batch",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("arrived_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("conflict", sa.Integer(), nullable=False),
        sa.Column("quarantined", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_batch")),
    )
    with op.batch_alter_table("reading_batch", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_reading_batch_arrived_at"), ["arrived_at"], unique=False
        )

    op.create_table(
        "reading_hour",
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("mean", sa.Double(), nullable=False),
        sa.Column("low", sa.Double(), nullable=False),
        sa.Column("high", sa.Double(), nullable=False),
        sa.Column("last", sa.Double(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "hour", name=op.f("pk_reading_hour")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "sensor_reading",
        sa.Column("sensor_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("quality", sa.SmallInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("sensor_id", "at", name=op.f("pk_sensor_reading")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
        sa.UniqueConstraint("code", name=op.f("uq_site_code")),
    )
    op.create_table(
        "api_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_api_token_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("name", name=op.f("uq_api_token_name")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_api_token_token_hash")),
    )
    op.create_table(
        "component",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_component_equipment_class_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_component")),
        sa.UniqueConstraint(
            "equipment_class_id", "code", name=op.f("uq_component_equipment_class_id_code")
        ),
    )
    op.create_table(
        "location",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["parent_id"], ["location.id"], name=op.f("fk_location_parent_id")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_location_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_location")),
        sa.UniqueConstraint("site_id", "code", name=op.f("uq_location_site_id_code")),
    )
    op.create_table(
        "sensor_role",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("is_condition", sa.Boolean(), nullable=False),
        sa.Column("is_comparable", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_sensor_role_equipment_class_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor_role")),
        sa.UniqueConstraint(
            "equipment_class_id", "code", name=op.f("uq_sensor_role_equipment_class_id_code")
        ),
    )
    op.create_table(
        "team",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_team_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team")),
        sa.UniqueConstraint("site_id", "name", name=op.f("uq_team_site_id_name")),
    )
    op.create_table(
        "training_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "nightly",
                "manual",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "finished",
                "failed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "stage",
            sa.Enum(
                "opening",
                "reading",
                "classes",
                "machines",
                "orders",
                "done",
                name="stage",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("is_refit", sa.Boolean(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lease_token", sa.Integer(), nullable=False),
        sa.Column("lease_owner", sa.String(), nullable=False),
        sa.Column("lease_expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("workers", sa.Integer(), nullable=False),
        sa.Column("steps_total", sa.Integer(), nullable=False),
        sa.Column("steps_done", sa.Integer(), nullable=False),
        sa.Column("counts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_training_run_site_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_run")),
    )
    with op.batch_alter_table("training_run", schema=None) as batch_op:
        batch_op.create_index(
            "uq_training_run_night",
            ["site_id", "local_date"],
            unique=True,
            sqlite_where=sa.text("kind = 'nightly'"),
            postgresql_where=sa.text("kind = 'nightly'"),
        )

    op.create_table(
        "app_user",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("display_name", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_app_user_site_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_app_user_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_app_user")),
        sa.UniqueConstraint("name", name=op.f("uq_app_user_name")),
    )
    op.create_table(
        "class_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("artifact_digest", sa.String(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("cpu_seconds", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_digest"], ["artifact.digest"], name=op.f("fk_class_version_artifact_digest")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_class_version_equipment_class_id"),
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_class_version_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_version")),
        sa.UniqueConstraint(
            "run_id", "equipment_class_id", name=op.f("uq_class_version_run_id_equipment_class_id")
        ),
    )
    with op.batch_alter_table("class_version", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_class_version_equipment_class_id"), ["equipment_class_id"], unique=False
        )

    op.create_table(
        "equipment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("location_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column(
            "criticality",
            sa.Enum(
                "A",
                "B",
                "C",
                name="criticality",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "status",
            sa.Enum(
                "in_service",
                "standby",
                "out_of_service",
                "retired",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("make", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("installed_on", sa.Date(), nullable=True),
        sa.Column("downtime_cost_per_hour", sa.Double(), nullable=True),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_equipment_equipment_class_id"),
        ),
        sa.ForeignKeyConstraint(
            ["location_id"], ["location.id"], name=op.f("fk_equipment_location_id")
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["equipment.id"], name=op.f("fk_equipment_parent_id")
        ),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_equipment_site_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_equipment_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_equipment")),
        sa.UniqueConstraint("site_id", "tag", name=op.f("uq_equipment_site_id_tag")),
    )
    with op.batch_alter_table("equipment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_equipment_equipment_class_id"), ["equipment_class_id"], unique=False
        )

    op.create_table(
        "audit_row",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("entity", sa.String(), nullable=False),
        sa.Column("entity_id", sa.String(), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(), nullable=False),
        sa.Column("seal", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["app_user.id"], name=op.f("fk_audit_row_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_row")),
        sa.UniqueConstraint("seal", name=op.f("uq_audit_row_seal")),
    )
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.create_index("ix_audit_row_entity", ["entity", "entity_id"], unique=False)

    op.create_table(
        "class_gate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_version_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column(
            "gate",
            sa.Enum(
                "open",
                "unproven",
                "closed",
                name="gate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_version_id"], ["class_version.id"], name=op.f("fk_class_gate_class_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_class_gate")),
        sa.UniqueConstraint(
            "class_version_id", "mode", name=op.f("uq_class_gate_class_version_id_mode")
        ),
    )
    op.create_table(
        "data_version",
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_data_version_equipment_id")
        ),
        sa.PrimaryKeyConstraint("equipment_id", name=op.f("pk_data_version")),
    )
    op.create_table(
        "machine_event",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_machine_event_equipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_event")),
        sa.UniqueConstraint(
            "equipment_id", "at", "code", name=op.f("uq_machine_event_equipment_id_at_code")
        ),
    )
    op.create_table(
        "machine_outcome",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column(
            "status",
            sa.Enum(
                "trained",
                "reused",
                "skipped",
                "failed",
                name="status",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("cpu_seconds", sa.Double(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_machine_outcome_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_machine_outcome_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_machine_outcome")),
        sa.UniqueConstraint(
            "run_id", "equipment_id", name=op.f("uq_machine_outcome_run_id_equipment_id")
        ),
    )
    with op.batch_alter_table("machine_outcome", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_machine_outcome_equipment_id"), ["equipment_id"], unique=False
        )

    op.create_table(
        "order_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_class_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=True),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "basis",
            sa.Enum(
                "costs",
                "threshold",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("risk_threshold", sa.Double(), nullable=False),
        sa.Column("inspection_cost", sa.Double(), nullable=False),
        sa.Column("planned_cost", sa.Double(), nullable=False),
        sa.Column("unplanned_cost", sa.Double(), nullable=False),
        sa.Column("detection_share", sa.Double(), nullable=False),
        sa.Column("horizon_hours", sa.Integer(), nullable=False),
        sa.Column("lead_hours", sa.Integer(), nullable=False),
        sa.Column("review_hours", sa.Integer(), nullable=False),
        sa.Column("cooldown_hours", sa.Integer(), nullable=False),
        sa.Column("weekly_budget", sa.Integer(), nullable=True),
        sa.Column("approve_first", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_class_id"],
            ["equipment_class.id"],
            name=op.f("fk_order_rule_equipment_class_id"),
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_order_rule_equipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_rule")),
    )
    with op.batch_alter_table("order_rule", schema=None) as batch_op:
        batch_op.create_index(
            "ix_order_rule_scope",
            ["equipment_class_id", "equipment_id", "effective_at"],
            unique=False,
        )

    op.create_table(
        "predictor_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("class_version_id", sa.Integer(), nullable=True),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("metrics", sa.JSON(), nullable=False),
        sa.Column("artifact_digest", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["artifact_digest"],
            ["artifact.digest"],
            name=op.f("fk_predictor_version_artifact_digest"),
        ),
        sa.ForeignKeyConstraint(
            ["class_version_id"],
            ["class_version.id"],
            name=op.f("fk_predictor_version_class_version_id"),
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_predictor_version_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_predictor_version_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_predictor_version")),
        sa.UniqueConstraint(
            "run_id", "equipment_id", name=op.f("uq_predictor_version_run_id_equipment_id")
        ),
    )
    with op.batch_alter_table("predictor_version", schema=None) as batch_op:
        batch_op.create_index(
            "uq_predictor_version_current",
            ["equipment_id"],
            unique=True,
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        )

    op.create_table(
        "preventive_schedule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("every", sa.Integer(), nullable=False),
        sa.Column(
            "unit",
            sa.Enum(
                "day",
                "week",
                "month",
                "year",
                name="unit",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "basis",
            sa.Enum(
                "fixed",
                "floating",
                name="basis",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("lead_days", sa.Integer(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("last_due_on", sa.Date(), nullable=True),
        sa.Column("last_done_on", sa.Date(), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("every > 0", name=op.f("ck_preventive_schedule_every_positive")),
        sa.CheckConstraint("lead_days >= 0", name=op.f("ck_preventive_schedule_lead_not_negative")),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_preventive_schedule_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_preventive_schedule_equipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_preventive_schedule")),
        sa.UniqueConstraint(
            "equipment_id", "title", name=op.f("uq_preventive_schedule_equipment_id_title")
        ),
    )
    op.create_table(
        "sensor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_sensor_equipment_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor")),
        sa.UniqueConstraint("equipment_id", "code", name=op.f("uq_sensor_equipment_id_code")),
    )
    op.create_table(
        "training_request",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(
                "run_now",
                "retry_failed",
                "cancel",
                name="kind",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("run_id", sa.Integer(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.Integer(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["requested_by_id"], ["app_user.id"], name=op.f("fk_training_request_requested_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_training_request_run_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_request")),
    )
    op.create_table(
        "user_role",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column(
            "role",
            sa.Enum(
                "admin",
                "planner",
                "technician",
                "viewer",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_role_user_id")),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f("pk_user_role")),
    )
    op.create_table(
        "user_session",
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["app_user.id"], name=op.f("fk_user_session_user_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_user_session")),
    )
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_user_session_user_id"), ["user_id"], unique=False)

    op.create_table(
        "forecast",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("predictor_version_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rung", sa.String(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("risk_hours", sa.Double(), nullable=False),
        sa.Column("risks", sa.JSON(), nullable=False),
        sa.Column("edges_hours", sa.JSON(), nullable=False),
        sa.Column("survival", sa.JSON(), nullable=False),
        sa.Column("rul_p10_hours", sa.Double(), nullable=True),
        sa.Column("rul_p50_hours", sa.Double(), nullable=True),
        sa.Column("rul_p90_hours", sa.Double(), nullable=True),
        sa.Column("is_mode_certain", sa.Boolean(), nullable=False),
        sa.Column("drivers", sa.JSON(), nullable=False),
        sa.Column("standing_since", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_forecast_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["predictor_version_id"],
            ["predictor_version.id"],
            name=op.f("fk_forecast_predictor_version_id"),
        ),
        sa.ForeignKeyConstraint(["run_id"], ["training_run.id"], name=op.f("fk_forecast_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_forecast")),
        sa.UniqueConstraint(
            "run_id", "equipment_id", "mode", name=op.f("uq_forecast_run_id_equipment_id_mode")
        ),
    )
    with op.batch_alter_table("forecast", schema=None) as batch_op:
        batch_op.create_index(
            "ix_forecast_machine", ["equipment_id", "mode", "as_of"], unique=False
        )

    op.create_table(
        "reading_conflict",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("kept", sa.Double(), nullable=False),
        sa.Column("offered", sa.Double(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["reading_batch.id"], name=op.f("fk_reading_conflict_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_reading_conflict_sensor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_conflict")),
    )
    with op.batch_alter_table("reading_conflict", schema=None) as batch_op:
        batch_op.create_index(
            "uq_reading_conflict_offer", ["sensor_id", "at", "offered"], unique=True
        )

    op.create_table(
        "reading_quarantine",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("batch_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["reading_batch.id"], name=op.f("fk_reading_quarantine_batch_id")
        ),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_reading_quarantine_sensor_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading_quarantine")),
    )
    with op.batch_alter_table("reading_quarantine", schema=None) as batch_op:
        batch_op.create_index(
            "uq_reading_quarantine_offer", ["sensor_id", "at", "value"], unique=True
        )

    op.create_table(
        "sensor_assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sensor_id", sa.Integer(), nullable=False),
        sa.Column("sensor_role_id", sa.Integer(), nullable=False),
        sa.Column("serial", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["sensor_id"], ["sensor.id"], name=op.f("fk_sensor_assignment_sensor_id")
        ),
        sa.ForeignKeyConstraint(
            ["sensor_role_id"], ["sensor_role.id"], name=op.f("fk_sensor_assignment_sensor_role_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sensor_assignment")),
    )
    with op.batch_alter_table("sensor_assignment", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_sensor_assignment_sensor_id"), ["sensor_id"], unique=False
        )
        batch_op.create_index(
            "uq_sensor_assignment_current",
            ["sensor_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "work_order",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column(
            "type",
            sa.Enum(
                "corrective",
                "preventive",
                "predictive",
                "inspection",
                "calibration",
                "safety",
                "project",
                name="type",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "source",
            sa.Enum(
                "person",
                "request",
                "schedule",
                "prediction",
                "deviation",
                "condition",
                "step",
                "import",
                name="source",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "requested",
                "open",
                "planned",
                "in_progress",
                "on_hold",
                "completed",
                "closed",
                "cancelled",
                name="state",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column(
            "priority",
            sa.Enum(
                "urgent",
                "high",
                "normal",
                "low",
                name="priority",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("assignee_id", sa.Integer(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("planned_start_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("estimated_hours", sa.Double(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("completed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "hold",
            sa.Enum(
                "parts",
                "access",
                "permit",
                "labour",
                "contractor",
                name="hold",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("labour_hours", sa.Double(), nullable=True),
        sa.Column("downtime_hours", sa.Double(), nullable=True),
        sa.Column("schedule_id", sa.Integer(), nullable=True),
        sa.Column("occurrence_on", sa.Date(), nullable=True),
        sa.Column("is_break_in", sa.Boolean(), nullable=False),
        sa.Column("risk", sa.Double(), nullable=True),
        sa.Column("snoozed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["assignee_id"], ["app_user.id"], name=op.f("fk_work_order_assignee_id")
        ),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_work_order_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["app_user.id"], name=op.f("fk_work_order_created_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_work_order_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["schedule_id"], ["preventive_schedule.id"], name=op.f("fk_work_order_schedule_id")
        ),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_work_order_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order")),
        sa.UniqueConstraint(
            "schedule_id", "occurrence_on", name=op.f("uq_work_order_schedule_id_occurrence_on")
        ),
    )
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_order_assignee_id"), ["assignee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_work_order_equipment_id"), ["equipment_id"], unique=False
        )
        batch_op.create_index("ix_work_order_list", ["state", "due_on", "id"], unique=False)
        batch_op.create_index(
            "uq_work_order_open_predictive",
            ["equipment_id", "mode"],
            unique=True,
            sqlite_where=sa.text(
                "type = 'predictive' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
            postgresql_where=sa.text(
                "type = 'predictive' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
        )

    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column(
            "forecast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "raised",
                "updated",
                "held_budget",
                "held_cooldown",
                "held_snoozed",
                "withheld",
                "withdrawal_proposed",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_decision_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecast.id"], name=op.f("fk_decision_forecast_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["training_run.id"], name=op.f("fk_decision_run_id")),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_decision_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        sa.UniqueConstraint(
            "run_id", "equipment_id", "mode", name=op.f("uq_decision_run_id_equipment_id_mode")
        ),
    )
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.create_index("ix_decision_machine", ["equipment_id", "id"], unique=False)

    op.create_table(
        "failure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("mechanism", sa.String(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_failure_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_failure_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_failure_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_failure")),
        sa.UniqueConstraint(
            "equipment_id",
            "at",
            "component_id",
            name=op.f("uq_failure_equipment_id_at_component_id"),
        ),
    )
    with op.batch_alter_table("failure", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_failure_work_order_id"), ["work_order_id"], unique=False
        )
        batch_op.create_index(
            "uq_failure_whole",
            ["equipment_id", "at"],
            unique=True,
            sqlite_where=sa.text("component_id IS NULL"),
            postgresql_where=sa.text("component_id IS NULL"),
        )

    op.create_table(
        "finding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "outcome",
            sa.Enum(
                "fault_as_predicted",
                "other_fault",
                "nothing_found",
                "nothing_found_replaced",
                "not_inspected",
                name="outcome",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
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
        sa.Column(
            "condition_found",
            sa.Enum(
                "good",
                "worn",
                "degraded",
                "failed",
                name="condition_found",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column(
            "dismissal",
            sa.Enum(
                "known_cause",
                "watched",
                "run_to_failure",
                "cannot_release",
                "duplicate",
                "sensor_fault",
                "machine_stopped",
                "planned_shutdown",
                "false_alarm",
                "other",
                name="dismissal",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_finding_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_finding_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by_id"], ["app_user.id"], name=op.f("fk_finding_recorded_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_finding_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_finding")),
        sa.UniqueConstraint("work_order_id", name=op.f("uq_finding_work_order_id")),
    )
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_finding_equipment_id"), ["equipment_id"], unique=False)

    op.create_table(
        "order_evidence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column(
            "forecast_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("risk", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["forecast_id"], ["forecast.id"], name=op.f("fk_order_evidence_forecast_id")
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["training_run.id"], name=op.f("fk_order_evidence_run_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_order_evidence_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_evidence")),
        sa.UniqueConstraint(
            "work_order_id", "run_id", name=op.f("uq_order_evidence_work_order_id_run_id")
        ),
    )
    op.create_table(
        "service_record",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("equipment_id", sa.Integer(), nullable=False),
        sa.Column("component_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("activity", sa.String(), nullable=False),
        sa.Column("is_planned", sa.Boolean(), nullable=False),
        sa.Column(
            "condition_found",
            sa.Enum(
                "good",
                "worn",
                "degraded",
                "failed",
                name="condition_found",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=True,
        ),
        sa.Column("work_order_id", sa.Integer(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["component_id"], ["component.id"], name=op.f("fk_service_record_component_id")
        ),
        sa.ForeignKeyConstraint(
            ["equipment_id"], ["equipment.id"], name=op.f("fk_service_record_equipment_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_service_record_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_record")),
        sa.UniqueConstraint(
            "equipment_id",
            "at",
            "component_id",
            name=op.f("uq_service_record_equipment_id_at_component_id"),
        ),
    )
    with op.batch_alter_table("service_record", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_service_record_work_order_id"), ["work_order_id"], unique=False
        )
        batch_op.create_index(
            "uq_service_record_whole",
            ["equipment_id", "at"],
            unique=True,
            sqlite_where=sa.text("component_id IS NULL"),
            postgresql_where=sa.text("component_id IS NULL"),
        )

    op.create_table(
        "work_order_history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("work_order_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.Integer(), nullable=True),
        sa.Column("by_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["by_id"], ["app_user.id"], name=op.f("fk_work_order_history_by_id")
        ),
        sa.ForeignKeyConstraint(
            ["work_order_id"], ["work_order.id"], name=op.f("fk_work_order_history_work_order_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_order_history")),
    )
    with op.batch_alter_table("work_order_history", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_work_order_history_work_order_id"), ["work_order_id"], unique=False
        )


def downgrade() -> None:
    """Take back."""
    with op.batch_alter_table("work_order_history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_work_order_history_work_order_id"))

    op.drop_table("work_order_history")
    with op.batch_alter_table("service_record", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_service_record_whole",
            sqlite_where=sa.text("component_id IS NULL"),
            postgresql_where=sa.text("component_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_service_record_work_order_id"))

    op.drop_table("service_record")
    op.drop_table("order_evidence")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_finding_equipment_id"))

    op.drop_table("finding")
    with op.batch_alter_table("failure", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_failure_whole",
            sqlite_where=sa.text("component_id IS NULL"),
            postgresql_where=sa.text("component_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_failure_work_order_id"))

    op.drop_table("failure")
    with op.batch_alter_table("decision", schema=None) as batch_op:
        batch_op.drop_index("ix_decision_machine")

    op.drop_table("decision")
    with op.batch_alter_table("work_order", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_work_order_open_predictive",
            sqlite_where=sa.text(
                "type = 'predictive' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
            postgresql_where=sa.text(
                "type = 'predictive' AND state NOT IN ('completed', 'closed', 'cancelled')"
            ),
        )
        batch_op.drop_index("ix_work_order_list")
        batch_op.drop_index(batch_op.f("ix_work_order_equipment_id"))
        batch_op.drop_index(batch_op.f("ix_work_order_assignee_id"))

    op.drop_table("work_order")
    with op.batch_alter_table("sensor_assignment", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sensor_assignment_current",
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_sensor_assignment_sensor_id"))

    op.drop_table("sensor_assignment")
    with op.batch_alter_table("reading_quarantine", schema=None) as batch_op:
        batch_op.drop_index("uq_reading_quarantine_offer")

    op.drop_table("reading_quarantine")
    with op.batch_alter_table("reading_conflict", schema=None) as batch_op:
        batch_op.drop_index("uq_reading_conflict_offer")

    op.drop_table("reading_conflict")
    with op.batch_alter_table("forecast", schema=None) as batch_op:
        batch_op.drop_index("ix_forecast_machine")

    op.drop_table("forecast")
    with op.batch_alter_table("user_session", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_user_session_user_id"))

    op.drop_table("user_session")
    op.drop_table("user_role")
    op.drop_table("training_request")
    op.drop_table("sensor")
    op.drop_table("preventive_schedule")
    with op.batch_alter_table("predictor_version", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_predictor_version_current",
            sqlite_where=sa.text("is_current = 1"),
            postgresql_where=sa.text("is_current"),
        )

    op.drop_table("predictor_version")
    with op.batch_alter_table("order_rule", schema=None) as batch_op:
        batch_op.drop_index("ix_order_rule_scope")

    op.drop_table("order_rule")
    with op.batch_alter_table("machine_outcome", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_machine_outcome_equipment_id"))

    op.drop_table("machine_outcome")
    op.drop_table("machine_event")
    op.drop_table("data_version")
    op.drop_table("class_gate")
    with op.batch_alter_table("audit_row", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_row_entity")

    op.drop_table("audit_row")
    with op.batch_alter_table("equipment", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_equipment_equipment_class_id"))

    op.drop_table("equipment")
    with op.batch_alter_table("class_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_class_version_equipment_class_id"))

    op.drop_table("class_version")
    op.drop_table("app_user")
    with op.batch_alter_table("training_run", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_training_run_night",
            sqlite_where=sa.text("kind = 'nightly'"),
            postgresql_where=sa.text("kind = 'nightly'"),
        )

    op.drop_table("training_run")
    op.drop_table("team")
    op.drop_table("sensor_role")
    op.drop_table("location")
    op.drop_table("component")
    op.drop_table("api_token")
    op.drop_table("site")
    op.drop_table("sensor_reading")
    op.drop_table("reading_hour")
    with op.batch_alter_table("reading_batch", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reading_batch_arrived_at"))

    op.drop_table("reading_batch")
    op.drop_table("plant_clock")
    with op.batch_alter_table("outbox_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_outbox_message_sent_at"))

    op.drop_table("outbox_message")
    op.drop_table("idempotency_key")
    op.drop_table("equipment_class")
    op.drop_table("artifact")
