"""Sites and crews, as forms and clocks need them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.places import Location, Site, Team
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.queries.equipment import Choice
from app.queries.predictions import seen


def site_zone(session: Session, *, site_id: int) -> str:
    """The IANA name of a site's time zone; raise NotFound."""
    found = session.scalar(sa.select(Site.timezone).where(Site.id == site_id))
    if found is None:
        raise NotFound(f"There is no site {site_id}.")
    return found


def sites(session: Session, *, scope: Scope) -> list[Choice]:
    """The sites in sight, by name."""
    rows = session.execute(
        sa.select(Site.id, Site.name).where(seen(Site.id, scope)).order_by(Site.name, Site.id)
    )
    return [Choice(row_id, name) for row_id, name in rows]


def locations(session: Session, *, scope: Scope) -> list[Choice]:
    """The places in sight, by name; each stands for everything inside it."""
    rows = session.execute(
        sa.select(Location.id, Location.name)
        .where(seen(Location.site_id, scope))
        .order_by(Location.name, Location.id)
    )
    return [Choice(row_id, name) for row_id, name in rows]


def teams(session: Session, *, scope: Scope) -> list[Choice]:
    """The crews in sight, by name; with their site where there are several."""
    rows = session.execute(
        sa.select(Team.id, Team.name, Site.name)
        .join(Site, Site.id == Team.site_id)
        .where(seen(Team.site_id, scope))
        .order_by(Site.name, Team.name, Team.id)
    ).all()
    several = len({site for _, _, site in rows}) > 1
    return [Choice(row_id, f"{name} · {site}" if several else name) for row_id, name, site in rows]
