"""Orders that never were, failures nobody was told of, and failures soon after work."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from app.db import Database
from app.db.readings import reading_hour
from app.db.training import MachineOutcome
from app.db.work_orders import WorkOrder
from app.domain.instants import HOUR_US, to_micros
from app.domain.risk import Gate, Verdict
from app.domain.roles import EVERYWHERE, Scope, system
from app.domain.warnings import Aftermath, Met
from app.domain.work_orders import OrderType, Source, State
from app.inputs.records import Known, RecordFailure, RecordService
from app.queries.after_work import AfterWork, after_work
from app.queries.record import MissedLine, SilentSpell, missed, silences
from app.services import records
from tests.forecasts import WrittenNight
from tests.plant import Plant
from tests.statements import statements

DAY = timedelta(days=1)
Fail = Callable[..., None]


@pytest.fixture
def night(database: Database, make: Plant, now: datetime) -> WrittenNight:
    """Nights over two pumps; an order pays from a risk of 0.0625 on, one a week."""
    for tag in ("P-101", "P-102"):
        make.equipment(tag=tag)
    written = WrittenNight(database, now)
    written.rule(make.equipment_class().id, weekly_budget=1)
    return written


@pytest.fixture
def fail(database: Database, make: Plant, now: datetime) -> Fail:
    """Records a failure of a pump's bearing, some days later."""

    def failed(days: float, tag: str = "P-102", component: str = "bearing") -> None:
        given = RecordFailure(
            equipment_id=make.equipment(tag=tag).id,
            component_id=make.component(component).id,
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


def spells(
    make: Plant, *, withheld: bool = False, scope: Scope = EVERYWHERE, days: float = 30
) -> list[SilentSpell]:
    with make.database.reading() as session:
        asked = {"scope": scope, "now": make.now + days * DAY, "withheld": withheld}
        return list(silences(session, **asked).rows)


def both(first: float, second: float) -> dict[tuple[str, str], float]:
    return {("P-101", "any"): first, ("P-101", "bearing"): first} | {
        ("P-102", "any"): second,
        ("P-102", "bearing"): second,
    }


# --- held back and withheld


def test_nights_on_end_are_one_spell_with_its_first_and_last_night(
    make: Plant, night: WrittenNight, now: datetime
) -> None:
    for days, risk in enumerate((0.3, 0.5, 0.4)):
        night(both(0.9, risk), days=days)

    (spell,) = spells(make)

    assert (spell.tag, spell.component, spell.nights) == ("P-102", "Bearing", 3)
    assert (spell.since, spell.until) == (now, now + 2 * DAY)
    assert (spell.risk, spell.highest, spell.threshold) == (0.4, 0.5, 0.0625)
    assert (spell.verdict, spell.became) == (Verdict.HELD_BUDGET, Aftermath.STANDS)


def test_two_quiet_nights_end_a_spell(make: Plant, night: WrittenNight) -> None:
    for days, risk in enumerate((0.3, 0.01, 0.01, 0.3)):
        night(both(0.9, risk), days=days)

    assert [(spell.nights, spell.became) for spell in spells(make)] == [
        (1, Aftermath.STANDS),
        (1, Aftermath.FELL),
    ]


def test_what_failed_all_the_same_names_the_failure(
    make: Plant, night: WrittenNight, fail: Fail, now: datetime
) -> None:
    night(both(0.9, 0.3))
    night(both(0.9, 0.01), days=1)
    fail(5)

    (spell,) = spells(make)

    assert (spell.became, spell.failed_at) == (Aftermath.FAILED, now + 5 * DAY)


def test_a_failure_of_another_component_is_not_what_became_of_it(
    make: Plant, night: WrittenNight, fail: Fail
) -> None:
    night(both(0.9, 0.3))
    night(both(0.9, 0.01), days=1)
    fail(5, component="seal")

    assert [spell.became for spell in spells(make)] == [Aftermath.FELL]


def test_an_order_that_followed_is_linked(make: Plant, night: WrittenNight) -> None:
    night(both(0.9, 0.3))
    night(both(0.9, 0.6), days=8)

    (spell,) = spells(make)

    (order,) = make.all(WorkOrder, equipment_id=make.equipment("P-102").id)
    assert (spell.became, spell.order_id) == (Aftermath.ORDERED, order.id)


def test_a_service_that_came_first_is_named(
    database: Database, make: Plant, night: WrittenNight, now: datetime
) -> None:
    night(both(0.9, 0.3))
    given = RecordService(
        equipment_id=make.equipment("P-102").id,
        component_id=make.component().id,
        at=now + DAY,
        activity="replace",
    )
    with database.transaction() as session:
        records.add_services(
            session, services=[given], known=Known.AT, now=now + DAY, by=system("test")
        )
    night(both(0.9, 0.01), days=2)

    assert [spell.became for spell in spells(make)] == [Aftermath.RENEWED]


def test_what_the_gate_withheld_stands_in_its_own_list(make: Plant, night: WrittenNight) -> None:
    night(both(0.9, 0.01), gate=Gate.CLOSED)

    (spell,) = spells(make, withheld=True)

    assert (spell.tag, spell.verdict) == ("P-101", Verdict.WITHHELD)
    assert "gate is closed" in spell.reason
    assert spells(make) == []


def test_silences_of_another_site_are_out_of_sight(make: Plant, night: WrittenNight) -> None:
    night(both(0.9, 0.3))
    south = Scope(frozenset({make.site("south").id}))

    assert spells(make, scope=south) == []


def test_the_list_pages_without_losing_a_spell(make: Plant, night: WrittenNight) -> None:
    for days in (0, 1, 2, 3, 4, 5, 6, 7):
        night(both(0.9, 0.3 if days in (0, 3, 6) else 0.01), days=days)

    found: list[int] = []
    after = None
    with make.database.reading() as session:
        for _ in range(3):
            asked = {"scope": EVERYWHERE, "now": make.now + 30 * DAY, "withheld": False}
            page = silences(session, after=after, limit=1, **asked)
            found += [spell.decision_id for spell in page.rows]
            after = page.after

    assert len(set(found)) == 3
    assert after is None


# --- missed


def lines(make: Plant, days: float = 30) -> list[MissedLine]:
    with make.database.reading() as session:
        return list(missed(session, scope=EVERYWHERE, now=make.now + days * DAY).rows)


def test_a_miss_shows_what_was_known_at_the_time(
    make: Plant, night: WrittenNight, fail: Fail, now: datetime
) -> None:
    night(both(0.9, 0.02))
    night(both(0.9, 0.03), days=1)
    fail(1.5)
    night(both(0.9, 0.9), days=2)

    (line,) = lines(make)

    assert line.known is not None
    assert (line.line.met, line.known.risk, line.known.threshold) == (Met.MISSED, 0.03, 0.0625)
    assert (line.known.as_of, line.known.verdict) == (now + DAY, None)
    assert line.known.drivers[0].sentence == "Vibration is 5.1 mm/s, normal is 2.0."
    assert not line.is_stale


def test_a_failure_that_was_held_back_says_so_and_one_with_an_order_is_not_here(
    make: Plant, night: WrittenNight, fail: Fail
) -> None:
    night(both(0.9, 0.3))
    fail(2, "P-101")
    fail(3, "P-102")

    (line,) = lines(make)

    assert (line.line.tag, line.line.met) == ("P-102", Met.HELD_BACK)
    assert line.known is not None
    assert line.known.verdict is Verdict.HELD_BUDGET


def test_what_was_missing_is_named(
    database: Database, make: Plant, night: WrittenNight, fail: Fail, now: datetime
) -> None:
    heard, silent = (make.sensor(make.equipment("P-102"), code) for code in ("flow", "vibration"))
    never = make.sensor(make.equipment("P-102"), "pressure")
    failed_at = now + 5 * DAY
    with database.transaction() as session:
        for sensor, at in ((heard, failed_at), (silent, failed_at - 3 * DAY)):
            hour = to_micros(at) // HOUR_US
            session.execute(
                reading_hour.insert().values(
                    sensor_id=sensor.id, hour=hour, n=1, mean=1, low=1, high=1, last=1, last_at=1
                )
            )
    night(both(0.9, 0.01))
    night(both(0.9, 0.01), days=1, without=["P-102"])
    fail(5)

    (line,) = lines(make)

    assert {sensor.name: sensor.last_at for sensor in line.silent} == {
        silent.name: failed_at - 3 * DAY,
        never.name: None,
    }
    assert line.lost_nights == len(make.all(MachineOutcome, status="failed")) == 1
    assert (line.is_stale, line.age_hours) == (True, 120.0)


def test_many_misses_are_not_asked_about_one_by_one(
    make: Plant, night: WrittenNight, fail: Fail
) -> None:
    def asked() -> int:
        with make.database.reading() as session, statements(make.database) as sent:
            missed(session, scope=EVERYWHERE, now=make.now + 30 * DAY)
            silences(session, scope=EVERYWHERE, now=make.now + 30 * DAY, withheld=False)
        return len(sent)

    night(both(0.01, 0.01))
    night(both(0.9, 0.3), days=1)
    fail(2, "P-102")
    alone = asked()
    for days in range(3, 9):
        fail(days, "P-102")
        fail(days, "P-102", component="seal")

    assert asked() == alone


# --- after work


def test_a_failure_soon_after_work_is_linked_to_it(make: Plant, fail: Fail, now: datetime) -> None:
    done = completed(make, "P-102", now)
    fail(13)

    (found,) = worked(make, "P-102")

    assert (found.order_id, found.completed_at, found.failed_at) == (done, now, now + 13 * DAY)


@pytest.mark.parametrize(("days", "component"), [(15, "bearing"), (-1, "bearing"), (3, "seal")])
def test_work_long_ago_later_or_elsewhere_is_not_before_the_failure(
    make: Plant, fail: Fail, now: datetime, days: float, component: str
) -> None:
    completed(make, "P-102", now)
    fail(days, component=component)

    assert worked(make, "P-102") == ()


def test_the_last_work_before_counts_and_only_within_sight(
    make: Plant, fail: Fail, now: datetime
) -> None:
    completed(make, "P-102", now)
    last = completed(make, "P-102", now + DAY)
    fail(3)

    assert [found.order_id for found in worked(make, "P-102")] == [last]
    south = Scope(frozenset({make.site("south").id}))
    assert worked(make, "P-102", scope=south) == ()


def completed(make: Plant, tag: str, at: datetime, component: str = "bearing") -> int:
    """A service of one component, done; returns its order."""
    machine, part = make.equipment(tag), make.component(component)
    with make.database.transaction() as session:
        order = WorkOrder(
            equipment_id=machine.id,
            component_id=part.id,
            mode=part.code,
            type=OrderType.PREVENTIVE,
            source=Source.PERSON,
            state=State.CLOSED,
            title="Grease the bearing",
            created_at=at - DAY,
            completed_at=at,
        )
        session.add(order)
        session.flush()
        return order.id


def worked(make: Plant, tag: str, scope: Scope = EVERYWHERE) -> tuple[AfterWork, ...]:
    with make.database.reading() as session:
        return after_work(session, scope=scope, equipment_ids=[make.equipment(tag).id])
