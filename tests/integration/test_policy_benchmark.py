"""`benchmarks.policy` on a year as small as it can be: the same orders both ways, and its keys."""

from __future__ import annotations

from benchmarks.measuring.policy.previews import POSITIONS, measure_previews


def test_every_position_is_compared_and_timed() -> None:
    report = measure_previews(machines=4, nights=40)

    assert (report["forecasts"], report["positions"], len(POSITIONS)) == (320, 20, 20)
    assert 0 < report["preview_next_ms"] < 1_000 * report["preview_first_s"]
    assert report["naive_ms"] > 0
    assert report["speedup"] > 0
