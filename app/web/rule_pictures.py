"""The months of a preview as bars of an SVG drawn by the server: orders up, failures down; what
rests on a back-test is hatched."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import format_date

from app.queries.rule_previews import Kinds, Month

WIDTH, GAP = 40.0, 8.0
UP, DOWN = 84.0, 44.0
LABELS = 16.0
# Under the names of the months: which of them rest on back-tests. A word needs so much room.
BRACKET, WORD = 16.0, 60.0
# A bar of few orders is no taller than that each, or two orders would fill the picture.
TALLEST_ONE = 12.0
ABOVE = ("useful", "late", "vain", "undecided")
BELOW = ("found", "missed")


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a month's bar: its kind, whether it rests on a back-test, its place, and how many
    it stands for."""

    kind: str
    is_back_test: bool
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
class Bracket:
    """A stretch of time under the months, and whether its name fits."""

    x: float
    width: float

    @property
    def has_room(self) -> bool:
        """Whether a word stands in it."""
        return self.width >= WORD

    @property
    def middle(self) -> float:
        """Where the word stands."""
        return self.x + self.width / 2


@dataclass(frozen=True, slots=True)
class Picture:
    """All months and bars, the height of the line between orders and failures, and that of the
    ground they stand on; below it the stretches that rest on back-tests alone and on nights."""

    width: float
    height: float
    ground: float
    line: float
    columns: tuple[Column, ...]
    bars: tuple[Bar, ...]
    back_test: Bracket | None
    as_issued: Bracket | None


def picture(months: Sequence[Month]) -> Picture:
    """Orders stand on the line, failures hang from it; one scale for each of the two."""
    up = _scale([sum(getattr(m.every, kind) for kind in ABOVE) for m in months], UP)
    down = _scale([sum(getattr(m.every, kind) for kind in BELOW) for m in months], DOWN)
    bars = [
        bar
        for place, month in enumerate(months)
        for bar in (*_stack(month, place, ABOVE, -up), *_stack(month, place, BELOW, down))
    ]
    back_test, as_issued = _brackets(months)
    ground = UP + DOWN + LABELS
    return Picture(
        width=WIDTH * len(months),
        height=ground + (BRACKET if back_test else 0.0),
        ground=ground,
        line=UP,
        columns=tuple(_column(place, month) for place, month in enumerate(months)),
        bars=tuple(bars),
        back_test=back_test,
        as_issued=as_issued,
    )


def _brackets(months: Sequence[Month]) -> tuple[Bracket | None, Bracket | None]:
    """From the first night of a back-test to the first that issued a forecast, and from there."""
    tested = [place for place, month in enumerate(months) if month.nights_back_test]
    if not tested:
        return None, None
    last = months[tested[-1]]
    begin, end = WIDTH * tested[0], WIDTH * (tested[-1] + last.nights_back_test / last.nights)
    left = WIDTH * len(months) - end
    is_issued = any(month.nights > month.nights_back_test for month in months)
    return Bracket(begin, round(end - begin, 1)), (
        Bracket(round(end, 1), round(left, 1)) if is_issued else None
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
    """The kinds of one month on top of each other, of each what nights issued first; *each* is the
    height of one, up negative."""
    stacked = 0
    for kind in kinds:
        for is_back_test, count in _counts(month.every, month.back_test, kind):
            if count:
                ends = (UP + each * stacked, UP + each * (stacked + count))
                top, height = min(ends), abs(ends[1] - ends[0])
                x, width = WIDTH * place + GAP / 2, WIDTH - GAP
                yield Bar(kind, is_back_test, x, round(top, 1), width, round(height, 1), count)
                stacked += count


def _counts(every: Kinds, back_test: Kinds, kind: str) -> Iterator[tuple[bool, int]]:
    here = getattr(back_test, kind)
    yield False, getattr(every, kind) - here
    yield True, here
