"""How good predictions are, as a program reads it: the counts of the page, access, pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db.records import Failure
from app.db.work_orders import Finding, WorkOrder
from app.domain.roles import Actor
from app.domain.work_orders import Dismissal, Function, Outcome, State
from tests.doors.api.conftest import Connect
from tests.doors.api.program import Program, problem
from tests.doors.conftest import Visit
from tests.plant import Plant

DAY = timedelta(days=1)
NIGHT = datetime.now(UTC) - 10 * DAY
ADDRESSES = ("/record/feedback", "/record/feedback/machines")


def answered(make: Plant, tag: str = "P-101", site: str = "north", **finding: object) -> None:
    """A predicted order of a night, answered the day after."""
    run = make.run(site, on=NIGHT.date(), as_of=NIGHT)
    machine = make.equipment(tag, site=site)
    order = make.predicted_order(machine, state=State.CLOSED, run=run)
    given = finding or {"outcome": Outcome.FAULT_AS_PREDICTED, "function": Function.DEGRADED}
    with make.database.transaction() as session:
        session.get_one(WorkOrder, order).created_at = NIGHT
        session.add(
            Finding(
                work_order_id=order,
                equipment_id=machine.id,
                at=NIGHT + DAY,
                recorded_at=NIGHT + DAY,
                **given,
            )
        )


def machines(program: Program, **query: Any) -> dict[str, Any]:
    found: dict[str, Any] = program.get(ADDRESSES[1], **query).json
    return found


def test_counts_below_ten_claim_no_share_and_are_those_of_the_page(
    make: Plant, eve: Actor, visit: Visit, reader: Program
) -> None:
    for _ in range(2):
        answered(make)
    answered(make, outcome=Outcome.NOTHING_FOUND, function=Function.NONE)

    told = reader.get(ADDRESSES[0]).json
    page = visit(eve).text("/record/feedback")

    assert told["whole"]["precision"] == {"part": 2, "of": 3, "share": None}
    assert "2 of 3" in page
    assert told["whole"]["false_alarms"] == 1
    assert told["whole"]["false_alarms_per_machine_year"] is None
    assert told["whole"]["machine_years"] == pytest.approx(10 / 365, rel=0.01)
    assert [site["name"] for site in told["sites"]] == ["North"]
    assert [group["name"] for group in told["classes"]] == ["Pump"]
    assert [row["name"] for row in machines(reader)["items"]] == ["P-101"]


def test_from_ten_events_on_the_share_and_the_rate_are_told(
    make: Plant, eve: Actor, visit: Visit, reader: Program
) -> None:
    for _ in range(10):
        answered(make, outcome=Outcome.NOTHING_FOUND, function=Function.NONE)

    (machine,) = machines(reader)["items"]
    page = visit(eve).text("/record/feedback")

    assert machine["precision"] == {"part": 0, "of": 10, "share": 0.0}
    rate = machine["false_alarms_per_machine_year"]
    assert rate == pytest.approx(365, rel=0.01)
    assert "0 / 10" in page
    assert f"{rate:,.2f}".rstrip("0").rstrip(".") + " a machine and year" in page


def test_dismissals_and_the_lead_before_a_failure_are_counted(make: Plant, reader: Program) -> None:
    answered(make, dismissal=Dismissal.WATCHED)
    machine, part = make.equipment(), make.component()
    with make.database.transaction() as session:
        at = NIGHT + 5 * DAY
        session.add(Failure(equipment_id=machine.id, component_id=part.id, at=at, recorded_at=at))

    told = reader.get(ADDRESSES[0]).json

    (line,) = told["dismissals"]
    assert (line["reason"], line["dismissed"]) == ("watched", 1)
    whole = told["whole"]
    assert (whole["failures"], whole["dismissed"], whole["coverage"]["of"]) == (1, 1, 1)
    assert (whole["lead_p10_hours"], whole["leads"] <= 1) == (None, True)


def test_the_machines_are_paged_those_with_most_to_tell_first(make: Plant, reader: Program) -> None:
    for tag, times in (("P-101", 1), ("P-102", 3), ("P-103", 2)):
        for _ in range(times):
            answered(make, tag)

    first = machines(reader, limit=2)
    rest = machines(reader, limit=2, after=first["after"])

    assert [row["name"] for row in first["items"]] == ["P-102", "P-103"]
    assert [row["name"] for row in rest["items"]] == ["P-101"]
    assert rest["after"] is None
    assert set(problem(reader.get(ADDRESSES[1], after="x"))["fields"]) == {"after"}


def test_another_sites_machines_are_not_counted(
    make: Plant, reader: Program, connect: Connect
) -> None:
    answered(make, "S-1", site="south")

    own, all_ = reader, connect("read", site=None)

    assert own.get(ADDRESSES[0]).json["whole"]["precision"]["of"] == 0
    assert machines(own)["items"] == []
    assert [row["name"] for row in machines(all_)["items"]] == ["S-1"]


@pytest.mark.parametrize("address", ADDRESSES)
def test_feedback_is_told_to_who_may_read_and_to_nobody_else(
    reader: Program, historian: Program, address: str
) -> None:
    nobody = Program(reader.client, None)

    statuses = [each.get(address).status_code for each in (reader, historian, nobody)]

    assert statuses == [200, 403, 401]
