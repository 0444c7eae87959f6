"""What serves one machine: its class's verdict first, then what it lacks, then its own veto."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from models.classes import GroupModel, Tally, group_survival
from models.explain import duration_text
from models.pools import pool
from models.predictors.level import expected_events, level
from models.samples import Sample
from models.spec import ClassSpec

Floats = NDArray[np.float64]

# A machine whose own count is this unlikely under its class, differences between machines
# allowed for, is not served by the class's hazard.
VETO = 0.01


@dataclass(frozen=True, slots=True)
class Choice:
    """What serves one group on this machine."""

    model: GroupModel
    rung: str
    reason: str
    tally: Tally
    level: float


def choose(sample: Sample, spec: ClassSpec, model: GroupModel) -> Choice:
    """The class's verdict first; then what this machine lacks, then its veto."""
    tally = _updated(sample, spec, model)
    own = level(tally.observed, tally.expected, model.strength)
    if model.rung == "reference":
        return Choice(model, "reference", model.reason, tally, own)
    if not _is_seen(sample):
        reason = f"No sensor has a reading in {duration_text(spec.windows[-1], spec.step_us)}."
        return Choice(model, "reference", reason, tally, own)
    if _contradicts(tally, model.strength):
        reason = (
            f"{tally.observed:.0f} events against {tally.expected:.1f} expected contradict the "
            "class; the age rule serves."
        )
        return Choice(model, "reference", reason, tally, own)
    return Choice(model, model.rung, model.reason, tally, own)


def served_curves(choice: Choice, X: NDArray[np.float32]) -> Floats:
    """Curves of the class hazard, at the machine's own level where that serves."""
    curves = group_survival(choice.model, X, {})
    return np.asarray(curves**choice.level) if choice.rung == "own_level" else curves


def _updated(sample: Sample, spec: ClassSpec, model: GroupModel) -> Tally:
    """Return the machine's tally with the rows the class model has not seen yet.

    A machine that came after the class was trained brings all its rows.
    """
    known = model.tallies.get(sample.tag, Tally(0.0, 0.0, 0))
    if model.hazard is None or sample.until <= known.until:
        return known
    rows = pool([sample], model.group.modes)
    rows = rows.take(rows.at >= known.until)
    if not len(rows):
        return known
    curves = model.hazard.predict_survival(rows.X)
    due = float(expected_events(curves, spec.edges, rows.target).sum())
    seen = float(rows.target.ends_here.sum())
    return Tally(known.observed + seen, known.expected + due, sample.until)


def _is_seen(sample: Sample) -> bool:
    """Whether any sensor tells anything on the newest row."""
    roles = [column for column, name in enumerate(sample.names) if name.group[:5] == "role:"]
    return bool(np.isfinite(sample.X[sample.newest, roles]).any()) or not roles


def _contradicts(tally: Tally, strength: float) -> bool:
    """Two-sided test of the count under the class's negative binomial (mean = expected)."""
    if tally.expected <= 0:
        return False
    share = strength / (strength + tally.expected)
    few = nbinom.cdf(tally.observed, strength, share)
    many = nbinom.sf(tally.observed - 1, strength, share)
    return bool(2 * min(few, many) < VETO)
