"""What a column probably is, by its name; the person has the last word."""

from __future__ import annotations

import pytest

from app.domain.errors import InvalidInput
from app.services.imports.kinds import KINDS
from app.services.imports.mapping import check, plain, propose


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Zeitstempel [UTC]", "zeitstempel"),
        ("TagName", "tag name"),
        ("  Équipment-No. ", "equipment no"),
        ("Störungsbeginn", "storungsbeginn"),
        ("", ""),
    ],
)
def test_a_name_is_compared_without_case_signs_and_brackets(name: str, said: str) -> None:
    assert plain(name) == said


@pytest.mark.parametrize(
    ("kind", "columns", "fields"),
    [
        (
            "equipment",
            ("Anlagennummer", "Maschinentyp", "Bezeichnung", "Baujahr", "Kostenstelle"),
            ("tag", "class", "name", "installed_on", ""),
        ),
        (
            "equipment",
            ("Asset ID", "Equipment type", "Description", "Commissioning date", "ABC"),
            ("tag", "class", "name", "installed_on", "criticality"),
        ),
        (
            "failures",
            ("Functional location", "Malfunction start", "Object part", "Cause code"),
            ("equipment", "at", "component", "mechanism"),
        ),
        (
            "services",
            ("Machine", "Datum", "Uhrzeit", "Part", "Order type"),
            ("equipment", "at", "clock", "component", "planned"),
        ),
        ("sensors", ("Tag", "Point", "EU"), ("equipment", "code", "unit")),
    ],
)
def test_columns_are_proposed_by_the_names_people_give_them(
    kind: str, columns: tuple[str, ...], fields: tuple[str, ...]
) -> None:
    assert tuple(propose(columns, KINDS[kind]).values()) == fields


def test_the_better_name_wins_a_field_that_two_columns_could_be() -> None:
    found = propose(("Date entered", "Timestamp"), KINDS["failures"])

    assert found == {"Date entered": "", "Timestamp": "at"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_example_of_each_kind_is_understood_without_help(kind: str) -> None:
    header = KINDS[kind].example[0].split(",")

    found = propose(header, KINDS[kind])

    assert "" not in found.values()
    check(found, KINDS[kind])


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ({"a": "equipment"}, "Date and time"),
        ({"a": "equipment", "b": "equipment", "c": "at"}, "Two columns"),
    ],
)
def test_a_field_that_is_needed_or_said_twice_is_named(mapping: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        check(mapping, KINDS["failures"])


@pytest.mark.parametrize(
    ("fields", "is_fine"),
    [
        (("at", "sensor", "value"), True),
        (("at", "series", "series"), True),
        (("at", "value"), False),
        (("at", "sensor"), False),
        (("at", "sensor", "value", "series"), False),
        (("series",), False),
    ],
)
def test_readings_are_long_or_wide_and_nothing_between(
    fields: tuple[str, ...], is_fine: bool
) -> None:
    mapping = {f"column {n}": field for n, field in enumerate(fields)}

    if is_fine:
        check(mapping, KINDS["readings"])
    else:
        with pytest.raises(InvalidInput):
            check(mapping, KINDS["readings"])
