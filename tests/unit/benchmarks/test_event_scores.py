"""Alarms against failures, worked by hand; days count from an arbitrary midnight."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.measuring.event_scores import Alarm, Judged, Window, event_scores, judge, merge
from benchmarks.measuring.record import ANY, Happening
from benchmarks.measuring.scoring import DAY_US

LEAD, HORIZON = 3, 14
WINDOW = Window(LEAD * DAY_US, HORIZON * DAY_US, 0, 100 * DAY_US, 120 * DAY_US)


def alarms(*days: float, machine: int = 1, mode: str = "seal") -> list[Alarm]:
    return merge(((machine, mode, round(day * DAY_US)) for day in days), HORIZON * DAY_US)


def failure(day: float, machine: int = 1, mode: str = "seal") -> Happening:
    return Happening(machine, mode, round(day * DAY_US))


def judged(
    given: Iterable[Alarm], failures: Iterable[Happening], faults: Iterable[Happening] = ()
) -> Judged:
    return judge(list(given), list(failures), list(faults), (1, 2), WINDOW)


def test_alarms_closer_than_the_horizon_are_one() -> None:
    merged = alarms(0, 7, 13.9, 14, 20, 40)

    assert [len(alarm.nights) for alarm in merged] == [3, 2, 1]


def test_alarms_of_other_components_and_machines_stay_apart() -> None:
    nights = [(1, "seal", 0), (1, "bearing", 0), (2, "seal", 0)]

    assert len(merge(nights, HORIZON * DAY_US)) == 3


@pytest.mark.parametrize(
    ("night", "is_found"),
    [
        (50 - HORIZON - 0.1, False),
        (50 - HORIZON, True),
        (50 - LEAD, True),
        (50 - LEAD + 0.1, False),
    ],
)
def test_an_alarm_counts_from_the_horizon_to_the_lead(night: float, is_found: bool) -> None:
    told = judged(alarms(night), [failure(50)])

    assert told.found.tolist() == [float(is_found), 0.0]
    assert told.right.tolist() == [float(is_found), 0.0]


def test_without_a_lead_an_alarm_still_comes_before_its_failure() -> None:
    window = Window(0, HORIZON * DAY_US, 0, 100 * DAY_US, 120 * DAY_US)

    told = judge(alarms(50, 80), [failure(50), failure(80.1)], [], (1,), window)

    assert (told.failures[0], told.found[0], told.right[0]) == (2, 1, 1)


def test_a_failure_counts_once_however_often_it_was_warned_of() -> None:
    told = judged([*alarms(40, 44), *alarms(42, mode=ANY)], [failure(50)])

    assert (told.failures[0], told.found[0]) == (1, 1)
    assert (told.alarms[0], told.right[0]) == (2, 2)
    assert told.leads.tolist() == [10.0]


@pytest.mark.parametrize(
    ("alarm_mode", "failed_mode", "is_found"),
    [("seal", "seal", True), ("seal", "bearing", False), (ANY, "seal", True), ("seal", ANY, True)],
)
def test_an_alarm_is_about_its_component_or_the_whole_machine(
    alarm_mode: str, failed_mode: str, is_found: bool
) -> None:
    told = judged(alarms(45, mode=alarm_mode), [failure(50, mode=failed_mode)])

    assert bool(told.found[0]) is is_found


def test_a_fault_that_somebody_found_makes_an_alarm_right_but_is_no_failure() -> None:
    told = judged(alarms(45), [], [failure(50)])

    assert (told.alarms[0], told.right[0], told.failures[0]) == (1, 1, 0)


def test_an_alarm_whose_time_has_not_passed_is_judged_only_if_right() -> None:
    waiting = judged(alarms(110), [])
    right = judged(alarms(110), [failure(115)])

    assert waiting.alarms[0] == 0
    assert (right.alarms[0], right.right[0]) == (1, 1)


@pytest.mark.parametrize(("day", "is_scored"), [(2, 0), (3, 1), (114, 1), (115, 0)])
def test_failures_that_no_night_could_warn_of_do_not_count(day: float, is_scored: int) -> None:
    assert judged([], [failure(day)]).failures[0] == is_scored


def test_scores_of_a_small_fleet() -> None:
    # Machine 1: two failures, one found 10 days before; machine 2: two false alarms.
    given = [*alarms(40), *alarms(20, 60, machine=2)]
    told = event_scores(judged(given, [failure(50), failure(90)]), years_each=0.5)

    assert told["precision"] == pytest.approx(1 / 3)
    assert told["recall"] == pytest.approx(1 / 2)
    assert told["f1"] == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert told["false_alarms_per_machine_year"] == pytest.approx(2 / (2 * 0.5))
    assert (told["lead_days_median"], told["lead_days_p10"]) == (10.0, 10.0)
    # Two machines drawn with replacement: only the first, only the second, or both.
    assert told["intervals_90"]["precision"] == [0.0, 1.0]
    assert told["intervals_90"]["recall"] == [0.5, 0.5]


def test_without_alarms_and_failures_nothing_is_divided() -> None:
    told = event_scores(judged([], []), years_each=1.0)

    assert told["precision"] is None
    assert told["recall"] is None
    assert told["lead_days_median"] is None
    assert told["intervals_90"]["precision"] is None
    assert told["false_alarms_per_machine_year"] == 0.0


@given(st.lists(st.integers(1, 60), max_size=12), st.lists(st.integers(20, 100), max_size=6))
def test_more_alarms_never_find_fewer_failures(nights: list[int], failed: list[int]) -> None:
    failures = [failure(day) for day in sorted(set(failed))]
    some = judged(alarms(*nights[:6]), failures)
    more = judged(alarms(*nights), failures)

    assert more.found.sum() >= some.found.sum()
    assert np.all(more.right <= more.alarms)
