"""Too many suggestions at once wait for a planner's word; forecasts are written by hand.

Six pumps of one crew; more than 0.3 of them, and at least three, are a storm. The default rule
raises an order from a risk of 1 / (0.8 x (25 - 5)) = 0.0625 on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.outbox import OutboxMessage
from app.db.predictions import Decision, Forecast
from app.db.storms import Storm
from app.db.work_orders import OrderEvidence, WorkOrder, WorkOrderHistory
from app.domain.errors import NotAllowed, NotFound, RuleBroken, Stale
from app.domain.risk import Verdict
from app.domain.roles import EVERYWHERE, Actor
from app.domain.storms import StormState
from app.inputs.storms import RefuseStorm
from app.queries import storms as questions
from app.queries.invariants import violations
from app.services import storms
from app.services.storms import Released
from tests.forecasts import WrittenNight
from tests.plant import Plant

DAY = timedelta(days=1)
PUMPS = tuple(f"P-10{number}" for number in range(1, 7))
Say = Callable[..., Released]


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over six pumps of one crew, without a budget unless a test sets one."""
    for tag in PUMPS:
        make.equipment(tag=tag)
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id, storm_share=0.3)
    return written


@pytest.fixture
def release(database: Database, ann: Actor, now: datetime) -> Say:
    """Ann releases a storm."""

    def released(storm_id: int = 1, *, by: Actor = ann, days: float = 0.1) -> Released:
        with database.transaction() as session:
            moment = now + days * DAY
            return storms.release(
                session, storm_id=storm_id, expected_version=None, now=moment, by=by
            )

    return released


@pytest.fixture
def refuse(database: Database, ann: Actor, now: datetime) -> Callable[..., None]:
    """Ann refuses a storm."""

    def refused(storm_id: int = 1, *, days: float = 0.1) -> None:
        with database.transaction() as session:
            storms.refuse(
                session,
                storm_id=storm_id,
                refusal=RefuseStorm(note="The sign was wrong."),
                expected_version=None,
                now=now + days * DAY,
                by=ann,
            )

    return refused


def high(number: int, risk: float = 0.4) -> dict[tuple[str, str], float]:
    """The bearings of so many pumps at risk, the others not."""
    return {(tag, "bearing"): risk if place < number else 0.01 for place, tag in enumerate(PUMPS)}


def held(database: Database, storm_id: int = 1) -> list[str]:
    with database.reading() as session:
        found = questions.storm(session, scope=EVERYWHERE, storm_id=storm_id)
    return [row.tag for row in found.held]


def sound(database: Database) -> bool:
    with database.reading() as session:
        return violations(session) == []


# --- when it is a storm


def test_three_machines_of_six_at_once_are_held_and_told(database, make, night) -> None:
    done = night(high(3))

    assert (done.raised, done.held_by_storm, done.held_back) == ((), 3, 3)
    (storm,) = make.all(Storm)
    assert (storm.wanted, storm.machines, storm.share) == (3, 6, 0.3)
    assert (storm.state, storm.equipment_class_id) == (
        StormState.WAITING,
        make.equipment_class().id,
    )
    assert {row.verdict for row in make.all(Decision)} == {Verdict.HELD_STORM}
    (message,) = make.all(OutboxMessage)
    assert (message.kind, message.payload["wanted"]) == ("storm_held", 3)
    assert [row.action for row in make.all(AuditRow, entity="storm")] == ["raised"]
    assert held(database) == list(PUMPS[:3])
    assert sound(database)


def test_two_machines_are_never_a_storm(make, night) -> None:
    done = night(high(2))

    assert (len(done.raised), make.all(Storm)) == (2, [])


def test_a_storm_over_one_class_leaves_the_others_alone(make, night) -> None:
    for tag in ("C-201", "C-202", "C-203", "C-204"):
        make.equipment(tag=tag, class_code="compressor")
    compressors = {("C-201", "bearing"): 0.4, ("C-202", "bearing"): 0.01}

    done = night(high(6) | compressors)

    assert (len(done.raised), done.held_by_storm) == (1, 6)


def test_many_machines_of_many_classes_are_a_storm_of_the_site(make, night) -> None:
    other = {
        (make.equipment(tag=f"{code[0]}-20{number}", class_code=code).tag, "bearing"): 0.4
        for code in ("fan", "mixer")
        for number in (1, 2)
    }

    done = night(high(0) | other)

    assert (done.raised, done.held_by_storm) == ((), 4)
    (storm,) = make.all(Storm)
    assert (storm.equipment_class_id, storm.machines) == (None, 10)


