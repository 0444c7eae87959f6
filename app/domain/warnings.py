"""How a failure was met: warned of, ignored, held back, or missed; and what became of silences.

One rule each, for every list.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise

# A quiet night between two silent ones does not end their spell: a forecast may waver or fail once.
QUIET_NIGHTS = 1


class Met(StrEnum):
    """What predictions had said when a machine failed, from best to worst."""

    WARNED = "warned"
    IGNORED = "ignored"
    DISMISSED = "dismissed"
    CLEARED = "cleared"
    HELD_BACK = "held_back"
    WITHHELD = "withheld"
    MISSED = "missed"


class Aftermath(StrEnum):
    """What became of a machine after nights that kept silent about it, from worst to best."""

    FAILED = "failed"
    STANDS = "stands"
    ORDERED = "ordered"
    RENEWED = "renewed"
    FELL = "fell"


# Failures nobody had been told of.
UNWARNED = frozenset({Met.MISSED, Met.HELD_BACK, Met.WITHHELD})


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A predicted order as it stood over time; None = not yet.

    `accepted_at`: somebody decided to do it; `ended_at`: completed, dismissed or cancelled.
    """

    order_id: int
    created_at: datetime
    accepted_at: datetime | None
    ended_at: datetime | None
    is_dismissed: bool


@dataclass(frozen=True, slots=True)
class Silence:
    """A night that saw the risk above the threshold and raised nothing: held back or withheld."""

    run_id: int
    at: datetime
    is_withheld: bool


@dataclass(frozen=True, slots=True)
class Meeting:
    """How one failure was met, by which order or which night, and how long before."""

    met: Met
    order_id: int | None = None
    run_id: int | None = None
    lead: timedelta | None = None


def how_met(
    failed_at: datetime,
    suggestions: Iterable[Suggestion],
    silences: Iterable[Silence],
    *,
    horizon: timedelta,
) -> Meeting:
    """Judge one failure by what was known before it; what ended before *horizon* says nothing.

    An order still standing counts first, then one that ended without preventing the failure, then
    a night that kept silent. *suggestions* and *silences* are those of the failed component.
    """
    before = sorted(
        (s for s in suggestions if s.created_at < failed_at), key=lambda s: s.created_at
    )
    standing = [s for s in before if s.ended_at is None or s.ended_at >= failed_at]
    for suggestion in standing:
        if suggestion.accepted_at is not None and suggestion.accepted_at <= failed_at:
            return _by_order(Met.WARNED, suggestion, failed_at)
    if standing:
        return _by_order(Met.IGNORED, standing[0], failed_at)
    since = failed_at - horizon
    ended = [s for s in before if s.ended_at is not None and s.ended_at >= since]
    if ended:
        newest = max(ended, key=lambda s: (s.ended_at or s.created_at, s.order_id))
        return _by_order(Met.DISMISSED if newest.is_dismissed else Met.CLEARED, newest, failed_at)
    quiet = [s for s in silences if since <= s.at < failed_at]
    if quiet:
        last = max(quiet, key=lambda s: (s.at, s.run_id))
        met = Met.WITHHELD if last.is_withheld else Met.HELD_BACK
        return Meeting(met, run_id=last.run_id, lead=failed_at - last.at)
    return Meeting(Met.MISSED)


def spells(places: Sequence[int]) -> list[slice]:
    """Which of the silent nights belong together; *places* number the nights, rising.

    Each slice cuts one unbroken spell out of the sequence.
    """
    breaks = [
        after
        for after, (place, following) in enumerate(pairwise(places), start=1)
        if following - place > 1 + QUIET_NIGHTS
    ]
    edges = [0, *breaks, len(places)] if places else [0]
    return [slice(start, end) for start, end in pairwise(edges)]


def aftermath(
    first_at: datetime,
    last_at: datetime,
    *,
    is_newest: bool,
    failed: Iterable[datetime],
    ordered: Iterable[datetime],
    renewed: Iterable[datetime],
    horizon: timedelta,
) -> Aftermath:
    """What became of a spell of silent nights, by what happened to the component until *horizon*
    after the last; *is_newest*: no later night has spoken of it."""

    def happened(moments: Iterable[datetime]) -> bool:
        return any(first_at < at <= last_at + horizon for at in moments)

    if happened(failed):
        return Aftermath.FAILED
    if is_newest:
        return Aftermath.STANDS
    if happened(ordered):
        return Aftermath.ORDERED
    return Aftermath.RENEWED if happened(renewed) else Aftermath.FELL


def _by_order(met: Met, suggestion: Suggestion, failed_at: datetime) -> Meeting:
    return Meeting(met, suggestion.order_id, lead=failed_at - suggestion.created_at)
