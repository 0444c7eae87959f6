"""The orders a rule would have raised and the failures it would have missed, one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.instants import from_micros
from app.domain.previews import Fate
from app.domain.risk import OrderRule
from app.queries.rule_previews.counting import Counted
from app.queries.rule_previews.ends import Failed
from app.queries.rule_previews.engine import HOUR
from app.queries.rule_previews.machines import Key
from app.queries.rule_previews.past import Past

# A page lists no more orders than that; the counts are of all.
LINES = 200


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One order the rule would have raised, and when its component's life ended (None: not).

    `is_back_test`: its forecast was never issued.
    """

    at: datetime
    equipment_id: int
    tag: str
    component: str
    risk: float
    fate: Fate
    ended_at: datetime | None
    is_back_test: bool


@dataclass(frozen=True, slots=True)
class MissedLine:
    """A failure no order stood ready for. `is_back_test`: no night had a forecast before it."""

    at: datetime
    equipment_id: int
    tag: str
    component: str
    is_back_test: bool


def order_lines(past: Past, rule: OrderRule, found: Counted) -> tuple[OrderLine, ...]:
    """The newest orders first."""
    risk = past.risk_within((rule.lead + rule.review) / HOUR)
    newest = list(zip(found.rows, found.fates, strict=True))[: -LINES - 1 : -1]
    return tuple(
        _line(past.keys[past.issued.key[row]], past, row, float(risk[row]), said)
        for row, said in newest
    )


def _line(key: Key, past: Past, row: int, risk: float, said: Fate) -> OrderLine:
    has_ended = said not in (Fate.VAIN, Fate.OPEN)
    return OrderLine(
        at=from_micros(int(past.issued.at[row])),
        equipment_id=key.equipment_id,
        tag=key.tag,
        component=key.component,
        risk=risk,
        fate=said,
        ended_at=from_micros(int(past.end_at[row])) if has_ended else None,
        is_back_test=bool(past.issued.is_back_test[row]),
    )


def missed_lines(past: Past, found: Counted) -> tuple[MissedLine, ...]:
    """The newest failures first."""
    told = zip(past.failures, found.told, found.found, found.as_issued, strict=True)
    lines = [
        (failed, as_issued)
        for failed, is_told, is_found, as_issued in told
        if is_told and not is_found
    ]
    return tuple(_missed_line(past, *line) for line in lines[: -LINES - 1 : -1])


def _missed_line(past: Past, failed: Failed, as_issued: bool) -> MissedLine:
    key = past.keys[failed.keys[0]]
    return MissedLine(
        at=from_micros(failed.at),
        equipment_id=key.equipment_id,
        tag=key.tag,
        component=key.component if len(failed.keys) == 1 else "",
        is_back_test=not as_issued,
    )
