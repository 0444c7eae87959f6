"""Absorb, not add: a suggestion whose work is on its way already joins that work instead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.predictions import Decision
from app.db.work_orders import WorkOrder
from app.domain.risk import Verdict
from app.domain.roles import Actor
from app.queries.candidates import Candidate
from app.queries.hosts import Host, hosts
from app.services.predictions.notes import note, support
from app.services.work_orders import ledger

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def split(
    session: Session, wanted: Sequence[Candidate]
) -> tuple[list[tuple[Candidate, Host]], list[Candidate]]:
    """Those whose work is on its way, the riskiest first, and the rest."""
    known = hosts(session, equipment_ids=[candidate.equipment_id for candidate in wanted])
    held, rest = [], []
    for candidate in wanted:
        host = known.of(
            equipment_id=candidate.equipment_id,
            mode=candidate.mode,
            component_id=candidate.component_id,
            until=candidate.absorbs_until,
        )
        if host is None:
            rest.append(candidate)
        else:
            held.append((candidate, host))
    return sorted(held, key=lambda pair: (-pair[0].risk, pair[0].tag, pair[0].mode)), rest


def absorb(
    session: Session,
    run_id: int,
    pairs: Sequence[tuple[Candidate, Host]],
    *,
    supported: set[int],
    now: datetime,
    by: Actor,
) -> None:
    """Put each forecast behind the order that does its work; *supported* have tonight's evidence.

    An order takes one forecast a night, the riskiest; its history says so once for each mode.
    """
    ids = {host.order_id for _, host in pairs if host.order_id is not None}
    rows = sa.select(WorkOrder).where(WorkOrder.id.in_(ids)).order_by(WorkOrder.id)
    orders = {order.id: order for order in session.scalars(rows)}
    told = _told_before(session, ids, {candidate.equipment_id for candidate, _ in pairs})
    for candidate, host in pairs:
        note(session, run_id, candidate, Verdict.ABSORBED, host.sentence, order_id=host.order_id)
        if host.order_id is None:
            continue
        if host.order_id not in supported:
            support(session, run_id, host.order_id, candidate, now=now)
            supported.add(host.order_id)
        if (host.order_id, *candidate.key) not in told:
            order = orders[host.order_id]
            ledger.remember(
                session,
                order,
                "forecast_agrees",
                was=order.state,
                note=_agreement(candidate),
                changes={"forecast_id": candidate.forecast_id, "risk": candidate.risk},
                now=now,
                by=by,
            )


def _told_before(
    session: Session, order_ids: set[int], machines: set[int]
) -> set[tuple[int, int, str]]:
    """Order, machine and mode of which the order's history says already that a forecast agrees."""
    rows = session.execute(
        sa.select(Decision.work_order_id, Decision.equipment_id, Decision.mode).where(
            Decision.equipment_id.in_(machines),
            Decision.work_order_id.in_(order_ids),
            Decision.verdict == Verdict.ABSORBED,
        )
    )
    return {(order, machine, mode) for order, machine, mode in rows if order is not None}


def _agreement(candidate: Candidate) -> str:
    """A forecast agrees: Bearing 41 % in 4 days."""
    window = candidate.rule.lead + candidate.rule.review
    days = window / DAY
    span = f"{days:.0f} days" if days > 1 and days.is_integer() else f"{window / HOUR:.0f} h"
    said = f"A forecast agrees: {candidate.component_name}, {candidate.risk:.1%} in {span}."
    return f"{said}\n{candidate.evidence}".strip()
