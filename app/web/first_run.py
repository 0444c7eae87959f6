"""The guided first run: what a new plant still needs, and the pages that give it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from app.context import database, now, settings
from app.domain.roles import Capability
from app.inputs.class_setup import (
    AssignPattern,
    AssignRoles,
    ChangeClass,
    ChangeRoleParts,
    DescribeJob,
)
from app.inputs.equipment import AddComponent, AddRole, CreateSite
from app.queries import first_run as questions
from app.queries import training
from app.queries.class_jobs import class_jobs
from app.queries.model_card.penalties import own_penalties
from app.services import class_setup, classes, places
from app.services.imports.codes import code_of
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, ticked

blueprint = Blueprint("first_run", __name__, url_prefix="/first-run")
READINESS = "readiness.index"


@blueprint.get("")
@needs(Capability.PLAN)
def index() -> ResponseReturnValue:
    """The steps, each ticked when what it brings is there."""
    return steps_page()


def steps_page(
    given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The steps, with what was wrong about the site's form."""
    with database().reading() as session:
        found = questions.progress(session, scope=me().scope)
        waiting = training.waiting(session)
    return render_template(
        "first_run/index.html",
        progress=found,
        waiting=waiting,
        readiness=READINESS if READINESS in current_app.view_functions else None,
        zone=settings().timezone,
        given=given or {},
        errors=errors or {},
    )


@blueprint.post("/site")
@needs(Capability.ADMINISTER)
@redrawn_by(steps_page)
def add_site() -> ResponseReturnValue:
    """Name the plant."""
    data = form_data()
    code = code_of(data.get("name", "")).lower().replace(" ", "-")
    site = CreateSite.parse({"timezone": settings().timezone, **data, "code": code})
    with database().transaction() as session:
        places.create_site(session, site=site, now=now(), by=me())
    notice(_("The site is there. Now its machines."))
    return redirect(url_for(".index"), 303)


@blueprint.get("/classes")
@needs(Capability.PLAN)
def class_list() -> ResponseReturnValue:
    """The classes of the plant with what the night knows of each."""
    with database().reading() as session:
        found = questions.classes(session, scope=me().scope)
    return render_template("first_run/classes.html", classes=found)


@blueprint.get("/classes/<int:class_id>")
@needs(Capability.PLAN)
def class_form(class_id: int) -> ResponseReturnValue:
    """One class: its settings, its components, its roles and the sensors that fill them."""
    return class_page(class_id)


