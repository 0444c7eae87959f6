"""What will become of a machine: the same as what becomes of it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sample_data import Plant, snapshot
from sample_data.foresight import Fate
from sample_data.machines import Oddities
from sample_data.rows import FailureRow, ServiceRow

START = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = 60


def at(day: int) -> datetime:
    return START.replace(day=day)


def failure(component: str, day: int) -> FailureRow:
    return FailureRow("P-101", component, at(day), "VIB", "wear", None)


def service(component: str | None, day: int) -> ServiceRow:
    return ServiceRow("P-101", component, at(day), "replace", True, "worn")


@pytest.fixture
def plant() -> Plant:
    # The unit of the tenth machine is exchanged within the days ahead.
    plant = Plant.create(3, 12, START, Oddities(exchange_day=70, rising_day=None))
    plant.advance(50)
    return plant


def test_it_tells_the_failures_and_services_that_then_come(plant: Plant) -> None:
    told = {m.tag: plant.fate(m.tag, DAYS, is_serviced=True) for m in plant.machines}

    lived = plant.advance(DAYS)

    failures = [row for day in lived for row in day.failures]
    services = [row for day in lived for row in day.services]
    assert len(failures) >= 10
    for tag, fate in told.items():
        assert list(fate.failures) == [row for row in failures if row.tag == tag]
        assert list(fate.services) == [row for row in services if row.tag == tag]


def test_without_services_only_what_broke_is_renewed(plant: Plant) -> None:
    for machine in plant.machines:
        fate = plant.fate(machine.tag, 30, is_serviced=False)
        begun = plant.states[machine.index].stop

        assert len([row for row in fate.services if row.planned]) == (
            0 if begun is None or not begun.job.planned else 1
        )


def test_asking_changes_nothing(plant: Plant) -> None:
    before = snapshot.save(plant)

    plant.fate("P-101", DAYS, is_serviced=False)

    assert snapshot.save(plant) == before


def test_work_somebody_asked_for_is_left_out(plant: Plant) -> None:
    expected = plant.fate("P-101", DAYS, is_serviced=True)

    plant.repair("P-101", "seal", plant.now)

    assert plant.fate("P-101", DAYS, is_serviced=True) == expected


def test_an_unknown_machine_is_named(plant: Plant) -> None:
    with pytest.raises(KeyError, match="X-1"):
        plant.fate("X-1", 1, is_serviced=True)


@pytest.mark.parametrize(
    ("services", "expected"),
    [
        ((), failure("bearing", 9)),
        ((service("seal", 3),), failure("bearing", 9)),
        ((service("bearing", 12),), failure("bearing", 9)),
        ((service("bearing", 3),), None),
        ((service(None, 3),), None),
    ],
)
def test_a_life_ends_in_a_failure_unless_a_renewal_comes_first(
    services: tuple[ServiceRow, ...], expected: FailureRow | None
) -> None:
    fate = Fate((failure("seal", 5), failure("bearing", 9)), services)

    assert fate.failure_of("bearing") == expected


def test_a_component_that_does_not_fail_has_no_failure() -> None:
    assert Fate((failure("seal", 5),), ()).failure_of("bearing") is None
