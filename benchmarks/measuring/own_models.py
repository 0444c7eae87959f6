"""The peer that learns alone: one plain boosting model per machine, on its own history only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from threadpoolctl import threadpool_limits

from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.scoring import Bools, Floats, Foretold
from benchmarks.measuring.tasks import in_parallel
from models import metrics
from models.engines import Engine
from models.predictors.hazard import varying_columns
from models.splits import Fold, forward_folds

Rows = NDArray[np.float32]

# Half the class's: they reach over the same days, and these fits are most of the benchmark's time.
FOLDS = 2


@dataclass(frozen=True, slots=True)
class Alone:
    """What one machine's own models foretell: tested days, and out of fold on training days.

    day, week: (modes, days); `before` and `happened`: risk of one day and truth, flat.
    """

    day: Floats
    week: Floats
    before: Floats
    happened: Bools


def own_models(fleet: Fleet, origin: int, engine: Engine) -> Foretold:
    """Return the risks of one HistGradientBoosting model per machine and horizon.

    Same features and gap as the class hazard; the component is one more column; settings
    are scikit-learn's. The threshold is fixed on all machines' out-of-fold risks together.
    """
    alone = in_parallel(engine, _learn_alone, len(fleet.samples), shared=(fleet, origin))
    before = np.concatenate([one.before for one in alone])
    happened = np.concatenate([one.happened for one in alone])
    return Foretold(
        day=np.array([one.day for one in alone]),
        week=np.array([one.week for one in alone]),
        threshold=metrics.best_threshold(before, happened),
    )


def _learn_alone(machine: int, shared: tuple[Fleet, int]) -> Alone:
    fleet, origin = shared
    X = fleet.samples[machine].X
    fold = fleet.fold(origin)
    day, week = fleet.fails_day[machine], fleet.fails_week[machine]
    risks, truths = [np.empty(0)], [np.empty(0, bool)]
    with threadpool_limits(1):
        for past in forward_folds(fleet.spec, int(fleet.at[0]), origin, FOLDS):
            tested = past.test(fleet.at) & fleet.known(1, origin)
            risks.append(_foretell(X, day, past.train(fleet.at), tested).ravel())
            truths.append(day[:, tested].ravel())
        return Alone(
            day=_foretell(X, day, fold.train(fleet.at), _tested(fleet, fold)),
            week=_foretell(X, week, fold.train(fleet.at), _tested(fleet, fold)),
            before=np.concatenate(risks),
            happened=np.concatenate(truths),
        )


def _tested(fleet: Fleet, fold: Fold) -> Bools:
    return fleet.at >= fold.origin


def _foretell(X: Rows, failed: Bools, train: Bools, test: Bools) -> Floats:
    """Fit on the training days of every component, return risks (modes, tested days)."""
    modes = len(failed)
    truth = failed[:, train].ravel()
    if len(np.unique(truth)) < 2:
        return np.full((modes, int(test.sum())), float(truth.any()))
    learned, asked = _by_mode(X[train], modes), _by_mode(X[test], modes)
    columns = varying_columns(learned)
    model = HistGradientBoostingClassifier(random_state=0).fit(learned[:, columns], truth)
    return np.asarray(model.predict_proba(asked[:, columns])[:, 1].reshape(modes, -1))


def _by_mode(X: Rows, modes: int) -> Rows:
    """Repeat the rows for each component, with its number as one more column."""
    number = np.repeat(np.arange(modes, dtype=np.float32), len(X))
    return np.column_stack([np.tile(X, (modes, 1)), number])
