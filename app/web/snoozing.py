"""Leave it in peace for a while: the quick picks, and the day they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from flask_babel import lazy_gettext as _

from app.web.local_time import today, zone

FIELD = "quiet_days"
UNTIL = "snoozed_until"
# Noon, so that it is the same day in UTC.
NOON = time(12)
DISMISSED_FOR = (
    ("7", _("1 week")),
    ("14", _("2 weeks")),
    ("30", _("1 month")),
)
DECIDE_IN = (
    ("1", _("Tomorrow")),
    ("3", _("In 3 days")),
    ("7", _("In a week")),
    ("14", _("In 2 weeks")),
)


def with_day(data: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a form with the quick pick, or the day from its field, as a moment."""
    given = dict(data)
    days = str(given.pop(FIELD, ""))
    if days in dict((*DISMISSED_FOR, *DECIDE_IN)):
        given[UNTIL] = _noon(today() + timedelta(days=int(days)))
    elif UNTIL in given:
        given[UNTIL] = _day(str(given[UNTIL]))
    return given


def _day(text: str) -> Any:
    """A day as the browser's own picker sends it; other text is left to the input class."""
    try:
        return _noon(date.fromisoformat(text))
    except ValueError:
        return text


def _noon(day: date) -> datetime:
    return datetime.combine(day, NOON, tzinfo=zone())
