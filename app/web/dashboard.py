"""The overview."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.roles import Capability
from app.queries import dashboard as questions
from app.web.access import needs
from app.web.auth import me
from app.web.local_time import today

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Riskiest machines, work at hand, what was held back, the last night."""
    with database().reading() as session:
        found = questions.dashboard(session, scope=me().scope, now=now(), today=today())
    return render_template("dashboard/index.html", found=found, today=today())
