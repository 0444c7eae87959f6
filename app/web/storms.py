"""Storms: what too many suggestions at once hold back, and the planner's word on it."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.storms import RefuseStorm
from app.queries import storms as questions
from app.services import storms
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version

blueprint = Blueprint("storms", __name__, url_prefix="/storms")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Storms that wait, then those decided, the newest first."""
    with database().reading() as session:
        found = questions.storms(session, scope=me().scope)
    return render_template("storms/list.html", found=found)


@blueprint.get("/<int:storm_id>")
@needs(Capability.VIEW)
def detail(storm_id: int) -> ResponseReturnValue:
    """One storm: likely cause, what it holds, and two buttons while it waits."""
    return detail_page(storm_id)


def detail_page(
    storm_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page of a storm, with what was typed."""
    with database().reading() as session:
        found = questions.storm(session, scope=me().scope, storm_id=storm_id)
    return render_template(
        "storms/detail.html", storm=found, given=given or {}, errors=errors or {}
    )


@blueprint.post("/<int:storm_id>/release")
@needs(Capability.PLAN)
def release(storm_id: int) -> ResponseReturnValue:
    """Raise what it holds, as its night would have done."""
    with database().transaction() as session:
        done = storms.release(
            session, storm_id=storm_id, expected_version=seen_version(), now=now(), by=me()
        )
    notice(_told(done))
    return redirect(url_for(".detail", storm_id=storm_id), 303)


@blueprint.post("/<int:storm_id>/refuse")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
def refuse(storm_id: int) -> ResponseReturnValue:
    """Raise nothing of it, for a reason."""
    refusal = RefuseStorm.parse(form_data())
    with database().transaction() as session:
        storms.refuse(
            session,
            storm_id=storm_id,
            refusal=refusal,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Refused. The night stays silent about them for the cooldown of their order rules."))
    return redirect(url_for(".detail", storm_id=storm_id), 303)


def waiting() -> int:
    """How many storms wait, for whoever may decide about them."""
    if not (current_user.is_authenticated and me().may(Capability.PLAN)):
        return 0
    with database().reading() as session:
        return questions.waiting_count(session, scope=me().scope)


def _told(done: storms.Released) -> str:
    raised = ngettext("%(num)d order raised.", "%(num)d orders raised.", len(done.raised))
    budget = ngettext(
        "%(num)d is held back by the crew's budget.",
        "%(num)d are held back by their crews' budgets.",
        done.held_by_budget,
    )
    needless = ngettext(
        "%(num)d no longer needs an order.", "%(num)d no longer need an order.", done.needless
    )
    said = [raised, budget if done.held_by_budget else "", needless if done.needless else ""]
    return " ".join(filter(None, said))
