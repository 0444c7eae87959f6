"""Storms: too many suggestions in one night are more likely one common cause than many failures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

# Fewer machines than this are no storm, whatever their share.
LEAST_MACHINES = 3


class StormState(StrEnum):
    """What became of the suggestions a storm held back."""

    WAITING = "waiting"
    RELEASED = "released"
    REFUSED = "refused"


def is_storm(wanted: int, machines: int, share: float) -> bool:
    """Whether so many machines with a new suggestion, of so many looked at, are a storm."""
    return wanted >= LEAST_MACHINES and wanted > share * machines


@dataclass(frozen=True, slots=True)
class Place:
    """A machine a night looked at; `share` is the storm limit of its order rule, 0..1."""

    machine: int
    site_id: int
    class_id: int
    share: float


@dataclass(frozen=True, slots=True)
class Front:
    """Where suggestions are a storm: a class of a site, or (None) what is left of the site.

    machines: how many were looked at; share: the mean of their limits.
    """

    site_id: int
    class_id: int | None
    wanted: frozenset[int]
    machines: int
    share: float


def fronts(looked: Sequence[Place], wanted: Collection[int]) -> tuple[Front, ...]:
    """The storms over these machines, of which *wanted* would get an order.

    First class by class; then what is left of each site, so that a storm over one class does not
    hold back the others.
    """
    found = list(_fronts(_by_class(looked), wanted))
    stormy = {(front.site_id, front.class_id) for front in found}
    calm = [place for place in looked if (place.site_id, place.class_id) not in stormy]
    return (*found, *_fronts(_by_site(calm), wanted))


Area = tuple[int, int | None]


def _by_class(looked: Iterable[Place]) -> dict[Area, list[Place]]:
    found: dict[Area, list[Place]] = defaultdict(list)
    for place in looked:
        found[place.site_id, place.class_id].append(place)
    return found


def _by_site(looked: Iterable[Place]) -> dict[Area, list[Place]]:
    found: dict[Area, list[Place]] = defaultdict(list)
    for place in looked:
        found[place.site_id, None].append(place)
    return found


def _fronts(areas: dict[Area, list[Place]], wanted: Collection[int]) -> Iterator[Front]:
    for (site_id, class_id), places in areas.items():
        hit = frozenset(place.machine for place in places if place.machine in wanted)
        share = sum(place.share for place in places) / len(places)
        if is_storm(len(hit), len(places), share):
            yield Front(site_id, class_id, hit, len(places), share)
