"""What became of the orders a rule would have raised, and what they would have been worth.

Moments and lengths of time are whole numbers of one unit throughout (the callers' microseconds).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from app.domain.risk import OrderRule
from app.domain.savings import SPREADS, Prices, Saving, Span, false_alarm, fault_found


class End(IntEnum):
    """How the life of a component ended; of several at one moment the first here counts."""

    FAILURE = 0
    CONFIRMED = 1
    NOTHING_FOUND = 2
    CUT = 3


class Fate(StrEnum):
    """What became of an order, had it been raised."""

    FAILED = "failed"
    CONFIRMED = "confirmed"
    LATE = "late"
    VAIN = "vain"
    CUT = "cut"
    OPEN = "open"


USEFUL = frozenset({Fate.FAILED, Fate.CONFIRMED})
# What nobody can tell yet, or ever.
UNDECIDED = frozenset({Fate.CUT, Fate.OPEN})
_BY_END = {End.CONFIRMED: Fate.CONFIRMED, End.NOTHING_FOUND: Fate.VAIN, End.CUT: Fate.CUT}


def fate(raised_at: int, end_at: int, end: End, *, horizon: int, lead: int, now: int) -> Fate:
    """What became of an order; *end* is the next end of the component's life after it.

    A failure sooner than the lead came before the crew could act. A life cut by planned work says
    nothing. Without an end within the horizon the order was in vain, once the horizon has passed.
    """
    if end_at > raised_at + horizon:
        return Fate.VAIN if raised_at + horizon <= now else Fate.OPEN
    if end is End.FAILURE:
        return Fate.LATE if end_at - raised_at < lead else Fate.FAILED
    return _BY_END[end]


@dataclass(frozen=True, slots=True)
class Tally:
    """Orders by what became of them. The confirmed ones with their chance to break down in all.

    chance_low is that within the rule's own window, chance_likely that within its horizon, both
    by the forecasts as issued and summed over the confirmed faults.
    """

    failed: int = 0
    confirmed: int = 0
    late: int = 0
    vain: int = 0
    undecided: int = 0
    chance_low: float = 0.0
    chance_likely: float = 0.0

    @property
    def useful(self) -> int:
        """Orders that came in time for a failure, or found the fault."""
        return self.failed + self.confirmed

    @property
    def orders(self) -> int:
        """All of them."""
        return self.useful + self.late + self.vain + self.undecided


def worth(rule: OrderRule, tally: Tally) -> Span:
    """What the orders would have saved, low / likely / high, in the rule's currency.

    low: few failures are found, confirmed faults break only by the rule's own window, and orders
    that nobody can judge found nothing. high: many are found, and each confirmed fault breaks.
    The running cost of the system is not in it.
    """
    least, most = SPREADS["detection_share"].around(rule.detection_share)
    likely = _worth(rule, tally, rule.detection_share, tally.chance_likely, 0)
    low = _worth(rule, tally, least, tally.chance_low, tally.undecided)
    high = _worth(rule, tally, most, float(tally.confirmed), 0)
    return Span(min(low, likely), likely, max(high, likely))


def _worth(
    rule: OrderRule, tally: Tally, share: float, confirmed_breaks: float, more_alarms: int
) -> float:
    prices = Prices(rule.unplanned_cost, rule.planned_cost, rule.inspection_cost)
    found = tally.failed * share
    alarms = tally.vain + tally.late + tally.failed - found + more_alarms
    judged = tally.orders - tally.undecided + more_alarms
    total = (
        fault_found(prices, 1.0).times(found + confirmed_breaks)
        + false_alarm(prices).times(alarms)
        + Saving(life_given_up=rule.life_value * judged)
    )
    return total.total
