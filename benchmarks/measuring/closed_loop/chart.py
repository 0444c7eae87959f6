"""A picture of reported against true, as plain SVG that is readable on light and on dark pages."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 960, 300
PANEL_WIDTH, PANEL_HEIGHT = 240, 170
LEFT, TOP, BETWEEN = 60, 64, 75
TICKS = 4
PER_YEAR = 4
STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #424a53; }
  .title { font-weight: 600; font-size: 14px; fill: #1f2328; }
  .grid { stroke: #d1d9e0; } .zero { stroke: #818b98; }
  .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
  .true { stroke: #0b6bcb; } .reported { stroke: #bc4c00; stroke-dasharray: 7 5; }
  .naive { stroke: #818b98; stroke-dasharray: 1.5 5; }
  @media (prefers-color-scheme: dark) {
    text { fill: #b7bdc8; } .title { fill: #f0f6fc; }
    .grid { stroke: #3d444d; } .zero { stroke: #9198a1; }
    .true { stroke: #58a6ff; } .reported { stroke: #f0883e; } .naive { stroke: #9198a1; }
  }
"""
Values = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Panel:
    """One small chart: its lines by style ("true", "reported", "naive"), one value a quarter.

    A missing value is a gap. is_share: 0..1, drawn as per cent; else an amount of money.
    """

    title: str
    lines: Mapping[str, Values]
    is_share: bool


@dataclass(frozen=True, slots=True)
class Legend:
    """What the line styles mean."""

    style: str
    text: str


LEGEND = (
    Legend("true", "true (known to the simulator)"),
    Legend("reported", "as the product reports it"),
    Legend("naive", "true, with naive labels"),
)


def draw(panels: Sequence[Panel]) -> str:
    """An SVG document of up to three panels; ValueError for more, or for a panel of no values."""
    if not 1 <= len(panels) <= 3:
        raise ValueError(f"The chart has room for one to three panels, not {len(panels)}.")
    parts = [part for place, panel in enumerate(panels) for part in _panel(panel, place)]
    used = {style for panel in panels for style in panel.lines}
    legend = _legend([entry for entry in LEGEND if entry.style in used])
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            ' aria-label="Reported against true, by quarter">',
            f"<style>{STYLE}</style>",
            *parts,
            *legend,
            "</svg>\n",
        ]
    )


def _panel(panel: Panel, place: int) -> Iterator[str]:
    known = [v for values in panel.lines.values() for v in values if v is not None]
    if not known:
        raise ValueError(f"There is nothing to draw of {panel.title!r}.")
    low, high = (0.0, 1.0) if panel.is_share else _rounded(min(known), max(known))
    left, count = LEFT + place * (PANEL_WIDTH + BETWEEN), max(map(len, panel.lines.values()))
    yield f'<text class="title" x="{left}" y="{TOP - 14}">{escape(panel.title)}</text>'
    for tick in range(TICKS + 1):
        value = low + (high - low) * tick / TICKS
        yield from _tick(left, _height(value, low, high), _label(value, panel), value == 0.0)
    for year in range(math.ceil(count / PER_YEAR)):
        middle = left + _across(min(year * PER_YEAR + (PER_YEAR - 1) / 2, count - 1), count)
        y = TOP + PANEL_HEIGHT + 18
        yield f'<text x="{middle:.1f}" y="{y}" text-anchor="middle">year {year + 1}</text>'
    for style, values in panel.lines.items():
        points = [_point(left, place, value, count, low, high) for place, value in _seen(values)]
        breaks = [place for place, _ in _seen(values)]
        yield f'<path class="line {style}" d="{_path(points, breaks)}"/>'


def _seen(values: Values) -> list[tuple[int, float]]:
    return [(place, value) for place, value in enumerate(values) if value is not None]


def _point(
    left: int, place: int, value: float, count: int, low: float, high: float
) -> tuple[float, float]:
    return left + _across(place, count), _height(value, low, high)


def _across(place: float, count: int) -> float:
    return PANEL_WIDTH * (place + 0.5) / count


def _height(value: float, low: float, high: float) -> float:
    return TOP + PANEL_HEIGHT * (1.0 - (value - low) / (high - low))


def _path(points: Sequence[tuple[float, float]], places: Sequence[int]) -> str:
    """Joined where quarters follow each other; a quarter on its own is a dot (a round cap)."""
    text = ""
    for number, (x, y) in enumerate(points):
        follows = number > 0 and places[number] == places[number - 1] + 1
        text += f"L{x:.1f} {y:.1f}" if follows else f"M{x:.1f} {y:.1f}h0"
    return text


def _tick(left: int, y: float, label: str, is_zero: bool) -> Iterator[str]:
    style = "zero" if is_zero else "grid"
    yield f'<path class="{style}" d="M{left} {y:.1f}h{PANEL_WIDTH}"/>'
    yield f'<text x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{label}</text>'


def _label(value: float, panel: Panel) -> str:
    return f"{value:.0%}" if panel.is_share else f"{value / 1000:,.0f}k"


def _rounded(least: float, most: float) -> tuple[float, float]:
    """Ends of an axis with round steps that holds zero and every value."""
    least, most = min(least, 0.0), max(most, 0.0)
    rough = max((most - least) / TICKS, 1000.0)
    power = 10.0 ** math.floor(math.log10(rough))
    for step in (power * n for n in (1, 2, 2.5, 5, 10, 20)):
        low = math.floor(least / step) * step
        if low + TICKS * step >= most:
            return low, low + TICKS * step
    raise AssertionError("a step twenty times a quarter of the range holds it")


def _legend(entries: Sequence[Legend]) -> Iterator[str]:
    x, y = LEFT, HEIGHT - 14
    for entry in entries:
        yield f'<path class="line {entry.style}" d="M{x} {y - 4}h28"/>'
        yield f'<text x="{x + 36}" y="{y}">{escape(entry.text)}</text>'
        x += 70 + round(6.2 * len(entry.text))
