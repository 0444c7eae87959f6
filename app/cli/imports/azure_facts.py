"""What the Azure PdM sample is, as facts: its class, sensors and components.

Units of pressure and vibration were never published, so these two are of kind `other`.
"""

from __future__ import annotations

from typing import Any

from app.inputs.equipment import CreateClass

SITE = "azure"
TEAM = "Maintenance crew"
COMPONENTS = ("comp1", "comp2", "comp3", "comp4")
SENSORS = {
    "volt": ("Voltage", "voltage", "V"),
    "rotate": ("Rotational speed", "speed", "rpm"),
    "pressure": ("Pressure", "other", ""),
    "vibration": ("Vibration", "other", ""),
}
"""Name, kind and unit by column of the telemetry."""

_CLASS: dict[str, Any] = {
    "code": "azure_pdm",
    "name": "Azure PdM machine",
    "decision_minute": 6 * 60,
    "decision_timezone": "UTC",
    "horizons_hours": (24, 168, 336),
    "attributes": ("model", "age_years"),
}
MACHINE_CLASS = {
    "daily": CreateClass(
        **_CLASS, step_minutes=24 * 60, step_label="d", windows=(1, 3, 7), baseline_steps=30
    ),
    "hourly": CreateClass(
        **_CLASS, step_minutes=60, step_label="h", windows=(3, 24, 72, 168), baseline_steps=720
    ),
}
TELEMETRY = {
    "daily": (("PdM_telemetry_daily_mean",), "window_end"),
    "hourly": (("PdM_telemetry", "PdM_telemetry_hourly_20m_90d"), "datetime"),
}
"""Possible names of the file, and the column that stamps a reading."""


def tag(machine_id: int) -> str:
    """M007 for machine 7."""
    return f"M{machine_id:03d}"
