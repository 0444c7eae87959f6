"""An order rule tried on forecasts as they were issued: what counts as a forecast, an order, a
failure, and what became of each, on one pump's nights."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.back_tests import BackTest
from app.db.equipment import OrderRuleRow
from app.db.predictions import Forecast, PredictorVersion
from app.db.records import Failure, ServiceRecord
from app.db.training import RunKind, TrainingRun
from app.db.work_orders import Finding, WorkOrder
from app.domain.instants import to_micros
from app.domain.previews import Fate
from app.domain.risk import Basis, Gate, OrderRule
from app.domain.roles import EVERYWHERE, Actor
from app.domain.work_orders import OrderType, Outcome, Source, State
from app.queries.back_tests import BackTestGroup
from app.queries.rule_previews import Preview, Shelf, rule_preview
from app.services import back_tests
from tests.forecasts import WrittenNight
from tests.plant import Plant

DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
PLAIN = OrderRule(basis=Basis.THRESHOLD, risk_threshold=0.3, weekly_budget=None)
FIRST = datetime(2025, 3, 1, 2, tzinfo=UTC)


class Nights:
    """Nights of one pump of the plant, with what happens to it, and the preview of a rule."""

    def __init__(self, make: Plant, database: Database, now: datetime) -> None:
        self.make, self.database, self.now = make, database, now
        self.pump = make.equipment()
        self.written = WrittenNight(database, now)
        self.shelf = Shelf()

    def night(self, days_ago: float, risk: float = 0.5, *, tag: str = "P-101", **more: Any) -> None:
        """A punctual nightly forecast of the bearing, so many days before now."""
        told: dict[str, Any] = {
            "gate": Gate.OPEN,
            "rung": "class_hazard",
            "without": (),
            "standing": (),
            "is_in_order": True,
        }
        kind = more.pop("kind", RunKind.NIGHTLY)
        late = more.pop("late", timedelta(0))
        run_id = self.written.tell({(tag, "bearing"): risk}, days=-days_ago, **(told | more))
        with self.database.transaction() as session:
            run = session.get_one(TrainingRun, run_id)
            run.kind = kind
            for row in session.query(Forecast).filter_by(run_id=run_id):
                row.issued_at = row.as_of + late

    def is_back_tested(
        self, first: float, last: float, risk: float = 0.5, *, tag: str = "P-101", **more: Any
    ) -> None:
        """What a predictor made now would have said of the bearing, night by night: risk within
        14 days. A class whose gate is *gate* has tried it."""
        told = {"rung": "class_hazard", "gate": Gate.OPEN, "mode": "bearing"} | more
        at = [to_micros(self.now - days * DAY) for days in np.arange(first, last - 1, -1.0)]
        survival = np.full((len(at), 1), 1 - risk, dtype=np.float32)
        group = BackTestGroup((told["mode"],), (1.0,), told["rung"], np.array(at), survival)
        run_id = self.written.tell(
            {(tag, "bearing"): 0.0},
            days=-0.5,
            gate=told["gate"],
            rung="class_hazard",
            without=(),
            standing=(),
            is_in_order=True,
        )
        with self.database.transaction() as session:
            version = session.query(PredictorVersion).filter_by(run_id=run_id).one()
            back_tests.keep(
                session,
                equipment_id=version.equipment_id,
                version_id=version.id,
                edges_hours=[336.0],
                groups=[group],
                is_light=False,
                now=self.now,
            )

    def fails(self, days_ago: float, component: str | None = "bearing") -> None:
        """The pump fails."""
        self._add(Failure, days_ago, component)

    def is_serviced(self, days_ago: float, component: str | None = "bearing") -> None:
        """A part of the pump is replaced."""
        self._add(ServiceRecord, days_ago, component)

    def is_inspected(self, days_ago: float, outcome: Outcome) -> None:
        """The order really raised for the bearing is closed."""
        at = self.now - days_ago * DAY
        with self.database.transaction() as session:
            order = WorkOrder(
                equipment_id=self.pump.id,
                mode="bearing",
                type=OrderType.PREDICTIVE,
                source=Source.PREDICTION,
                state=State.CLOSED,
                title="Inspect",
                created_at=at,
            )
            session.add(order)
            session.flush()
            session.add(
                Finding(
                    work_order_id=order.id,
                    equipment_id=self.pump.id,
                    at=at,
                    outcome=outcome,
                    recorded_at=at,
                )
            )

    def preview(self, rule: OrderRule = PLAIN, **more: Any) -> Preview:
        """What the rule would have done."""
        with self.database.reading() as session:
            return rule_preview(
                session,
                **({"scope": EVERYWHERE, "class_id": self.pump.equipment_class_id} | more),
                rule=rule,
                in_force=PLAIN,
                shelf=self.shelf,
                now=self.now,
                zone=UTC_ZONE,
            )

    def fates(self, rule: OrderRule = PLAIN) -> list[Fate]:
        """What became of the orders, the oldest first."""
        return [order.fate for order in reversed(self.preview(rule).orders)]

    def _add(self, kind: Any, days_ago: float, component: str | None) -> None:
        at = self.now - days_ago * DAY
        part = None if component is None else self.make.component(component).id
        with self.database.transaction() as session:
            session.add(kind(equipment_id=self.pump.id, component_id=part, at=at, recorded_at=at))


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


# --- where no night had issued anything yet


# Read off the curve: half of the fourteen days' risk within a week.
A_WEEK = replace(PLAIN, risk_threshold=0.2, lead=6 * DAY)


def test_a_plant_with_a_history_and_no_forecast_is_tried_on_its_back_test(nights: Nights) -> None:
    nights.is_back_tested(60, 1)
    nights.fails(50)

    preview = nights.preview(A_WEEK)

    assert preview.coverage.issued_since is None
    assert preview.coverage.by_all_since is None
    assert preview.coverage.back_test_since == nights.now - 60 * DAY
    assert (preview.coverage.nights, preview.coverage.nights_back_test) == (60, 60)
    counts = preview.counts
    assert counts.tally.orders == counts.back_test.tally.orders > 1
    assert (counts.found, counts.tally.useful, counts.back_test.tally.useful) == (1, 1, 1)
    assert counts.back_test.saving == counts.saving
    assert all(order.is_back_test for order in preview.orders)


def test_where_a_machine_has_both_the_first_forecast_as_issued_is_the_border(
    nights: Nights,
) -> None:
    for days_ago in range(40, 20, -1):
        nights.night(days_ago, risk=0.0)
    nights.is_back_tested(60, 25)  # it reaches beyond the border; what does is not used

    preview = nights.preview(A_WEEK)

    assert preview.coverage.issued_since == preview.coverage.by_all_since == nights.now - 40 * DAY
    assert preview.coverage.back_test_since == nights.now - 60 * DAY
    assert (preview.coverage.nights, preview.coverage.nights_back_test) == (40, 20)
    assert [(nights.now - order.at).days for order in preview.orders] == [60]
    assert sum(month.nights_back_test for month in preview.months) == 20
    assert sum(month.back_test.vain for month in preview.months) == 1


def test_a_machine_keeps_its_back_test_while_another_already_has_forecasts(
    nights: Nights,
) -> None:
    nights.make.equipment("P-102")
    nights.night(50, risk=0.5, tag="P-102")
    nights.is_back_tested(55, 45)

    preview = nights.preview(replace(PLAIN, risk_threshold=0.1))

    told = {order.tag: order.is_back_test for order in preview.orders}
    assert told == {"P-101": True, "P-102": False}
    assert preview.coverage.by_all_since is None
    assert preview.counts.back_test.tally.orders == 1


def test_a_failure_missed_before_the_border_is_told_apart(nights: Nights) -> None:
    nights.is_back_tested(60, 41, risk=0.0)
    for days_ago in range(40, 20, -1):
        nights.night(days_ago, risk=0.0)
    nights.fails(50)
    nights.fails(30)

    preview = nights.preview()

    assert (preview.counts.missed, preview.counts.back_test.missed) == (2, 1)
    assert [line.is_back_test for line in preview.missed] == [False, True]


@pytest.mark.parametrize(
    "told",
    [{"gate": Gate.CLOSED}, {"gate": None}, {"rung": "reference"}],
    ids=["gate closed", "no gate", "age only"],
)
def test_a_back_test_raises_no_order_today_s_predictor_may_not_raise(
    nights: Nights, told: dict[str, Any]
) -> None:
    nights.is_back_tested(60, 30, **told)
    nights.fails(50)

    preview = nights.preview(A_WEEK)

    assert preview.orders == ()
    assert preview.counts.missed == preview.counts.back_test.missed == 1


def test_a_part_that_is_not_there_any_more_is_left_out(nights: Nights) -> None:
    nights.is_back_tested(60, 30, mode="impeller")

    assert nights.preview(A_WEEK).coverage.nights == 0


def test_a_damaged_back_test_is_named_and_the_rest_goes_on(nights: Nights) -> None:
    nights.night(20)
    nights.is_back_tested(60, 30)
    with nights.database.transaction() as session:
        session.execute(sa.update(BackTest).values(content=b"nothing of the kind"))

    preview = nights.preview()

    assert [(one.tag, one.why) for one in preview.coverage.refused] == [("P-101", "changed")]
    assert (preview.coverage.nights, preview.coverage.back_test_since) == (1, None)
    assert len(preview.orders) == 1


def test_a_new_back_test_is_read_at_once(nights: Nights) -> None:
    nights.is_back_tested(60, 50, risk=0.0)
    before = nights.preview(A_WEEK)

    nights.is_back_tested(60, 50)

    assert before.orders == ()
    assert len(nights.preview(A_WEEK).orders) == 1
