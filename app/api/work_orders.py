"""Work orders: list, one, new, assignment, notes."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks, does
from app.api.order_answers import WorkOrderDetail, WorkOrderItem, item
from app.api.order_answers import detail as order_detail
from app.api.plant_time import today
from app.context import now
from app.domain.tokens import TokenScope
from app.domain.work_orders import OrderType, Priority, Source, State
from app.inputs.work_orders import AssignWorkOrder, CommentWorkOrder, RaiseWorkOrder
from app.queries import work_orders as questions
from app.queries.work_orders import OrderFilters, View
from app.services import work_orders

blueprint = Blueprint("work_orders", __name__, url_prefix="/work-orders")


class WorkOrderQuery(Paging):
    """Which orders: a saved view, narrowed down; `equipment`, `team` and `assignee` are ids."""

    view: View = View.ALL
    state: State | None = None
    type: OrderType | None = None
    source: Source | None = None
    priority: Priority | None = None
    equipment: int | None = None
    team: int | None = None
    assignee: int | None = None
    text: Annotated[str, Field(max_length=200)] = ""

    @property
    def filters(self) -> OrderFilters:
        """The same for the question."""
        return OrderFilters(
            view=self.view,
            state=self.state,
            type=self.type,
            source=self.source,
            priority=self.priority,
            equipment_id=self.equipment,
            team_id=self.team,
            assignee_id=self.assignee,
            text=self.text,
        )


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[WorkOrderItem], query=WorkOrderQuery)
def index(session: Session, query: WorkOrderQuery) -> Listing[WorkOrderItem]:
    """Orders: work to do by due date, finished work and everything (the default) newest first."""
    found = questions.orders(
        session,
        scope=me().scope,
        filters=query.filters,
        today=today(session),
        after=query.after,
        limit=query.limit,
    )
    known = questions.outcomes(session, work_order_ids=[row.id for row in found.rows])
    return listing(found, lambda row: item(row, known.get(row.id)))


@blueprint.get("/<id:work_order_id>")
@needs(TokenScope.READ)
@asks(WorkOrderDetail)
def detail(session: Session, work_order_id: int) -> WorkOrderDetail:
    """One order with its history, what was found, and the forecasts behind it."""
    return order_detail(session, work_order_id)


@blueprint.post("")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=RaiseWorkOrder, status=201)
def create(session: Session, body: RaiseWorkOrder) -> WorkOrderDetail:
    """Raise an order; it is open at once."""
    made = work_orders.raise_order(session, order=body, now=now(), by=me())
    return order_detail(session, made)


@blueprint.post("/<id:work_order_id>/assignment")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=AssignWorkOrder, is_versioned=True)
def assign(
    session: Session, work_order_id: int, body: AssignWorkOrder, version: int | None
) -> WorkOrderDetail:
    """Say whose job it is; only what is sent changes, null is nobody."""
    work_orders.assign(
        session,
        work_order_id=work_order_id,
        assignment=body,
        expected_version=version,
        now=now(),
        by=me(),
    )
    return order_detail(session, work_order_id)


@blueprint.post("/<id:work_order_id>/comments")
@needs(TokenScope.WRITE)
@does(WorkOrderDetail, body=CommentWorkOrder)
def comment(session: Session, work_order_id: int, body: CommentWorkOrder) -> WorkOrderDetail:
    """Add a note."""
    work_orders.comment(session, work_order_id=work_order_id, comment=body, now=now(), by=me())
    return order_detail(session, work_order_id)
