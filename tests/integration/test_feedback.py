"""How good predictions were by what people answered, and what each answer changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.predictions import ClassRecipe, RecipeRole
from app.db.work_orders import WorkOrder
from app.domain.risk import Gate
from app.domain.roles import EVERYWHERE, Actor, Scope, system
from app.domain.work_orders import Action, Dismissal, Outcome
from app.inputs.records import Known, RecordFailure
from app.queries import record
from app.queries.record import AnswerLine, Feedback
from app.services import records, work_orders
from tests.forecasts import WrittenNight
from tests.plant import Plant
from tests.statements import statements

DAY = timedelta(days=1)
RISKY = {("P-101", "any"): 0.5, ("P-101", "bearing"): 0.5}
CALM = {("P-101", "any"): 0.02, ("P-101", "bearing"): 0.02}
Do = Callable[..., None]
Fail = Callable[..., None]


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over one pump; an order pays from a risk of 0.0625 on, three days before."""
    make.equipment("P-101")
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id)
    return written


@pytest.fixture
def do(database: Database, now: datetime, ann: Actor, tom: Actor) -> Do:
    """Does an action on the newest order, some days later: what is planned by ann, the rest tom."""

    def done(action: str, days: float, **data: object) -> None:
        by = ann if action in ("accept", "dismiss") else tom
        with database.transaction() as session:
            newest = session.scalars(sa.select(WorkOrder.id).order_by(WorkOrder.id.desc()))
            work_orders.act(
                session,
                action=Action(action),
                work_order_id=newest.first() or 0,
                data=data,
                expected_version=None,
                now=now + days * DAY,
                by=by,
            )

    return done


@pytest.fixture
def fail(database: Database, make: Plant, now: datetime) -> Fail:
    """Records a failure of the bearing, some days later."""

    def failed(days: float) -> None:
        given = RecordFailure(
            equipment_id=make.equipment("P-101").id,
            component_id=make.component().id,
            at=now + days * DAY,
        )
        with database.transaction() as session:
            records.add_failures(
                session,
                failures=[given],
                known=Known.AT,
                now=now + days * DAY,
                by=system("test"),
            )

    return failed


def told(make: Plant, days: float = 73, scope: Scope = EVERYWHERE) -> Feedback:
    with make.database.reading() as session:
        return record.feedback(session, scope=scope, now=make.now + days * DAY)


def lines(make: Plant, days: float = 73) -> list[AnswerLine]:
    with make.database.reading() as session:
        asked = record.answers(session, scope=EVERYWHERE, now=make.now + days * DAY)
        return list(asked.rows)


# --- feedback


def test_a_finding_counts_for_its_machine_class_and_site(
    make: Plant, night: WrittenNight, do: Do
) -> None:
    night(RISKY)
    do("accept", 1)
    do("take", 1)
    do("complete", 2, outcome="fault_as_predicted", function="degraded", activity="replace")

    found = told(make)

    tally = found.whole
    assert (tally.precision.part, tally.precision.of) == (1, 1)
    assert (tally.coverage.part, tally.coverage.of) == (1, 1)
    assert tally.machine_years == pytest.approx(73 / 365)
    assert [group.name for group in found.sites] == ["North"]
    assert [group.name for group in found.classes] == ["Pump"]
    assert [(group.name, group.tally) for group in found.machines] == [("P-101", tally)]


def test_an_inspection_in_vain_is_a_false_alarm_of_its_machine_year(
    make: Plant, night: WrittenNight, do: Do
) -> None:
    night(RISKY)
    do("accept", 1)
    do("take", 1)
    do("complete", 2, outcome="nothing_found", function="none")

    tally = told(make).whole

    assert (tally.in_vain, tally.precision.part, tally.precision.of) == (1, 0, 1)
    assert tally.alarms_per_machine_year == pytest.approx(5.0)


@pytest.mark.parametrize(("failed_on", "in_time"), [(5, 1), (2, 0)])
def test_a_failure_is_covered_when_the_order_came_the_lead_before(
    make: Plant, night: WrittenNight, do: Do, fail: Fail, failed_on: float, in_time: int
) -> None:
    night(RISKY)
    do("accept", 1)
    fail(failed_on)

    tally = told(make).whole

    assert (tally.failures, tally.warned, tally.leads_hours) == (1, in_time, (24.0 * failed_on,))


