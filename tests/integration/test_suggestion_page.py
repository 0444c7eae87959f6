"""What the page of a suggestion knows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest

from app.db.equipment import Equipment
from app.db.places import Location
from app.domain.deadlines import Certainty
from app.domain.errors import NotFound
from app.domain.instants import to_micros
from app.domain.roles import Actor
from app.domain.work_orders import (
    Action,
)
from app.queries.invariants import violations
from app.queries.suggestions import Suggestion, service_windows, suggestion
from app.services.readings import store
from tests.plant import Plant
from tests.suggested import DAY, HOUR, SATURDAY, WEEK, act, finish, say, suggested, window


@pytest.fixture
def pump(make: Plant) -> Equipment:
    return make.equipment()


@pytest.fixture
def order_id(make: Plant, pump: Equipment) -> int:
    """A suggestion for the bearing: 10 % within a week, bound after 100 h, median after 400 h."""
    return suggested(make, pump)


@pytest.fixture(autouse=True)
def _unbroken(make: Plant) -> Iterator[None]:
    yield
    with make.database.reading() as session:
        assert violations(session) == []


def asked(make: Plant, by: Actor, order_id: int) -> Suggestion:
    with make.database.reading() as session:
        found = suggestion(session, scope=by.scope, work_order_id=order_id, now=make.now)
    assert found is not None
    return found


# --- the page


def test_windows_have_their_risk_and_the_last_one_below_the_bound_is_proposed(
    make: Plant, ann: Actor, order_id: int
) -> None:
    say(make, job_hours=4.0)
    window(make, ann, make.now + DAY, title="Early")
    window(make, ann, make.now + 2 * DAY, title="Short", ends_at=make.now + 2 * DAY + HOUR)
    window(make, ann, make.now + 3 * DAY, title="Late")
    window(make, ann, make.now + 8 * DAY, title="Too late")

    found = asked(make, ann, order_id)

    # 2.5 % fail within a day, 10 % within a week, and 15 % within two; the bound is 6.25 %.
    assert [(w.title, round(w.risk, 4)) for w in found.windows] == [
        ("Early", 0.025),
        ("Short", 0.0375),
        ("Late", 0.05),
        ("Too late", pytest.approx(0.1071, abs=1e-4)),
    ]
    assert found.proposed is not None
    assert (found.proposed.title, found.proposed.is_long_enough) == ("Late", True)
    assert [w.is_long_enough for w in found.windows] == [True, False, True, True]


def test_a_stop_before_the_part_is_there_says_when_it_comes(
    make: Plant, ann: Actor, order_id: int
) -> None:
    say(make, part_lead_hours=48.0)
    window(make, ann, make.now + DAY, title="To look")
    window(make, ann, make.now + 3 * DAY, title="With the part")

    found = asked(make, ann, order_id)

    assert [w.part_at for w in found.windows] == [make.now + 2 * DAY, None]


def test_of_a_stop_that_has_begun_the_rest_counts(make: Plant, ann: Actor, order_id: int) -> None:
    say(make, job_hours=4.0)
    window(make, ann, make.now - 2 * HOUR, title="Now", ends_at=make.now + 3 * HOUR)

    (now,) = asked(make, ann, order_id).windows

    assert (now.risk, now.is_long_enough, now.is_proposed) == (0.0, False, False)


def test_the_deadline_counts_job_and_part_and_waiting_has_its_price(
    make: Plant, ann: Actor, order_id: int
) -> None:
    say(make, job_hours=4.0, part_lead_hours=24.0)

    found = asked(make, ann, order_id)

    # 100 h to the lower bound; a span of 300 h against that of the age rule, 5 600 h.
    assert (found.deadline.certainty, found.deadline.at) == (
        Certainty.DATE,
        make.now + 72 * HOUR,
    )
    # Gain 0.8 x (25 - 5) = 16; 2.5 % a day and 10 % a week.
    assert (found.waiting.day, found.waiting.week) == (
        pytest.approx(0.025 * 16),
        pytest.approx(0.1 * 16),
    )


def test_work_on_the_machine_and_on_its_line_is_named(
    make: Plant, ann: Actor, pump: Equipment, order_id: int
) -> None:
    neighbour = make.equipment("P-102")
    with make.database.transaction() as session:
        line = Location(site_id=pump.site_id, code="hall", name="Hall")
        session.add(line)
        session.flush()
        for machine in (pump, neighbour):
            session.get_one(Equipment, machine.id).location_id = line.id
    other = make.order(title="Oil change", due_on="2026-03-04")
    same = make.order(title="Bearing noise", component_id=make.component().id)
    beside = make.order(make.equipment("P-102"), title="Paint")
    make.order(make.equipment("P-103"), title="Elsewhere")
    soon = make.schedule(starts_on=date(2026, 3, 4))
    later = make.schedule(title="Seal kit", starts_on=date(2026, 4, 1))
    make.schedule(title="Next year", starts_on=date(2027, 4, 1))

    work = asked(make, ann, order_id).other_work

    assert [(host.id, host.is_same_part) for host in work.hosts] == [(same, True), (other, False)]
    assert work.hosts[1].risk == pytest.approx(0.025 + 0.075 * 22 / 144)  # to Wednesday 6:00
    assert [service.schedule_id for service in work.in_time] == [soon]
    assert [service.schedule_id for service in work.later] == [later]
    assert [(b.id, b.is_same_machine) for b in work.beside] == [
        (other, True),
        (same, True),
        (beside, False),
    ]


def test_a_reading_is_shown_beside_its_normal_and_the_median_of_its_sisters(
    make: Plant, ann: Actor, pump: Equipment, order_id: int
) -> None:
    levels = {"P-101": 5.0, "P-102": 2.0, "P-103": 3.0, "P-104": 9.0}
    for tag, level in levels.items():
        sensor = make.sensor(make.equipment(tag))
        with make.database.transaction() as session:
            store(
                session,
                sensor_ids=[sensor.id] * 48,
                at=[to_micros(make.now - hours * HOUR) for hours in range(48)],
                values=[level] * 48,
                source="test",
                now=make.now,
                by=ann,
            )

    (reason,) = asked(make, ann, order_id).reasons

    assert (reason.low, reason.high) == (pytest.approx(1.4), pytest.approx(2.6))
    assert len(reason.values) == 28 * 4
    assert {value for value in reason.values if value is not None} == {5.0}
    assert {value for value in reason.sisters if value is not None} == {3.0}
    assert reason.sister_count == 3


def test_the_record_of_the_class_counts_the_answers_to_such_suggestions(
    make: Plant, ann: Actor, tom: Actor, order_id: int
) -> None:
    answered = suggested(make, make.equipment("P-102"))
    act(make, answered, Action.ACCEPT, ann)
    finish(make, answered, tom, outcome="fault_as_predicted", function="degraded")
    dismissed = suggested(make, make.equipment("P-103"))
    act(make, dismissed, Action.DISMISS, ann, dismissal="false_alarm")
    joined = suggested(make, make.equipment("P-104"))
    host = make.order(make.equipment("P-104"))
    act(make, joined, Action.ABSORB, ann, into_order_id=host)
    before = asked(make, ann, order_id).sureness
    finish(make, host, tom, condition_found="good", function="none")

    sure = asked(make, ann, order_id).sureness

    assert (before.looked_at, before.as_predicted, before.dismissed) == (1, 1, 1)
    assert (sure.looked_at, sure.nothing_found, sure.dismissed) == (2, 1, 1)


def test_only_an_undecided_prediction_of_the_own_site_is_a_suggestion(
    make: Plant, ann: Actor, order_id: int
) -> None:
    eva = make.user("eva", "planner", site="south")
    plain = make.order()

    with make.database.reading() as session:
        assert suggestion(session, scope=ann.scope, work_order_id=plain, now=make.now) is None
        with pytest.raises(NotFound):
            suggestion(session, scope=eva.scope, work_order_id=order_id, now=make.now)
    act(make, order_id, Action.DISMISS, ann, dismissal="watched")
    with make.database.reading() as session:
        found = suggestion(session, scope=ann.scope, work_order_id=order_id, now=make.now)
    assert found is None


def test_a_service_proposes_the_last_window_by_the_day_it_is_due(
    make: Plant, ann: Actor, order_id: int
) -> None:
    window(make, ann, repeat="weekly")
    due, early = (make.order(type="preventive", due_on=day) for day in ("2026-03-20", "2026-03-03"))

    with make.database.reading() as session:
        offered = [
            service_windows(session, scope=ann.scope, work_order_id=number, now=make.now)
            for number in (due, early, order_id)
        ]

    proposed = [[w.starts_at for w in windows if w.is_proposed] for windows in offered]
    assert proposed == [[SATURDAY + WEEK], [SATURDAY], []]
