"""A trace fits its picture, gaps stay gaps, and a flat line is no drama."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.queries.situations import Trace
from app.web.sparkline import HEIGHT, WIDTH, spark

VALUES = st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), max_size=60)


@given(values=VALUES, limit=st.one_of(st.none(), st.floats(-1e6, 1e6)))
def test_every_point_lies_inside_the_picture(
    values: list[float | None], limit: float | None
) -> None:
    drawn = spark(Trace(tuple(values), limit, is_risk=False))

    points = [point.split(",") for line in drawn.lines for point in line.split()]
    assert all(0 <= float(x) <= WIDTH and 0 <= float(y) <= HEIGHT for x, y in points)
    assert drawn.limit is None or 0 <= drawn.limit <= HEIGHT


def test_a_gap_breaks_the_line() -> None:
    drawn = spark(Trace((1.0, 2.0, None, 3.0, 4.0), None, is_risk=False))

    assert len(drawn.lines) == 2


def test_a_small_risk_stays_near_the_ground() -> None:
    drawn = spark(Trace((0.01, 0.01), None, is_risk=True))

    assert drawn.last is not None
    assert drawn.last[1] > 0.8 * HEIGHT


def test_nothing_known_draws_nothing() -> None:
    drawn = spark(Trace((None, None), None, is_risk=False))

    assert (drawn.lines, drawn.last) == ((), None)
