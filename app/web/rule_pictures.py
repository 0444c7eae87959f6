"""The months of a preview as bars of an SVG drawn by the server: orders up, failures down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import format_date

from app.queries.rule_previews import Month

WIDTH, GAP = 40.0, 8.0
UP, DOWN = 84.0, 44.0
LABELS = 16.0
# A bar of few orders is no taller than that each, or two orders would fill the picture.
TALLEST_ONE = 12.0
ABOVE = ("useful", "late", "vain", "undecided")
BELOW = ("found", "missed")


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a month's bar: its kind, its place, and how many it stands for."""

    kind: str
    x: float
    y: float
    width: float
    height: float
    count: int


@dataclass(frozen=True, slots=True)
class Column:
    """One month with its place: where it begins, its middle, its name short and in full."""

    month: Month
    x: float
    middle: float
    label: str
    name: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All months and bars, and the height of the line between orders and failures."""

    width: float
    height: float
    line: float
    columns: tuple[Column, ...]
    bars: tuple[Bar, ...]


def picture(months: Sequence[Month]) -> Picture:
    """Orders stand on the line, failures hang from it; one scale for each of the two."""
    up = _scale([sum(getattr(m, kind) for kind in ABOVE) for m in months], UP)
    down = _scale([sum(getattr(m, kind) for kind in BELOW) for m in months], DOWN)
    bars = [
        bar
        for place, month in enumerate(months)
        for bar in (*_stack(month, place, ABOVE, -up), *_stack(month, place, BELOW, down))
    ]
    return Picture(
        width=WIDTH * len(months),
        height=UP + DOWN + LABELS,
        line=UP,
        columns=tuple(_column(place, month) for place, month in enumerate(months)),
        bars=tuple(bars),
    )


def _column(place: int, month: Month) -> Column:
    return Column(
        month=month,
        x=WIDTH * place,
        middle=WIDTH * (place + 0.5),
        label=format_date(month.begins_on, "LLL"),
        name=format_date(month.begins_on, "LLL yyyy"),
    )


def _scale(totals: Sequence[int], room: float) -> float:
    return min(TALLEST_ONE, room / max([1, *totals]))


def _stack(month: Month, place: int, kinds: Sequence[str], each: float) -> Iterator[Bar]:
    """The kinds of one month on top of each other; *each* is the height of one, up negative."""
    stacked = 0
    for kind in kinds:
        count = getattr(month, kind)
        if count:
            ends = (UP + each * stacked, UP + each * (stacked + count))
            top, height = min(ends), abs(ends[1] - ends[0])
            x = WIDTH * place + GAP / 2
            yield Bar(kind, x, round(top, 1), WIDTH - GAP, round(height, 1), count)
            stacked += count
