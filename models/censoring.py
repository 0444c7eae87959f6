"""Scores under censoring: the rows that were watched on stand for those that were cut short.

A life cut short by work or by the end of the record tells nothing of its end; those that were
watched on, each divided by the chance of being watched on, stand for it (inverse probability of
censoring, Kaplan-Meier of the time to censoring: Graf et al. 1999).
"""

from __future__ import annotations

import numpy as np

from models.predictors.base import Bools, Floats, Kinds


def censoring_weights(duration: Floats, ended: Bools, until: Floats) -> Floats:
    """Return 1 / P(not censored before `until`), (n,), 1 where nobody is censored.

    ended (n,): the life was not censored. Kaplan-Meier of the time to censoring; at equal times
    an end comes before a censoring. Nobody censored before `until` may be given a weight: the
    caller leaves those rows out.
    """
    times = np.unique(duration[~ended])
    rising, of_ends = np.sort(duration), np.sort(duration[ended])
    still = len(duration) - np.searchsorted(rising, times, side="left")
    # Who ends at this very time is not at risk of being censored any more.
    just = np.searchsorted(of_ends, times, "right") - np.searchsorted(of_ends, times, "left")
    cut = np.bincount(np.searchsorted(times, duration[~ended]), minlength=len(times))
    watched = np.cumprod(1.0 - cut / np.maximum(still - just, 1))
    before = np.concatenate([[1.0], watched])[np.searchsorted(times, until, side="left")]
    return np.asarray(np.divide(1.0, before, out=np.zeros(len(before)), where=before > 0))


def ipcw_weights_for_horizon(duration: Floats, kind: Kinds, horizon: float) -> Floats:
    """Return the weight (n,) of each row in a score at a horizon; 0 where the truth is unknown.

    With `failed` of `known_within`, np.average(squared_losses(risk, failed), weights=...) is the
    Brier score under censoring (Graf et al. 1999). The weights add up to about n.
    """
    ended = kind > 0
    known = (ended & (duration <= horizon)) | (duration >= horizon)
    weights = censoring_weights(duration, ended, np.minimum(duration, horizon))
    return np.where(known, weights, 0.0)