def test_the_order_of_arrival_changes_nothing(make, night) -> None:
    night(high(4), is_in_order=False)

    (storm,) = make.all(Storm)
    assert storm.wanted == 4


def test_a_night_decided_twice_holds_the_same(make, night) -> None:
    first = night(high(3))

    again = night.decide(make.all(Decision)[0].run_id, PUMPS)

    assert again == first
    assert (len(make.all(Storm)), len(make.all(OutboxMessage))) == (1, 1)


# --- nights while it waits


def test_the_next_night_adds_to_the_storm_that_waits(database, make, night) -> None:
    night(high(3))

    night(high(5), days=1)

    (storm,) = make.all(Storm)
    assert (storm.wanted, len(make.all(OutboxMessage))) == (5, 1)
    assert held(database) == list(PUMPS[:5])
    assert sound(database)


def test_what_was_held_stays_held_when_few_are_left(database, make, night) -> None:
    night(high(3))

    done = night(high(1) | {("P-106", "bearing"): 0.4}, days=1)

    assert (len(done.raised), done.held_by_storm) == (1, 1)
    assert held(database) == ["P-101"]


def test_a_run_over_one_machine_forgets_none_of_the_others(database, make, night) -> None:
    night(high(3))

    night({("P-102", "bearing"): 0.4}, days=0.5)

    assert held(database) == list(PUMPS[:3])


# --- a planner's word


def test_released_they_are_raised_from_the_same_forecasts(
    database, make, night, release, ann: Actor
) -> None:
    night(high(3))

    done = release()

    assert (len(done.raised), done.held_by_budget, done.needless) == (3, 0, 0)
    forecasts = {row.id for row in make.all(Forecast) if row.risk == 0.4}
    assert {row.forecast_id for row in make.all(OrderEvidence)} == forecasts
    assert {row.verdict for row in make.all(Decision)} == {Verdict.HELD_STORM}
    assert [row.work_order_id for row in make.all(Decision)] == list(done.raised)
    line = make.all(WorkOrderHistory)[0]
    assert (line.by_id, line.note) == (
        ann.id,
        "Suggested by the forecast of 02 Mar 2026. Held back with storm 1, released by ann.",
    )
    assert sound(database)


def test_a_release_keeps_to_the_budget_and_the_next_night_goes_on(make, night, release) -> None:
    night.rule(make.equipment_class().id, storm_share=0.3, weekly_budget=2)
    risks = high(6) | {("P-105", "bearing"): 0.9}
    night(risks)

    done = release()
    next_night = night(risks, days=1)

    assert (len(done.raised), done.held_by_budget) == (2, 4)
    assert max(row.risk for row in make.all(WorkOrder)) == 0.9
    assert (next_night.held_by_storm, next_night.held_back, next_night.updated) == (0, 4, 2)


def test_a_release_raises_nothing_that_changed_meanwhile(
    database, make, night, release, now
) -> None:
    night(high(4))
    make.order(make.equipment("P-101"), component_id=make.component("bearing").id)

    done = release()

    assert (len(done.raised), done.needless) == (3, 1)
    assert make.equipment("P-101").id not in {
        row.equipment_id for row in make.all(WorkOrder, type="predictive")
    }


def test_refused_they_are_silent_for_the_cooldown(database, make, night, refuse) -> None:
    night(high(3))
    refuse()

    within = night(high(3), days=7)
    after = night(high(2), days=7.2)

    assert (within.raised, within.held_back, within.held_by_storm) == ((), 3, 0)
    assert len(after.raised) == 2
    reason = next(row.reason for row in make.all(Decision) if "refused" in row.reason)
    assert reason == (
        "A planner refused it with a storm of suggestions (The sign was wrong);"
        " quiet until 09 Mar 2026."
    )
    assert sound(database)


def test_a_second_storm_after_the_word_is_a_new_one(make, night, refuse) -> None:
    night(high(3))
    refuse()

    night(high(6), days=1)

    states = [row.state for row in make.all(Storm)]
    assert states == [StormState.REFUSED, StormState.WAITING]


def test_a_word_is_said_once_by_a_planner_who_saw_it_as_it_is(
    database, make, night, release, tom: Actor, ann: Actor, now: datetime
) -> None:
    night(high(3))

    with pytest.raises(NotAllowed):
        release(by=tom)
    with pytest.raises(Stale), database.transaction() as session:
        storms.release(session, storm_id=1, expected_version=9, now=now, by=ann)
    with pytest.raises(NotFound):
        release(by=make.user("olga", "planner", site="south"))
    release()
    with pytest.raises(RuleBroken, match="was released already"):
        release()

    assert len(make.all(WorkOrder)) == 3
