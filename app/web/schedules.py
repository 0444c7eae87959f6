"""Preventive schedules: list, new, change, end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from app.context import database, now
from app.domain.activities import RENEWING
from app.domain.errors import InvalidInput
from app.domain.roles import Capability
from app.inputs.schedules import CreateSchedule, UpdateSchedule
from app.queries import equipment
from app.queries import schedules as questions
from app.services import schedules
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version, ticked, whole
from app.web.local_time import today

blueprint = Blueprint("schedules", __name__, url_prefix="/schedules")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Schedules, the next due first, each with the reason for its date."""
    with database().reading() as session:
        found = questions.schedules(session, scope=me().scope, today=today())
    return render_template("schedules/list.html", found=found, today=today())


@blueprint.get("/new")
@needs(Capability.PLAN)
def new() -> ResponseReturnValue:
    """The form of a new schedule."""
    return new_page(given={"starts_on": today().isoformat(), **request.args.to_dict()})


def new_page(given: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    """The form of a new schedule with what was typed."""
    equipment_id = whole(given.get("equipment_id"), "equipment_id")
    with database().reading() as session:
        machines = equipment.machine_choices(session, scope=me().scope)
        components = equipment.components_of(session, scope=me().scope, equipment_id=equipment_id)
    return _form(machines=machines, components=components, given=given, errors=errors or {})


@blueprint.post("")
@needs(Capability.PLAN)
@redrawn_by(new_page)
def create() -> ResponseReturnValue:
    """Add a schedule."""
    schedule = CreateSchedule.parse(ticked(form_data(), "is_active"))
    with database().transaction() as session:
        _ask_which_component(session, schedule)
        schedules.create(session, schedule=schedule, now=now(), by=me())
    notice(_("Schedule added."))
    return redirect(url_for(".index"), 303)


@blueprint.get("/<int:schedule_id>/edit")
@needs(Capability.PLAN)
def edit(schedule_id: int) -> ResponseReturnValue:
    """The form of a schedule."""
    return edit_page(schedule_id)


def edit_page(
    schedule_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a schedule, as it is or with what was typed."""
    with database().reading() as session:
        row = questions.schedule(session, scope=me().scope, schedule_id=schedule_id, today=today())
        components = equipment.components_of(
            session, scope=me().scope, equipment_id=row.equipment_id
        )
    shown = given if given is not None else _as_typed(row)
    return _form(row=row, components=components, given=shown, errors=errors or {})


@blueprint.post("/<int:schedule_id>")
@needs(Capability.PLAN)
@redrawn_by(edit_page)
def update(schedule_id: int) -> ResponseReturnValue:
    """Change a schedule from its next occurrence on."""
    sent = form_data(cleared=("component_id", "last_done_on"))
    schedule = UpdateSchedule.parse(ticked(sent, "is_active"))
    with database().transaction() as session:
        schedules.update(
            session,
            schedule_id=schedule_id,
            schedule=schedule,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Schedule saved."))
    return redirect(url_for(".index"), 303)


def _ask_which_component(session: Session, schedule: CreateSchedule) -> None:
    """The form offers components once it knows the machine: nobody renews all of it unasked."""
    if "component_id" in request.form or schedule.activity not in RENEWING:
        return
    if equipment.components_of(session, scope=me().scope, equipment_id=schedule.equipment_id):
        raise InvalidInput({"component_id": _("Say which component it is, or the whole machine.")})


def _form(row: questions.ScheduleRow | None = None, **more: Any) -> str:
    return render_template("schedules/form.html", row=row, **more)


def _as_typed(row: questions.ScheduleRow) -> dict[str, str]:
    return {
        "title": row.title,
        "component_id": "" if row.component_id is None else str(row.component_id),
        "activity": row.activity.value,
        "every": str(row.every),
        "unit": row.unit.value,
        "basis": row.basis.value,
        "lead_days": str(row.lead_days),
        "starts_on": row.starts_on.isoformat(),
        "last_done_on": "" if row.last_done_on is None else row.last_done_on.isoformat(),
        **({"is_active": "true"} if row.is_active else {}),
    }
