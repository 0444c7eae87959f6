"""When the gate of a class and mode moves: reviewed weekly, opened at once, closed at the second.

A verdict looked at every night would cross its line by chance sooner or later.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.domain.risk import Gate

# A week, less half a day: nights move by an hour with summer time.
REVIEW_AFTER = timedelta(days=6, hours=12)
# Below so many failures or confirmed faults nothing was judged, so the next night may judge.
JUDGED_EVENTS = 8
_STRENGTH = {Gate.CLOSED: 0, Gate.UNPROVEN: 1, Gate.OPEN: 2}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a back-test says tonight, on so many events, with its sentence."""

    gate: Gate
    reason: str
    events: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The gate in force. `judged` is what the last review itself said, `reviewed_at` its cut-off.

    reviewed_at None: it was decided before reviews were kept.
    """

    gate: Gate
    judged: Gate
    reason: str
    events: int
    reviewed_at: datetime | None


def standing(before: Standing | None, told: Judgement, *, at: datetime) -> Standing:
    """The gate in force after the night whose cut-off is *at*.

    1. Between reviews the last one stands, however tonight's back-test looks.
    2. A verdict as strong as the gate, or stronger, is taken at once.
    3. A weaker one is noted at the first review and obeyed at the second; of the two the weaker.
    """
    if before is None:
        return _taken(told, at)
    if not _was_judged(before):
        return _taken(told, at)
    if before.reviewed_at is not None and at - before.reviewed_at < REVIEW_AFTER:
        return before
    last = before.gate if before.reviewed_at is None else before.judged
    if _STRENGTH[told.gate] >= _STRENGTH[before.gate]:
        return _taken(told, at)
    if _STRENGTH[last] >= _STRENGTH[before.gate]:
        return _doubted(before, told, at)
    weaker = min(last, told.gate, key=_STRENGTH.__getitem__)
    first = "" if before.reviewed_at is None else f" (first on {_day(before.reviewed_at)})"
    reason = f"Lowered at the second review that said so{first}. {told.reason}"
    return replace(_taken(told, at), gate=weaker, reason=reason)


def _was_judged(before: Standing) -> bool:
    """Whether the gate rests on a test at all, not only on there being too few events for one."""
    too_few = before.events < JUDGED_EVENTS and before.judged is Gate.UNPROVEN
    return before.gate is not Gate.UNPROVEN or not too_few


def _taken(told: Judgement, at: datetime) -> Standing:
    return Standing(told.gate, told.gate, told.reason, told.events, at)


def _doubted(before: Standing, told: Judgement, at: datetime) -> Standing:
    """Noted, not yet obeyed."""
    reason = (
        f"Stays {before.gate.value} until a second review agrees."
        f" The one of {_day(at)} said: {told.reason}"
    )
    return Standing(before.gate, told.gate, reason, told.events, at)


def _day(moment: datetime) -> str:
    return f"{moment:%d %b %Y}"
