"""The chart: well formed, within its frame, honest about gaps."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from benchmarks.closed_loop import panels
from benchmarks.measuring.closed_loop.chart import Panel, draw

SVG = "{http://www.w3.org/2000/svg}"


def lines_of(text: str, style: str) -> list[str]:
    root = ElementTree.fromstring(text)
    paths = (path for path in root.iter(f"{SVG}path") if path.get("class") == f"line {style}")
    return [path.get("d", "") for path in paths]


def drawn(*values: float | None, is_share: bool = True) -> str:
    """The path of one line."""
    return lines_of(draw([Panel("Found", {"true": values}, is_share)]), "true")[0]


def heights(path: str) -> list[float]:
    return [float(y) for y in re.findall(r"[ML][\d.]+ ([\d.]+)", path)]


def test_shares_go_from_the_bottom_to_the_top() -> None:
    bottom, half, top = heights(drawn(0.0, 0.5, 1.0))

    assert bottom > half > top
    assert half == pytest.approx((bottom + top) / 2)


def test_a_missing_quarter_is_a_gap() -> None:
    assert re.sub(r"[\d. ]+", "", drawn(0.5, 0.6, None, 0.7, 0.8)) == "MhLMhL"


def test_money_below_zero_stays_in_the_frame() -> None:
    low, high = heights(drawn(-12_300.0, 48_900.0, is_share=False))

    assert 64 <= high < low <= 64 + 170


def test_the_legend_names_the_lines_that_are_there() -> None:
    text = draw([Panel("Found", {"true": [0.5], "reported": [0.4]}, True)])

    assert len(lines_of(text, "true")) == 2  # the line and its entry in the legend
    assert len(lines_of(text, "reported")) == 2
    assert lines_of(text, "naive") == []


def test_it_is_made_for_light_and_dark_pages() -> None:
    assert "prefers-color-scheme: dark" in draw([Panel("Found", {"true": [0.5]}, True)])


def test_titles_are_text_not_markup() -> None:
    root = ElementTree.fromstring(draw([Panel("a < b & c", {"true": [0.5]}, True)]))

    assert "a < b & c" in [element.text for element in root.iter(f"{SVG}text")]


@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_to_draw_is_said(values: list[float | None]) -> None:
    with pytest.raises(ValueError, match="nothing to draw of 'Found'"):
        draw([Panel("Found", {"true": values}, True)])


def test_too_many_panels_are_refused() -> None:
    with pytest.raises(ValueError, match="not 4"):
        draw([Panel("Found", {"true": [0.5]}, True)] * 4)


def test_panels_come_from_the_tables_of_quarters() -> None:
    names = ("coverage", "precision", "saving")
    row = {f"{name}_{kind}": 1.0 for name in names for kind in ("true", "reported")}
    report = {"quarters": {"quarter 1": row, "quarter 2": row}}

    made = panels(report)

    assert [dict(panel.lines) for panel in made] == [
        {"true": [1.0, 1.0], "reported": [1.0, 1.0]}
    ] * 3


def test_a_panel_without_a_value_is_left_out() -> None:
    names = ("coverage", "precision", "saving")
    row: dict[str, float | None] = {
        f"{name}_{kind}": None for name in names for kind in ("true", "reported")
    }
    row["precision_true"] = 0.5

    (made,) = panels({"quarters": {"quarter 1": row}})

    assert (made.title, dict(made.lines)) == ("Orders that met damage", {"true": [0.5]})
