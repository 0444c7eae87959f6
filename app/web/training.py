"""Training: the runs, one run as it goes, and the wishes of a page (run now, retry, cancel)."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now, settings
from app.db.training import MachineStatus, RequestKind
from app.domain.errors import RuleBroken
from app.domain.roles import Capability
from app.queries import next_night as questions
from app.queries import training
from app.queries.next_night import NextNight
from app.services import clock, runs
from app.web.access import needs
from app.web.auth import me
from app.web.forms import back_to, coded, notice, wants_fragment
from app.web.shell import NAVIGATION

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


@blueprint.post("/next-night")
@needs(Capability.PLAN)
def ask_next_night() -> ResponseReturnValue:
    """Write down the wish for one more day; a second one while it passes changes nothing."""
    if not settings().demo:
        raise RuleBroken("Only the sample plant has a next night; a real plant's comes by itself.")
    try:
        with database().transaction() as session:
            clock.request_next_night(session, now=now(), wall=datetime.now(UTC), by=me())
    except clock.UnderWay:
        notice(_("The next night is on its way already."))
    return redirect(back_to(".index"), 303)


@blueprint.get("/next-night")
@needs(Capability.VIEW)
def next_night() -> ResponseReturnValue:
    """The plant's clock as it is now; when the night is over, lists are shown anew.

    A page on which somebody may be writing offers it with a link instead.
    """
    found, here = _next_night(), urlsplit(request.headers.get("HX-Current-URL", "")).path
    lists = {url_for(entry.endpoint) for _heading, entries in NAVIGATION for entry in entries}
    more = {"HX-Refresh": "true"} if found.step is None and here in lists else {}
    return (
        render_template("training/_clock.html", night=found, plant_now=now(), here=here),
        200,
        more,
    )


@blueprint.app_context_processor
def _of_the_demo() -> dict[str, object]:
    return {"next_night": _next_night}


def _next_night() -> NextNight:
    with database().reading() as session:
        return questions.next_night(session, scope=me().scope, wall=datetime.now(UTC))


@blueprint.post("/<int:run_id>/cancel")
@needs(Capability.PLAN)
def cancel(run_id: int) -> ResponseReturnValue:
    """Ask the running trainer to stop; machines that are done stay done."""
    with database().transaction() as session:
        training.run(session, scope=me().scope, run_id=run_id)
        runs.request_run(session, kind=RequestKind.CANCEL, run_id=run_id, now=now(), by=me())
    notice(_("The trainer was asked to stop."))
    return redirect(url_for(".detail", run_id=run_id), 303)
