"""What a class remembers beside its predictors, for the words on a page: how often a machine that
looked so failed, how machines looked before they failed, and what its training rows looked like.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.class_data import ClassData
from models.drift import Reference, outside, reference_of, share_outside
from models.drift_words import drift_sentence
from models.features import FeatureName
from models.forecasts import ModeForecast
from models.labels import FAILURE
from models.metrics import known_within
from models.neighbours import PastFailures, SeenTable, past_failures, seen_table
from models.predictors.base import survival_at
from models.repairs import repair_notes
from models.samples import Sample
from models.spec import ClassSpec, duration_text
from models.tested import Tested

# What a technician can compare from machine to machine: spreads of the own normal.
COMPARED = frozenset({"deviation", "own_slope"})
# A row is told to be unlike the training rows when so much of it lies outside their range.
UNLIKE = 0.1


@dataclass(frozen=True, slots=True)
class Memory:
    """seen by group of modes, within the class's horizon; past: rows before failures."""

    seen: Mapping[str, SeenTable]
    past: PastFailures
    reference: Reference

    def to_parts(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return (JSON, arrays) for an artifact; `from_parts` takes them back."""
        said = {
            "seen": {group: table.to_json() for group, table in self.seen.items()},
            "past": self.past.to_json(),
        }
        arrays = {f"drift.{name}": part for name, part in self.reference.to_arrays().items()}
        return said, arrays

    @staticmethod
    def from_parts(said: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Memory:
        """Return the memory that was packed."""
        mine = {n[6:]: part for n, part in arrays.items() if n.startswith("drift.")}
        return Memory(
            seen={group: SeenTable.from_json(rows) for group, rows in said["seen"].items()},
            past=PastFailures.from_json(said["past"]),
            reference=Reference.from_arrays(mine),
        )


def remember(data: ClassData, tested: Mapping[str, Tested]) -> Memory:
    """Return what a class remembers, from all its samples and the out-of-fold rows by group."""
    return Memory(
        seen={group: _seen(data.spec, one) for group, one in tested.items()},
        past=_past(data),
        reference=reference_of(np.concatenate([sample.X for sample in data.samples])),
    )


def context_of(
    sample: Sample, spec: ClassSpec, memory: Memory, leading: ModeForecast, group: str
) -> dict[str, Any]:
    """Return what is told beside a forecast, ready for JSON: drift, repair, similar, seen_before.

    `leading` is the mode with the greatest risk, `group` the group it was learned in.
    """
    told: dict[str, Any] = {}
    row = sample.X[sample.newest]
    unlike = outside(memory.reference, sample.names, row)
    if share_outside(memory.reference, sample.names, row) >= UNLIKE:
        told["drift"] = {"sentence": drift_sentence(unlike, spec, sample.baselines)}
    notes = repair_notes(sample, spec)
    if notes:
        told["repair"] = [{"sentence": note} for note in notes]
    return told | _similar(sample, spec, memory) | _seen_before(spec, memory, leading, group)


def _seen_before(
    spec: ClassSpec, memory: Memory, leading: ModeForecast, group: str
) -> dict[str, Any]:
    table = memory.seen.get(group)
    risk = 1.0 - float(
        survival_at(np.array([leading.survival]), leading.edges, spec.horizon_steps)[0]
    )
    seen = None if table is None else table.at(risk)
    if seen is None or not leading.certain:
        return {}
    within = duration_text(seen.horizon, spec.step_us)
    days = seen.horizon / spec.steps_per_day
    said = {"times": seen.times, "failed": seen.failed, "days": days}
    return {"seen_before": {**said, "sentence": seen.sentence(within)}}


def _similar(sample: Sample, spec: ClassSpec, memory: Memory) -> dict[str, Any]:
    found = memory.past.most_similar(_comparable(sample.X[-1:], sample.names)[0])
    if found is None:
        return {}
    failure = found.failure
    sentence = found.sentence(spec.mode_name(failure.mode))
    return {
        "similar": {
            "sentence": sentence,
            "tag": failure.tag,
            "at": failure.at,
            "mode": failure.mode,
        }
    }


def _seen(spec: ClassSpec, tested: Tested) -> SeenTable:
    rows, horizon = tested.rows, spec.horizon_steps
    failed, known = known_within(rows.target.duration, rows.target.kind, horizon)
    risk = 1.0 - survival_at(tested.curves["hazard"], spec.edges, horizon)
    return seen_table(
        risk, rows.machine, rows.at, failed, known, horizon=horizon, step_us=spec.step_us
    )


def _past(data: ClassData) -> PastFailures:
    spec = data.spec
    rows = {s.tag: (s.at, _comparable(s.X, s.names)) for s in data.samples}
    return past_failures(
        rows,
        [failure for sample in data.samples for failure in _failures(sample)],
        lead_us=spec.lead_steps * spec.step_us,
        stale_us=2 * spec.review_steps * spec.step_us,
    )


def _failures(sample: Sample) -> list[tuple[str, int, str]]:
    return [
        (sample.tag, int(at), mode)
        for mode, label in sample.labels.items()
        for at in np.unique(label.ends_at[label.kind == FAILURE])
    ]


def _comparable(X: NDArray[np.float32], names: Sequence[FeatureName]) -> NDArray[np.float64]:
    """Deviations and slopes of the sensors, in spreads of the own normal: (n, fewer columns)."""
    columns = [k for k, name in enumerate(names) if name.statistic in COMPARED]
    return X[:, columns].astype(float)
