"""Readiness, health and typical lives as people meet them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.health import MachineHealth
from app.db.typical_lives import TypicalLife
from app.domain.health import HealthVerdict
from tests.doors.conftest import Visit
from tests.integration.test_inspections import act, decide
from tests.plant import Plant

DAY = timedelta(days=1)


@pytest.fixture
def deviating(database: Database, make: Plant, now: datetime) -> str:
    """The page of a pump with a suggested inspection and one that looks as it always did."""
    pump, run = make.equipment("P-101"), make.run()
    for machine in (pump, make.equipment("P-102")):
        make.forecast(machine, mode="any", risk=0.01, run=run)
    decide(database, make, run.id, {"P-101": 1.5, "P-102": 0.2}, now)
    return f"/equipment/{pump.id}"


def test_an_empty_plant_is_told_what_to_import_first(ann, visit: Visit) -> None:
    page = visit(ann).text("/readiness")

    assert "Import the equipment list first" in page


def test_a_class_is_shown_with_its_ladder_and_what_lifts_it(make, ann, visit: Visit) -> None:
    make.equipment("P-101")

    page = visit(ann).text("/readiness")

    assert page.count('aria-current="step"') == 1
    assert "Age rule at 1 failure; 0 known; when, nobody can say yet." in page
    assert "Sooner if you" in page


def test_the_machine_page_says_in_words_how_it_compares(deviating, tom, visit: Visit) -> None:
    page = visit(tom).text(deviating)

    assert "Away from its normal since 28 Feb 2026" in page
    assert "WO-00001" in page
    assert "1 sister machine" in page
    health = page[page.index('id="health"') : page.index('id="prediction"')]
    assert "%" not in health.replace("100%", "")
    assert "style=" not in health


def test_a_machine_that_is_itself_says_so(deviating, make, eve, visit: Visit) -> None:
    page = visit(eve).text(f"/equipment/{make.equipment('P-102').id}")

    assert "As it always was" in page


def test_a_machine_without_a_normal_says_what_is_missing(make, eve, visit: Visit, now) -> None:
    pump = make.equipment()
    with make.database.transaction() as session:
        session.add(
            MachineHealth(
                run_id=make.run().id,
                equipment_id=pump.id,
                as_of=now,
                recorded_at=now,
                evidence=[],
                verdict=HealthVerdict.UNKNOWN,
                reason="its normal needs 30 days; 12 are known",
            )
        )

    page = visit(eve).text(f"/equipment/{pump.id}")

    assert "Too little history yet" in page
    assert "Its normal needs 30 days; 12 are known" in page


def test_a_technician_ends_an_inspection_in_taps(
    database, deviating, make, ann, tom, visit: Visit, now
) -> None:
    act(database, 1, "accept", ann, now)
    act(database, 1, "take", tom, now)
    visitor = visit(tom)

    page = visitor.text("/work-orders/1/complete")
    refused = visitor.send("/work-orders/1/complete", outcome="other_fault", version=3)
    bearing = make.component("bearing").id
    done = visitor.send(
        "/work-orders/1/complete", outcome="other_fault", component_id=bearing, version=3
    )

    assert "What did the inspection find?" in page
    assert "as predicted" not in page
    assert (refused.status_code, done.status_code) == (422, 303)
    assert "Say which component it was." in refused.text
    assert "Fault found" in visitor.text("/work-orders/1")


def test_a_planner_enters_a_typical_life_and_readiness_says_who_did(
    make, ann, visit: Visit
) -> None:
    make.equipment()
    address = f"/typical-lives/{make.component('bearing').id}"
    visitor = visit(ann)

    refused = visitor.send(address, life_days="-3")
    sent = visitor.send(address, life_days="400", spread_days="100", warning_days="14")
    page = visitor.text("/readiness")

    assert (refused.status_code, sent.status_code) == (422, 303)
    assert "400 days ± 100" in " ".join(page.split())
    assert "entered by Ann on" in page
    assert "used as the prior of the age rule" in page


def test_two_planners_do_not_overwrite_each_other(make, ann, visit: Visit) -> None:
    make.equipment()
    address = f"/typical-lives/{make.component('bearing').id}"
    visitor = visit(ann)
    visitor.send(address, life_days="400")

    late = visitor.send(address, life_days="10")
    gone = visitor.send(f"{address}/withdraw", version=1)

    assert (late.status_code, gone.status_code) == (409, 303)
    assert make.all(TypicalLife) == []
