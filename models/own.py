"""A machine's own hazard: learned from nothing but itself, and only served where that was better.

It competes from `MIN_OWN_EVENTS` failures of its mode on; a class may ask for it (`predictor =
own`), and then its price is measured beside what the class would have said on the same rows.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.class_fits import unfitted
from models.cross_fits import Fitted
from models.group_models import Curves, GroupModel
from models.labels import ModeLabel
from models.metrics import known_within, log_losses
from models.pools import fingerprint, first_end, is_undecided, pool
from models.predictors.base import CannotFit, survival_at
from models.recipes import BY_NAME, QUICK
from models.samples import Sample
from models.spec import ClassSpec
from models.splits import forward_folds

Floats = NDArray[np.float64]

MIN_OWN_EVENTS = 10
# What a class that asks for own predictors is given at least: fewer lives say nothing of signs.
FEWEST_ASKED = 3
COMPARED = ("rows", "log_score", "class_log_score", "is_better")


@dataclass(frozen=True, slots=True)
class OwnHazard:
    """The fit, and log scores on the rows both saw out of fold (None = none in common).

    is_better: by more than one standard error over lives. events: this machine's. tested: its
    curves (n, bins + 1) out of fold at the decisions tested_at; nothing where none were made.
    """

    hazard: Fitted
    events: int
    rows: int
    log_score: float | None
    class_log_score: float | None
    is_better: bool
    tested_at: NDArray[np.int64] = field(
        default_factory=lambda: np.empty(0, np.int64), repr=False, compare=False
    )
    tested: Floats = field(default_factory=lambda: np.empty((0, 1)), repr=False, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return what the machine's record tells of it."""
        return {
            "events": self.events,
            "rows": self.rows,
            "log_score": self.log_score,
            "class_log_score": self.class_log_score,
            "is_better": self.is_better,
        }


def own_hazard(
    sample: Sample,
    spec: ClassSpec,
    model: GroupModel,
    curves: Curves | None,
    record: Mapping[str, Any] | None = None,
) -> OwnHazard | str:
    """Return this machine's own hazard for a group of modes, or why it has none.

    `curves` are the class's out-of-fold forecasts of this machine. A night that has none, because
    it refits nothing, goes by the `record` of the last one that had: `OwnHazard.to_json`.
    """
    rows = pool([sample], model.group.modes)
    events = int(rows.target.ends_here.sum())
    needed = FEWEST_ASKED if spec.predictor == "own" else MIN_OWN_EVENTS
    if events < needed:
        return f"{events} failures of its own; its own hazard needs {needed}."
    fitted = _fit(sample, spec, model, until=None)
    if fitted is None:
        return "Its own failures do not allow a fit."
    if curves is None and record:
        return OwnHazard(fitted, events, **{name: record[name] for name in COMPARED})
    if curves is None or not len(curves.at):
        return OwnHazard(fitted, events, 0, None, None, is_better=False)
    tested = _out_of_fold(sample, spec, model)
    rows_in_common, mine, theirs, is_better = _compared(sample, spec, model, curves, tested)
    return OwnHazard(fitted, events, rows_in_common, mine, theirs, is_better, *tested)


def _fit(sample: Sample, spec: ClassSpec, model: GroupModel, until: int | None) -> Fitted | None:
    rows = pool([sample], model.group.modes)
    if until is None:
        gap = spec.gap_steps * spec.step_us
        rows = rows.untaught(is_undecided(rows, sample.until, gap))
    else:
        rows = rows.take(rows.at <= until)
    recipe = BY_NAME.get(model.recipe, QUICK)
    if recipe.kind == "deep":  # a network learns nothing from one machine's few failures
        recipe = QUICK
    seed = zlib.crc32(f"{fingerprint(sample)} {model.group.name} own {until}".encode())
    hazard = unfitted(recipe, spec, sample.names, seed, min_events=FEWEST_ASKED)
    try:
        return hazard.fit(rows.X, rows.target)
    except CannotFit:
        return None


def _compared(
    sample: Sample,
    spec: ClassSpec,
    model: GroupModel,
    curves: Curves,
    tested: tuple[NDArray[np.int64], Floats],
) -> tuple[int, float | None, float | None, bool]:
    """Return the rows in common, own and class log score on them, whether own is clearly better."""
    label = first_end([sample.labels[mode] for mode in model.group.modes])
    at, own = tested
    _, mine, theirs = np.intersect1d(at, curves.at, return_indices=True)
    row = np.searchsorted(sample.at, at[mine])
    failed, known = known_within(label.duration[row], label.kind[row], spec.risk_steps)
    if not failed[known].any():
        return 0, None, None, False
    served = curves.hazard[theirs].astype(float)
    if model.rung == "own_level":
        served = served ** curves.level[theirs, None]
    losses = [
        log_losses(1.0 - survival_at(c[known], spec.edges, spec.risk_steps), failed[known])
        for c in (own[mine], served)
    ]
    gain = _per_life(losses[1] - losses[0], label, row[known])
    error = gain.std(ddof=1) / np.sqrt(len(gain)) if len(gain) > 1 else np.inf
    own_score, class_score = (float(loss.mean()) for loss in losses)
    return int(known.sum()), own_score, class_score, bool(gain.mean() > error)


def _per_life(gain: Floats, label: ModeLabel, row: NDArray[np.intp]) -> Floats:
    _, life = np.unique(label.ends_at[row], return_inverse=True)
    return np.bincount(life, weights=gain).astype(float)


def _out_of_fold(
    sample: Sample, spec: ClassSpec, model: GroupModel
) -> tuple[NDArray[np.int64], Floats]:
    """Return (at, curves) of this machine's rows after each origin, foretold by itself alone."""
    tested, told = [np.empty(0, np.int64)], [np.empty((0, len(spec.edges) + 1))]
    for fold in forward_folds(spec, int(sample.at[0]), sample.until):
        hazard = _fit(sample.as_of(fold.origin), spec, model, until=fold.train_until)
        rows = fold.test(sample.at)
        if hazard is not None and rows.any():
            tested.append(sample.at[rows])
            told.append(hazard.predict_survival(sample.X[rows]))
    return np.concatenate(tested), np.concatenate(told)
