"""Kinds of sensor: one row each. Form choices, units, range checks and charts follow from it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorKind:
    """What a kind of sensor measures, in which unit, and what can physically be true."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    decimals: int = 1


SENSOR_KINDS: dict[str, SensorKind] = {
    kind.code: kind
    for kind in (
        SensorKind("vibration", "Vibration velocity", "mm/s", 0.0, 200.0, 2),
        SensorKind("temperature", "Temperature", "degC", -60.0, 600.0),
        SensorKind("current", "Motor current", "A", 0.0, 5_000.0),
        SensorKind("voltage", "Voltage", "V", 0.0, 50_000.0),
        SensorKind("power", "Power", "kW", -50_000.0, 50_000.0),
        SensorKind("pressure", "Pressure", "bar", -1.0, 4_000.0, 2),
        SensorKind("flow", "Flow", "m3/h", 0.0, 100_000.0),
        SensorKind("speed", "Rotational speed", "rpm", 0.0, 200_000.0, 0),
        SensorKind("belt_speed", "Belt speed", "m/s", 0.0, 30.0, 2),
        SensorKind("level", "Level", "%", 0.0, 100.0),
        SensorKind("torque", "Torque", "Nm", -1e6, 1e6),
        SensorKind("cycle_time", "Cycle time", "s", 0.0, 86_400.0, 2),
        SensorKind("acceleration", "Acceleration", "g", -5_000.0, 5_000.0, 3),
        SensorKind("noise", "Sound level", "dB", 0.0, 200.0),
        SensorKind("other", "Other", "", -1e12, 1e12, 3),
    )
}
DEFAULT_KIND = "other"


def implausible(kind: str, value: float) -> str | None:
    """Say why *value* cannot be true for this kind of sensor; None when it can."""
    known = SENSOR_KINDS[kind]
    if value != value or value in (float("inf"), float("-inf")):
        return "is not a finite number"
    if not known.low <= value <= known.high:
        return f"is outside {known.low:g} to {known.high:g} {known.unit}".rstrip()
    return None
