"""Day one: machines that do not look like themselves become inspection orders, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from app.db import Database
from app.db.equipment import Equipment
from app.db.health import MachineHealth
from app.db.outbox import OutboxMessage
from app.db.work_orders import Finding, WorkOrder, WorkOrderHistory
from app.domain.errors import InvalidInput, RuleBroken
from app.domain.health import HealthState, HealthVerdict, RoleHealth
from app.domain.risk import Gate
from app.domain.roles import Actor, system
from app.domain.work_orders import Action, Dismissal, OrderType, Priority, Source, State
from app.queries.invariants import violations
from app.queries.training_sets import training_set
from app.services import inspections, work_orders
from app.services.inspections import Inspected
from tests.forecasts import WrittenNight
from tests.hours import write_hours
from tests.plant import Plant

DAY = timedelta(days=1)
Look = Callable[..., Inspected]


def vibrating(
    score: float | None, *, since: datetime | None = None, reason: str = ""
) -> HealthState:
    """A machine whose vibration stands *score* limits from its normal."""
    role = RoleHealth(
        "vibration", "Vibration, drive end", "mm/s", 4.8, 2.1, 0.4, 6.0, 0.2, 5, 4.0, score,
        "Vibration, drive end 4.8 mm/s, normal 2.1 +- 0.4; of 5 sister machines none moved",
    )  # fmt: skip
    moment = datetime.fromisoformat("2026-03-02T02:00Z")
    is_over = score is not None and score >= 1
    roles = () if score is None else (role,)
    return HealthState(moment, score, 4.0, is_over, since, 1.2, roles, reason)


@pytest.fixture
def look(database: Database, make: Plant, now: datetime) -> Look:
    """A night that looks at pumps of one crew: scores by tag, predictions that know age only."""
    night = WrittenNight(database, now)
    night.rule(make.equipment_class().id)

    def at(
        scores: Mapping[str, float | None],
        *,
        days: float = 0,
        gate: Gate = Gate.OPEN,
        rung: str = "reference",
        reason: str = "",
    ) -> Inspected:
        for tag in scores:
            make.equipment(tag)
        told = {(tag, "bearing"): 0.01 for tag in scores}
        run_id = night.tell(
            told, gate=gate, rung=rung, days=days, without=(), standing=(), is_in_order=True
        )
        return decide(database, make, run_id, scores, now + days * DAY, reason)

    return at


def decide(
    database: Database,
    make: Plant,
    run_id: int,
    scores: Mapping[str, float | None],
    now: datetime,
    reason: str = "",
) -> Inspected:
    health = {
        make.equipment(tag).id: vibrating(score, since=now - 2 * DAY, reason=reason)
        for tag, score in scores.items()
    }
    with database.transaction() as session:
        return inspections.decide(
            session, run_id=run_id, health=health, now=now, by=system("night")
        )


def rows(make: Plant) -> dict[str, tuple[HealthVerdict, str]]:
    """Tag -> verdict and reason of its newest night."""
    return {
        make.get(Equipment, row.equipment_id).tag: (row.verdict, row.reason)
        for row in make.all(MachineHealth)
    }


# --- raising


def test_a_deviation_becomes_an_inspection_that_waits_for_approval(make, look) -> None:
    done = look({"P-101": 1.4, "P-102": 0.3})

    (order,) = make.all(WorkOrder)
    assert done.raised == (order.id,)
    assert (order.type, order.source) == (OrderType.INSPECTION, Source.DEVIATION)
    assert (order.state, order.priority) == (State.REQUESTED, Priority.NORMAL)
    assert order.title == "Inspect P-101: vibration, drive end away from its normal"
    assert order.team_id == make.team().id
    assert (order.risk, order.component_id, order.mode) == (None, None, "any")
    assert rows(make)["P-102"] == (HealthVerdict.NORMAL, "It looks as it always did.")
    assert [m.kind for m in make.all(OutboxMessage)] == ["inspection_suggested"]


def test_no_word_of_a_suggestion_is_a_percentage_or_a_prediction(make, look) -> None:
    look({"P-101": 1.4})

    (order,), lines = make.all(WorkOrder), make.all(WorkOrderHistory)
    said = [order.title, order.description, *(line.note for line in lines)]
    said += [reason for _, reason in rows(make).values()]
    assert all("%" not in text and "predict" not in text.lower() for text in said)
    assert order.description.splitlines()[-1] == "Away from its own normal since 28 Feb 2026."


def test_the_furthest_come_first_until_the_crew_has_three_a_week(make, look) -> None:
    scores = {"P-101": 1.1, "P-102": 1.9, "P-103": 1.9, "P-104": 1.5}

    done = look(scores)

    raised = [make.get(WorkOrder, order).title.split(":")[0][8:] for order in done.raised]
    assert sorted(raised) == ["P-102", "P-103", "P-104"]
    assert done.held_back == 1
    assert rows(make)["P-101"] == (
        HealthVerdict.HELD_BUDGET,
        "The crew has its 3 suggested inspections of this week.",
    )
    assert len(look(scores, days=8).raised) == 1


def test_a_night_decided_twice_raises_nothing_twice(database, make, look, now) -> None:
    first = look({"P-101": 1.4})
    (row,) = make.all(MachineHealth)

    again = decide(database, make, row.run_id, {"P-101": 1.4}, now)

    assert again == first
    assert len(make.all(WorkOrder)) == len(make.all(MachineHealth)) == 1


def test_the_next_night_speaks_of_the_open_suggestion(make, look) -> None:
    (order,) = look({"P-101": 1.4}).raised

    done = look({"P-101": 1.6}, days=1)

    assert (done.raised, done.updated) == ((), 1)
    assert [row.work_order_id for row in make.all(MachineHealth)] == [order, order]
    with make.database.reading() as session:
        assert violations(session) == []


def test_the_database_itself_refuses_a_second_open_suggestion(database, make, look) -> None:
    (order,) = look({"P-101": 1.4}).raised
    held = make.get(WorkOrder, order)

    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(
            WorkOrder(
                equipment_id=held.equipment_id,
                type=held.type,
                source=held.source,
                state=State.OPEN,
                title="Once more",
                created_at=held.created_at,
            )
        )


def test_a_machine_that_looks_like_itself_again_has_its_withdrawal_proposed(make, look) -> None:
    (order,) = look({"P-101": 1.4}).raised

    look({"P-101": 0.4}, days=1)

    assert make.get(WorkOrder, order).withdrawal_proposed_at is not None
    assert make.get(WorkOrder, order).state is State.REQUESTED
    assert rows(make)["P-101"][1].endswith("Withdrawal of WO-00001 is proposed.")
    look({"P-101": 1.4}, days=2)
    assert make.get(WorkOrder, order).withdrawal_proposed_at is None


# --- not raising


def test_a_machine_without_a_normal_is_noted_with_what_it_lacks(make, look) -> None:
    look({"P-101": None}, reason="Its normal needs 30 days of readings; 12 are known.")

    assert rows(make)["P-101"] == (
        HealthVerdict.UNKNOWN,
        "Its normal needs 30 days of readings; 12 are known.",
    )
    assert make.all(WorkOrder) == []


@pytest.mark.parametrize(
    ("gate", "rung", "verdict"),
    [
        (Gate.OPEN, "class_hazard", HealthVerdict.COVERED),
        (Gate.UNPROVEN, "own_level", HealthVerdict.COVERED),
        (Gate.CLOSED, "class_hazard", HealthVerdict.RAISED),
        (Gate.OPEN, "reference", HealthVerdict.RAISED),
    ],
)
def test_only_machines_no_earned_predictor_speaks_for_are_suggested(
    make, look, gate: Gate, rung: str, verdict: HealthVerdict
) -> None:
    look({"P-101": 1.4}, gate=gate, rung=rung)

    assert rows(make)["P-101"][0] is verdict


def test_open_work_on_the_machine_covers_it(make, look) -> None:
    make.order(make.equipment("P-101"))
    make.order(make.equipment("P-102"), type="preventive")

    look({"P-101": 1.4, "P-102": 1.4})

    assert rows(make)["P-101"] == (
        HealthVerdict.COVERED,
        "WO-00001 looks at this machine already.",
    )
    assert rows(make)["P-102"][0] is HealthVerdict.RAISED


def test_a_dismissed_suggestion_leaves_the_machine_in_peace(database, make, look, now) -> None:
    ann = make.user("ann", "planner")
    (order,) = look({"P-101": 1.4}).raised
    dismiss(database, order, ann, now, snoozed_until="2026-03-20T00:00Z")

    look({"P-101": 1.4}, days=1)
    assert rows(make)["P-101"][0] is HealthVerdict.HELD_SNOOZED
    look({"P-101": 1.4}, days=20)
    assert rows(make)["P-101"][0] is HealthVerdict.RAISED


def test_after_a_finding_or_a_dismissal_it_is_quiet_for_the_cooldown(
    database, make, look, now
) -> None:
    ann = make.user("ann", "planner")
    (order,) = look({"P-101": 1.4}).raised
    dismiss(database, order, ann, now)

    look({"P-101": 1.4}, days=3)
    assert rows(make)["P-101"][0] is HealthVerdict.HELD_COOLDOWN
    look({"P-101": 1.4}, days=7.5)
    assert rows(make)["P-101"][0] is HealthVerdict.RAISED


def dismiss(database: Database, order: int, by: Actor, now: datetime, **more: str) -> None:
    data = {"dismissal": Dismissal.WATCHED.value, **more}
    act(database, order, Action.DISMISS, by, now, **data)


def act(
    database: Database, order: int, action: Action, by: Actor, now: datetime, **data: object
) -> None:
    with database.transaction() as session:
        work_orders.act(
            session,
            action=action,
            work_order_id=order,
            data=data,
            expected_version=None,
            now=now,
            by=by,
        )


# --- what an inspection finds


@pytest.fixture
def inspecting(database, make, look, now) -> tuple[int, Actor]:
    """A suggestion that was accepted and taken by tom."""
    ann, tom = make.user("ann", "planner"), make.user("tom", "technician", team="mechanics")
    (order,) = look({"P-101": 1.4}).raised
    act(database, order, Action.ACCEPT, ann, now)
    act(database, order, Action.TAKE, tom, now)
    return order, tom


def test_a_fault_found_names_its_component_and_is_a_label(database, make, inspecting, now) -> None:
    order, tom = inspecting
    with pytest.raises(InvalidInput) as refused:
        act(database, order, Action.COMPLETE, tom, now, outcome="other_fault")
    assert set(refused.value.fields) == {"component_id"}

    bearing = make.component("bearing").id
    found = {"outcome": "other_fault", "component_id": bearing, "condition_found": "degraded"}
    act(database, order, Action.COMPLETE, tom, now, **found)

    (finding,) = make.all(Finding)
    assert finding.component_id == bearing
    with database.reading() as session:
        known = training_set(
            session,
            equipment_id=make.equipment("P-101").id,
            until=now + DAY,
            is_hourly=True,
        )
    assert [(code, outcome) for _, code, outcome in known.outcomes] == [("bearing", "other_fault")]


def test_nothing_found_is_one_tap_and_no_word_about_it_is_refused(
    database, make, inspecting, now
) -> None:
    order, tom = inspecting
    with pytest.raises(InvalidInput) as refused:
        act(database, order, Action.COMPLETE, tom, now)
    assert set(refused.value.fields) == {"outcome"}

    act(database, order, Action.COMPLETE, tom, now, outcome="nothing_found")

    assert make.get(WorkOrder, order).state is State.COMPLETED


def test_a_function_lost_since_says_when(database, inspecting, now) -> None:
    order, tom = inspecting

    with pytest.raises(InvalidInput) as refused:
        act(database, order, Action.COMPLETE, tom, now, outcome="nothing_found", function="lost")

    assert set(refused.value.fields) == {"failed_at"}


def test_a_completed_inspection_does_not_reopen_beside_a_newer_one(
    database, make, look, inspecting, now
) -> None:
    order, tom = inspecting
    act(database, order, Action.COMPLETE, tom, now, outcome="nothing_found")
    look({"P-101": 1.4}, days=8)

    with pytest.raises(RuleBroken, match="for the same machine"):
        act(
            database, order, Action.REWORK, make.user("paul", "planner"), now + 8 * DAY,
            reason="Look again",
        )  # fmt: skip


def test_a_suggestion_rests_on_sensors_that_can_be_right(make, look, database, now) -> None:
    machine = make.equipment("P-101")
    sensor, other = make.sensor(machine, "vibration"), make.sensor(machine, "temperature")
    write_hours(database, sensor.id, until=now, values=[4.8] * 72)
    write_hours(database, other.id, until=now, values=[20.0 + k % 5 for k in range(72)])

    look({"P-101": 1.4})

    assert rows(make)["P-101"] == (
        HealthVerdict.COVERED,
        "The sensor cannot be right, check it first: Vibration, drive end.",
    )
