"""Final fits of one recipe, each blind to what some of the machines went through of late.

A machine that lasts longer than its signs foretold teaches, night after night, that it survives
looking so: trees learn it by heart and a refit talks itself out of the risk it saw. So nobody is
foretold by a fit that looked at the newest rows of their own life while it goes on (ADR 18), as
cross-fitting keeps a row's own outcome from its forecast (Chernozhukov and others 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.predictors.deep import Deep
from models.predictors.ensemble import Ensemble, mean_opinion
from models.predictors.hazard import Hazard

Fitted = Hazard | Ensemble | Deep


@dataclass(frozen=True, slots=True)
class CrossFit:
    """One recipe's final fits, and beside each the machines (by tag) it is blind to."""

    fits: tuple[Fitted, ...]
    blind_to: tuple[frozenset[str], ...]

    def of(self, tag: str) -> CrossFit:
        """Return what may foretell a machine: the fit that is blind to it, all for a stranger."""
        kept = [k for k, side in enumerate(self.blind_to) if tag in side]
        if not kept:
            return self
        return CrossFit((self.fits[kept[0]],), (self.blind_to[kept[0]],))

    def predict_survival(self, X: NDArray[Any]) -> NDArray[np.float64]:
        """Return P(no event by each edge), (n, bins + 1): the mean opinion of the fits."""
        curves = [fit.predict_survival(X) for fit in self.fits]
        return curves[0] if len(curves) == 1 else mean_opinion(curves)
