"""The queue of label reviews: what waits, by what it seems to be, and what accepting it writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVarTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.label_reviews import LabelReview, ReviewState
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import WorkOrder, order_number
from app.domain.order_labels import Place, Told, Yield, expected
from app.domain.order_text import marked
from app.domain.roles import Scope
from app.domain.work_orders import Function, OrderType
from app.inputs.label_reviews import UNKNOWN, ReviewFilters
from app.queries.page import PAGE_ROWS, Page, page, read_key

Columns = TypeVarTuple("Columns")
DECISIONS = {"accept": ReviewState.ACCEPTED, "reject": ReviewState.REJECTED}
"""What the audit log calls a decision, and where it left the reviews."""
_LOOKED_BACK = 20
_CHUNK = 500


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """One waiting order with what is proposed; `pieces` is its text, matched words marked."""

    id: int
    work_order_id: int
    at: datetime
    tag: str
    equipment_id: int
    class_id: int
    pieces: tuple[tuple[str, bool], ...]
    facts: str
    type: OrderType
    component_id: int | None
    function: Function
    confidence: float

    @property
    def number(self) -> str:
        """The order's number as people say it."""
        return order_number(self.work_order_id)


@dataclass(frozen=True, slots=True)
class Group:
    """Waiting orders of one class with one proposed component; counts by function."""

    class_id: int
    class_name: str
    component_id: int | None
    component: str
    counts: dict[Function, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True, slots=True)
class Known:
    """What is on record of a class by now."""

    class_id: int
    class_name: str
    machines: int
    failures: int
    services: int


@dataclass(frozen=True, slots=True)
class LastDecision:
    """The latest acceptance or rejection, which can be taken back; `id` is its audit row."""

    id: int
    at: datetime
    state: ReviewState
    order_ids: tuple[int, ...]

    @property
    def orders(self) -> int:
        """How many it was."""
        return len(self.order_ids)


def waiting(session: Session, *, scope: Scope) -> int:
    """How many orders wait; every page of a planner asks."""
    asked = sa.select(sa.func.count()).select_from(LabelReview)
    if scope.site_ids is not None:
        machine = sa.and_(Equipment.id == LabelReview.equipment_id, seen(scope))
        asked = asked.join(Equipment, machine)
    return session.scalar(asked.where(LabelReview.state == ReviewState.WAITING)) or 0


def reviews(
    session: Session,
    *,
    scope: Scope,
    filters: ReviewFilters,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ReviewRow]:
    """One page of the queue, the surest proposals first."""
    columns = (LabelReview, WorkOrder, Equipment.tag, Equipment.equipment_class_id)
    asked = joined(sa.select(*columns)).where(*conditions(filters, scope))
    key = read_key(after, float, int)
    if key is not None:
        sure, last = LabelReview.confidence, float(key[0])
        asked = asked.where(
            sa.or_(sure < last, sa.and_(sure == last, LabelReview.id > int(key[1])))
        )
    ordered = asked.order_by(LabelReview.confidence.desc(), LabelReview.id).limit(limit + 1)
    rows = [_row(*row) for row in session.execute(ordered)]
    return page(rows, limit=limit, key=lambda row: (float(row.confidence), row.id))


def groups(session: Session, *, scope: Scope, filters: ReviewFilters) -> tuple[Group, ...]:
    """Class by class, the component with most waiting orders first."""
    keys = (
        EquipmentClass.id,
        EquipmentClass.name,
        LabelReview.proposed_component_id,
        Component.name,
    )
    asked = (
        joined(sa.select(*keys, LabelReview.proposed_function, sa.func.count()))
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .outerjoin(Component, Component.id == LabelReview.proposed_component_id)
        .where(*conditions(filters, scope))
        .group_by(*keys, LabelReview.proposed_function)
    )
    found: dict[tuple[int, int | None], Group] = {}
    for class_id, class_name, component_id, name, function, number in session.execute(asked):
        group = found.setdefault(
            (class_id, component_id), Group(class_id, class_name, component_id, name or "", {})
        )
        group.counts[function] = number
    return tuple(
        sorted(found.values(), key=lambda g: (g.class_name, g.class_id, -g.total, g.component))
    )


def outlook(session: Session, *, scope: Scope, filters: ReviewFilters) -> Yield:
    """What accepting everything these filters show would write."""
    rows = told_by(session, conditions(filters, scope))
    machines = {one.equipment_id for one in rows}
    return expected(
        rows,
        failed=_places(session, Failure, machines),
        served=_places(session, ServiceRecord, machines),
    )


def told_by(session: Session, wanted: Sequence[sa.ColumnElement[bool]]) -> list[Told]:
    """What the orders of these reviews tell, as proposed."""
    columns = (
        WorkOrder.id,
        WorkOrder.equipment_id,
        WorkOrder.created_at,
        WorkOrder.title,
        LabelReview.proposed_function,
        LabelReview.proposed_component_id,
        sa.func.coalesce(Component.name, ""),
        WorkOrder.description,
    )
    asked = (
        joined(sa.select(*columns))
        .outerjoin(Component, Component.id == LabelReview.proposed_component_id)
        .where(*wanted)
        .order_by(LabelReview.id)
    )
    return [Told(*row) for row in session.execute(asked)]


