"""Why a risk fell or grew, told by the drivers of two nights."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app.domain.risk_words import Told, grouped, why_it_fell, why_it_grew

FIRST = datetime(2026, 12, 1, 2, tzinfo=UTC)


def vibration(value: float | None) -> dict[str, Any]:
    """Normal is 2.0 +- 0.5, so that from 3.0 on it is away from its normal."""
    return {
        "group": "role:vibration",
        "name": "Vibration, drive end",
        "unit": "mm/s",
        "value": value,
        "normal": 2.0,
        "spread": 0.5,
    }


def events(count: float) -> dict[str, Any]:
    return {"group": "events", "name": "events", "unit": "", "value": count, "normal": 0.0}


def age(days: float) -> dict[str, Any]:
    return {"group": "age:bearing", "name": "age of Bearing", "value": days, "normal": 0.0}


def nights(*told: tuple[float, list[dict[str, Any]]]) -> list[Told]:
    return [
        Told(FIRST + timedelta(days=day), risk, drivers) for day, (risk, drivers) in enumerate(told)
    ]


# --- it fell


def test_a_reading_that_came_back_is_named_with_the_first_night_it_was_back() -> None:
    told = nights(
        (0.2, [vibration(3.2)]),
        (0.4, [vibration(4.1), age(90)]),
        (0.1, [vibration(2.4), age(91)]),
        (0.1, [age(92)]),
    )

    assert why_it_fell(told) == "vibration, drive end back at normal since 03 Dec 2026"


def test_a_reading_that_is_still_away_explains_no_fall() -> None:
    assert why_it_fell(nights((0.4, [vibration(4.1)]), (0.1, [vibration(3.1)]))) == ""


def test_events_that_stopped_and_a_part_that_is_new_are_named() -> None:
    told = nights((0.4, [events(7), age(99)]), (0.1, [events(0), age(1)]))

    assert why_it_fell(told) == "no more events since 02 Dec 2026; age of Bearing counts anew"


def test_at_most_two_reasons_the_strongest_first() -> None:
    told = nights((0.4, [events(7), age(99), vibration(9.0)]), (0.1, [vibration(2.0)]))

    assert why_it_fell(told) == "no more events since 02 Dec 2026; age of Bearing counts anew"


def test_without_reasons_tonight_nobody_can_say() -> None:
    assert why_it_fell(nights((0.4, [vibration(4.1)]), (0.1, []))) == ""
    assert why_it_fell(nights((0.1, [vibration(4.1)]))) == ""


# --- it grew


def test_a_reading_that_left_its_normal_is_named_with_both_numbers() -> None:
    told = nights((0.1, [vibration(2.5)]), (0.4, [vibration(3.6)]))

    assert why_it_grew(told) == "vibration, drive end left its normal: 3.6 mm/s, normal 2"


def test_one_that_went_further_is_told_so_and_a_tremble_is_not() -> None:
    # 3.6 is 3.2 spreads away; half a spread more is 3.85.
    before = (0.3, [vibration(3.6)])

    assert why_it_grew(nights(before, (0.4, [vibration(3.84)]))) == ""
    assert why_it_grew(nights(before, (0.4, [vibration(3.85)]))) == (
        "vibration, drive end went further from normal: 3.85 mm/s, normal 2"
    )


def test_more_events_are_counted() -> None:
    told = nights((0.1, [events(2)]), (0.4, [events(7)]))

    assert why_it_grew(told) == "more events: 7, 2 the night before"


def test_a_reading_nobody_knows_explains_nothing() -> None:
    assert why_it_grew(nights((0.1, []), (0.4, [vibration(None), age(90)]))) == ""
    assert why_it_grew(nights((0.4, [vibration(9.0)]))) == ""


def test_what_does_not_name_its_group_is_left_out() -> None:
    assert grouped([{"sentence": "Vibration is high."}, events(1)]) == (events(1),)
