"""An order rule tried on forecasts as they were issued: what counts as a forecast, an order, a
failure, and what became of each, on one pump's nights."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from app.db import Database
from app.db.equipment import OrderRuleRow
from app.db.training import RunKind, TrainingRun
from app.db.work_orders import WorkOrder
from app.domain.previews import Fate
from app.domain.risk import Gate
from app.domain.roles import Actor
from app.domain.work_orders import OrderType, Outcome, Source, State
from tests.plant import Plant
from tests.previewed import DAY, PLAIN, Nights


@pytest.fixture
def nights(make: Plant, database: Database, now: datetime) -> Nights:
    """An empty year of one pump."""
    return Nights(make, database, now)


def test_a_failure_behind_an_order_makes_it_useful_and_is_not_missed(nights: Nights) -> None:
    nights.night(40)
    nights.fails(30)

    preview = nights.preview()

    assert nights.fates() == [Fate.FAILED]
    assert (preview.counts.found, preview.counts.missed) == (1, 0)
    assert preview.counts.saving.likely == pytest.approx(0.8 * 20 - 0.2 * 1)


def test_an_order_sooner_than_the_lead_is_too_late_and_its_failure_missed(nights: Nights) -> None:
    nights.night(35, risk=0.1)
    nights.night(32)
    nights.fails(30)

    preview = nights.preview()

    assert nights.fates() == [Fate.LATE]
    assert (preview.counts.found, preview.counts.missed) == (0, 1)
    assert [line.component for line in preview.missed] == ["Bearing"]


def test_a_failure_of_another_component_proves_nothing(nights: Nights) -> None:
    nights.night(40)
    nights.fails(30, "seal")

    preview = nights.preview()

    assert nights.fates() == [Fate.VAIN]
    # Nothing was ever told of the seal, so nobody missed it.
    assert (preview.counts.missed, preview.counts.untold) == (0, 1)


def test_a_failure_of_the_whole_machine_counts_once_for_any_component(nights: Nights) -> None:
    nights.night(40)
    nights.fails(30, None)

    assert nights.fates() == [Fate.FAILED]
    assert nights.preview().counts.found == 1


def test_a_failure_without_forecasts_before_it_does_not_count(nights: Nights) -> None:
    nights.fails(60)
    nights.night(40, risk=0.1)

    counts = nights.preview().counts

    assert (counts.missed, counts.untold) == (0, 1)


def test_planned_work_before_the_horizon_leaves_an_order_without_a_verdict(
    nights: Nights,
) -> None:
    nights.night(40)
    nights.is_serviced(35)
    nights.fails(30)

    assert nights.fates() == [Fate.CUT]
    assert nights.preview().counts.missed == 1


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (Outcome.FAULT_AS_PREDICTED, Fate.CONFIRMED),
        (Outcome.OTHER_FAULT, Fate.CONFIRMED),
        (Outcome.NOTHING_FOUND_REPLACED, Fate.VAIN),
    ],
)
def test_what_the_real_order_found_decides(nights: Nights, outcome: Outcome, said: Fate) -> None:
    nights.night(40)
    # The repair is written down for the same moment; the finding says what it was.
    nights.is_inspected(38, outcome)
    nights.is_serviced(38)

    assert nights.fates() == [said]


def test_an_order_of_last_week_is_still_open(nights: Nights) -> None:
    nights.night(5)

    assert nights.fates() == [Fate.OPEN]


def test_one_order_stands_for_all_nights_until_it_ends_and_cools_down(nights: Nights) -> None:
    for days_ago in range(60, 30, -1):
        nights.night(days_ago)

    # Day 60 raises; the horizon ends on day 46, the cooldown on day 39.
    ages = [(nights.now - order.at).days for order in reversed(nights.preview().orders)]
    assert ages == [60, 39]


def test_the_cooldown_runs_from_work_on_the_component(nights: Nights) -> None:
    nights.is_serviced(45)
    nights.night(40)
    nights.night(37)

    assert [(nights.now - order.at).days for order in nights.preview().orders] == [37]


@pytest.mark.parametrize(
    "told",
    [
        {"gate": Gate.CLOSED},
        {"gate": None},
        {"rung": "reference"},
        {"standing": ("P-101",)},
    ],
    ids=["gate closed", "no gate", "age only", "standing"],
)
def test_what_the_night_would_have_withheld_is_no_order(
    nights: Nights, told: dict[str, Any]
) -> None:
    nights.night(40, **told)
    nights.fails(30)

    preview = nights.preview()

    assert preview.orders == ()
    assert preview.counts.missed == 1


@pytest.mark.parametrize(
    "told", [{"kind": RunKind.MANUAL}, {"late": 2 * DAY}], ids=["by hand", "too late"]
)
def test_only_punctual_forecasts_of_nights_count(nights: Nights, told: dict[str, Any]) -> None:
    nights.night(40, **told)

    preview = nights.preview()

    assert (preview.coverage.issued_since, preview.coverage.nights, preview.orders) == (None, 0, ())


def test_the_year_says_from_when_forecasts_were_kept(nights: Nights) -> None:
    nights.night(40)
    nights.night(39)

    preview = nights.preview()

    assert preview.coverage.issued_since == nights.now - 40 * DAY
    assert preview.coverage.nights == 2
    assert sum(month.nights for month in preview.months) == 2
    assert len(preview.months) == 13


def test_another_window_is_read_from_the_survival_curve(nights: Nights) -> None:
    nights.night(40, risk=0.28)  # told for 96 h; the curve falls by 0.28 in 336 h

    wide = replace(PLAIN, risk_threshold=0.25, lead=13 * DAY)  # 14 days in all
    narrow = replace(wide, lead=6 * DAY)  # 7 days: half of it

    assert len(nights.preview(wide).orders) == 1
    assert nights.preview(narrow).orders == ()


def test_an_order_of_another_class_uses_up_the_crews_week(nights: Nights) -> None:
    nights.night(40)
    fan = nights.make.equipment("F-1", class_code="fan")
    with nights.database.transaction() as session:
        session.add(
            WorkOrder(
                equipment_id=fan.id,
                team_id=fan.team_id,
                type=OrderType.PREDICTIVE,
                source=Source.PREDICTION,
                state=State.CLOSED,
                title="Inspect",
                created_at=nights.now - 41 * DAY,
            )
        )

    assert nights.preview(replace(PLAIN, weekly_budget=1)).orders == ()
    assert len(nights.preview(replace(PLAIN, weekly_budget=2)).orders) == 1


@pytest.mark.parametrize(("days_ago", "raised"), [(47, 1), (46, 0), (40, 0)])
def test_an_order_of_another_class_counts_from_the_night_that_raised_it(
    nights: Nights, days_ago: int, raised: int
) -> None:
    nights.make.equipment("F-1", class_code="fan")
    (order,) = nights.written({("F-1", "bearing"): 0.9}, days=-days_ago).raised
    with nights.database.transaction() as session:
        session.get_one(WorkOrder, order).created_at += timedelta(minutes=5)
    nights.night(40)

    assert len(nights.preview(replace(PLAIN, weekly_budget=1)).orders) == raised


def test_a_storm_is_told_and_its_orders_still_count(nights: Nights) -> None:
    risks = {(f"P-{n}", "bearing"): 0.5 for n in range(101, 105)}
    for tag, _ in risks:
        nights.make.equipment(tag)
    run_id = nights.written.tell(
        risks,
        days=-40,
        gate=Gate.OPEN,
        rung="class_hazard",
        without=(),
        standing=(),
        is_in_order=True,
    )
    with nights.database.transaction() as session:
        session.get_one(TrainingRun, run_id).kind = RunKind.NIGHTLY

    preview = nights.preview()

    assert (preview.counts.storms, len(preview.orders)) == (1, 4)


def test_a_record_that_is_written_later_changes_the_answer(nights: Nights) -> None:
    nights.night(40)
    before = nights.fates()

    nights.fails(30)

    assert (before, nights.fates()) == ([Fate.VAIN], [Fate.FAILED])


def test_the_forecasts_are_read_once_until_there_is_a_newer_one(nights: Nights) -> None:
    nights.night(40)
    nights.preview()
    kept = list(nights.shelf.kept.values())

    nights.preview(replace(PLAIN, risk_threshold=0.9))
    again = list(nights.shelf.kept.values())
    nights.night(20)

    assert [id(one) for one in again] == [id(one) for one in kept]
    assert nights.preview().coverage.nights == 2


def test_a_machine_with_a_rule_of_its_own_is_left_to_it(nights: Nights) -> None:
    other = nights.make.equipment("P-102")
    nights.night(40)
    nights.night(40.5, tag="P-102")
    with nights.database.transaction() as session:
        session.add(
            OrderRuleRow(
                equipment_class_id=other.equipment_class_id,
                equipment_id=other.id,
                effective_at=nights.now - DAY,
                weekly_budget=None,
            )
        )

    of_class = nights.preview()
    of_machine = nights.preview(equipment_id=other.id)

    assert {line.tag for line in of_class.orders} == {"P-101"}
    assert {line.tag for line in of_machine.orders} == {"P-102"}


def test_nobody_sees_the_machines_of_another_site(nights: Nights, ann: Actor) -> None:
    nights.make.equipment("S-1", site="south")
    nights.night(40, tag="S-1")

    assert nights.preview(scope=ann.scope).orders == ()
    assert len(nights.preview().orders) == 1


def test_the_rule_in_force_stands_beside_another_one(nights: Nights) -> None:
    nights.night(40)
    nights.fails(30)

    tried_one = nights.preview(replace(PLAIN, risk_threshold=0.9))

    assert nights.preview().in_force is None
    assert tried_one.orders == ()
    assert tried_one.in_force is not None
    assert (tried_one.in_force.found, tried_one.counts.missed) == (1, 1)
