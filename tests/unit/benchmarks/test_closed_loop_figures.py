"""True and reported figures of a tiny year, worked by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.domain.warnings import Met
from app.domain.work_orders import Outcome
from app.queries.record import FailureLine, FindingLine
from benchmarks.measuring.closed_loop.figures import excess, figures, in_all
from benchmarks.measuring.closed_loop.loop import Arm
from benchmarks.measuring.closed_loop.reported import Reported
from benchmarks.measuring.closed_loop.truth import Happened, OrderStory
from benchmarks.measuring.closed_loop.witness import Issued
from sample_data.rows import CostsRow, FailureRow, ServiceRow

START = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
COSTS = {"P-1": CostsRow(inspection=10.0, planned=50.0, unplanned=250.0)}


def broke(day: float, component: str = "bearing") -> FailureRow:
    return FailureRow("P-1", component, START + day * DAY, "VIB", "wear", START)


def renewed(day: float, *, planned: bool = True, component: str | None = "bearing") -> ServiceRow:
    return ServiceRow("P-1", component, START + day * DAY, "replace", planned, "worn")


def story(
    number: int,
    raised: float,
    *,
    is_real: bool,
    accepted: float | None = None,
    looked: float | None = None,
    ended: float | None = None,
    prevented: float | None = None,
    is_predictive: bool = True,
) -> OrderStory:
    moments = (None if day is None else START + day * DAY for day in (accepted, looked, ended))
    accepted_at, looked_at, ended_at = moments
    return OrderStory(
        order_id=number,
        tag="P-1",
        component="bearing",
        is_predictive=is_predictive,
        raised_at=START + raised * DAY,
        is_real=is_real,
        accepted_at=accepted_at,
        looked_at=looked_at,
        ended_at=ended_at,
        prevented_at=None if prevented is None else START + prevented * DAY,
    )


def finding(number: int, day: float, outcome: Outcome, *, is_failure: bool = False) -> FindingLine:
    return FindingLine(
        finding_id=number,
        at=START + day * DAY,
        order_id=number,
        equipment_id=1,
        tag="P-1",
        name="Pump",
        component="Bearing",
        outcome=outcome,
        condition=None,
        is_failure=is_failure,
        raised_at=START,
        risk=0.3,
        threshold=0.1,
    )


def met(day: float, how: Met, lead_hours: float | None = None) -> FailureLine:
    return FailureLine(
        failure_id=1,
        at=START + day * DAY,
        equipment_id=1,
        tag="P-1",
        name="Pump",
        component="Bearing",
        met=how,
        lead_hours=lead_hours,
        order_id=None,
        run_id=None,
        repair_order_id=None,
        forecast_id=None,
        risk=None,
        risk_hours=None,
    )


@pytest.fixture
def arm() -> Arm:
    """A year: one failure prevented, one looked for in vain, one foretold, one that just came."""
    orders = (
        story(1, 10, is_real=True, accepted=11, looked=12, ended=12.1, prevented=20),
        story(2, 100, is_real=False, accepted=101, looked=102, ended=102.1),
        story(3, 200, is_real=True, accepted=202, ended=205),  # it failed on day 205, unlooked at
        story(4, 300, is_real=False, ended=301),  # dismissed
        story(5, 310, is_real=True, looked=311, prevented=320, is_predictive=False),
    )
    return Arm(
        began=START,
        until=START + 365 * DAY,
        costs=COSTS,
        orders=orders,
        happened=Happened(
            failures=[broke(204.9), broke(250)],
            services=[renewed(12), renewed(205, planned=False), renewed(90, component=None)],
            in_vain=[("P-1", START + 102 * DAY)],
        ),
        without=Happened(failures=[broke(20), broke(120), broke(260)], services=[renewed(300)]),
        issued=Issued(np.array([]), np.array([]), np.array([])),
        reported=Reported(
            failures=(met(204.9, Met.WARNED, 24 * 4.9), met(250, Met.MISSED)),
            findings=(
                finding(1, 12, Outcome.FAULT_AS_PREDICTED),
                finding(2, 102, Outcome.OTHER_FAULT),  # written down wrongly
                finding(3, 205, Outcome.FAULT_AS_PREDICTED, is_failure=True),
                finding(6, 206, Outcome.NOT_INSPECTED),
            ),
            saved=((START + 12 * DAY, 140.0), (START + 102 * DAY, 60.0)),
            running_a_year=20.0,
            total=180.0,
        ),
        nights=365,
        seconds=1.0,
    )


def test_a_year_by_hand(arm: Arm) -> None:
    found = figures(arm, arm.began, arm.until)

    # Prevented 1, foretold 1, of 1 + 2 failures; the record believes in 2 + 1 of 2 + 2.
    assert found.coverage_true == pytest.approx(2 / 3)
    assert found.coverage_reported == pytest.approx(3 / 4)
    # Orders 1 to 3 were answered; 1 and 3 were real. As predicted, too, were 2 of 3.
    assert found.precision_true == pytest.approx(2 / 3)
    assert found.precision_reported == pytest.approx(2 / 3)
    # Without: 3 x 250 + 50. With: 2 x 250 + 50 + 10, and 20 for the system.
    assert found.saving_true == pytest.approx(800 - 560 - 20)
    assert found.saving_reported == pytest.approx(180.0)
    assert (found.orders, found.failures, found.failures_without, found.prevented) == (4, 2, 3, 1)


def test_a_stretch_counts_only_what_fell_into_it(arm: Arm) -> None:
    found = figures(arm, START + 206 * DAY, START + 279 * DAY)

    assert found.coverage_true == found.coverage_reported == 0.0
    assert found.precision_true is None
    assert found.precision_reported is None
    assert found.saving_true == pytest.approx(250 - 250 - 20 * 73 / 365)
    assert found.saving_reported == pytest.approx(-20 * 73 / 365)


def test_an_order_taken_on_too_late_foretold_nothing() -> None:
    failure = broke(205)

    assert story(1, 200, is_real=True, accepted=201).foretold(failure, 3 * DAY)
    assert not story(1, 203, is_real=True, accepted=204).foretold(failure, 3 * DAY)
    assert not story(1, 200, is_real=True).foretold(failure, 3 * DAY)
    assert not story(1, 200, is_real=True, accepted=206).foretold(failure, 3 * DAY)
    assert not story(1, 200, is_real=True, accepted=201, ended=204).foretold(failure, 3 * DAY)
    assert not story(1, 200, is_real=True, accepted=201).foretold(broke(205, "seal"), 3 * DAY)


def test_the_report_has_its_keys_and_its_tables(arm: Arm) -> None:
    report = in_all(arm)

    assert report["saving_reported"] == 180.0
    assert report["calibration_slope_y1"] is None
    assert report["calibration_slope_y3"] is None
    assert list(report["years"]) == ["year 1"]
    assert list(report["quarters"]) == [f"quarter {n}" for n in (1, 2, 3, 4)]
    assert report["excess"]["coverage"] == pytest.approx(3 / 4 / (2 / 3) - 1)
    quarters = report["quarters"].values()
    assert sum(row["saving_true"] for row in quarters) == pytest.approx(report["saving_true"])


@pytest.mark.parametrize(("true", "told"), [(None, 0.5), (0.5, None), (0.0, 0.5), (-1.0, 0.5)])
def test_no_share_of_nothing(true: float | None, told: float | None) -> None:
    assert excess({"saving_true": true, "saving_reported": told}, "saving") is None
