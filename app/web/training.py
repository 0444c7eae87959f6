"""Training: the runs, one run as it goes, and the wishes of a page (run now, retry, cancel)."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.db.training import MachineStatus, RequestKind
from app.domain.roles import Capability
from app.queries import training
from app.services import runs
from app.web.access import needs
from app.web.auth import me
from app.web.forms import coded, notice, wants_fragment

blueprint = Blueprint("training", __name__, url_prefix="/training")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Runs, the newest first; the list alone for htmx, which asks again while one goes on."""
    with database().reading() as session:
        found = training.runs(session, scope=me().scope, after=request.args.get("after"))
        waiting = training.waiting(session)
    name = "_runs" if wants_fragment() else "list"
    return render_template(f"training/{name}.html", found=found, waiting=waiting)


@blueprint.get("/<int:run_id>")
@needs(Capability.VIEW)
def detail(run_id: int) -> ResponseReturnValue:
    """One run with its machines."""
    status = coded(MachineStatus, "status")
    with database().reading() as session:
        found = training.run_page(
            session,
            scope=me().scope,
            run_id=run_id,
            status=status,
            after=request.args.get("after"),
        )
    return render_template("training/detail.html", page=found, run=found.run, status=status)


@blueprint.get("/<int:run_id>/progress")
@needs(Capability.VIEW)
def progress(run_id: int) -> ResponseReturnValue:
    """The part of the page that htmx asks for again while the run goes on."""
    with database().reading() as session:
        found = training.run(session, scope=me().scope, run_id=run_id)
    more = {} if found.is_running else {"HX-Refresh": "true"}  # over: show the whole page anew
    return render_template("training/_progress.html", run=found), 200, more


@blueprint.post("/requests/<kind>")
@needs(Capability.PLAN)
def wish(kind: str) -> ResponseReturnValue:
    """Write down what the trainer is asked for."""
    if kind not in (RequestKind.RUN_NOW, RequestKind.RETRY_FAILED):
        abort(404)
    with database().transaction() as session:
        runs.request_run(session, kind=RequestKind(kind), run_id=None, now=now(), by=me())
    notice(_("Asked for. The trainer starts in a few seconds."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:run_id>/cancel")
@needs(Capability.PLAN)
def cancel(run_id: int) -> ResponseReturnValue:
    """Ask the running trainer to stop; machines that are done stay done."""
    with database().transaction() as session:
        training.run(session, scope=me().scope, run_id=run_id)
        runs.request_run(session, kind=RequestKind.CANCEL, run_id=run_id, now=now(), by=me())
    notice(_("The trainer was asked to stop."))
    return redirect(url_for(".detail", run_id=run_id), 303)
