"""Forecasts as they were issued, and those of back-tests, sorted once, as arrays."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from app.queries.rule_previews.curves import Curves, Floats, Integers, chances

WINDOWS_KEPT = 3
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Refused:
    """A back-test that is left out, and why."""

    tag: str
    why: str


@dataclass(frozen=True, slots=True)
class Issued:
    """Forecasts that were allowed to raise an order, by night and key.

    `told` are the (key, moment) of every forecast, allowed or not. Moments are microseconds.
    `is_back_test` marks those of `risk` and the others that no night issued, `told_back_test`
    those of `told`.
    """

    at: Integers
    key: Integers
    risk: Floats
    hours: Floats
    curves: tuple[Curves, ...]
    told: tuple[Integers, Integers]
    is_back_test: Flags
    told_back_test: Flags
    refused: tuple[Refused, ...] = ()
    # Window in hours -> risk per forecast; of the last windows asked for only.
    _risks: dict[float, Floats] = field(default_factory=dict)

    def risk_within(self, hours: float) -> Floats:
        """The risk of a failure within *hours* per forecast: as calibrated where it was told for
        that window, else from the survival curve."""
        found = self._risks.get(hours)
        if found is None:
            found = self._risk_within(hours)
            if len(self._risks) == WINDOWS_KEPT:
                self._risks.pop(next(iter(self._risks)), None)
            self._risks[hours] = found
        return found

    def _risk_within(self, hours: float) -> Floats:
        found = np.empty(len(self.risk))
        for curves in self.curves:
            found[curves.places] = chances(curves, hours)
        as_told = self.hours == hours
        found[as_told] = self.risk[as_told]
        return found

    @property
    def cells(self) -> int:
        """How much memory it takes, in numbers."""
        curves = sum(each.survival.size + each.places.size for each in self.curves)
        return curves + (4 + WINDOWS_KEPT) * len(self.at) + 2 * len(self.told[0])
