"""What a calendar knows: the risk of each component from ages alone (Weibull, calendar days)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.measuring.calendar_rule import Kind, by_kind
from benchmarks.measuring.lives import Lives, lives_of
from benchmarks.measuring.record import Part
from benchmarks.measuring.scoring import DAY_US
from models.predictors.base import Target, survival_at
from models.predictors.reference import Reference


@dataclass(frozen=True, slots=True)
class AgeRule:
    """One Weibull per class and component, learned from the lives known at an instant.

    A component without failures leans on the rate of its class, as in the library.
    """

    rules: Mapping[Kind, Reference]

    def risk(self, part: Part, at: int, days: float) -> float:
        """The risk that the part in place fails within `days` of `at`."""
        rule = self.rules.get((part.class_code, part.mode))
        if rule is None:
            return 0.0
        age = np.array([[(at - part.birth(at)) / DAY_US]])
        return 1.0 - float(survival_at(rule.predict_survival(age), rule.edges, days)[0])


def learn_ages(parts: Sequence[Part], at: int, days: Sequence[float]) -> AgeRule:
    """Return the age rule of a night; `days` are the horizons it will be asked for."""
    edges = tuple(sorted(set(days)))
    known = {kind: lives_of(same, at) for kind, same in by_kind(parts).items()}
    known = {kind: lives for kind, lives in known.items() if _exposure(lives) > 0}
    return AgeRule({kind: _fitted(kind, known, edges) for kind in known})


def _fitted(kind: Kind, known: Mapping[Kind, Lives], edges: tuple[float, ...]) -> Reference:
    lives = known[kind]
    of_class = [lives for (code, _), lives in known.items() if code == kind[0]]
    events = sum(int((one.kind > 0).sum()) for one in of_class)
    rate = events / sum(_exposure(one) for one in of_class)
    target = Target(lives.end - lives.entry, lives.kind, np.full(len(lives), np.inf))
    return Reference(edges, prior_rate=rate).fit(lives.entry[:, None], target)


def _exposure(lives: Lives) -> float:
    return float((lives.end - lives.entry).sum())
