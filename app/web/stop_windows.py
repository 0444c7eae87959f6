"""Stop windows: the list with what comes next, plan, change, end, import a calendar file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.errors import InvalidInput
from app.domain.roles import Capability
from app.domain.stop_windows import Repeat
from app.inputs.stop_windows import LARGEST_FILE, ImportCalendar, PlanStopWindow
from app.queries import stop_windows as questions
from app.queries.stop_windows import PlaceChoice, WindowRow
from app.services import stop_windows
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version
from app.web.local_time import today, zone
from app.web.words import label

blueprint = Blueprint("stop_windows", __name__, url_prefix="/stop-windows")
MOMENTS = ("starts_at", "ends_at")
MORNING, AFTERNOON = time(6), time(14)


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """The windows, what comes first on top."""
    return list_page()


def list_page(
    given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The list, with what was wrong about the calendar file."""
    with database().reading() as session:
        found = questions.stop_windows(session, scope=me().scope, now=now())
        places = questions.place_choices(session, scope=me().scope)
    return render_template(
        "stop_windows/list.html",
        found=found,
        places=[(_place(place), place.name) for place in places],
        given=given or {},
        errors=errors or {},
    )


@blueprint.get("/new")
@needs(Capability.PLAN)
def new() -> ResponseReturnValue:
    """The form of a new window, with a weekly morning shift filled in."""
    day = today()
    usual = {
        "starts_at": f"{datetime.combine(day, MORNING):%Y-%m-%dT%H:%M}",
        "ends_at": f"{datetime.combine(day, AFTERNOON):%Y-%m-%dT%H:%M}",
        "repeat": Repeat.WEEKLY.value,
        "every": "1",
    }
    return form_page(given={**usual, **request.args.to_dict()})


@blueprint.get("/<int:window_id>/edit")
@needs(Capability.PLAN)
def edit(window_id: int) -> ResponseReturnValue:
    """The form of a window as it is."""
    return form_page(window_id)


def form_page(
    window_id: int | None = None,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a window, with what was typed."""
    with database().reading() as session:
        places = questions.place_choices(session, scope=me().scope)
        row = None
        if window_id is not None:
            row = questions.stop_window(session, scope=me().scope, window_id=window_id, now=now())
    typed = given if given is not None else _as_typed(row)
    return render_template(
        "stop_windows/form.html",
        row=row,
        places=[(_place(place), place.name) for place in places],
        repeats=_repeats(row),
        given=typed,
        errors=errors or {},
    )


@blueprint.post("")
@needs(Capability.PLAN)
@redrawn_by(form_page)
def create() -> ResponseReturnValue:
    """Plan a window."""
    window = PlanStopWindow.parse(_placed(form_data(moments=MOMENTS)))
    with database().transaction() as session:
        stop_windows.plan(session, window=window, now=now(), by=me())
    notice(_("Stop window planned."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:window_id>")
@needs(Capability.PLAN)
@redrawn_by(form_page)
def update(window_id: int) -> ResponseReturnValue:
    """Change a window."""
    window = PlanStopWindow.parse(_placed(form_data(moments=MOMENTS)))
    with database().transaction() as session:
        stop_windows.change(
            session,
            window_id=window_id,
            window=window,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Stop window saved."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/<int:window_id>/end")
@needs(Capability.PLAN)
def end(window_id: int) -> ResponseReturnValue:
    """Offer it no more."""
    with database().transaction() as session:
        stop_windows.deactivate(
            session, window_id=window_id, expected_version=seen_version(), now=now(), by=me()
        )
    notice(_("Stop window ended. Orders planned into it stay where they are."))
    return redirect(url_for(".index"), 303)


@blueprint.post("/calendar")
@needs(Capability.PLAN)
@redrawn_by(list_page)
def take_in() -> ResponseReturnValue:
    """Take a calendar file in; entries that are known by their UID are updated."""
    given = ImportCalendar.parse(_placed({**form_data(), "text": _sent_file()}))
    with database().transaction() as session:
        done = stop_windows.import_calendar(session, calendar=given, now=now(), by=me())
    notice(
        _(
            "Calendar taken in: %(added)d new, %(updated)d changed, %(unchanged)d as they were,"
            " %(ended)d ended.",
            added=done.added,
            updated=done.updated,
            unchanged=done.unchanged,
            ended=done.ended,
        )
    )
    return redirect(url_for(".index"), 303)


def _sent_file() -> str:
    """The text of the file that was sent; InvalidInput when it is none."""
    sent = request.files.get("file")
    content = b"" if sent is None else sent.read(LARGEST_FILE + 1)
    if not content:
        raise InvalidInput({"text": _("Choose a calendar file (.ics).")})
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput({"text": _("The file is no text in UTF-8.")}) from None


def _place(place: PlaceChoice) -> str:
    """A place as the value of a choice: site, line, machine."""
    return f"{place.site_id}.{place.location_id or 0}.{place.equipment_id or 0}"


def _placed(data: dict[str, Any]) -> dict[str, Any]:
    """The fields of a form with its place spelt out."""
    parts = str(data.pop("place", "")).split(".")
    if len(parts) != 3 or not all(part.isdecimal() for part in parts):
        raise InvalidInput({"place": _("Choose a place.")})
    site, line, machine = parts
    found = data | {"site_id": site}
    found |= {} if line == "0" else {"location_id": line}
    return found if machine == "0" else found | {"equipment_id": machine}


def _repeats(row: WindowRow | None) -> list[tuple[str, str]]:
    """What the form offers; a rule of a calendar file can be kept."""
    is_foreign = row is not None and row.repetition.repeat is Repeat.OTHER
    return [
        (repeat.value, label(repeat))
        for repeat in Repeat
        if is_foreign or repeat is not Repeat.OTHER
    ]


def _as_typed(row: WindowRow | None) -> dict[str, str]:
    if row is None:
        return {}
    place = PlaceChoice(row.site_id, row.location_id, row.equipment_id, "")
    local = {name: getattr(row, name).astimezone(zone()) for name in MOMENTS}
    until = row.repetition.until
    return {
        "place": _place(place),
        "title": row.title,
        **{name: f"{moment:%Y-%m-%dT%H:%M}" for name, moment in local.items()},
        "repeat": row.repetition.repeat.value,
        "every": str(row.repetition.every),
        "until": "" if until is None else until.isoformat(),
    }
