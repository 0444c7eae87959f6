"""Machines: list, page, and the numbers behind their charts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from flask import Blueprint, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.equipment import Status
from app.domain.errors import InvalidInput
from app.domain.roles import Capability
from app.queries import charts, equipment
from app.queries.equipment import MachineFilters
from app.queries.machine_page import machine_page
from app.web.access import needs
from app.web.auth import me
from app.web.chart_data import risk_data, sensor_data
from app.web.forms import coded, wants_fragment, whole
from app.web.local_time import today
from app.web.survival_plot import survival_plot

blueprint = Blueprint("equipment", __name__, url_prefix="/equipment")
CHART_DAYS = 90


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Machines by tag; the rows alone for htmx."""
    filters = _filters()
    with database().reading() as session:
        found = equipment.machines(
            session,
            scope=me().scope,
            filters=filters,
            now=now(),
            after=request.args.get("after"),
        )
        classes = equipment.class_choices(session, scope=me().scope)
    name = "_rows" if wants_fragment() else "list"
    return render_template(
        f"equipment/{name}.html",
        found=found,
        filters=filters,
        classes=classes,
    )


@blueprint.get("/<int:equipment_id>")
@needs(Capability.VIEW)
def detail(equipment_id: int) -> ResponseReturnValue:
    """One machine: sensors, prediction, open work, records."""
    with database().reading() as session:
        found = machine_page(session, scope=me().scope, equipment_id=equipment_id, now=now())
    plot = survival_plot(found.prediction.curve) if found.prediction else None
    return render_template("equipment/detail.html", machine=found, plot=plot, today=today())


@blueprint.get("/<int:equipment_id>/sensors/<int:sensor_id>/series")
@needs(Capability.VIEW)
def series(equipment_id: int, sensor_id: int) -> ResponseReturnValue:
    """The points of one chart between `from` and `to` (ISO instants)."""
    end = _instant("to", now())
    start = _instant("from", end - timedelta(days=CHART_DAYS))
    with database().reading() as session:
        found = charts.sensor_chart(
            session,
            scope=me().scope,
            equipment_id=equipment_id,
            sensor_id=sensor_id,
            start=start,
            end=end,
        )
    return jsonify(sensor_data(found))


@blueprint.get("/<int:equipment_id>/risk/series")
@needs(Capability.VIEW)
def risk(equipment_id: int) -> ResponseReturnValue:
    """The risk as issued, night by night, of the machine or of one `component`."""
    with database().reading() as session:
        found = charts.risk_chart(
            session,
            scope=me().scope,
            equipment_id=equipment_id,
            now=now(),
            component=request.args.get("component", ""),
        )
    return jsonify(risk_data(found))


def _filters() -> MachineFilters:
    return MachineFilters(
        search=request.args.get("search", "").strip(),
        class_id=whole(request.args.get("class"), "class"),
        status=coded(Status, "status"),
    )


def _instant(name: str, default: datetime) -> datetime:
    text = request.args.get(name)
    if not text:
        return default
    try:
        given = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput({name: "is not an instant such as 2026-03-02T08:00:00Z"}) from None
    return given if given.tzinfo else given.replace(tzinfo=UTC)
