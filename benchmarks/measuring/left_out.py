"""Which machines a class is not taught, so that it can be asked about machines it never saw."""

from __future__ import annotations

from collections import defaultdict

from benchmarks.measuring.class_stage import Learned, Machines
from benchmarks.measuring.fleets import Fleet
from models.class_data import unit_folds

PARTS = 4


def dealt(learned: Learned, parts: int = PARTS) -> list[Machines]:
    """Return the machines in so many parts, dealt out in canonical order: no name decides."""
    ordered = learned.data.samples
    folds = unit_folds(len(ordered), parts)
    return [frozenset(ordered[number].tag for number in fold.tested) for fold in folds]


def by_attribute(fleet: Fleet, name: str) -> dict[str, Machines]:
    """Return the machines by the value of an attribute, in the order of the values."""
    found: defaultdict[str, set[str]] = defaultdict(set)
    for sample in fleet.samples:
        found[str(sample.attributes.get(name, ""))].add(sample.tag)
    return {value: frozenset(found[value]) for value in sorted(found)}
