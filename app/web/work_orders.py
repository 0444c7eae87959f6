"""Work orders: list, page, new order, breakdown, assignment, notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from sqlalchemy.orm import Session

from app.context import database, now
from app.domain.roles import Capability
from app.domain.work_orders import OrderType, Priority, Source, State
from app.inputs.work_orders import (
    AssignWorkOrder,
    CommentWorkOrder,
    RaiseWorkOrder,
    ReportBreakdown,
)
from app.queries import equipment
from app.queries import work_orders as questions
from app.queries.places import teams
from app.queries.users import users as people
from app.queries.work_orders import OrderFilters, View
from app.services import work_orders
from app.web.access import needs
from app.web.auth import me
from app.web.conflicts import both_shown
from app.web.forms import coded, form_data, notice, redrawn_by, seen_version, wants_fragment, whole
from app.web.local_time import today
from app.web.order_pages import order_page, pictured, service_windows, suggestion
from app.web.words import label

blueprint = Blueprint("work_orders", __name__, url_prefix="/work-orders")

# What is mostly seen on a round; one tap reports it.
SYMPTOMS = (
    N_("It leaks"),
    N_("Unusual noise"),
    N_("It vibrates"),
    N_("It runs hot"),
    N_("Weak output"),
    N_("It does not start"),
    N_("Loose or damaged"),
    N_("Smell or smoke"),
)


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """The list; the rows alone for htmx."""
    filters = _filters()
    with database().reading() as session:
        found = questions.orders(
            session,
            scope=me().scope,
            filters=filters,
            today=today(),
            after=request.args.get("after"),
        )
        counts = questions.counts(session, scope=me().scope, today=today())
    name = "_rows" if wants_fragment() else "list"
    return render_template(
        f"work_orders/{name}.html", found=found, filters=filters, counts=counts, View=View
    )


@blueprint.get("/<int:work_order_id>")
@needs(Capability.VIEW)
def detail(work_order_id: int) -> ResponseReturnValue:
    """One order with everything this person may do to it."""
    return detail_page(work_order_id)


def detail_page(
    work_order_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page of an order, with what was wrong about the note or the assignment."""
    page = order_page(work_order_id)
    found = suggestion(work_order_id)
    return render_template(
        "work_orders/detail.html",
        page=page,
        suggestion=found,
        pictured=pictured(found),
        service_windows=service_windows(work_order_id),
        given=given or {},
        errors=errors or {},
    )


@blueprint.post("/<int:work_order_id>/assignment")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
@both_shown
def assign(work_order_id: int) -> ResponseReturnValue:
    """Say whose job it is; a blank choice is nobody."""
    given = {name: request.form.get(name) or None for name in ("assignee_id", "team_id")}
    with database().transaction() as session:
        work_orders.assign(
            session,
            work_order_id=work_order_id,
            assignment=AssignWorkOrder.parse(given),
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Assigned."))
    return redirect(url_for(".detail", work_order_id=work_order_id), 303)


@blueprint.post("/<int:work_order_id>/comments")
@needs(Capability.WORK)
@redrawn_by(detail_page)
def comment(work_order_id: int) -> ResponseReturnValue:
    """Add a note."""
    note = CommentWorkOrder.parse(form_data())
    with database().transaction() as session:
        work_orders.comment(session, work_order_id=work_order_id, comment=note, now=now(), by=me())
    return redirect(url_for(".detail", work_order_id=work_order_id, _anchor="history"), 303)


@blueprint.get("/new")
@needs(Capability.WORK)
def new() -> ResponseReturnValue:
    """The form of a new order or request, or of a breakdown."""
    page = breakdown_page if request.args.get("breakdown") else form_page
    return page(given=request.args)


def breakdown_page(given: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    """The form of a breakdown: where, and that it stands still."""
    with database().reading() as session:
        places = _places(session, given)
    return render_template("work_orders/breakdown.html", given=given, errors=errors or {}, **places)


def form_page(given: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    """The form of a new order with what was typed."""
    with database().reading() as session:
        lists: dict[str, Any] = {
            **_places(session, given),
            "teams": teams(session, scope=me().scope),
            "people": [
                (user.id, user.display_name or user.name)
                for user in people(session, scope=me().scope)
                if user.is_active
            ],
        }
    types = [(kind.value, label(kind)) for kind in OrderType if kind is not OrderType.PREDICTIVE]
    return render_template(
        "work_orders/form.html",
        given=given,
        errors=errors or {},
        types=types,
        symptoms=SYMPTOMS,
        **lists,
    )


@blueprint.post("")
@needs(Capability.WORK)
@redrawn_by(form_page)
def create() -> ResponseReturnValue:
    """Raise an order; from a technician it is a request."""
    order = RaiseWorkOrder.parse(_named_by_symptom(form_data()))
    with database().transaction() as session:
        made = work_orders.raise_order(session, order=order, now=now(), by=me())
    notice(_("Work order raised.") if me().may(Capability.PLAN) else _("Sent to the planner."))
    return redirect(url_for(".detail", work_order_id=made), 303)


@blueprint.post("/breakdowns")
@needs(Capability.WORK)
@redrawn_by(breakdown_page)
def breakdown() -> ResponseReturnValue:
    """A machine stands still: an urgent order, in progress, mine."""
    report = ReportBreakdown.parse(form_data())
    with database().transaction() as session:
        made = work_orders.breakdown(session, report=report, now=now(), by=me())
    notice(_("Breakdown recorded; the order is yours and in progress."))
    return redirect(url_for(".detail", work_order_id=made), 303)


def _places(session: Session, given: Mapping[str, str]) -> dict[str, Any]:
    """The machines to choose from, and the components of the one that was chosen."""
    chosen = whole(given.get("equipment_id"), "equipment_id")
    scope = me().scope
    return {
        "machines": equipment.machine_choices(session, scope=scope),
        "components": equipment.components_of(session, scope=scope, equipment_id=chosen),
    }


def _named_by_symptom(data: dict[str, Any]) -> dict[str, Any]:
    """A problem reported with one tap is called by its symptom; own words then describe it."""
    symptom = data.pop("symptom", None)
    if symptom is None:
        return data
    words = [data[name] for name in ("title", "description") if data.get(name)]
    return {**data, "title": symptom, "description": "\n".join(words)}


def _filters() -> OrderFilters:
    mine = me().id if request.args.get("mine") else None
    return OrderFilters(
        view=coded(View, "view") or View.OPEN,
        state=coded(State, "state"),
        type=coded(OrderType, "type"),
        source=coded(Source, "source"),
        priority=coded(Priority, "priority"),
        equipment_id=whole(request.args.get("equipment"), "equipment"),
        assignee_id=mine,
        text=request.args.get("text", ""),
    )