def test_dismissals_are_counted_by_reason_with_what_failed_all_the_same(
    make: Plant, night: WrittenNight, do: Do, fail: Fail
) -> None:
    night(RISKY)
    do("dismiss", 1, dismissal="false_alarm")
    fail(6)
    night(RISKY, days=30)
    do("dismiss", 31, dismissal="false_alarm")

    (line,) = told(make).dismissals

    assert (line.reason, line.dismissed, line.failed) == (Dismissal.FALSE_ALARM, 2, 1)


def test_feedback_of_another_site_is_out_of_sight(make: Plant, night: WrittenNight) -> None:
    night(RISKY)
    south = Scope(frozenset({make.site("south").id}))

    assert told(make, scope=south).classes == ()


# --- what each answer changed


def test_an_answer_names_the_night_that_learned_it_and_what_moved(
    make: Plant, night: WrittenNight, do: Do, now: datetime
) -> None:
    night(RISKY, gate=Gate.UNPROVEN)
    do("accept", 1)
    do("take", 1)
    do("complete", 1.5, outcome="fault_as_predicted", function="degraded", activity="replace")
    learned = night(CALM, days=2, gate=Gate.OPEN, rung="own_level")
    assert learned is not None

    (line,) = lines(make)

    assert (line.outcome, line.dismissal, line.tag) == (Outcome.FAULT_AS_PREDICTED, None, "P-101")
    assert (line.used_as_of, line.component) == (now + 2 * DAY, "Bearing")
    assert line.before is not None
    assert line.after is not None
    assert (line.before.risk, line.after.risk) == (0.5, 0.02)
    assert (line.before.gate, line.after.gate) == (Gate.UNPROVEN, Gate.OPEN)
    assert line.is_gate_moved
    assert line.is_rung_moved


def test_before_the_next_night_nothing_has_been_learned(
    make: Plant, night: WrittenNight, do: Do
) -> None:
    night(RISKY)
    do("dismiss", 1, dismissal="watched")

    (line,) = lines(make)

    assert (line.dismissal, line.used_in, line.after) == (Dismissal.WATCHED, None, None)
    assert line.before is not None
    assert not line.is_gate_moved


def test_a_night_that_failed_on_the_machine_learned_nothing(
    make: Plant, night: WrittenNight, do: Do, now: datetime
) -> None:
    night(RISKY)
    do("dismiss", 1, dismissal="watched")
    night(RISKY, days=2, without=["P-101"])
    night(CALM, days=3)

    (line,) = lines(make)

    assert line.used_as_of == now + 3 * DAY


def test_a_recipe_that_took_over_meanwhile_is_named(
    database: Database, make: Plant, night: WrittenNight, do: Do, now: datetime
) -> None:
    night(RISKY)
    do("dismiss", 1, dismissal="watched")
    night(CALM, days=2)
    run_id = lines(make)[0].used_in
    with database.transaction() as session:
        for name, since in (("trends, slow", now + 2 * DAY), ("levels", now - DAY)):
            session.add(
                ClassRecipe(
                    equipment_class_id=make.equipment_class().id,
                    mode_group="bearing",
                    recipe=name,
                    role=RecipeRole.CHAMPION,
                    run_id=run_id,
                    since=since,
                    explored_at=since,
                )
            )

    assert [line.recipe for line in lines(make)] == ["trends, slow"]


def test_answers_page_and_are_not_asked_about_one_by_one(
    make: Plant, night: WrittenNight, do: Do
) -> None:
    def asked(limit: int) -> tuple[list[int], int, str | None]:
        with make.database.reading() as session, statements(make.database) as sent:
            later = make.now + 300 * DAY
            page = record.answers(session, scope=EVERYWHERE, now=later, limit=limit)
        return [line.finding_id for line in page.rows], len(sent), page.after

    for days in (0, 30, 60):
        night(RISKY, days=days)
        do("dismiss", days + 1, dismissal="watched")

    every, number, _ = asked(9)
    first, alone, after = asked(1)

    assert len(every) == 3
    assert alone == number
    assert first == every[:1]
    assert after is not None
