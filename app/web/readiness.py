"""Readiness: how far each class of machines has come, what is missing, and when it comes."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_
from flask_babel import ngettext

from app.context import database, now
from app.domain.ladder import RUNGS, Missing, Rung
from app.domain.roles import Capability
from app.queries.class_readiness import class_readiness
from app.web.access import needs
from app.web.auth import me
from app.web.filters import count, figure

blueprint = Blueprint("readiness", __name__, url_prefix="/readiness")
IMPORTS = "imports.index"

# The steps of the ladder and what each of them does for the plant.
STEPS = {
    Rung.NOTHING: (N_("Readings"), N_("its normal is not known yet")),
    Rung.HEALTH: (N_("Own normal"), N_("inspections when it deviates")),
    Rung.AGE: (N_("Age rule"), N_("knows what a calendar knows")),
    Rung.CLASS: (N_("Learned from its class"), N_("predicts from the sensors")),
    Rung.OWN_LEVEL: (N_("Own level"), N_("at this machine's own rate")),
    Rung.OWN_HAZARD: (N_("Own hazard"), N_("from this machine's own failures")),
}


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Every class in sight."""
    with database().reading() as session:
        found = class_readiness(session, scope=me().scope, now=now())
    return render_template(
        "readiness/index.html",
        found=found,
        steps=[(rung, *STEPS[rung]) for rung in RUNGS],
        place=RUNGS.index,
        lifted_by=lifted_by,
        imports=IMPORTS if IMPORTS in current_app.view_functions else None,
    )


def lifted_by(missing: Missing) -> str:
    """What the next rung needs and when it comes, in words."""
    what = STEPS[missing.rung][0]
    if missing.known >= missing.needed:
        return _("%(rung)s: enough failures are known; the back-test decides.", rung=what)
    said = ngettext(
        "%(rung)s at %(needed)s failure", "%(rung)s at %(needed)s failures", missing.needed,
        rung=what, needed=count(missing.needed),
    )  # fmt: skip
    known = _("%(known)s known", known=count(missing.known))
    return f"{said}; {known}; {_when(missing)}"


def _when(missing: Missing) -> str:
    if missing.months is None or missing.per_month is None:
        return _("when, nobody can say yet.")
    rate = figure(missing.per_month, 1 if missing.per_month >= 0.1 else 2)
    months = max(1, round(missing.months))
    return ngettext(
        "at %(rate)s a month in about %(num)d month.",
        "at %(rate)s a month in about %(num)d months.",
        months,
        rate=rate,
    )
