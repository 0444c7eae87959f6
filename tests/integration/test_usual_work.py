"""A closed order of a schedule counts as what the schedule says is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.db.audit import AuditRow
from app.db.equipment import Equipment
from app.db.records import ServiceRecord
from app.db.schedules import PreventiveSchedule
from app.db.work_orders import Finding
from app.domain.activities import RENEWING, Activity
from app.domain.roles import EVERYWHERE, Actor, system
from app.domain.work_orders import Action, Outcome
from app.inputs.schedules import UpdateSchedule
from app.queries.invariants import violations
from app.queries.schedules import schedule
from app.queries.training_sets import training_set
from app.services import schedules
from tests.plant import Plant
from tests.suggested import DAY, act, finish, suggested

BY = system("test")
Row = tuple[str, int | None, str | None, bool]


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment()


@pytest.fixture(autouse=True)
def _unbroken(make: Plant) -> Iterator[None]:
    yield
    with make.database.reading() as session:
        assert violations(session) == []


def due(make: Plant, activity: str, part: str | None = "bearing") -> int:
    """The order a schedule of this activity has raised."""
    component_id = None if part is None else make.component(part).id
    make.schedule(activity=activity, component_id=component_id)
    with make.database.transaction() as session:
        (order_id,) = schedules.generate(session, now=make.now, by=BY).raised
    return order_id


def renewals(make: Plant) -> list[Row]:
    return [
        (row.activity, row.component_id, row.condition_found, row.is_planned)
        for row in make.all(ServiceRecord)
    ]


@pytest.mark.parametrize("activity", list(Activity))
def test_one_tap_renews_the_component_where_the_service_does(
    make: Plant, tom: Actor, pump: Equipment, activity: Activity
) -> None:
    order_id = due(make, activity.value)

    finish(make, order_id, tom, condition_found="good")

    bearing = make.component("bearing").id
    expected = [(activity.value, bearing, "good", True)] if activity in RENEWING else []
    assert renewals(make) == expected
    with make.database.reading() as session:
        known = training_set(session, equipment_id=pump.id, until=make.now + DAY, is_hourly=True)
    assert [part for _, part, *_ in known.services] == ["bearing"] * len(expected)


def test_what_the_technician_says_was_done_counts_more(
    make: Plant, tom: Actor, pump: Equipment
) -> None:
    order_id = due(make, "replace")

    finish(make, order_id, tom, condition_found="good", activity="check")

    assert renewals(make) == []


def test_a_service_that_greases_renews_when_the_part_was_replaced(
    make: Plant, tom: Actor, pump: Equipment
) -> None:
    order_id = due(make, "service")

    finish(make, order_id, tom, condition_found="worn", activity="replace")

    assert renewals(make) == [("replace", make.component("bearing").id, "worn", True)]


def test_what_was_not_inspected_renews_nothing(make: Plant, tom: Actor, pump: Equipment) -> None:
    order_id = due(make, "replace")

    finish(make, order_id, tom, outcome="not_inspected")

    assert renewals(make) == []


def test_a_part_replaced_without_a_finding_keeps_its_meaning(
    make: Plant, tom: Actor, pump: Equipment
) -> None:
    order_id = due(make, "service")

    finish(make, order_id, tom, outcome="nothing_found_replaced")

    assert renewals(make) == [("replace", make.component("bearing").id, None, True)]


def test_a_finding_about_another_part_leaves_the_usual_work_where_it_was_done(
    make: Plant, tom: Actor, pump: Equipment
) -> None:
    order_id, seal = due(make, "replace"), make.component("seal").id

    finish(make, order_id, tom, condition_found="degraded", component_id=seal)

    assert renewals(make) == [("replace", make.component("bearing").id, None, True)]
    assert [row.component_id for row in make.all(Finding)] == [seal]


def test_a_completion_taken_back_takes_the_renewal_back(
    make: Plant, tom: Actor, pump: Equipment
) -> None:
    order_id = due(make, "overhaul")
    finish(make, order_id, tom, condition_found="worn")

    act(make, order_id, Action.UNDO, tom)

    assert renewals(make) == []


@pytest.mark.parametrize(
    ("activity", "part", "looked", "outcome"),
    [
        ("replace", "bearing", "good", Outcome.NOTHING_FOUND_REPLACED),
        ("overhaul", None, "worn", Outcome.NOTHING_FOUND_REPLACED),
        ("replace", "bearing", "degraded", Outcome.FAULT_AS_PREDICTED),
        ("service", "bearing", "good", Outcome.NOTHING_FOUND),
    ],
)
def test_the_suggestion_a_service_includes_is_answered_by_what_it_does(
    make: Plant,
    ann: Actor,
    tom: Actor,
    pump: Equipment,
    activity: str,
    part: str | None,
    looked: str,
    outcome: Outcome,
) -> None:
    suggestion, host = suggested(make, pump), due(make, activity, part)
    act(make, suggestion, Action.ABSORB, ann, into_order_id=host)

    finish(make, host, tom, condition_found=looked)

    (finding,) = make.all(Finding, work_order_id=host)
    assert (finding.outcome, finding.component_id) == (outcome, make.component("bearing").id)
    assert len(renewals(make)) == (0 if activity == "service" else 1)


def test_a_service_of_another_part_does_not_replace_the_suggestions_part(
    make: Plant, ann: Actor, tom: Actor, pump: Equipment
) -> None:
    suggestion, host = suggested(make, pump), due(make, "replace", "seal")
    act(make, suggestion, Action.ABSORB, ann, into_order_id=host)

    finish(make, host, tom, condition_found="good", component_id=make.component("bearing").id)

    (finding,) = make.all(Finding, work_order_id=host)
    assert finding.outcome is Outcome.NOTHING_FOUND
    assert renewals(make) == [("replace", make.component("seal").id, None, True)]


def test_what_a_service_does_is_changed_and_audited_like_the_rest(
    make: Plant, ann: Actor, pump: Equipment
) -> None:
    schedule_id = make.schedule()
    row = make.get(PreventiveSchedule, schedule_id)
    given = {name: getattr(row, name) for name in ("title", "every", "unit", "starts_on")}

    for more in ({"activity": "refit"}, {}):  # what is not sent stays
        with make.database.transaction() as session:
            schedules.update(
                session,
                schedule_id=schedule_id,
                schedule=UpdateSchedule.parse({**given, **more}),
                expected_version=None,
                now=make.now,
                by=ann,
            )

    with make.database.reading() as session:
        read = schedule(session, scope=EVERYWHERE, schedule_id=schedule_id, today=make.now.date())
    assert (row.activity, read.activity) == (Activity.SERVICE, Activity.REFIT)
    (changed,) = make.all(AuditRow, entity="preventive_schedule", action="update")
    assert changed.changes == {"activity": ["service", "refit"]}
