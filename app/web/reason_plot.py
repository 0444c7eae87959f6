"""A reading against its normal and its sister machines: the shapes of an SVG the server draws."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.queries.suggestions import Reason
from app.web.sparkline import Point, polyline, stretches

WIDTH, HEIGHT = 360.0, 96.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 6.0, 6.0, 6.0
ROOM = 0.08


@dataclass(frozen=True, slots=True)
class ReasonPlot:
    """Polylines of the machine and of the sisters' median, the band as (y, height), and what the
    upper and lower end of the axis read."""

    own: tuple[str, ...]
    sisters: tuple[str, ...]
    band: tuple[float, float] | None
    last: Point | None
    top: float
    bottom: float


def reason_plot(reason: Reason) -> ReasonPlot | None:
    """Fit a trace into WIDTH x HEIGHT, y grows downwards; None where nothing was read."""
    known = [value for value in (*reason.values, *reason.sisters) if value is not None]
    if not any(value is not None for value in reason.values):
        return None
    low, high = _range([*known, *(b for b in (reason.low, reason.high) if b is not None)])

    def height(value: float) -> float:
        return round(HEIGHT - BOTTOM - (value - low) / (high - low) * (HEIGHT - TOP - BOTTOM), 1)

    own = _points(reason.values, height)
    band = None
    if reason.low is not None and reason.high is not None:
        band = height(reason.high), round(height(reason.low) - height(reason.high), 1)
    return ReasonPlot(
        own=tuple(polyline(stretch) for stretch in stretches(own)),
        sisters=tuple(polyline(stretch) for stretch in stretches(_points(reason.sisters, height))),
        band=band,
        last=next((point for point in reversed(own) if point is not None), None),
        top=high,
        bottom=low,
    )


def _points(values: Sequence[float | None], height: Callable[[float], float]) -> list[Point | None]:
    step = (WIDTH - LEFT - RIGHT) / max(1, len(values) - 1)
    return [
        None if value is None else (round(LEFT + place * step, 1), height(value))
        for place, value in enumerate(values)
    ]


def _range(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    room = ROOM * (high - low) or max(abs(high), 1.0) * ROOM
    return low - room, high + room
