"""What stands beside each forecast or night whatever the rule: worked out once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import Decision, Forecast
from app.db.work_orders import WorkOrder
from app.domain.instants import DAY_US, to_micros
from app.domain.previews import End
from app.domain.risk import Verdict
from app.domain.work_orders import OrderType
from app.queries.rule_previews.curves import Integers
from app.queries.rule_previews.ends import Ends
from app.queries.rule_previews.issued import Issued
from app.queries.rule_previews.machines import Crew

WEEK_US = 7 * DAY_US
# Two years of microseconds fit in, times more keys than a class has.
SPAN_US = 2**46
NEVER = np.iinfo(np.int64).max // 4


def next_ends(rows: Issued, known: Ends) -> tuple[Integers, Integers]:
    """Per forecast the first end of its component's life after it, and how it ended."""
    at = np.full(len(rows.at), NEVER, dtype=np.int64)
    how = np.full(len(rows.at), int(End.CUT), dtype=np.int64)
    for key, here in _places(rows.key, len(known.ends)):
        if not known.ends[key]:
            continue
        moments, kinds = np.array(known.ends[key], dtype=np.int64).T
        first = np.searchsorted(moments, rows.at[here], side="right")
        ended = first < len(moments)
        at[here[ended]] = moments[first[ended]]
        how[here[ended]] = kinds[first[ended]]
    return at, how


def last_works(rows: Issued, known: Ends) -> Integers:
    """Per forecast the last work on its component that was known by then; -NEVER = none."""
    found = np.full(len(rows.at), -NEVER, dtype=np.int64)
    for key, here in _places(rows.key, len(known.works)):
        if not known.works[key]:
            continue
        known_at, done = np.array(known.works[key], dtype=np.int64).T
        last = np.searchsorted(known_at, rows.at[here], side="right") - 1
        latest = np.maximum.accumulate(done)
        found[here[last >= 0]] = latest[last[last >= 0]]
    return found


def _places(keys: Integers, count: int) -> list[tuple[int, Integers]]:
    """Key -> where its forecasts stand, in the order of time."""
    order = np.argsort(keys, kind="stable")
    begins = np.searchsorted(keys[order], np.arange(count + 1))
    return [
        (key, order[begins[key] : begins[key + 1]])
        for key in range(count)
        if begins[key] < begins[key + 1]
    ]


def code(key: Integers, at: Integers, base: int) -> Integers:
    """Key and moment as one number, sorted by key and then by moment; before *base* all alike."""
    return key * SPAN_US + np.clip(at - base, 0, SPAN_US - 1)


def looked(
    rows: Issued, nights: Integers, machine_of: Integers, site_of: Integers, sites: int
) -> Integers:
    """Night x site -> machines with a forecast, allowed to raise an order or not."""
    keys, moments = rows.told
    found = np.zeros((len(nights), sites), dtype=np.int64)
    machines = int(machine_of.max(initial=0)) + 1
    each = np.unique(np.searchsorted(nights, moments) * machines + machine_of[keys])
    site_at = np.zeros(machines, dtype=np.int64)
    site_at[machine_of] = site_of
    np.add.at(found, (each // machines, site_at[each % machines]), 1)
    return found


def others(
    session: Session, machines: Sequence[int], crews: Sequence[Crew], nights: Integers
) -> Integers:
    """Night x crew -> predicted orders of other machines that were really raised in its week.

    An order counts from the as-of of the night that raised it, as those of the preview do: it was
    written some minutes later, which would make its week end a night later.
    """
    found = np.zeros((len(nights), len(crews)), dtype=np.int64)
    raised_at = sa.func.coalesce(Forecast.as_of, WorkOrder.created_at)
    rows = session.execute(
        sa.select(Equipment.site_id, WorkOrder.team_id, raised_at)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(
            Decision,
            sa.and_(Decision.work_order_id == WorkOrder.id, Decision.verdict == Verdict.RAISED),
        )
        .outerjoin(Forecast, Forecast.id == Decision.forecast_id)
        .where(
            WorkOrder.type == OrderType.PREDICTIVE,
            WorkOrder.equipment_id.not_in(machines),
            Equipment.site_id.in_({site for site, _ in crews}),
        )
    )
    place_of = {crew: place for place, crew in enumerate(crews)}
    for site_id, team_id, moment in rows:
        if (site_id, team_id) in place_of:
            at = to_micros(moment)
            counted = (nights >= at) & (nights - WEEK_US < at)
            found[counted, place_of[site_id, team_id]] += 1
    return found
