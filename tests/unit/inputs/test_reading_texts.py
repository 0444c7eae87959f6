"""Texts of files as instants and numbers: read exactly, or refused by place."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.instants import from_micros, to_micros
from app.inputs.readings import instants, numbers

BERLIN = ZoneInfo("Europe/Berlin")
PLAIN_UTC = ZoneInfo("UTC")


def moments(*texts: str, zone: ZoneInfo = PLAIN_UTC, pattern: str | None = None) -> list[str]:
    read = instants(texts, zone=zone, pattern=pattern)
    return [
        read.problems.get(place) or from_micros(int(at)).isoformat()
        for place, at in enumerate(read.at)
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T10:00:00Z",
        "2026-03-01 10:00",
        " 2026-03-01T10:00:00.000 ",
        "2026-03-01T12:00:00+02:00",
        "2026-03-01T04:30:00-05:30",
    ],
)
def test_iso_moments_are_read_with_and_without_offset(text):
    assert moments(text) == ["2026-03-01T10:00:00+00:00"]


def test_a_day_is_its_first_moment():
    assert moments("2026-03-01") == ["2026-03-01T00:00:00+00:00"]


@pytest.mark.parametrize(
    "text", ["", "03/04/2026", "2026", "20260301", "1772359200", "yesterday", "2026-13-01", "nan"]
)
def test_a_moment_that_can_be_misunderstood_is_refused(text):
    assert moments(text, "2026-03-01") == [
        "is not an ISO 8601 moment",
        "2026-03-01T00:00:00+00:00",
    ]


def test_another_way_of_writing_dates_is_read_when_it_is_named():
    assert moments("03/04/2026 07:30", pattern="%d/%m/%Y %H:%M") == ["2026-04-03T07:30:00+00:00"]


def test_a_local_time_is_meant_in_its_zone():
    winter, summer, aware = moments(
        "2026-01-10 12:00", "2026-07-10 12:00", "2026-07-10 12:00Z", zone=BERLIN
    )

    assert winter == "2026-01-10T11:00:00+00:00"
    assert summer == "2026-07-10T10:00:00+00:00"
    assert aware == "2026-07-10T12:00:00+00:00"


@pytest.mark.parametrize("text", ["2026-03-29 02:30", "2026-10-25 02:30"])
def test_a_local_time_that_summer_time_makes_doubtful_is_refused(text):
    (said,) = moments(text, zone=BERLIN)

    assert said == "happens twice or never in Europe/Berlin (summer time)"


@given(
    st.lists(
        st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001
            lambda moment: moment.replace(tzinfo=UTC)
        ),
        min_size=1,
        max_size=20,
    )
)
def test_what_was_written_in_iso_is_read_back_exactly(written):
    read = instants([moment.isoformat() for moment in written], zone=BERLIN)

    assert not read.problems
    assert read.at.tolist() == [to_micros(moment) for moment in written]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=30))
def test_every_number_is_read_back_exactly(values):
    read = numbers([repr(value) for value in values])

    assert not read.problems
    assert read.values.tolist() == values


@pytest.mark.parametrize(
    "text", ["", " ", "abc", "true", "1_000", "0x10", "1,5", "1.2.3", "nan", "inf", "٣"]
)
def test_what_is_no_number_is_refused_by_place(text):
    read = numbers(["1.5", text, "-2e3"])

    assert set(read.problems) == {1}
    assert np.isnan(read.values[1])
    assert (read.values[0], read.values[2]) == (1.5, -2000.0)


@pytest.mark.parametrize(("text", "value"), [("12,5", 12.5), ("-0,25", -0.25), ("12.5", 12.5)])
def test_a_decimal_comma_is_read_where_it_is_the_custom(text, value):
    assert numbers([text], decimal_comma=True).values.tolist() == [value]


@pytest.mark.parametrize("text", ["1.234,5", "1,234,567"])
def test_thousands_marks_are_refused_rather_than_guessed(text):
    assert set(numbers([text], decimal_comma=True).problems) == {0}


@given(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_microseconds_and_moments_are_the_same_thing(moment):
    aware = moment.replace(tzinfo=UTC)

    assert from_micros(to_micros(aware)) == aware
    assert from_micros(to_micros(aware) + 1) - aware == timedelta(microseconds=1)
