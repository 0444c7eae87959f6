"""What surrounds every page: forgery protection, languages, the left bar, the demo's banner."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Flask, request, url_for
from flask_babel import Babel
from flask_babel import lazy_gettext as _
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect

from app.context import now, settings
from app.domain.roles import Capability
from app.web import label_reviews, storms
from app.web.local_time import zone


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of the left bar, for those with the capability."""

    endpoint: str
    text: Any
    icon: str
    needs: Capability = Capability.VIEW


# Under their heading; the first ones need none.
NAVIGATION: tuple[tuple[Any, tuple[Entry, ...]], ...] = (
    (
        "",
        (
            Entry("dashboard.index", _("Dashboard"), "dashboard"),
            Entry("my_work.index", _("My work"), "wrench", Capability.WORK),
        ),
    ),
    (
        _("Work"),
        (
            Entry("work_orders.index", _("Work orders"), "clipboard"),
            Entry("label_reviews.index", _("Label review"), "edit", Capability.PLAN),
            Entry("schedules.index", _("Preventive"), "calendar"),
            Entry("stop_windows.index", _("Stop windows"), "pause"),
        ),
    ),
    (
        _("Predictions"),
        (
            Entry("predictions.index", _("Predictions"), "pulse"),
            Entry("storms.index", _("Storms"), "alert", Capability.PLAN),
            Entry("record.index", _("Record"), "check"),
            Entry("savings.index", _("Savings"), "coin"),
            Entry("readiness.index", _("Readiness"), "steps"),
            Entry("training.index", _("Training"), "moon"),
        ),
    ),
    (
        _("Rules"),
        (
            Entry("order_rules.index", _("Order rules"), "inbox"),
            Entry("conditions.index", _("Limits"), "sensor"),
        ),
    ),
    (
        _("Plant"),
        (
            Entry("equipment.index", _("Equipment"), "machine"),
            Entry("imports.index", _("Import"), "import", Capability.PLAN),
            Entry("users.index", _("People"), "people", Capability.ADMINISTER),
        ),
    ),
)

# Entries that are there only while something waits, with how much does.
QUEUES = {
    "label_reviews.index": label_reviews.waiting,
    "storms.index": storms.waiting,
}


def install(app: Flask) -> None:
    """Give *app* its shell."""
    app.config["WTF_CSRF_TIME_LIMIT"] = None  # as long as the session: forms stay open for hours
    CSRFProtect(app)
    Babel(app, default_timezone="UTC", locale_selector=_language)
    app.jinja_env.globals["next_page"] = next_page
    app.context_processor(_shell)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _shell() -> dict[str, Any]:
    known = current_user.is_authenticated
    may = current_user.actor.may if known else (lambda _capability: False)
    queues = {endpoint: count() for endpoint, count in QUEUES.items()}
    return {
        "navigation": _navigation(may, queues),
        "queues": queues,
        "may_work": may(Capability.WORK),
        "may_plan": may(Capability.PLAN),
        # Technicians read frequencies, not probabilities.
        "reads_frequencies": may(Capability.WORK) and not may(Capability.PLAN),
        "plant_now": now() if known and settings().demo else None,
        "clock_now": now,
        "language": _language(),
        "zone_name": zone().key if known else "UTC",
    }


def _navigation(
    may: Callable[[Capability], bool], queues: Mapping[str, int]
) -> list[tuple[Any, list[Entry]]]:
    """The groups of the left bar with what this person sees of each; none that is empty."""
    seen = [
        (heading, [e for e in entries if may(e.needs) and queues.get(e.endpoint, 1)])
        for heading, entries in NAVIGATION
    ]
    return [(heading, entries) for heading, entries in seen if entries]


def next_page(after: str) -> str:
    """The address of this list behind the key *after*."""
    values = request.args.to_dict() | (request.view_args or {}) | {"after": after}
    return url_for(request.endpoint or "", **values)


def _language() -> str:
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]


# The first is the language of the source texts.
LANGUAGES = ("en",)
