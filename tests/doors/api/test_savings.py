"""The savings ledger as a program reads it: the sums of the page, line by line."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.records import Failure
from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import Function, Outcome, State
from app.inputs.equipment import SetOrderRule
from app.inputs.savings import AssumeSavings
from app.services import classes, savings
from app.web.savings import money
from tests.doors.api.conftest import Connect
from tests.doors.api.program import Program, problem
from tests.doors.conftest import Visit
from tests.plant import Plant

DAY = timedelta(days=1)
NIGHT = datetime.now(UTC) - 10 * DAY
ADDRESSES = ("/savings/ledger", "/savings/ledger/lines")


@pytest.fixture
def lived(make: Plant, adam: Actor) -> Plant:
    """One order of every outcome, a failure, and assumptions that adam entered."""
    rule = SetOrderRule(
        equipment_class_id=make.equipment_class().id,
        inspection_cost=100,
        planned_cost=500,
        unplanned_cost=2500,
    )
    stated = AssumeSavings(
        effective_at=NIGHT - DAY, system_cost_per_year=3650, reason="By the contract."
    )
    with make.database.transaction() as session:
        classes.set_order_rule(session, rule=rule, now=NIGHT - 90 * DAY, by=adam)
        savings.assume(session, given=stated, expected_id=None, now=NIGHT, by=adam)
    outcomes = (*Outcome, Outcome.FAULT_AS_PREDICTED)
    for place, outcome in enumerate(outcomes):
        is_late = place == len(outcomes) - 1
        _answered(make, outcome, is_late=is_late)
    machine = make.equipment()
    with make.database.transaction() as session:
        at = NIGHT + 3 * DAY
        session.add(Failure(equipment_id=machine.id, at=at, recorded_at=at))
    return make


def _answered(make: Plant, outcome: Outcome, *, is_late: bool) -> None:
    run = make.run(on=NIGHT.date(), as_of=NIGHT)
    order = make.predicted_order(make.equipment(), state=State.CLOSED, run=run)
    with make.database.transaction() as session:
        row = session.get_one(WorkOrder, order)
        row.created_at = NIGHT
        session.add(
            Finding(
                work_order_id=order,
                equipment_id=row.equipment_id,
                outcome=outcome,
                function=Function.LOST if is_late else Function.DEGRADED,
                at=NIGHT + DAY,
                failed_at=NIGHT + DAY if is_late else None,
                recorded_at=NIGHT + DAY,
            )
        )


def lines(program: Program, **query: Any) -> list[dict[str, Any]]:
    """Every line, page by page."""
    found: list[dict[str, Any]] = []
    after: str | None = ""
    while after is not None:
        more = {"after": after} if after else {}
        answer = program.get(ADDRESSES[1], **query, **more).json
        found += answer["items"]
        after = answer["after"]
    return found


def test_the_ledger_is_that_of_the_page(
    lived: Plant, eve: Actor, visit: Visit, reader: Program
) -> None:
    told = reader.get(ADDRESSES[0]).json
    page = visit(eve).text("/savings")

    for name in ("low", "likely", "high"):
        assert money(told["total"][name]) in page
    terms = told["terms"]
    assert terms["total"] == pytest.approx(told["total"]["likely"])
    for name in ("avoided", "false_alarms", "life_given_up", "running"):
        assert money(terms[name]) in page
    assert told["total"]["low"] < told["total"]["likely"] < told["total"]["high"]
    assert sum(piece["cost"] for piece in told["running"]) == pytest.approx(terms["running"])
    assert terms["running"] == pytest.approx(100, rel=0.01)  # ten days of 3650 a year


def test_the_lines_are_those_of_the_file_and_add_up_to_the_saving(
    lived: Plant, eve: Actor, visit: Visit, reader: Program
) -> None:
    told = reader.get(ADDRESSES[0]).json
    found = lines(reader, limit=2)
    in_file = list(csv.DictReader(io.StringIO(visit(eve).text("/savings/ledger.csv"))))

    for kind, count in told["lines"].items():
        assert count == sum(line["kind"] == kind for line in found), kind
    assert set(told["lines"].values()) == {1, 2}
    assert {line["number"] for line in found if line["number"]} == {
        row["order"] for row in in_file if row["order"]
    }
    for name in ("low", "likely", "high"):
        saved = sum(line[name]["total"] for line in found) - told["terms"]["running"]
        assert saved == pytest.approx(told["total"][name]), name
    assert [line["at"] for line in found] == sorted((line["at"] for line in found), reverse=True)


def test_the_lines_are_narrowed_to_a_kind(lived: Plant, reader: Program) -> None:
    (failure,) = lines(reader, kind="failure")
    faults = lines(reader, kind="fault_found")

    assert (failure["failure_cost"], failure["likely"]["total"]) == (2500, 0)
    assert failure["outcome"] is None
    assert {line["outcome"] for line in faults} == {"fault_as_predicted", "other_fault"}
    assert all(line["chance"]["low"] <= line["chance"]["likely"] for line in faults)
    assert set(problem(reader.get(ADDRESSES[1], kind="colour"))["fields"]) == {"kind"}


def test_the_assumptions_in_force_say_who_stated_what_and_why(
    lived: Plant, reader: Program
) -> None:
    assumed = reader.get(ADDRESSES[0]).json["assumptions"]

    assert assumed["system_cost_per_year"] == {"value": 3650, "is_stated": True}
    assert assumed["life_given_up_share"] == {"value": 0.1, "is_stated": False}
    assert (assumed["by_name"], assumed["reason"]) == ("adam", "By the contract.")


def test_before_the_first_forecast_nothing_is_estimated(make: Plant, reader: Program) -> None:
    make.equipment()

    told = reader.get(ADDRESSES[0]).json

    assert (told["since"], told["total"]["likely"], told["running"]) == (None, 0, [])
    assert told["assumptions"]["effective_at"] is None
    assert lines(reader) == []


def test_another_sites_orders_are_not_in_it(lived: Plant, connect: Connect) -> None:
    lived.site("south")

    foreign = connect("read", site="south")

    assert foreign.get(ADDRESSES[0]).json["since"] is None
    assert lines(foreign) == []


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_ledger_is_told_to_who_may_read_and_to_nobody_else(
    reader: Program, historian: Program, address: str
) -> None:
    nobody = Program(reader.client, None)

    statuses = [each.get(address).status_code for each in (reader, historian, nobody)]

    assert statuses == [200, 403, 401]
