"""A forecast as a survival curve: the shapes of an SVG the server draws, readable by anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil

from app.domain.savings import chance_of_failure
from app.queries.forecasts import Curve

WIDTH, HEIGHT = 360.0, 150.0
LEFT, RIGHT, TOP, BOTTOM = 34.0, 10.0, 8.0, 22.0
DAY_HOURS = 24.0
MOST_TICKS = 6
# The tail behind this many times the time by which 90 % have failed says nothing more.
ROOM = 1.5
STEPS_DAYS = (1, 2, 5, 7, 14, 30, 60, 90, 180, 365)
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Tick:
    """A place on the axis of time; `days` is what stands there."""

    x: float
    days: int


@dataclass(frozen=True, slots=True)
class SurvivalPlot:
    """`line` is a polyline; `band` the 10-90 % interval of the remaining life as (x, width); x of
    its median; `age` the one point that is known of the age rule. Missing parts are None.

    A bound beyond the forecast's last edge is drawn there: nothing is claimed of what follows.
    """

    line: str
    band: Point | None
    median: float | None
    age: Point | None
    ticks: tuple[Tick, ...]
    top: float = TOP
    middle: float = (TOP + HEIGHT - BOTTOM) / 2
    bottom: float = HEIGHT - BOTTOM


def survival_plot(curve: Curve) -> SurvivalPlot:
    """Fit *curve* into WIDTH x HEIGHT; y grows downwards."""
    low, median, high = curve.rul_hours
    end = curve.edges_hours[-1]
    if high is not None:
        end = min(end, ROOM * high)

    def place(hours: float) -> float:
        return round(LEFT + min(hours, end) / end * (WIDTH - LEFT - RIGHT), 1)

    def height(share: float) -> float:
        return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)

    band = None
    if low is not None and low < end:
        band = (place(low), round(place(end if high is None else high) - place(low), 1))
    return SurvivalPlot(
        line=" ".join(f"{place(hours):g},{height(share):g}" for hours, share in _until(curve, end)),
        band=band,
        median=place(median) if median is not None and median < end else None,
        age=None if curve.age is None else (place(curve.age[0]), height(curve.age[1])),
        ticks=tuple(Tick(place(days * DAY_HOURS), days) for days in _days(end)),
    )


def _until(curve: Curve, end: float) -> Iterator[Point]:
    """The points of the curve, the last one where the picture ends."""
    for hours, share in zip((0.0, *curve.edges_hours), curve.survival, strict=True):
        if hours >= end:
            break
        yield hours, share
    yield end, 1.0 - chance_of_failure(list(curve.edges_hours), list(curve.survival), end)


def _days(end_hours: float) -> Iterator[int]:
    """Round days along the axis, few enough to be read."""
    most = end_hours / DAY_HOURS
    step = next((step for step in STEPS_DAYS if most / step <= MOST_TICKS), ceil(most / MOST_TICKS))
    yield from range(0, int(most) + 1, step)
