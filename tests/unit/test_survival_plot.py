"""A forecast as shapes: places worked by hand on a canvas of 360 x 150."""

from __future__ import annotations

from app.queries.forecasts import Curve
from app.web.survival_plot import survival_plot


def test_the_line_falls_from_all_running_to_what_the_last_edge_says() -> None:
    plot = survival_plot(Curve((240.0, 480.0), (1.0, 0.5, 0.0), (None, None, None), None))

    # 34 to 350 across, 8 to 128 down.
    assert plot.line == "34,8 192,68 350,128"
    assert (plot.band, plot.median, plot.age) == (None, None, None)


def test_the_interval_ends_where_the_forecast_does() -> None:
    plot = survival_plot(Curve((240.0, 480.0), (1.0, 0.8, 0.6), (120.0, None, None), (240.0, 0.9)))

    assert plot.band == (113.0, 237.0)
    assert plot.median is None
    assert plot.age == (192.0, 20.0)


def test_days_on_the_axis_are_round_and_few() -> None:
    plot = survival_plot(Curve((24.0 * 120,), (1.0, 0.0), (24.0, 48.0, None), None))

    assert [tick.days for tick in plot.ticks] == [0, 30, 60, 90, 120]
    assert plot.ticks[-1].x == 350.0


def test_the_empty_tail_of_a_short_life_is_left_out() -> None:
    plot = survival_plot(Curve((240.0, 4800.0), (1.0, 0.0, 0.0), (24.0, 120.0, 160.0), None))

    # It ends at 1.5 x 160 h: everything has failed by then.
    assert plot.line == "34,8 350,128"
    assert plot.median == 192.0


def test_a_very_long_forecast_still_has_an_axis() -> None:
    plot = survival_plot(Curve((24.0 * 10_000,), (1.0, 0.0), (24.0, None, None), None))

    assert 2 <= len(plot.ticks) <= 7
