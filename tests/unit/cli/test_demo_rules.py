"""Small rules of the demo: when its nights are, how far its weeks reach, what a find means."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.cli.demo.chance import whim
from app.cli.demo.clockwork import night_of
from app.cli.demo.settling import most_weeks
from app.cli.demo.technician import outcome_of
from app.db.work_orders import WorkOrder
from app.domain.work_orders import Outcome


@pytest.mark.parametrize(
    ("midnight", "hour"),
    [(datetime(2026, 1, 12, tzinfo=UTC), 1), (datetime(2026, 7, 13, tzinfo=UTC), 0)],
)
def test_a_night_is_issued_five_minutes_after_two_at_the_site(midnight: datetime, hour: int):
    assert night_of(midnight) == midnight.replace(hour=hour, minute=5)


@pytest.mark.parametrize(("days", "weeks"), [(365, 26), (84, 6), (30, 2), (12, 0)])
def test_half_of_the_days_stay_history(days: int, weeks: int):
    assert most_weeks(days) == weeks


@pytest.mark.parametrize(
    ("component_id", "condition", "outcome"),
    [
        (7, "degraded", Outcome.FAULT_AS_PREDICTED),
        (7, "failed", Outcome.FAULT_AS_PREDICTED),
        (8, "degraded", Outcome.OTHER_FAULT),
        (7, "worn", Outcome.NOTHING_FOUND_REPLACED),
        (7, "good", Outcome.NOTHING_FOUND_REPLACED),
    ],
)
def test_what_is_found_when_a_part_is_renewed(component_id: int, condition: str, outcome: Outcome):
    assert outcome_of(WorkOrder(component_id=7), component_id, condition) is outcome


def test_whims_are_the_same_for_the_same_order_and_others_for_another():
    assert whim(5, "ann", "P-101").random() == whim(5, "ann", "P-101").random()
    assert whim(5, "ann", "P-101").random() != whim(5, "ann", "P-102").random()
