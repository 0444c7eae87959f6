"""The people of the sample plant: their accounts, and who they are as actors of deeds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.config import Settings
from app.db.places import Site, Team
from app.domain.roles import Actor, Role, system
from app.inputs.users import CreateUser
from app.queries import users as questions
from app.services import users
from sample_data.catalogue import SITE

BY = system("demo")
CAST = {
    "ann": ("Ann, planner", Role.PLANNER),
    "tom": ("Tom, technician", Role.TECHNICIAN),
    "eve": ("Eve, viewer", Role.VIEWER),
    "adam": ("Adam, administrator", Role.ADMIN),
}


@dataclass(frozen=True, slots=True)
class People:
    """Who acts. ann None: a real person plans, and nobody plays the planner.

    The shift, not a person, hands accepted work to tom where no planner did.
    """

    tom: Actor
    ann: Actor | None = None

    @property
    def foreman(self) -> Actor:
        """Who hands out work."""
        return self.ann or BY


def site_id(session: Session) -> int:
    """The id of the sample plant's site."""
    return session.scalars(sa.select(Site.id).where(Site.code == SITE.code)).one()


def create_people(session: Session, *, now: datetime) -> dict[str, str]:
    """Add everybody of the cast; return their new passwords."""
    site = site_id(session)
    crew = sa.select(Team.id).where(Team.site_id == site).order_by(Team.id).limit(1)
    team_id = session.scalars(crew).first()
    passwords = {name: secrets.token_urlsafe(9) for name in CAST}
    for name, (display_name, role) in CAST.items():
        person = CreateUser(
            name=name,
            display_name=display_name,
            roles=(role,),
            site_id=site,
            team_id=team_id if role is Role.TECHNICIAN else None,
            password=passwords[name],
        )
        users.create_user(session, user=person, now=now, by=BY)
    return passwords


def print_accounts(settings: Settings, passwords: dict[str, str]) -> None:
    """Print the passwords once, and keep them where only the owner reads them."""
    lines = [f"{name:<6}{password}  ({CAST[name][0]})" for name, password in passwords.items()]
    kept = Path(settings.data_dir) / "demo-accounts.txt"
    kept.touch(mode=0o600)
    kept.write_text("\n".join(lines) + "\n")
    click.echo("Log in as (also kept in the data directory, demo-accounts.txt):")
    click.echo("".join(f"  {line}\n" for line in lines), nl=False)


def everybody(session: Session) -> People:
    """Ann and tom, both played."""
    return People(tom=_actor(session, "tom"), ann=_actor(session, "ann"))


def without_planner(session: Session) -> People:
    """Tom alone: the planner is whoever uses the site."""
    return People(tom=_actor(session, "tom"))


def _actor(session: Session, name: str) -> Actor:
    return questions.actor(session, user_id=questions.user_id(session, name=name))
