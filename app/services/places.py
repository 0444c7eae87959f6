"""Deeds about sites, locations and teams."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.places import Location, Site, Team
from app.domain.errors import NotFound
from app.domain.roles import Actor
from app.inputs.equipment import CreateLocation, CreateSite, CreateTeam
from app.services import master_data


def create_site(session: Session, *, site: CreateSite, now: datetime, by: Actor) -> int:
    """Add a plant and return its id; raise AlreadyThere."""
    row = Site(**site.model_dump())
    return master_data.write(session, row, key={"code": site.code}, now=now, by=by).id


def create_location(session: Session, *, location: CreateLocation, now: datetime, by: Actor) -> int:
    """Add a place and return its id; raise NotFound or AlreadyThere."""
    require_site(session, site_id=location.site_id, by=by)
    if location.parent_id is not None:
        require_at_site(session, Location, location.parent_id, site_id=location.site_id)
    key = {"site_id": location.site_id, "code": location.code}
    row = Location(**location.model_dump())
    return master_data.write(session, row, key=key, now=now, by=by).id


def create_team(session: Session, *, team: CreateTeam, now: datetime, by: Actor) -> int:
    """Add a crew and return its id; raise NotFound or AlreadyThere."""
    require_site(session, site_id=team.site_id, by=by)
    key = {"site_id": team.site_id, "name": team.name}
    return master_data.write(session, Team(**key), key=key, now=now, by=by).id


def require_site(session: Session, *, site_id: int, by: Actor) -> Site:
    """The site, when it exists and this actor may see it; raise NotFound."""
    if not by.scope.sees(site_id):
        raise NotFound(f"There is no site {site_id}.")
    return master_data.find(session, Site, site_id)


def require_at_site(
    session: Session, kind: type[Location] | type[Team], row_id: int | None, *, site_id: int
) -> None:
    """Raise NotFound unless the location or team (None is fine) belongs to the site."""
    if row_id is None:
        return
    if master_data.find(session, kind, row_id).site_id != site_id:
        raise NotFound(f"There is no {master_data.words(kind)} {row_id}.")
