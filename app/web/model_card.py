"""The model card of a machine: what its predictions are worth, and what they rest on."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.roles import Capability
from app.queries.model_card import machine_card
from app.web.access import needs
from app.web.auth import me
from app.web.readiness import lifted_by
from app.web.reliability_plot import dots

blueprint = Blueprint("model_card", __name__, url_prefix="/equipment")


@blueprint.get("/<int:equipment_id>/model-card")
@needs(Capability.VIEW)
def detail(equipment_id: int) -> ResponseReturnValue:
    """As issued first, the back-test beside it."""
    with database().reading() as session:
        card = machine_card(session, scope=me().scope, equipment_id=equipment_id, now=now())
    return render_template("model_cards/detail.html", card=card, dots=dots, lifted_by=lifted_by)
