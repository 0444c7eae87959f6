"""Condition limits: list, new, change, end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.conditions import MOST_HOURS, CreateLimit, UpdateLimit
from app.queries import conditions as questions
from app.queries import equipment
from app.services import conditions
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version, ticked, whole

blueprint = Blueprint("conditions", __name__, url_prefix="/condition-limits")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """The limits of classes and machines."""
    with database().reading() as session:
        found = questions.limits(session, scope=me().scope)
    return render_template("conditions/list.html", found=found)


@blueprint.get("/new")
@needs(Capability.PLAN)
def new() -> ResponseReturnValue:
    """The form of a new limit: first the class, then the rest."""
    return new_page(given={"is_active": "true", **request.args.to_dict()})


def new_page(given: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    """The form of a new limit with what was typed."""
    class_id = whole(given.get("equipment_class_id"), "equipment_class_id")
    with database().reading() as session:
        classes = equipment.class_choices(session, scope=me().scope)
        owner = next((row for row in classes if row.id == class_id), None)
        known = questions.choices(session, scope=me().scope, class_id=owner.id) if owner else None
    return _form(given, errors, classes=classes, owner=owner, known=known)


@blueprint.post("")
@needs(Capability.PLAN)
@redrawn_by(new_page)
def create() -> ResponseReturnValue:
    """Add a limit."""
    limit = CreateLimit.parse(ticked(form_data(), "is_active"))
    with database().transaction() as session:
        conditions.create(session, limit=limit, now=now(), by=me())
    notice(_("Limit added. The next night watches it."))
    return redirect(url_for(".index"), 303)


@blueprint.get("/<int:limit_id>/edit")
@needs(Capability.PLAN)
def edit(limit_id: int) -> ResponseReturnValue:
    """The form of a limit."""
    return edit_page(limit_id)


def edit_page(
    limit_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a limit, as it is or with what was typed."""
    with database().reading() as session:
        row = questions.limit(session, scope=me().scope, limit_id=limit_id)
        known = questions.choices(session, scope=me().scope, class_id=row.class_id)
    shown = _as_typed(row) if given is None else given
    return _form(shown, errors, row=row, known=known)


@blueprint.post("/<int:limit_id>")
@needs(Capability.PLAN)
@redrawn_by(edit_page)
def update(limit_id: int) -> ResponseReturnValue:
    """Change a limit from the next night on."""
    limit = UpdateLimit.parse(ticked(form_data(), "is_active"))
    with database().transaction() as session:
        conditions.update(
            session,
            limit_id=limit_id,
            limit=limit,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Limit saved. The next night watches it."))
    return redirect(url_for(".index"), 303)


def _form(given: Mapping[str, str], errors: Mapping[str, str] | None, **more: Any) -> str:
    """The form; before a class is chosen only that choice."""
    return render_template(
        "conditions/form.html", given=given, errors=errors or {}, most=MOST_HOURS, **more
    )


def _as_typed(row: questions.LimitRow) -> dict[str, str]:
    return {
        "sensor_role_id": str(row.sensor_role_id),
        "component_id": "" if row.component_id is None else str(row.component_id),
        "side": row.side.value,
        "value": f"{row.value:g}",
        "hours": str(row.hours),
        "priority": row.priority.value,
        **({"is_active": "true"} if row.is_active else {}),
    }
