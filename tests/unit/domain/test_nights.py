"""When a night begins: at 02:00 by the site's own clock, whatever that clock does (F16, F17)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.domain.nights import is_night_due, night_of

BERLIN = ZoneInfo("Europe/Berlin")
TICK = timedelta(minutes=20)
# Whole hours and not, both hemispheres, changes at midnight, of 30 minutes, of two hours, in
# Ramadan, and no change at all.
ZONES = (
    "Europe/Berlin",
    "Europe/London",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Asuncion",
    "America/Sao_Paulo",
    "Atlantic/Azores",
    "Africa/Cairo",
    "Africa/Casablanca",
    "Asia/Beirut",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Tokyo",
    "Australia/Adelaide",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Kiritimati",
    "Antarctica/Troll",
)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "night"),
    [
        ("2026-01-10T00:59", date(2026, 1, 9)),  # 01:59 in Berlin
        ("2026-01-10T01:00", date(2026, 1, 10)),  # 02:00
        ("2026-01-10T22:59", date(2026, 1, 10)),  # 23:59
        ("2026-01-10T23:30", date(2026, 1, 10)),  # 00:30 of the 11th
    ],
)
def test_a_night_begins_at_two_by_the_local_clock(moment: str, night: date) -> None:
    assert night_of(utc(moment), BERLIN) == night


def test_in_spring_a_night_without_two_oclock_begins_at_three() -> None:
    # 29 March 2026: 01:59:59 CET is followed by 03:00 CEST, at 01:00 UTC.
    assert night_of(utc("2026-03-29T00:59:59"), BERLIN) == date(2026, 3, 28)
    assert night_of(utc("2026-03-29T01:00:00"), BERLIN) == date(2026, 3, 29)


def test_in_autumn_the_second_two_oclock_begins_no_second_night() -> None:
    # 25 October 2026: 02:00 CEST at 00:00 UTC, 02:00 CET at 01:00 UTC.
    first, second = utc("2026-10-25T00:00"), utc("2026-10-25T01:00")

    assert night_of(first, BERLIN) == night_of(second, BERLIN) == date(2026, 10, 25)
    assert is_night_due(first, BERLIN, last_run_on=date(2026, 10, 24))
    assert not is_night_due(second, BERLIN, last_run_on=date(2026, 10, 25))


def test_a_change_of_half_an_hour_moves_the_beginning_by_half_an_hour() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")

    # 4 October 2026: 01:59:59 (+10:30) is followed by 02:30 (+11), at 15:30 UTC of the 3rd.
    assert night_of(utc("2026-10-03T15:29:59"), zone) == date(2026, 10, 3)
    assert night_of(utc("2026-10-03T15:30:00"), zone) == date(2026, 10, 4)


def test_a_clock_put_back_over_two_oclock_does_not_make_the_old_night_due() -> None:
    zone = ZoneInfo("Antarctica/Troll")
    # 25 October 2026: 03:00 (+02) is followed by 01:00 (+00), at 01:00 UTC.
    back_at_one = utc("2026-10-25T01:00")

    assert not is_night_due(back_at_one, zone, last_run_on=date(2026, 10, 25))
    assert not is_night_due(back_at_one, zone, last_run_on=date(2026, 10, 24))


def test_a_site_that_never_ran_is_due() -> None:
    assert is_night_due(utc("2026-01-10T12:00"), BERLIN, last_run_on=None)


def test_three_missed_nights_are_made_up_for_by_one() -> None:
    now = utc("2026-01-10T12:00")

    assert is_night_due(now, BERLIN, last_run_on=date(2026, 1, 7))
    assert not is_night_due(now, BERLIN, last_run_on=night_of(now, BERLIN))


def test_a_clock_put_back_by_a_day_starts_no_night() -> None:
    assert not is_night_due(utc("2026-01-09T12:00"), BERLIN, last_run_on=date(2026, 1, 10))


@pytest.mark.parametrize("name", ZONES)
def test_every_local_date_of_three_years_has_exactly_one_night(name: str) -> None:
    zone, last = ZoneInfo(name), date(2023, 12, 31)
    now, end = utc("2024-01-01T16:00"), utc("2027-01-01T16:00")
    started: list[datetime] = []

    while now < end:
        if is_night_due(now, zone, last_run_on=last):
            last = night_of(now, zone)
            started.append(now.astimezone(zone))
        now += TICK

    dates = [moment.date() for moment in started[1:]]
    assert dates == [dates[0] + timedelta(days=n) for n in range(len(dates))]
    assert 3 * 365 <= len(dates) <= 3 * 365 + 1
    # Two o'clock or, where the clock jumps over it, the end of the jump; never in working hours.
    assert all(2 <= moment.hour < 4 for moment in started[1:])
