"""Predictions: the ranking with its decisions, and the gates of the classes."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.roles import Capability
from app.queries import predictions
from app.web.access import needs
from app.web.auth import me
from app.web.forms import wants_fragment

blueprint = Blueprint("predictions", __name__, url_prefix="/predictions")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Machines by risk; the rows alone for htmx."""
    with database().reading() as session:
        found = predictions.ranking(
            session, scope=me().scope, now=now(), after=request.args.get("after")
        )
        gates = predictions.gates(session, scope=me().scope)
    name = "_rows" if wants_fragment() else "list"
    return render_template(f"predictions/{name}.html", found=found, gates=gates)
