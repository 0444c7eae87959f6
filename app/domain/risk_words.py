"""Why a risk fell or grew, in words: the drivers of then against those of now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.domain.work_orders import in_sentence

# A reading further than so many spreads from the machine's normal is away from it.
AWAY = 2.0
# So much further, in spreads, counts as moved.
MOVED = 0.5
MOST_REASONS = 2
Driver = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Told:
    """What one night told of a risk; `drivers` are stored drivers, the strongest first."""

    as_of: datetime
    risk: float
    drivers: Sequence[Driver]


def grouped(drivers: Sequence[Driver]) -> tuple[Driver, ...]:
    """Those of the stored drivers that name what they are about."""
    return tuple(driver for driver in drivers if driver.get("group"))


def why_it_fell(nights: Sequence[Told]) -> str:
    """What is back at its normal since the worst of the earlier nights; the last one is tonight.

    "" when the drivers of either night do not say: they explain the leading mode only.
    """
    *earlier, tonight = nights
    worst = max(earlier, key=lambda told: told.risk, default=None)
    if worst is None or not tonight.drivers:
        return ""
    ended = [driver for driver in worst.drivers if _was_over(driver, tonight)]
    reasons = [_ended(driver, _since(driver["group"], nights)) for driver in ended]
    return "; ".join(reasons[:MOST_REASONS])


def why_it_grew(nights: Sequence[Told]) -> str:
    """What left its normal, or went further from it, since the night before; "" as above."""
    if len(nights) < 2:
        return ""
    before, tonight = nights[-2:]
    reasons = [_grown(driver, _named(before, driver["group"])) for driver in tonight.drivers]
    return "; ".join([reason for reason in reasons if reason][:MOST_REASONS])


def _was_over(driver: Driver, tonight: Told) -> bool:
    now = _named(tonight, driver["group"])
    if driver["group"].startswith("age:"):
        return now is None or (now["value"] or 0.0) < (driver["value"] or 0.0)
    return _is_away(driver) and not _is_away(now)


def _since(group: str, nights: Sequence[Told]) -> datetime:
    """The first of the nights, up to tonight, in which the group was not away any more."""
    since = nights[-1].as_of
    for told in reversed(nights):
        if _is_away(_named(told, group)):
            break
        since = told.as_of
    return since


def _ended(driver: Driver, since: datetime) -> str:
    kind, _, _ = driver["group"].partition(":")
    if kind == "age":
        return f"{in_sentence(driver['name'])} counts anew"
    if kind == "events":
        return f"no more events since {since:%d %b %Y}"
    return f"{in_sentence(driver['name'])} back at normal since {since:%d %b %Y}"


def _grown(driver: Driver, before: Driver | None) -> str:
    if driver["group"] == "events":
        seen, known = driver["value"] or 0.0, (before or {}).get("value") or 0.0
        return f"more events: {seen:.0f}, {known:.0f} the night before" if seen > known else ""
    now, then = _deviation(driver), _deviation(before)
    if now is None or abs(now) < AWAY or (then is not None and abs(now) < abs(then) + MOVED):
        return ""
    how = "went further from normal" if _is_away(before) else "left its normal"
    measured = f"{driver['value']:.4g} {driver['unit']}".strip()
    return f"{in_sentence(driver['name'])} {how}: {measured}, normal {driver['normal']:.4g}"


def _named(told: Told, group: str) -> Driver | None:
    return next((driver for driver in told.drivers if driver.get("group") == group), None)


def _is_away(driver: Driver | None) -> bool:
    """A driver that is not told has no effect: it is at its normal."""
    if driver is None:
        return False
    if driver["group"] == "events":
        return (driver["value"] or 0.0) > 0
    deviation = _deviation(driver)
    return deviation is not None and abs(deviation) >= AWAY


def _deviation(driver: Driver | None) -> float | None:
    """How far a reading is from the machine's normal, in spreads; None where nobody knows."""
    if driver is None or not driver.get("spread"):
        return None
    if driver["value"] is None or driver["normal"] is None:
        return None
    return float((driver["value"] - driver["normal"]) / driver["spread"])
