"""The measurements of the catalogue: kinds with their physical range, and healthy behaviour."""

from __future__ import annotations

from sample_data.facts import Rest, RoleFacts
from sample_data.rows import RoleRow

KINDS: dict[str, tuple[str, float, float]] = {
    "vibration": ("mm/s", 0.0, 50.0),
    "temperature": ("degC", -40.0, 200.0),
    "current": ("A", 0.0, 500.0),
    "pressure": ("bar", 0.0, 400.0),
    "flow": ("m3/h", 0.0, 2_000.0),
    "belt_speed": ("m/s", 0.0, 10.0),
    "cycle_time": ("s", 0.0, 600.0),
}
"""Kind of sensor: unit, lowest and highest value that instrument can show."""


def vibration(level: float, noise: float, per_load: float) -> RoleFacts:
    return _role(
        "vibration", "Vibration, drive end", "vibration", level, noise, per_load, comparable=True
    )


def temperature(
    code: str,
    name: str,
    level: float,
    noise: float,
    per_load: float,
    per_degree: float,
    component: str = "",
) -> RoleFacts:
    row = RoleRow(code, name, KINDS["temperature"][0], "temperature", False, False, component)
    return RoleFacts(row, level, noise, per_load, per_degree, Rest.AMBIENT)


def current(level: float, noise: float, per_load: float) -> RoleFacts:
    return _role("motor_current", "Motor current", "current", level, noise, per_load)


def pressure(code: str, name: str, level: float, noise: float, per_load: float) -> RoleFacts:
    return _role(code, name, "pressure", level, noise, per_load)


def flow(level: float, noise: float, per_load: float) -> RoleFacts:
    return _role("flow", "Flow", "flow", level, noise, per_load, condition=True)


def belt_speed(level: float, noise: float, per_load: float) -> RoleFacts:
    return _role("belt_speed", "Belt speed", "belt_speed", level, noise, per_load, condition=True)


def cycle_time(level: float, noise: float, per_load: float) -> RoleFacts:
    row = RoleRow("cycle_time", "Cycle time", KINDS["cycle_time"][0], "cycle_time", True, False)
    # A standing press makes no cycles: there is nothing to time, rather than a time of zero.
    return RoleFacts(row, level, noise, per_load, 0.0, Rest.SILENT)


def _role(
    code: str,
    name: str,
    kind: str,
    level: float,
    noise: float,
    per_load: float,
    *,
    condition: bool = False,
    comparable: bool = False,
) -> RoleFacts:
    row = RoleRow(code, name, KINDS[kind][0], kind, condition, comparable)
    return RoleFacts(row, level, noise, per_load, 0.0, Rest.ZERO)