def known(session: Session, *, scope: Scope) -> tuple[Known, ...]:
    """Failures and renewals on record of the classes that ever had a review: what nights learn."""
    reviewed = sa.select(Equipment.equipment_class_id).join(
        LabelReview, LabelReview.equipment_id == Equipment.id
    )
    rows = session.execute(
        sa.select(
            EquipmentClass.id,
            EquipmentClass.name,
            sa.func.count(sa.distinct(Equipment.id)),
        )
        .join(Equipment, Equipment.equipment_class_id == EquipmentClass.id)
        .where(EquipmentClass.id.in_(reviewed), seen(scope))
        .group_by(EquipmentClass.id, EquipmentClass.name)
        .order_by(EquipmentClass.name, EquipmentClass.id)
    ).all()
    failures, services = (_count(session, table, scope) for table in (Failure, ServiceRecord))
    return tuple(
        Known(number, name, machines, failures.get(number, 0), services.get(number, 0))
        for number, name, machines in rows
    )


def components(session: Session, *, class_ids: Iterable[int]) -> dict[int, list[tuple[int, str]]]:
    """(id, name) of the components of each class, for choices."""
    rows = session.execute(
        sa.select(Component.equipment_class_id, Component.id, Component.name)
        .where(Component.equipment_class_id.in_(sorted(set(class_ids))))
        .order_by(Component.name, Component.id)
    )
    found: dict[int, list[tuple[int, str]]] = {}
    for class_id, component_id, name in rows:
        found.setdefault(class_id, []).append((component_id, name))
    return found


def machines(session: Session, *, scope: Scope) -> list[tuple[int, str]]:
    """(id, tag) of the machines that have waiting orders."""
    asked = joined(sa.select(Equipment.id, Equipment.tag)).where(
        *conditions(ReviewFilters(), scope)
    )
    rows = session.execute(asked.distinct().order_by(Equipment.tag, Equipment.id))
    return [(number, tag) for number, tag in rows]


def last_decision(session: Session, *, scope: Scope) -> LastDecision | None:
    """The latest acceptance or rejection that still stands and lies within the scope.

    Read from the audit log: on a plant whose clock stands still, moments do not tell batches apart.
    """
    rows = session.execute(
        sa.select(AuditRow.id, AuditRow.at, AuditRow.action, AuditRow.changes)
        .where(AuditRow.entity == LabelReview.__tablename__, AuditRow.action.in_(DECISIONS))
        .order_by(AuditRow.id.desc())
        .limit(_LOOKED_BACK)
    )
    for number, at, action, changes in rows:
        order_ids = tuple(changes["orders"])
        if _stands(session, order_ids, DECISIONS[action], scope):
            return LastDecision(number, at, DECISIONS[action], order_ids)
    return None


def _stands(session: Session, order_ids: Sequence[int], state: ReviewState, scope: Scope) -> bool:
    for start in range(0, len(order_ids), _CHUNK):
        chunk = order_ids[start : start + _CHUNK]
        asked = joined(sa.select(sa.func.count())).where(
            WorkOrder.id.in_(chunk), LabelReview.state == state, seen(scope)
        )
        if session.scalar(asked) != len(chunk):
            return False
    return True


def conditions(filters: ReviewFilters, scope: Scope) -> list[sa.ColumnElement[bool]]:
    """The waiting reviews that the filters and the scope leave."""
    exact = {
        Equipment.equipment_class_id: filters.equipment_class_id,
        Equipment.id: filters.equipment_id,
        LabelReview.proposed_function: filters.function,
    }
    found = [LabelReview.state == ReviewState.WAITING, seen(scope)]
    found += [column == value for column, value in exact.items() if value is not None]
    if filters.component == UNKNOWN:
        found.append(LabelReview.proposed_component_id.is_(None))
    elif filters.component is not None:
        found.append(LabelReview.proposed_component_id == filters.component)
    if filters.at_least is not None:
        found.append(LabelReview.confidence >= filters.at_least)
    if filters.text:
        found.append(WorkOrder.title.icontains(filters.text, autoescape=True))
    return found


def joined(asked: sa.Select[*Columns]) -> sa.Select[*Columns]:
    """*asked* of reviews with their orders and machines."""
    return (
        asked.select_from(LabelReview)
        .join(WorkOrder, WorkOrder.id == LabelReview.work_order_id)
        .join(Equipment, Equipment.id == LabelReview.equipment_id)
    )


def seen(scope: Scope) -> sa.ColumnElement[bool]:
    """The machines within a scope."""
    return sa.true() if scope.site_ids is None else Equipment.site_id.in_(scope.site_ids)


def _row(review: LabelReview, order: WorkOrder, tag: str, class_id: int) -> ReviewRow:
    return ReviewRow(
        id=review.id,
        work_order_id=order.id,
        at=order.created_at,
        tag=tag,
        equipment_id=order.equipment_id,
        class_id=class_id,
        pieces=tuple(marked(order.title, review.evidence)),
        facts=", ".join(order.description.splitlines()),
        type=order.type,
        component_id=review.proposed_component_id,
        function=review.proposed_function,
        confidence=review.confidence,
    )


def _places(
    session: Session, table: type[Failure] | type[ServiceRecord], machines: set[int]
) -> set[Place]:
    rows = session.execute(
        sa.select(table.equipment_id, table.at, table.component_id).where(
            table.equipment_id.in_(machines)
        )
    )
    return {(equipment_id, at, component_id) for equipment_id, at, component_id in rows}


def _count(
    session: Session, table: type[Failure] | type[ServiceRecord], scope: Scope
) -> dict[int, int]:
    rows = session.execute(
        sa.select(Equipment.equipment_class_id, sa.func.count())
        .select_from(table)
        .join(Equipment, Equipment.id == table.equipment_id)
        .where(seen(scope))
        .group_by(Equipment.equipment_class_id)
    )
    return {row[0]: row[1] for row in rows}
