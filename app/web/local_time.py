"""The reader's own clock: the time zone of their site, and which day it is there."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from flask import g
from flask_login import current_user

from app.context import database, now, settings
from app.queries.places import site_zone


def zone() -> ZoneInfo:
    """The zone of the person's site, else the plant's; asked once a request."""
    if "zone" not in g:
        g.zone = _zone()
    found: ZoneInfo = g.zone
    return found


def today() -> date:
    """The day it is at the person's site."""
    return now().astimezone(zone()).date()


def _zone() -> ZoneInfo:
    if not current_user.is_authenticated or current_user.actor.site_id is None:
        return settings().zone
    with database().reading() as session:
        return ZoneInfo(site_zone(session, site_id=current_user.actor.site_id))
