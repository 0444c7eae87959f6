"""When the next service is due: hand-worked dates, and properties against dateutil."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from app.domain.schedules import Interval, ScheduleBasis, Unit, due_now, next_due

FIXED, FLOATING = ScheduleBasis.FIXED, ScheduleBasis.FLOATING
MONTHLY = Interval(1, Unit.MONTH)
DAYS = st.dates(date(2000, 1, 1), date(2100, 1, 1))
INTERVALS = st.builds(Interval, st.integers(1, 400), st.sampled_from(list(Unit)))


def test_an_interval_counts_days_weeks_months_and_years() -> None:
    start = date(2026, 1, 10)

    assert Interval(10, Unit.DAY).after(start) == date(2026, 1, 20)
    assert Interval(2, Unit.WEEK).after(start) == date(2026, 1, 24)
    assert Interval(3, Unit.MONTH).after(start) == date(2026, 4, 10)
    assert Interval(1, Unit.YEAR).after(start) == date(2027, 1, 10)


def test_a_monthly_service_on_the_31st_returns_to_the_31st() -> None:
    days = [date(2026, 1, 31)]
    for _ in range(4):
        days.append(
            next_due(MONTHLY, FIXED, starts_on=days[0], last_due_on=days[-1], last_done_on=None)
        )

    assert [(day.month, day.day) for day in days] == [(1, 31), (2, 28), (3, 31), (4, 30), (5, 31)]


def test_a_yearly_service_on_the_leap_day_falls_on_the_28th_in_other_years() -> None:
    yearly = Interval(1, Unit.YEAR)

    assert yearly.after(date(2024, 2, 29)) == date(2025, 2, 28)
    assert yearly.after(date(2027, 2, 28), anchor_day=29) == date(2028, 2, 29)


@given(INTERVALS, DAYS)
def test_intervals_agree_with_dateutil(interval: Interval, day: date) -> None:
    expected = day + relativedelta(**{f"{interval.unit.value}s": interval.every})

    assert interval.after(day) == expected


@given(INTERVALS, DAYS)
def test_an_interval_always_moves_on(interval: Interval, day: date) -> None:
    assert interval.after(day) > day


def test_a_schedule_that_never_ran_is_due_on_its_first_day() -> None:
    first = date(2026, 3, 5)

    assert (
        next_due(MONTHLY, FLOATING, starts_on=first, last_due_on=None, last_done_on=None) == first
    )


def test_fixed_runs_from_the_due_date_and_floating_from_the_completion() -> None:
    late = {
        "starts_on": date(2026, 1, 5),
        "last_due_on": date(2026, 2, 5),
        "last_done_on": date(2026, 2, 20),
    }

    assert next_due(MONTHLY, FIXED, **late) == date(2026, 3, 5)
    assert next_due(MONTHLY, FLOATING, **late) == date(2026, 3, 20)


def test_a_cancelled_floating_occurrence_is_followed_by_the_next_one() -> None:
    due = next_due(
        MONTHLY,
        FLOATING,
        starts_on=date(2026, 1, 5),
        last_due_on=date(2026, 2, 5),
        last_done_on=date(2026, 1, 5),
    )

    assert due == date(2026, 3, 5)


def _monthly_due(today: date, *, last_due_on: date | None = None, lead_days: int = 7):  # type: ignore[no-untyped-def]
    return due_now(
        MONTHLY,
        FIXED,
        starts_on=date(2026, 1, 5),
        last_due_on=last_due_on,
        last_done_on=None,
        lead_days=lead_days,
        today=today,
    )


def test_an_occurrence_is_raised_its_lead_time_before() -> None:
    assert _monthly_due(date(2025, 12, 28)) is None
    assert _monthly_due(date(2025, 12, 29)).on == date(2026, 1, 5)


def test_missed_occurrences_are_folded_into_the_latest_and_counted() -> None:
    due = _monthly_due(date(2026, 5, 20), last_due_on=date(2026, 1, 5))

    assert (due.on, due.missed) == (date(2026, 5, 5), 3)


def test_a_due_date_explains_itself() -> None:
    due = _monthly_due(date(2026, 2, 5), last_due_on=date(2026, 1, 5))

    assert due.why == "due 05 Feb 2026: every 1 month, last due 05 Jan 2026"


@given(INTERVALS, DAYS, st.integers(0, 60), st.integers(0, 3_000))
def test_after_raising_what_is_due_nothing_overdue_is_left(
    interval: Interval, first: date, lead_days: int, later: int
) -> None:
    today = first + timedelta(days=later)
    due = due_now(
        interval,
        FIXED,
        starts_on=first,
        last_due_on=None,
        last_done_on=None,
        lead_days=lead_days,
        today=today,
    )
    assert due is not None

    following = next_due(interval, FIXED, starts_on=first, last_due_on=due.on, last_done_on=None)

    assert following > today


@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 10, 24), date(2026, 12, 31)])
def test_a_daily_service_knows_no_clock_change(day: date) -> None:
    assert Interval(1, Unit.DAY).after(day) == day + timedelta(days=1)
