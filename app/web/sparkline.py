"""A short line through time as the points of an SVG: drawn by the server, readable by anybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.queries.situations import Trace

WIDTH, HEIGHT = 120.0, 34.0
MARGIN = 3.0
# Risks are drawn from nothing up to at least this, so that a flat line looks like one.
LEAST_RISK_TOP = 0.1
Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Spark:
    """Polylines (one for each unbroken stretch), the height of the limit, and the last point."""

    lines: tuple[str, ...]
    limit: float | None
    last: Point | None


def spark(trace: Trace) -> Spark:
    """Fit *trace* into WIDTH x HEIGHT; y grows downwards."""
    low, high = _range(trace)
    step = (WIDTH - 2 * MARGIN) / max(1, len(trace.values) - 1)

    def height(value: float) -> float:
        share = (value - low) / (high - low)
        return round(HEIGHT - MARGIN - share * (HEIGHT - 2 * MARGIN), 1)

    points: list[Point | None] = [
        None if value is None else (round(MARGIN + place * step, 1), height(value))
        for place, value in enumerate(trace.values)
    ]
    known = [point for point in points if point is not None]
    return Spark(
        lines=tuple(polyline(stretch) for stretch in stretches(points)),
        limit=None if trace.limit is None else height(trace.limit),
        last=known[-1] if known else None,
    )


def _range(trace: Trace) -> tuple[float, float]:
    values = [value for value in (*trace.values, trace.limit) if value is not None]
    if trace.is_risk:
        return 0.0, max([LEAST_RISK_TOP, *values])
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    room = 0.1 * (high - low) or max(abs(high), 1.0) * 0.1
    return low - room, high + room


def stretches(points: Sequence[Point | None]) -> list[list[Point]]:
    """The unbroken runs of points that make a line."""
    found: list[list[Point]] = [[]]
    for point in points:
        if point is None:
            found.append([])
        else:
            found[-1].append(point)
    return [stretch for stretch in found if len(stretch) > 1]


def polyline(stretch: Sequence[Point]) -> str:
    """The `points` of an SVG polyline."""
    return " ".join(f"{x:g},{y:g}" for x, y in stretch)
