"""Typical lives: what a planner knows of a component before the plant has failures of its own."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.typical_lives import EnterTypicalLife
from app.queries.typical_lives import LifeView, component_life
from app.services import typical_lives
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version

blueprint = Blueprint("typical_lives", __name__, url_prefix="/typical-lives")


@blueprint.get("/<int:component_id>")
@needs(Capability.PLAN)
def edit(component_id: int) -> ResponseReturnValue:
    """The form of one component."""
    return edit_page(component_id)


def edit_page(
    component_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of one component, as entered or with what was typed."""
    with database().reading() as session:
        found = component_life(session, scope=me().scope, component_id=component_id)
    shown = _as_typed(found.life) if given is None else given
    return render_template(
        "readiness/typical_life.html", part=found, given=shown, errors=errors or {}
    )


@blueprint.post("/<int:component_id>")
@needs(Capability.PLAN)
@redrawn_by(edit_page)
def enter(component_id: int) -> ResponseReturnValue:
    """Keep what was entered; the next night learns the class anew."""
    life = EnterTypicalLife.parse(form_data())
    with database().transaction() as session:
        typical_lives.enter(
            session,
            component_id=component_id,
            life=life,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Saved. The next night goes by it."))
    return redirect(url_for("readiness.index"), 303)


@blueprint.post("/<int:component_id>/withdraw")
@needs(Capability.PLAN)
def withdraw(component_id: int) -> ResponseReturnValue:
    """Take back what was entered."""
    with database().transaction() as session:
        typical_lives.withdraw(
            session,
            component_id=component_id,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Taken back. The age rule goes by the failures on record alone."))
    return redirect(url_for("readiness.index"), 303)


def _as_typed(life: LifeView | None) -> dict[str, str]:
    if life is None:
        return {}
    values = {name: getattr(life, name) for name in EnterTypicalLife.model_fields}
    return {name: f"{value:g}" for name, value in values.items() if value is not None} | {
        "version": str(life.version)
    }
