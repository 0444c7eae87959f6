"""Which date format a column has: one that fits, or one clear question."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from app.domain.instants import from_micros
from app.inputs.imports import EPOCH, UNDECIDED
from app.services.imports.date_formats import PATTERNS, chosen, fitting
from app.services.imports.moments import joined, moments

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["2026-03-01 10:00", "2026-03-01T11:00:00Z"], [None]),
        (["01.02.2026 10:00", "13.02.2026 11:00"], ["%d.%m.%Y %H:%M"]),
        (["01.02.2026 10:00", "01.03.2026 11:00"], ["%d.%m.%Y %H:%M"]),
        (["01/02/2026", "13/02/2026"], ["%d/%m/%Y"]),
        (["01/02/2026", "02/13/2026"], ["%m/%d/%Y"]),
        (["1/2/2026 9:05 PM", "1/20/2026 9:05 AM"], ["%m/%d/%Y %I:%M %p"]),
        (["2026/12/31 14:05:01"], ["%Y/%m/%d %H:%M:%S"]),
        (["31-Dec-26 14:05:01"], ["%d-%b-%y %H:%M:%S"]),
        (["20261231"], ["%Y%m%d"]),
        (["1767225600", "1767229200"], [EPOCH]),
        (["1767225600000.5", "1767229200000"], [EPOCH]),
        (["yesterday", "today"], []),
        ([], []),
    ],
)
def test_the_format_that_reads_the_column_is_found(
    texts: list[str], found: list[str | None]
) -> None:
    assert fitting(texts) == found


def test_a_day_that_may_be_a_month_is_a_question_and_no_guess() -> None:
    found = fitting(["03/04/2026 10:00", "05/06/2026 11:00"])

    assert found == ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]
    assert chosen(found) == UNDECIDED


def test_an_open_question_makes_every_row_a_problem() -> None:
    read = moments(["03/04/2026 10:00"] * 3, zone=BERLIN, dates=UNDECIDED)

    assert sorted(read.problems) == [0, 1, 2]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_each_format_reads_what_it_writes(pattern: str) -> None:
    meant = datetime(2026, 12, 31, 14, 5, tzinfo=UTC)

    read = moments([meant.strftime(pattern)], zone=ZoneInfo("UTC"), dates=pattern)

    assert not read.problems
    assert from_micros(int(read.at[0])).date() == meant.date()


def test_a_day_alone_among_moments_is_its_midnight() -> None:
    read = moments(["01.07.2026", "01.07.2026 01:00"], zone=BERLIN, dates="%d.%m.%Y %H:%M")

    assert not read.problems
    assert [from_micros(int(at)).hour for at in read.at] == [22, 23]


def test_seconds_and_thousandths_since_1970_are_told_apart() -> None:
    read = moments(["1767225600", "1767225600500", "soon"], zone=BERLIN, dates=EPOCH)

    assert from_micros(int(read.at[0])) == datetime(2026, 1, 1, tzinfo=UTC)
    assert from_micros(int(read.at[1])) == datetime(2026, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
    assert list(read.problems) == [2]


def test_a_clock_in_its_own_column_belongs_to_the_day() -> None:
    assert joined({"at": "01.07.2026", "clock": "13:30"}) == "01.07.2026 13:30"
    assert joined({"at": "01.07.2026"}) == "01.07.2026"
