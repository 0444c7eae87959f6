"""The night watches the limits: inspections are raised, joined to other work, or taken back.

After the predictions of the same night and in their transaction, so that what they look at is not
ordered twice. Deterministic and idempotent: what is open already is not raised again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.conditions import is_back, is_passed
from app.domain.instants import HOUR_US, from_micros
from app.domain.roles import Actor
from app.domain.work_orders import OrderType, Source, State, in_sentence
from app.queries.conditions import LimitStanding, limit_standings
from app.services import outbox
from app.services.work_orders import ledger

# What a planner may still decide about.
_MOVABLE = frozenset({State.REQUESTED, State.OPEN, State.PLANNED})
_PASSED, _BACK = "limit_passed", "withdrawal_proposed"


@dataclass(frozen=True, slots=True)
class Watched:
    """What a night made of the limits: order ids raised, and how many machines were covered by
    other work, or kept quiet after recent work."""

    raised: tuple[int, ...]
    absorbed: int
    held_back: int


def watch(
    session: Session, *, equipment_ids: Collection[int], as_of: datetime, now: datetime, by: Actor
) -> Watched:
    """Compare these machines with their limits by their readings up to *as_of*.

    1. A limit with an open order of its own: back at normal for as long proposes withdrawal.
    2. A limit passed joins an open order on the same component, or is quiet after recent work.
    3. Otherwise it asks for an inspection.
    """
    known = limit_standings(session, equipment_ids=equipment_ids, as_of=as_of)
    _renew(session, [one for one in known if one.own_order_id is not None], now=now, by=by)
    passed = [one for one in known if one.own_order_id is None and is_passed(one.limit, one.found)]
    hosted = [one for one in passed if one.host_id is not None]
    _join(session, hosted, now=now, by=by)
    raised: dict[tuple[int, int | None], int] = {}
    held_back = absorbed = 0
    for one in passed:
        if one.host_id is not None:
            continue
        # Two limits of one component passed in the same night are one inspection.
        twin = raised.get((one.equipment_id, one.component_id))
        if one.quiet_until is not None:
            held_back += 1
        elif twin is not None:
            absorbed += 1
            _add_line(session, session.get_one(WorkOrder, twin), one, now=now, by=by)
        else:
            order = _raise(session, one, as_of=as_of, now=now, by=by)
            raised[one.equipment_id, one.component_id] = order.id
    session.flush()
    return Watched(tuple(raised.values()), len(hosted) + absorbed, held_back)


def _raise(
    session: Session, one: LimitStanding, *, as_of: datetime, now: datetime, by: Actor
) -> WorkOrder:
    order = WorkOrder(
        equipment_id=one.equipment_id,
        component_id=one.component_id,
        mode=one.mode,
        type=OrderType.INSPECTION,
        source=Source.CONDITION,
        state=State.REQUESTED if one.rule.approve_first else State.OPEN,
        priority=one.priority,
        title=f"Inspect {one.tag}: {in_sentence(one.role)} {one.limit.side} {_measured(one)}",
        description=_sentence(one),
        team_id=one.team_id,
        due_on=(as_of + one.rule.lead + one.rule.review).date(),
        condition_limit_id=one.limit_id,
    )
    ledger.write_new(session, order, now=now, by=by, note=_sentence(one))
    message = {"number": order.number, "equipment_id": order.equipment_id}
    outbox.put(session, kind="limit_passed", payload=message, now=now)
    return order


def _join(session: Session, hosted: Sequence[LimitStanding], *, now: datetime, by: Actor) -> None:
    """Say once in the history of the order that looks anyway that a limit is passed, too."""
    ids = {one.host_id for one in hosted}
    rows = sa.select(WorkOrder).where(WorkOrder.id.in_(ids)).order_by(WorkOrder.id)
    orders = {order.id: order for order in session.scalars(rows)}
    told = _told(session, ids)
    for one in hosted:
        order = orders[one.host_id or 0]
        if not any(note.startswith(_name(one)) for note in told.get(order.id, ())):
            _add_line(session, order, one, now=now, by=by)


def _told(session: Session, order_ids: Collection[int | None]) -> dict[int, list[str]]:
    rows = session.execute(
        sa.select(WorkOrderHistory.work_order_id, WorkOrderHistory.note)
        .where(WorkOrderHistory.work_order_id.in_(order_ids), WorkOrderHistory.action == _PASSED)
        .order_by(WorkOrderHistory.id)
    )
    found: dict[int, list[str]] = {}
    for order_id, note in rows:
        found.setdefault(order_id, []).append(note)
    return found


def _add_line(
    session: Session, order: WorkOrder, one: LimitStanding, *, now: datetime, by: Actor
) -> None:
    ledger.remember(
        session,
        order,
        _PASSED,
        was=order.state,
        note=_sentence(one),
        changes={"condition_limit_id": one.limit_id},
        now=now,
        by=by,
    )


def _renew(session: Session, known: Sequence[LimitStanding], *, now: datetime, by: Actor) -> None:
    """Propose withdrawal of what is back within its limit; once, and never of work in hand."""
    ids = {one.own_order_id for one in known}
    rows = sa.select(WorkOrder).where(WorkOrder.id.in_(ids)).order_by(WorkOrder.id)
    orders = {order.id: order for order in session.scalars(rows)}
    for one in known:
        order = orders[one.own_order_id or 0]
        if order.state not in _MOVABLE:
            continue
        if is_passed(one.limit, one.found):
            order.withdrawal_proposed_at = None
        elif is_back(one.limit, one.found) and order.withdrawal_proposed_at is None:
            order.withdrawal_proposed_at = now
            told = f"{one.role} is back within {_measured(one)} since {_since(one)}:"
            ledger.remember(
                session,
                order,
                _BACK,
                was=order.state,
                note=f"{told} withdrawal proposed.",
                now=now,
                by=by,
            )


def _sentence(one: LimitStanding) -> str:
    """Vibration above 7.1 mm/s for 14 running hours: now 8.3 mm/s, since 3 Dec 2026 04:00 UTC."""
    if one.found is None:
        return _name(one)
    now = f"{one.found.newest:.4g} {one.unit}".strip()
    return f"{_name(one)} for {one.found.hours} running hours: now {now}, since {_since(one)}."


def _name(one: LimitStanding) -> str:
    return f"{one.role} {one.limit.side} {_measured(one)}"


def _measured(one: LimitStanding) -> str:
    return f"{one.limit.value:g} {one.unit}".strip()


def _since(one: LimitStanding) -> str:
    """When the first hour of the stretch began."""
    began = from_micros(one.found.since - HOUR_US) if one.found else None
    return "" if began is None else f"{began:%d %b %Y %H:%M} UTC"
