"""Label review: imported orders wait here for a planner's word before they teach anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user

from app.context import database, now
from app.domain.order_labels import Yield
from app.domain.roles import Capability
from app.inputs.label_reviews import AcceptLabels, ChangeProposals, RejectLabels, ReviewFilters
from app.queries import label_reviews as questions
from app.services import label_reviews as deeds
from app.web.access import needs
from app.web.auth import me
from app.web.forms import notice, redrawn_by, whole
from app.web.label_forms import addressed, decisions, picked, proposal, sentence, written

blueprint = Blueprint("label_reviews", __name__, url_prefix="/label-reviews")
blueprint.add_app_template_filter(written, "label_yield")
SURE = (0.7, 0.5, 0.3)


def waiting() -> int:
    """How many orders wait for this person; 0 for all but planners."""
    if not current_user.is_authenticated or not me().may(Capability.PLAN):
        return 0
    with database().reading() as session:
        return questions.waiting(session, scope=me().scope)


@blueprint.get("")
@needs(Capability.PLAN)
def index() -> ResponseReturnValue:
    """The queue, what it seems to hold, and what accepting it would write."""
    return page()


def page(given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> str:
    """The page with what was picked, and what was wrong about it."""
    scope, filters = me().scope, _filters()
    after = request.args.get("after")
    with database().reading() as session:
        found = questions.reviews(session, scope=scope, filters=filters, after=after)
        groups = questions.groups(session, scope=scope, filters=ReviewFilters())
        class_ids = {group.class_id for group in groups}
        parts: dict[str, Any] = {
            "outlook": questions.outlook(session, scope=scope, filters=filters),
            "known": questions.known(session, scope=scope),
            "waiting": questions.waiting(session, scope=scope),
            "components": questions.components(session, class_ids=class_ids),
            "machines": questions.machines(session, scope=scope),
            "last": questions.last_decision(session, scope=scope),
        }
    return render_template(
        "label_reviews/index.html",
        found=found,
        groups=groups,
        filters=filters,
        here=addressed(filters),
        sure=SURE,
        picked=set(request.form.getlist("review")),
        given=given or {},
        errors=errors or {},
        imports=_address_of("imports.new", kind="work-orders"),
        readiness=_address_of("readiness.index"),
        **parts,
    )


@blueprint.post("/accept")
@needs(Capability.PLAN)
@redrawn_by(page)
def accept() -> ResponseReturnValue:
    """Accept the ticked orders, with what was changed in their rows."""
    labels = AcceptLabels.parse({"decisions": decisions(request.form)})
    with database().transaction() as session:
        found = deeds.accept(session, labels=labels, now=now(), by=me())
    return _told(found)


@blueprint.post("/accept-all")
@needs(Capability.PLAN)
def accept_all() -> ResponseReturnValue:
    """Accept everything the filters show, as proposed."""
    with database().transaction() as session:
        found = deeds.accept_all(session, filters=_filters(), now=now(), by=me())
    return _told(found)


@blueprint.post("/change")
@needs(Capability.PLAN)
@redrawn_by(page)
def change() -> ResponseReturnValue:
    """Propose something else for the ticked orders."""
    changes = ChangeProposals.parse({"review_ids": picked(request.form), **proposal(request.form)})
    with database().transaction() as session:
        number = deeds.change(session, changes=changes, now=now(), by=me())
    notice(ngettext("%(num)d proposal changed.", "%(num)d proposals changed.", number))
    return _back()


@blueprint.post("/reject")
@needs(Capability.PLAN)
@redrawn_by(page)
def reject() -> ResponseReturnValue:
    """The ticked orders teach nothing."""
    refusal = RejectLabels.parse({"review_ids": picked(request.form)})
    with database().transaction() as session:
        number = deeds.reject(session, refusal=refusal, now=now(), by=me())
    notice(ngettext("%(num)d order teaches nothing.", "%(num)d orders teach nothing.", number))
    return _back()


@blueprint.post("/take-back")
@needs(Capability.PLAN)
def take_back() -> ResponseReturnValue:
    """Undo the latest acceptance or rejection, if it is still the one that was shown."""
    seen = whole(request.form.get("decision"), "decision")
    with database().transaction() as session:
        number = deeds.take_back(session, decision_id=seen, now=now(), by=me())
    notice(
        ngettext("%(num)d order waits again.", "%(num)d orders wait again.", number)
        + " "
        + _("What it had written is gone.")
    )
    return _back()


def _told(found: Yield) -> ResponseReturnValue:
    notice(sentence(found))
    return _back()


def _back() -> ResponseReturnValue:
    return redirect(url_for(".index", **addressed(_filters())), 303)


def _address_of(endpoint: str, **values: Any) -> str | None:
    """The address of another area, where this installation has it."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else None


def _filters() -> ReviewFilters:
    """What the address says; a blank choice was not made."""
    names = ReviewFilters.model_fields
    return ReviewFilters.parse({n: t for n, t in request.args.items() if n in names and t.strip()})
