"""Import pages: what can be imported, a file with mapping and preview, its check, its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from app.context import database, now
from app.domain.batches import LISTED_PROBLEMS
from app.domain.errors import InvalidInput, RuleBroken
from app.domain.roles import Capability
from app.queries import imports as questions
from app.queries import places
from app.queries.imports import ImportView
from app.services.imports import taking_in, uploads
from app.services.imports.kinds import KINDS, kind_of
from app.services.imports.preview import preview
from app.web.access import needs
from app.web.auth import me
from app.web.downloads import csv_file
from app.web.forms import notice, redrawn_by, whole
from app.web.import_forms import as_sent, date_options, explained, problems_csv, samples

blueprint = Blueprint("imports", __name__, url_prefix="/imports")
LARGEST_FILE = 50 * 1024 * 1024
FORM_ROOM = 1024 * 1024  # what the form itself may take beside the file


@blueprint.url_value_preprocessor
def make_room(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    """A file may be larger than other requests, for those who may send one.

    This runs before anything reads the form.
    """
    may = current_user.is_authenticated and current_user.actor.may(Capability.PLAN)
    if may and endpoint == "imports.upload":
        request.max_content_length = LARGEST_FILE + FORM_ROOM


@blueprint.get("")
@needs(Capability.PLAN)
def index() -> ResponseReturnValue:
    """A card a kind, and the files so far."""
    with database().reading() as session:
        after = request.args.get("after")
        found = questions.imports(session, scope=me().scope, after=after)
    return render_template("imports/list.html", kinds=KINDS, found=found)


@blueprint.get("/new/<kind>")
@needs(Capability.PLAN)
def new(kind: str) -> ResponseReturnValue:
    """What a file of this kind needs, and the form that sends one."""
    return new_page(kind)


def new_page(
    kind: str,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form that sends a file, with what was wrong about the last one."""
    known = kind_of(kind)
    with database().reading() as session:
        sites = places.sites(session, scope=me().scope)
    return render_template(
        "imports/new.html", kind=known, sites=sites, given=given or {}, errors=errors or {}
    )


@blueprint.get("/examples/<kind>.csv")
@needs(Capability.PLAN)
def example(kind: str) -> ResponseReturnValue:
    """A small file of this kind."""
    text = "\r\n".join(kind_of(kind).example) + "\r\n"
    return csv_file(text, f"{kind}-example.csv")


@blueprint.post("/new/<kind>")
@needs(Capability.PLAN)
@redrawn_by(new_page)
def upload(kind: str) -> ResponseReturnValue:
    """Keep a file and show what it probably means."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise InvalidInput({"file": _("Choose a file.")})
    with sent.stream as stream:
        content = stream.read()
    with database().transaction() as session:
        import_id = uploads.receive(
            session,
            kind=kind,
            name=sent.filename,
            content=content,
            site_id=_site(),
            now=now(),
            by=me(),
        )
    return redirect(url_for(".detail", import_id=import_id), 303)


@blueprint.get("/<int:import_id>")
@needs(Capability.PLAN)
def detail(import_id: int) -> ResponseReturnValue:
    """A file: its columns and first rows as understood, or what became of it."""
    return detail_page(import_id)


def detail_page(
    import_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page of a file, with what could not be understood about its columns."""
    with database().reading() as session:
        view = questions.import_view(session, scope=me().scope, import_id=import_id)
        before = questions.same_before(session, scope=me().scope, import_id=import_id)
    more = _open_parts(view, given) if view.is_open else {}
    return render_template(
        "imports/detail.html",
        view=view,
        kind=kind_of(view.kind),
        before=before,
        listed=LISTED_PROBLEMS,
        errors=errors or {},
        **more,
    )


@blueprint.post("/<int:import_id>/columns")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
def explain(import_id: int) -> ResponseReturnValue:
    """Keep what the columns are; with the second button check the whole file at once."""
    given = taking_in.given_by(database(), import_id, by=me())
    said = explained(given.file.columns, request.form)
    with database().transaction() as session:
        uploads.explain(session, import_id=import_id, given=said, now=now(), by=me())
    if request.form.get("do") == "check":
        taking_in.check(database(), import_id=import_id, now=now(), by=me())
        return redirect(url_for(".detail", import_id=import_id, _anchor="report"), 303)
    return redirect(url_for(".detail", import_id=import_id, _anchor="preview"), 303)


@blueprint.post("/<int:import_id>/take")
@needs(Capability.PLAN)
def take(import_id: int) -> ResponseReturnValue:
    """Bring in what was checked."""
    tables = taking_in.take_in(database(), import_id=import_id, now=now(), by=me())
    taken = sum(counts.accepted for counts in tables.values())
    notice(_("Imported: %(num)s new rows.", num=f"{taken:,}"))
    return redirect(url_for(".detail", import_id=import_id), 303)


@blueprint.post("/<int:import_id>/discard")
@needs(Capability.PLAN)
def discard(import_id: int) -> ResponseReturnValue:
    """Throw a file away."""
    with database().transaction() as session:
        uploads.discard(session, import_id=import_id, now=now(), by=me())
    notice(_("Discarded. Nothing of it was imported."))
    return redirect(url_for(".index"), 303)


@blueprint.get("/<int:import_id>/problems.csv")
@needs(Capability.PLAN)
def problems(import_id: int) -> ResponseReturnValue:
    """The problems of the last check or of the import, as a file."""
    with database().reading() as session:
        view = questions.import_view(session, scope=me().scope, import_id=import_id)
    return csv_file(problems_csv(view), f"import-{import_id}-problems.csv")


def _open_parts(view: ImportView, form: Mapping[str, str] | None) -> dict[str, Any]:
    """What the page shows as long as the file is not imported."""
    kept = taking_in.given_by(database(), view.id, by=me())
    given = kept if form is None else as_sent(kept, form)
    return {
        "given_file": given,
        "preview": preview(database(), given, now=now(), by=me()),
        "samples": samples(given.file),
        "dates": date_options(given),
    }


def _site() -> int:
    """The person's own site, else the one picked, else the only one there is."""
    actor = me()
    if actor.site_id is not None:
        return actor.site_id
    picked = whole(request.form.get("site_id"), "site_id")
    if picked is not None:
        return picked
    with database().reading() as session:
        sites = places.sites(session, scope=actor.scope)
    if len(sites) == 1:
        return sites[0].id
    if not sites:
        raise RuleBroken(_("There is no site yet: the first steps begin with its name."))
    raise InvalidInput({"site_id": _("Choose the site the file is about.")})
