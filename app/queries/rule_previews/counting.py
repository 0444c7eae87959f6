"""What became of the orders a rule would have raised, and of the failures of that time."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt

from app.domain.instants import MICROSECOND, to_micros
from app.domain.previews import UNDECIDED, End, Fate, Tally, fate, worth
from app.domain.risk import OrderRule
from app.domain.savings import Span
from app.queries.rule_previews.curves import Integers
from app.queries.rule_previews.engine import HOUR, Raised
from app.queries.rule_previews.issued import Flags
from app.queries.rule_previews.past import Past

Fates = npt.NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Share:
    """What of the counts rests on a back-test, not on a forecast a night issued.

    An order does by its own forecast; a failure when no night's forecast could have warned of it.
    """

    tally: Tally
    missed: int
    saving: Span


@dataclass(frozen=True, slots=True)
class Counts:
    """Orders by what became of them, failures by how they were met, and the saving.

    `untold` failures came while there were no forecasts to warn of them; they count nowhere else.
    `back_test` is the part of all the others that rests on back-tests.
    """

    tally: Tally
    found: int
    missed: int
    untold: int
    saving: Span
    storms: int
    back_test: Share


@dataclass(frozen=True, slots=True)
class Counted:
    """The counts with what they count: a fate per order; per failure whether it was `found` in
    time, whether it was `told` of at all, and whether by a night, `as_issued`."""

    counts: Counts
    rows: tuple[int, ...]
    fates: tuple[Fate, ...]
    found: tuple[bool, ...]
    told: tuple[bool, ...]
    as_issued: tuple[bool, ...]


def counted(past: Past, rule: OrderRule, orders: Raised, *, now: datetime) -> Counted:
    """Judge every order and every failure by what is known *now*."""
    fates = _fates(past, rule, orders, now)
    # A forecast that could have warned of it: early enough and not too old.
    furthest, lead = max(rule.horizon, rule.lead), rule.lead
    reach = furthest // MICROSECOND, lead // MICROSECOND
    told, as_issued = past.told_within(*reach), past.told_within(*reach, as_issued=True)
    found = told & past.of_failures(_is_in_time(past, orders, fates))
    tally = _tally(past, rule, orders.rows, fates)
    counts = Counts(
        tally=tally,
        found=int(found.sum()),
        missed=int((told & ~found).sum()),
        untold=int((~told).sum()),
        saving=worth(rule, tally),
        storms=orders.storms,
        back_test=_share(past, rule, orders.rows, fates, told & ~as_issued & ~found),
    )
    return Counted(
        counts,
        tuple(orders.rows.tolist()),
        tuple(fates.tolist()),
        tuple(found.tolist()),
        tuple(told.tolist()),
        tuple(as_issued.tolist()),
    )


def _share(past: Past, rule: OrderRule, rows: Integers, fates: Fates, missed: Flags) -> Share:
    """What rests on back-tests."""
    here = past.issued.is_back_test[rows]
    tally = _tally(past, rule, rows[here], fates[here])
    return Share(tally, int(missed.sum()), worth(rule, tally))


def _fates(past: Past, rule: OrderRule, orders: Raised, now: datetime) -> Fates:
    """A fate per order. Orders alike in all that decides it share one answer of the rule."""
    horizon, lead = rule.horizon // MICROSECOND, rule.lead // MICROSECOND
    until = to_micros(now)
    at, end_at, end = (c[orders.rows] for c in (past.issued.at, past.end_at, past.end))
    alike = (
        end * 8 + (end_at > at + horizon) * 4 + (at + horizon <= until) * 2 + (end_at < at + lead)
    )
    _, first, kind = np.unique(alike, return_index=True, return_inverse=True)
    told = [
        fate(int(at[k]), int(end_at[k]), End(end[k]), horizon=horizon, lead=lead, now=until)
        for k in first
    ]
    return np.array(told, dtype=object)[kind]


def _is_in_time(past: Past, orders: Raised, fates: Fates) -> Flags:
    """Per failure and key: did an order stand ready for it, at least the lead before?"""
    rows = orders.rows[fates == Fate.FAILED]
    stood = past.code(past.issued.key[rows], past.end_at[rows])
    return np.isin(past.code(past.failed_key, past.failed_at), stood)


def _tally(past: Past, rule: OrderRule, rows: Integers, fates: Fates) -> Tally:
    counts = Counter(fates.tolist())
    confirmed = rows[fates == Fate.CONFIRMED]
    return Tally(
        failed=counts[Fate.FAILED],
        confirmed=len(confirmed),
        late=counts[Fate.LATE],
        vain=counts[Fate.VAIN],
        undecided=sum(counts[said] for said in UNDECIDED),
        chance_low=_chances(past, confirmed, (rule.lead + rule.review) / HOUR),
        chance_likely=_chances(past, confirmed, rule.horizon / HOUR),
    )


def _chances(past: Past, rows: Integers, hours: float) -> float:
    """The chances of these forecasts to fail within *hours*, added up."""
    return float(past.risk_within(hours)[rows].sum()) if len(rows) else 0.0
