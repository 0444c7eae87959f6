"""Which day it is where the caller's machines stand."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.api.access import me
from app.context import now, settings
from app.queries.places import site_zone


def today(session: Session) -> date:
    """The day at the token's site, or by the plant's clock for a token of every site."""
    site_id = me().site_id
    zone = settings().zone if site_id is None else ZoneInfo(site_zone(session, site_id=site_id))
    return now().astimezone(zone).date()
