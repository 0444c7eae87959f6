"""Which machine and which sensor a historian's name means, and what it measures."""

from __future__ import annotations

import pytest

from app.queries.registry import Machine
from app.services.imports.codes import code_of
from app.services.imports.points import Points
from app.services.imports.sensor_guess import guess_kind, guess_unit, unit_in

MACHINES = {
    tag: Machine(n, tag, 1, 1, "UTC") for n, tag in enumerate(("P-10", "P-101", "K.7"), start=1)
}
POINTS = Points(MACHINES, {(2, "vibration"): 20, (3, "flow"): 30})


@pytest.mark.parametrize(
    ("text", "tag", "code", "sensor_id"),
    [
        ("P-101.vibration", "P-101", "vibration", 20),
        ("P101_VIBRATION", "P-101", "vibration", 20),
        ("p-101 Vibration [mm/s]", "P-101", "vibration", 20),
        ("K.7.flow", "K.7", "flow", 30),
        ("P-10:TEMP", "P-10", "TEMP", 0),
        ("P-101/TEMP/DE", "P-101", "TEMP/DE", 0),
        ("X-9.TEMP", "", "X-9.TEMP", 0),
        ("vibration", "", "vibration", 0),
    ],
)
def test_a_name_is_taken_apart_at_the_longest_tag_it_begins_with(
    text: str, tag: str, code: str, sensor_id: int
) -> None:
    found = POINTS.find(text)

    assert (found.tag, found.code, found.sensor_id) == (tag, code, sensor_id)


def test_a_machine_that_is_named_apart_owns_the_sensor() -> None:
    assert POINTS.find("Vibration", machine="p101").sensor_id == 20
    assert POINTS.find("Vibration", machine="P-999").tag == ""


def test_the_name_of_a_file_may_say_the_machine() -> None:
    assert POINTS.machine_in("export_P-101_2026.csv") == "P-101"
    assert POINTS.machine_in("export.csv") == ""


@pytest.mark.parametrize(
    ("name", "unit", "kind"),
    [
        ("Schwingung A", "mm/s", "vibration"),
        ("VIB_DE", "", "vibration"),
        ("Lagertemperatur", "°C", "temperature"),
        ("TI-1013", "", "temperature"),
        ("Motor current", "A", "current"),
        ("Drehzahl", "U/min", "speed"),
        ("Discharge pressure", "bar", "pressure"),
        ("Temperature", "K", "other"),
        ("Pressure", "psi", "other"),
        ("Velocity", "m/s", "belt_speed"),
        ("Anything", "", "other"),
    ],
)
def test_a_kind_is_guessed_and_a_foreign_unit_is_never_taken_for_ours(
    name: str, unit: str, kind: str
) -> None:
    assert guess_kind(name, unit) == kind


def test_a_unit_in_brackets_is_no_part_of_the_name() -> None:
    assert unit_in("Durchfluss [m³/h]") == ("Durchfluss", "m3/h")
    assert unit_in("Druck (bar)") == ("Druck", "bar")
    assert unit_in("Flow") == ("Flow", "")
    assert guess_unit("furlong") == "furlong"


def test_a_code_keeps_what_a_code_may_hold() -> None:
    assert code_of("Pump (API 610) & more") == "Pump API 610 more"
    assert code_of("Kühlung/2") == "Kühlung/2"
    assert code_of("(!)") == ""
