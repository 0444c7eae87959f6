"""Peers that need no learning to speak of: always, never, and the matching error."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.measuring.fleets import Fleet
from benchmarks.measuring.scoring import Bools, Floats, Foretold
from models.features import FeatureName

# The data set's own lore: which errors come a day before which failure (all of them together).
MATCHING_ERRORS: Mapping[str, tuple[str, ...]] = {
    "comp1": ("error1",),
    "comp2": ("error2", "error3"),
    "comp3": ("error4",),
    "comp4": ("error5",),
}


def always(fleet: Fleet, origin: int) -> Foretold:
    """An alarm for everything, every day."""
    certain = np.ones(fleet.fails_day[..., fleet.at >= origin].shape)
    return Foretold(certain, certain, threshold=0.5)


def never(fleet: Fleet, origin: int) -> Foretold:
    """No alarm at all."""
    nothing = np.zeros(fleet.fails_day[..., fleet.at >= origin].shape)
    return Foretold(nothing, nothing, threshold=0.5)


def event_rule(fleet: Fleet, origin: int) -> Foretold:
    """An alarm when the component's errors were seen in the last 24 hours.

    Its risks are the shares of failures with and without the errors in training time.
    """
    seen = matching_errors(fleet)
    tested, rates = fleet.at >= origin, []
    for days, fails in ((1, fleet.fails_day), (7, fleet.fails_week)):
        known = fleet.known(days, origin)
        rates.append(_rates(seen[..., known], fails[..., known]))
    day, week = (_risks(seen[..., tested], rate) for rate in rates)
    return Foretold(day, week, threshold=sum(rates[0]) / 2)


def matching_errors(fleet: Fleet) -> Bools:
    """Return where every matching error of the component occurred within a day before."""
    names = fleet.samples[0].names
    column = {name.code: i for i, name in enumerate(names) if _counts_a_day(name, fleet)}
    per_mode = [[column[code] for code in MATCHING_ERRORS[mode]] for mode in fleet.modes]
    return np.array(
        [[(s.X[:, columns] > 0).all(axis=1) for columns in per_mode] for s in fleet.samples]
    )


def _counts_a_day(name: FeatureName, fleet: Fleet) -> bool:
    return name.statistic == "count" and name.window == fleet.steps(1)


def _rates(seen: Bools, failed: Bools) -> tuple[float, float]:
    """Shares of failures without and with the errors; 0 where there is no such day."""
    return _share(failed[~seen]), _share(failed[seen])


def _share(failed: Bools) -> float:
    return float(failed.mean()) if failed.size else 0.0


def _risks(seen: Bools, rates: tuple[float, float]) -> Floats:
    return np.where(seen, rates[1], rates[0])
