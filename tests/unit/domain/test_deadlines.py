"""Until when a suggestion can wait; expected numbers are worked by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.domain.deadlines import (
    Certainty,
    Outlook,
    age_span_hours,
    cost_of_waiting,
    must_start_by,
)

NIGHT = datetime(2026, 12, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
# Half of what runs fails within 10 days; by the age rule 4 % within 4 days.
OUTLOOK = Outlook(
    as_of=NIGHT,
    edges_hours=(120.0, 240.0),
    survival=(1.0, 0.8, 0.5),
    risk=0.16,
    risk_hours=96.0,
    lower_hours=60.0,
    median_hours=240.0,
    age_risk=0.04,
)


def test_the_risk_until_a_moment_follows_the_curve() -> None:
    risks = [OUTLOOK.chance_until(NIGHT + days * DAY, now=NIGHT) for days in (0, 2.5, 5, 10, 99)]

    assert risks == pytest.approx([0.0, 0.1, 0.2, 0.5, 0.5])


def test_a_machine_that_still_runs_has_outlived_a_part_of_its_risk() -> None:
    later = NIGHT + 5 * DAY

    assert OUTLOOK.chance_until(NIGHT + 10 * DAY, now=later) == pytest.approx(1 - 0.5 / 0.8)
    assert OUTLOOK.chance_until(NIGHT, now=later) == 0.0


def test_the_age_rules_span_comes_from_its_risk() -> None:
    hazard = -math.log(0.96) / 96

    span = age_span_hours(0.04, 96)

    assert math.exp(-hazard * math.log(2) / hazard) == pytest.approx(0.5)
    assert span == pytest.approx((math.log(2) - math.log(1 / 0.9)) / hazard)
    assert age_span_hours(0.0, 96) == math.inf


def test_job_and_part_come_before_the_lower_bound() -> None:
    told = must_start_by(OUTLOOK, threshold=0.06, job_hours=4, part_lead_hours=24, now=NIGHT)

    assert (told.certainty, told.at) == (Certainty.DATE, NIGHT + timedelta(hours=60 - 4 - 24))


def test_what_nobody_entered_takes_no_time() -> None:
    told = must_start_by(OUTLOOK, threshold=0.06, job_hours=None, part_lead_hours=None, now=NIGHT)

    assert told.at == NIGHT + timedelta(hours=60)


def test_too_late_for_a_planned_part_says_with_which_risk_to_wait_for_it() -> None:
    told = must_start_by(OUTLOOK, threshold=0.06, job_hours=4, part_lead_hours=120, now=NIGHT)

    assert (told.certainty, told.at) == (Certainty.PAST, NIGHT - timedelta(hours=64))
    assert told.part_at == NIGHT + 5 * DAY
    assert told.risk == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"risk": 0.05}, Certainty.BELOW),
        ({"median_hours": 1_000.0}, Certainty.UNSURE),
        ({"age_risk": 0.9}, Certainty.UNSURE),
        ({"lower_hours": None}, Certainty.UNKNOWN),
        ({"median_hours": None}, Certainty.UNKNOWN),
        ({"age_risk": None}, Certainty.UNKNOWN),
    ],
)
def test_there_is_no_date_without_the_right_to_one(
    change: dict[str, float], why: Certainty
) -> None:
    outlook = replace(OUTLOOK, **change)

    told = must_start_by(outlook, threshold=0.06, job_hours=4, part_lead_hours=24, now=NIGHT)

    assert (told.certainty, told.at) == (why, None)


def test_exactly_half_the_span_of_the_age_rule_is_sure_enough() -> None:
    span = age_span_hours(0.04, 96)
    at_most = replace(OUTLOOK, median_hours=60 + span / 2 - 1e-6)
    above = replace(OUTLOOK, median_hours=60 + span / 2 + 1e-6)

    told = [
        must_start_by(each, threshold=0.06, job_hours=1, part_lead_hours=1, now=NIGHT).certainty
        for each in (at_most, above)
    ]

    assert told == [Certainty.DATE, Certainty.UNSURE]


def test_waiting_costs_the_chance_of_the_failure_it_lets_happen() -> None:
    # 4 % of failures a day by this curve; gain 0.8 x (4 500 - 900).
    assert cost_of_waiting(OUTLOOK, 2_880.0, DAY, now=NIGHT) == pytest.approx(0.04 * 2_880)
