"""A sensor for a measuring point nobody knew, with the role its class has under that name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.domain.errors import ForewarnError
from app.domain.sensors import DEFAULT_KIND, SENSOR_KINDS
from app.inputs.sensors import CreateSensor
from app.queries.registry import Machine
from app.services.imports.points import NO_SENSOR, Point
from app.services.imports.register import Register
from app.services.imports.sensor_guess import guess_kind, guess_unit


def add_sensor(register: Register, machines: Mapping[str, Machine], point: Point) -> Point:
    """The point with its sensor; one without a machine, a code or a usable name stays unknown.

    The role is called like the sensor: machines whose points have the same names learn together.
    """
    machine = machines.get(point.tag)
    if point.sensor_id != NO_SENSOR or machine is None or not point.code:
        return point
    unit = guess_unit(point.unit)
    kind = guess_kind(point.code, unit)
    try:
        given = CreateSensor.parse(
            {
                "equipment_id": machine.id,
                "code": point.code,
                "name": point.code.replace("_", " "),
                "kind": kind,
                "unit": unit,
            }
        )
        role_id = register.role(
            machine.class_id,
            role_code(point.code),
            name=point.code.replace("_", " "),
            unit=given.unit or SENSOR_KINDS[kind].unit,
            is_comparable=kind != DEFAULT_KIND,
        )
        return replace(point, sensor_id=register.sensor(given, role_id))
    except ForewarnError:
        return point


def role_code(code: str) -> str:
    """The role of a sensor's code: in lower case, without blanks."""
    return code.lower().replace(" ", "_")