def class_page(
    class_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page of a class, with what was wrong about the form that was sent."""
    with database().reading() as session:
        scope = me().scope
        row = questions.class_row(session, scope=scope, class_id=class_id)
        groups = questions.sensor_groups(session, scope=scope, class_id=class_id)
        roles = questions.role_rows(session, scope=scope, class_id=class_id)
        penalties = own_penalties(session, class_id=class_id)
        jobs = class_jobs(session, class_id=class_id)
    return render_template(
        "first_run/class.html",
        row=row,
        groups=groups,
        roles=roles,
        role_choices=[(role.code, role.name) for role in roles],
        settings=_as_typed(row),
        penalties=penalties,
        jobs=jobs,
        given=given or {},
        errors=errors or {},
        refused=request.endpoint if errors else "",
    )


@blueprint.post("/classes/<int:class_id>")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def change(class_id: int) -> ResponseReturnValue:
    """Change name, decision time, running rule and predictor of a class."""
    changes = ChangeClass.parse(form_data())
    with database().transaction() as session:
        _require(session, class_id)
        class_setup.change_class(session, class_id=class_id, changes=changes, now=now(), by=me())
    notice(_("Class saved."))
    return redirect(url_for(".class_form", class_id=class_id), 303)


@blueprint.post("/classes/<int:class_id>/components")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def add_component(class_id: int) -> ResponseReturnValue:
    """Add a component: what can fail, and what the night names as the cause."""
    name = request.form.get("component", "").strip()
    code = code_of(name).lower().replace(" ", "_")
    given = AddComponent.parse({"equipment_class_id": class_id, "code": code, "name": name})
    with database().transaction() as session:
        _require(session, class_id)
        classes.add_component(session, component=given, now=now(), by=me())
    notice(_("Component added."))
    return redirect(url_for(".class_form", class_id=class_id, _anchor="components"), 303)


@blueprint.post("/classes/<int:class_id>/roles")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def add_role(class_id: int) -> ResponseReturnValue:
    """Add a role that sensors of the class may fill."""
    data = ticked(form_data(), "is_condition", "is_comparable")
    code = code_of(data.get("name", "")).lower().replace(" ", "_")
    given = AddRole.parse({**data, "code": code, "equipment_class_id": class_id})
    with database().transaction() as session:
        _require(session, class_id)
        classes.add_role(session, role=given, now=now(), by=me())
    notice(_("Role added."))
    return redirect(url_for(".class_form", class_id=class_id, _anchor="sensors"), 303)


@blueprint.post("/classes/<int:class_id>/role-parts")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def change_parts(class_id: int) -> ResponseReturnValue:
    """Say which part each role looks at."""
    sent = request.form.items()
    parts = {name.removeprefix("part-"): part for name, part in sent if name.startswith("part-")}
    given = ChangeRoleParts(parts=parts)
    with database().transaction() as session:
        _require(session, class_id)
        number = class_setup.change_role_parts(
            session, class_id=class_id, given=given, now=now(), by=me()
        )
    notice(
        ngettext(
            "Parts saved: %(num)d role changed. The next night that learns fits the class anew.",
            "Parts saved: %(num)d roles changed. The next night that learns fits the class anew.",
            number,
        )
        if number
        else _("Nothing was changed.")
    )
    return redirect(url_for(".class_form", class_id=class_id, _anchor="parts"), 303)


@blueprint.post("/classes/<int:class_id>/jobs")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def describe_job(class_id: int) -> ResponseReturnValue:
    """Say what a job on a component takes, and what to look at, bring and order."""
    job = DescribeJob.parse(form_data())
    with database().transaction() as session:
        _require(session, class_id)
        class_setup.describe_job(session, class_id=class_id, job=job, now=now(), by=me())
    notice(_("Job saved."))
    return redirect(url_for(".class_form", class_id=class_id, _anchor="jobs"), 303)


@blueprint.post("/classes/<int:class_id>/sensors")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def assign(class_id: int) -> ResponseReturnValue:
    """Say which role each sensor fills, by its code."""
    sent = {
        request.form[f"code-{name.removeprefix('role-')}"]: role
        for name, role in request.form.items()
        if name.startswith("role-") and f"code-{name.removeprefix('role-')}" in request.form
    }
    given = AssignRoles(roles={code: role for code, role in sent.items() if role != "-"})
    with database().transaction() as session:
        _require(session, class_id)
        number = class_setup.assign_roles(
            session, class_id=class_id, given=given, now=now(), by=me()
        )
    return _assigned(class_id, number)


@blueprint.post("/classes/<int:class_id>/pattern")
@needs(Capability.PLAN)
@redrawn_by(class_page)
def assign_pattern(class_id: int) -> ResponseReturnValue:
    """Give all sensors that are called alike a role."""
    given = AssignPattern.parse({"role": "", **form_data()})
    with database().transaction() as session:
        _require(session, class_id)
        number = class_setup.assign_by_pattern(
            session, class_id=class_id, given=given, now=now(), by=me()
        )
    return _assigned(class_id, number)


def _assigned(class_id: int, number: int) -> ResponseReturnValue:
    notice(_("Roles saved: %(num)d sensors changed.", num=number))
    return redirect(url_for(".class_form", class_id=class_id, _anchor="sensors"), 303)


def _require(session: Any, class_id: int) -> None:
    """Raise NotFound for a class without machines at this person's site."""
    questions.class_row(session, scope=me().scope, class_id=class_id)


def _as_typed(row: questions.ClassRow) -> dict[str, str]:
    above = row.running_above
    return {
        "name": row.name,
        "decision_minute": f"{row.decision_at:%H:%M}",
        "predictor": row.predictor.value,
        "running_role": row.running_role or "",
        "running_above": "" if above is None else f"{above:g}",
    }
