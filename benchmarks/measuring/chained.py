"""Machines with several lives behind one tag, made of units that lived once each.

Life follows life: a unit fails at its last step, is exchanged at once, and the next one's first
step follows. Failure and exchange are recorded at the same instant, as a plant would record them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.measuring.rungs import Trial
from benchmarks.measuring.units import FIRST_US, MODE, Unit
from models import ClassSpec, Failures, MachineHistory, Series, Services, build_sample
from models.spec import HOUR_US


def chained(tag: str, lives: Sequence[Unit], spec: ClassSpec) -> MachineHistory:
    """Return one machine that lived these lives, just after the last one's failure."""
    offsets = np.cumsum([0, *(int(life.steps[-1]) for life in lives)])
    at = [FIRST_US + (life.steps + o) * HOUR_US for life, o in zip(lives, offsets, strict=False)]
    ends = FIRST_US + offsets[1:].astype(np.int64) * HOUR_US
    count, moments = len(ends), np.concatenate(at)
    return MachineHistory(
        tag=tag,
        class_code=spec.code,
        until=int(ends[-1]) + 1,  # a failure counts strictly before `until`
        readings={
            code: Series(moments, np.concatenate([life.readings[code] for life in lives]))
            for code in lives[0].readings
        },
        installed_at=FIRST_US,
        services=Services(
            at=ends,
            component=np.full(count, MODE),
            planned=np.zeros(count, bool),
            condition=np.full(count, "failed"),
        ),
        failures=Failures(ends, np.full(count, MODE)),
        restarts=ends,
    )


def last_lives(units: Sequence[Unit], spec: ClassSpec, *, lives: int, horizon: float) -> Trial:
    """Chain units in order, `lives` to a machine; learn from all but each machine's last life."""
    machines = [units[k : k + lives] for k in range(0, len(units) - lives + 1, lives)]
    histories = [chained(f"machine {k}", mine, spec) for k, mine in enumerate(machines, start=1)]
    cuts = [int(history.failures.at[-2]) + 1 for history in histories]
    pairs = list(zip(histories, cuts, strict=True))
    whole = tuple(build_sample(history, spec) for history in histories)
    return Trial(
        spec=spec,
        known=tuple(build_sample(history.as_of(cut), spec) for history, cut in pairs),
        whole=whole,
        tested=tuple(sample.at >= cut for sample, cut in zip(whole, cuts, strict=True)),
        horizon=horizon,
    )
