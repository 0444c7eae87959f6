"""Invariants of the order policy: absorbed, held by a storm, raised by a limit, withdrawn."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.audit import AuditRow
from app.db.conditions import ConditionLimit
from app.db.equipment import Equipment, OrderRuleRow
from app.db.predictions import Decision
from app.db.schedules import PreventiveSchedule
from app.db.storms import Storm
from app.db.training import TrainingRun
from app.db.work_orders import OrderEvidence, WorkOrder, order_number
from app.domain.risk import Verdict
from app.domain.storms import StormState
from app.domain.work_orders import FINISHED, OrderType, Source
from app.queries.storms.held import belongs


def lost_absorbed(session: Session) -> Iterator[str]:
    """Decisions that joined work of another machine, left no evidence with it, or joined a
    service that its machine never had."""
    has_evidence = sa.exists().where(
        OrderEvidence.work_order_id == Decision.work_order_id,
        OrderEvidence.run_id == Decision.run_id,
    )
    has_service = sa.exists().where(PreventiveSchedule.equipment_id == Decision.equipment_id)
    rows = session.execute(
        sa.select(Decision.id, Decision.work_order_id)
        .outerjoin(WorkOrder, WorkOrder.id == Decision.work_order_id)
        .where(
            Decision.verdict == Verdict.ABSORBED,
            sa.or_(
                WorkOrder.equipment_id != Decision.equipment_id,
                Decision.work_order_id.is_not(None) & ~has_evidence,
                Decision.work_order_id.is_(None) & ~has_service,
            ),
        )
        .order_by(Decision.id)
    )
    for decision_id, order_id in rows:
        what = "a service" if order_id is None else order_number(order_id)
        yield f"decision {decision_id} does not fit {what}"


def doubled_storms(session: Session) -> Iterator[str]:
    """Classes (or the rest of a site) over which two storms wait at once."""
    rows = session.execute(
        sa.select(Storm.site_id, Storm.equipment_class_id, sa.func.count())
        .where(Storm.state == StormState.WAITING)
        .group_by(Storm.site_id, Storm.equipment_class_id)
        .having(sa.func.count() > 1)
        .order_by(Storm.site_id, Storm.equipment_class_id)
    )
    for site_id, class_id, number in rows:
        yield f"site {site_id}, class {class_id}: {number} wait"


def stray_storm_orders(session: Session) -> Iterator[str]:
    """Orders that came of a storm twice, of another machine or mode, or before it was released."""
    released = (
        sa.select(Decision.id)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .join(Storm, belongs())
        .where(Storm.state == StormState.RELEASED)
    )
    others = aliased(Decision)
    is_twice = sa.exists().where(
        others.work_order_id == Decision.work_order_id,
        others.id != Decision.id,
        others.verdict == Verdict.HELD_STORM,
    )
    rows = session.execute(
        sa.select(Decision.id, WorkOrder.id)
        .join(WorkOrder, WorkOrder.id == Decision.work_order_id)
        .where(
            Decision.verdict == Verdict.HELD_STORM,
            sa.or_(
                is_twice,
                WorkOrder.equipment_id != Decision.equipment_id,
                WorkOrder.mode != Decision.mode,
                Decision.id.not_in(released),
            ),
        )
        .order_by(Decision.id)
    )
    for decision_id, order_id in rows:
        yield f"decision {decision_id}: {order_number(order_id)}"


def doubled_limits(session: Session) -> Iterator[str]:
    """Machines with two unfinished orders of one limit."""
    rows = session.execute(
        sa.select(WorkOrder.equipment_id, WorkOrder.condition_limit_id, sa.func.count())
        .where(WorkOrder.condition_limit_id.is_not(None), WorkOrder.state.not_in(FINISHED))
        .group_by(WorkOrder.equipment_id, WorkOrder.condition_limit_id)
        .having(sa.func.count() > 1)
        .order_by(WorkOrder.equipment_id, WorkOrder.condition_limit_id)
    )
    for equipment_id, limit_id, number in rows:
        yield f"equipment {equipment_id}, limit {limit_id}: {number} are open"


def foreign_limits(session: Session) -> Iterator[str]:
    """Orders of a limit that does not hold for their machine, or that are no such inspection."""
    rows = session.scalars(
        sa.select(WorkOrder.id)
        .join(Equipment, Equipment.id == WorkOrder.equipment_id)
        .outerjoin(ConditionLimit, ConditionLimit.id == WorkOrder.condition_limit_id)
        .where(
            sa.or_(
                ConditionLimit.equipment_class_id != Equipment.equipment_class_id,
                ConditionLimit.equipment_id != Equipment.id,
                (WorkOrder.source == Source.CONDITION) != WorkOrder.condition_limit_id.is_not(None),
                WorkOrder.condition_limit_id.is_not(None)
                & (WorkOrder.type != OrderType.INSPECTION),
            )
        )
        .order_by(WorkOrder.id)
    )
    for order_id in rows:
        yield f"{order_number(order_id)} does not fit its limit"


def half_withdrawn_rules(session: Session) -> Iterator[str]:
    """Rules withdrawn after they had come into force, without a reason, or by nobody on record;
    and reasons for what was never withdrawn."""
    is_audited = sa.exists().where(
        AuditRow.entity == OrderRuleRow.__tablename__,
        AuditRow.entity_id == sa.cast(OrderRuleRow.id, sa.String),
        AuditRow.action == "withdraw",
    )
    is_withdrawn = OrderRuleRow.withdrawn_at.is_not(None)
    rows = session.scalars(
        sa.select(OrderRuleRow.id)
        .where(
            sa.or_(
                OrderRuleRow.withdrawn_at >= OrderRuleRow.effective_at,
                is_withdrawn != (OrderRuleRow.withdrawal_reason != ""),
                is_withdrawn != is_audited,
            )
        )
        .order_by(OrderRuleRow.id)
    )
    for rule_id in rows:
        yield f"order rule {rule_id} is withdrawn by half"
