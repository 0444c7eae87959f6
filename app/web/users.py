"""People: list, new, change, a new password. For administrators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.context import database
from app.domain.roles import Capability
from app.inputs.users import CreateUser, SetPassword, UpdateUser
from app.queries import places
from app.queries import users as questions
from app.services import users
from app.web.access import needs
from app.web.auth import me, wall_clock
from app.web.forms import form_data, notice, redrawn_by, ticked

blueprint = Blueprint("users", __name__, url_prefix="/users")


@blueprint.get("")
@needs(Capability.ADMINISTER)
def index() -> ResponseReturnValue:
    """Everybody in sight."""
    with database().reading() as session:
        found = questions.users(session, scope=me().scope)
    return render_template("users/list.html", found=found)


@blueprint.get("/new")
@needs(Capability.ADMINISTER)
def new() -> ResponseReturnValue:
    """The form of a new person."""
    return new_page(given=MultiDict())


def new_page(given: Mapping[str, str], errors: Mapping[str, str] | None = None) -> str:
    """The form of a new person with what was typed."""
    return _form(given=given, errors=errors or {})


@blueprint.post("")
@needs(Capability.ADMINISTER)
@redrawn_by(new_page)
def create() -> ResponseReturnValue:
    """Add a person."""
    user = CreateUser.parse(form_data(lists=("roles",)))
    with database().transaction() as session:
        users.create_user(session, user=user, now=wall_clock(), by=me())
    notice(_("Person added."))
    return redirect(url_for(".index"), 303)


@blueprint.get("/<int:user_id>/edit")
@needs(Capability.ADMINISTER)
def edit(user_id: int) -> ResponseReturnValue:
    """The form of a person."""
    return edit_page(user_id)


def edit_page(
    user_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a person, as they are or with what was typed."""
    with database().reading() as session:
        person = questions.user(session, scope=me().scope, user_id=user_id)
    shown = given if given is not None else _as_typed(person)
    return _form(person=person, given=shown, errors=errors or {})


@blueprint.post("/<int:user_id>")
@needs(Capability.ADMINISTER)
@redrawn_by(edit_page)
def update(user_id: int) -> ResponseReturnValue:
    """Change a person; their sessions end when their rights change."""
    user = UpdateUser.parse(ticked(form_data(lists=("roles",)), "is_active"))
    with database().transaction() as session:
        users.update_user(session, user_id=user_id, user=user, now=wall_clock(), by=me())
    notice(_("Person saved."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:user_id>/password")
@needs(Capability.ADMINISTER)
@redrawn_by(edit_page)
def set_password(user_id: int) -> ResponseReturnValue:
    """Give a person a new password; their sessions end."""
    password = SetPassword.parse(form_data())
    with database().transaction() as session:
        users.set_password(session, user_id=user_id, password=password, now=wall_clock(), by=me())
    notice(_("Password set. Tell it to the person; they can change it themselves."))
    return redirect(url_for(".index"), 303)


def _form(person: questions.UserView | None = None, **more: Any) -> str:
    with database().reading() as session:
        sites = places.sites(session, scope=me().scope)
        teams = places.teams(session, scope=me().scope)
    return render_template("users/form.html", person=person, sites=sites, teams=teams, **more)


def _as_typed(person: questions.UserView) -> MultiDict[str, str]:
    typed: MultiDict[str, str] = MultiDict(
        {
            "display_name": person.display_name,
            "site_id": "" if person.site_id is None else str(person.site_id),
            "team_id": "" if person.team_id is None else str(person.team_id),
        }
    )
    typed.setlist("roles", [role.value for role in person.roles])
    if person.is_active:
        typed["is_active"] = "true"
    return typed
