"""The ratios of a night against its bare fits and a plain loop."""

from __future__ import annotations

import json

from benchmarks.measuring.processes import Measured
from benchmarks.night import compare

TOLD = {
    "task_cpu_seconds": 16.0,
    "workers": 2,
    "machines": 3,
    "trained": 3,
    "failed": 0,
    "orders_raised": 1,
}


def test_the_night_is_held_against_its_bare_fits_and_a_plain_loop():
    night = Measured(json.dumps(TOLD), 10.0, cpu_seconds=20.0, parent_mb=100.0, tree_mb=250.0)
    alone = Measured('{"trained": 3, "cpu_seconds": 15.0}', 18.0, 18.0, 90.0, 90.0)

    told = compare(night, alone)

    # Sixteen seconds of work for two workers are eight at best.
    assert told["efficiency"] == 0.8
    assert told["overhead_ratio"] == 1.25
    assert told["cpu_ratio"] == 1.25
    assert told["vs_sequential"] == 1.8
    assert told["peak_mb"] == {"parent": 100.0, "tree": 250.0}
