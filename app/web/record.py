"""The record: what predictions got right, what they cost in vain, and what they missed."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.roles import Capability
from app.queries import record
from app.web.access import needs
from app.web.auth import me

blueprint = Blueprint("record", __name__, url_prefix="/record")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Every failure since the first forecast and how it was met; every finding."""
    with database().reading() as session:
        failures = record.failures(session, scope=me().scope, now=now())
        findings = record.findings(session, scope=me().scope, now=now())
    found = record.summary(failures, findings)
    return render_template("record/index.html", found=found, failures=failures, findings=findings)
