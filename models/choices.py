"""What serves one machine: what it lacks, its class's verdict, its own veto.

The ladder, from the least to the most evidence (`forecasts.RUNGS`):

    not_enough_data   its own normal is not known yet. Every deviation is missing then, and a
                      hazard of missing deviations is an age rule in disguise; so the machine has
                      the age rule's forecast, if its class has one, and is not called predicted
    health            no failure of the class is on record and no life was entered: watched
                      against its own normal, no forecast
    reference         the age rule: failures of the class, or lives a planner entered
    class_hazard      what the class learned of its sensors (8 events, better than the age rule)
    own_level         the same at the machine's own level
    own_hazard        what it learned from itself alone: 10 failures of its own and clearly better,
                      or because its class asks for it (`predictor = own`)

The first three never raise predicted orders; the first two may lead to inspections at most.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import nbinom

from models.group_models import Curves, GroupModel, Tally
from models.health import day_text, has_normal, missing_normal, own_normals
from models.own import OwnHazard, own_hazard
from models.pools import pool
from models.predictors.level import expected_events, level
from models.samples import Sample
from models.spec import ClassSpec, duration_text

Floats = NDArray[np.float64]

# A machine whose own count is this unlikely under its class, differences between machines
# allowed for, is not served by the class's hazard.
VETO = 0.01

# Rungs whose forecast, if there is one, rests on ages alone.
BY_AGE = frozenset({"not_enough_data", "reference"})
YOUNG_DAYS = 14.0  # of running time
# Running for so many times what a normal needs without completing one: its readings are sparse,
# the machine is not new.
SPARSE = 2.0


@dataclass(frozen=True, slots=True)
class Choice:
    """What serves one group on this machine. `own` is its own hazard, fitted but maybe not served;
    a text says why there is none."""

    model: GroupModel
    rung: str
    reason: str
    tally: Tally
    level: float
    own: OwnHazard | str = ""


def choose(
    sample: Sample,
    spec: ClassSpec,
    model: GroupModel,
    curves: Curves | None = None,
    record: Mapping[str, Any] | None = None,
) -> Choice:
    """What a new machine lacks first; then the class's verdict, silence, the machine's veto, and
    its own hazard. `curves` and `record` are those of `own.own_hazard`."""
    model = model.of(sample.tag)
    of_class = _of_class(sample, spec, model)
    if of_class.rung == "not_enough_data" or not _is_seen(sample):
        return of_class
    own = own_hazard(sample, spec, model, curves, record)
    if isinstance(own, OwnHazard) and (own.is_better or spec.predictor == "own"):
        return replace(of_class, rung="own_hazard", reason=_reason_of_own(own, spec), own=own)
    if spec.predictor == "own":
        said = f"Own predictors were asked for: {own} The age rule serves."
        return replace(of_class, rung="reference", reason=said, own=own)
    return replace(of_class, own=own)


def _reason_of_own(own: OwnHazard, spec: ClassSpec) -> str:
    asked = " Its class asks for own predictors." if spec.predictor == "own" else ""
    if own.log_score is None or own.class_log_score is None:
        return f"Learned from its own {own.events} failures; nothing to compare with yet.{asked}"
    return (
        f"Learned from its own {own.events} failures: log score {own.log_score:.4f} against "
        f"{own.class_log_score:.4f} of its class on the same rows.{asked}"
    )


def _of_class(sample: Sample, spec: ClassSpec, model: GroupModel) -> Choice:
    tally = _updated(sample, spec, model)
    own = level(tally.observed, tally.expected, model.strength)
    lacking = not_yet(sample, spec)
    if lacking:
        return Choice(model, "not_enough_data", lacking, tally, own)
    if model.rung == "reference":
        return Choice(model, "reference", model.reason, tally, own)
    if not _is_seen(sample):
        return Choice(model, "reference", _silence(sample, spec), tally, own)
    if _contradicts(tally, model.strength):
        reason = (
            f"{tally.observed:.0f} events against {tally.expected:.1f} expected contradict the "
            "class; the age rule serves."
        )
        return Choice(model, "reference", reason, tally, own)
    return Choice(model, model.rung, model.reason, tally, own)


def _silence(sample: Sample, spec: ClassSpec) -> str:
    if sample.standing_since is not None:
        return f"It has stood still since {day_text(sample.standing_since)}; only its age is told."
    return f"No sensor has a reading in {duration_text(spec.windows[-1], spec.step_us)}."


def not_yet(sample: Sample, spec: ClassSpec) -> str:
    """Say what a new machine lacks for anything but its age to be told; empty when nothing.

    New: no role has a normal yet, and the machine ran for less than two weeks since its first
    reading, or since its unit was exchanged; where only deviations are told, as long as its
    normal is still coming.
    """
    normals = own_normals(sample, spec)
    if not normals or has_normal(normals):
        return ""
    ran = _ran_steps(sample, [n.known_from for n in normals if n.known_from is not None])
    is_young = ran < YOUNG_DAYS * spec.steps_per_day
    is_coming = ran < SPARSE * spec.baseline_steps and not _is_seen(sample)
    if not (is_young or is_coming):
        return ""
    missing = missing_normal(normals, spec, sample.until)
    return f"{missing} Until then only its age is told."


def served_curves(choice: Choice, X: NDArray[np.float32]) -> Floats:
    """Curves of the own hazard where that serves, else of the class's, at the machine's own level
    where that serves."""
    if choice.rung == "own_hazard" and isinstance(choice.own, OwnHazard):
        return choice.own.hazard.predict_survival(X)
    curves = choice.model.survival(X)
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
    curves = model.survival(rows.X)
    due = float(expected_events(curves, spec.edges, rows.target).sum())
    seen = float(rows.target.ends_here.sum())
    return Tally(known.observed + seen, known.expected + due, sample.until)


def _ran_steps(sample: Sample, known_from: list[int]) -> float:
    first = min(known_from, default=sample.until)
    since, until = sample.elapsed_steps(np.array([first, sample.until]))
    return float(until - since)


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
