"""`forewarn users`: people and their roles."""

from __future__ import annotations

import secrets
import sys

import click
from sqlalchemy.orm import Session

from app.cli.context import opened, plant_now
from app.domain.errors import InvalidInput, NotFound
from app.domain.roles import EVERYWHERE, Role, system
from app.inputs.users import CreateUser, SetPassword
from app.queries import registry
from app.queries import users as questions
from app.services import users

BY = system("shell")
ROLES = click.Choice([role.value for role in Role])


@click.group()
def command() -> None:
    """People who log in, and what they may do."""


@command.command("create")
@click.option("--name", required=True, help="The login name.")
@click.option("--role", "roles", required=True, multiple=True, type=ROLES, help="May be repeated.")
@click.option("--site", metavar="CODE", help="Their site; left out = every site.")
@click.option("--team", metavar="NAME", help="Their crew at the site.")
@click.option("--display-name", default="", help="What pages call them.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def create(
    name: str,
    roles: tuple[str, ...],
    site: str | None,
    team: str | None,
    display_name: str,
    password_stdin: bool,
) -> None:
    """Add a person; without --password-stdin a password is made up and printed."""
    password = _password(password_stdin)
    with opened() as (settings, database), database.transaction() as session:
        site_id = require_site(session, site)
        given = CreateUser.parse(
            {
                "name": name,
                "display_name": display_name,
                "roles": list(roles),
                "site_id": site_id,
                "team_id": _team(session, site_id, team),
                "password": password,
            }
        )
        now = plant_now(settings, database)
        users.create_user(session, user=given, now=now, by=BY)
    click.echo(f"{name} can log in.", err=True)
    if not password_stdin:
        click.echo(password)


@command.command("password")
@click.option("--name", required=True, help="The login name.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
def password_command(name: str, password_stdin: bool) -> None:
    """Set a new password; open sessions end. Without --password-stdin it is made up and printed."""
    password = _password(password_stdin)
    given = SetPassword.parse({"new": password})
    with opened() as (settings, database), database.transaction() as session:
        user_id = questions.user_id(session, name=name)
        now = plant_now(settings, database)
        users.set_password(session, user_id=user_id, password=given, now=now, by=BY)
    click.echo(f"{name} has a new password.", err=True)
    if not password_stdin:
        click.echo(password)


@command.command("deactivate")
@click.option("--name", required=True, help="The login name.")
def deactivate(name: str) -> None:
    """Shut a person out; open sessions end at once."""
    _set_active(name, is_active=False)


@command.command("activate")
@click.option("--name", required=True, help="The login name.")
def activate(name: str) -> None:
    """Let a person in again."""
    _set_active(name, is_active=True)


@command.command("list")
def list_command() -> None:
    """Name everybody, with roles and site."""
    with opened() as (_, database), database.reading() as session:
        people = questions.users(session, scope=EVERYWHERE)
    for person in people:
        roles = ",".join(person.roles)
        state = "" if person.is_active else "  (inactive)"
        click.echo(f"{person.name:<20} {roles:<20} {person.site or 'every site'}{state}")


def require_site(session: Session, code: str | None) -> int | None:
    """The id of the site with this code; None stays None; raise NotFound."""
    if code is None:
        return None
    known = registry.sites(session, scope=EVERYWHERE)
    if code not in known:
        raise NotFound(f"There is no site {code}; known are {', '.join(known) or 'none yet'}.")
    return known[code]


def _team(session: Session, site_id: int | None, name: str | None) -> int | None:
    if name is None:
        return None
    if site_id is None:
        raise InvalidInput({"team": "a crew belongs to a site; give --site, too"})
    known = registry.teams(session, site_id=site_id)
    if name not in known:
        raise NotFound(f"There is no team {name}; known are {', '.join(known) or 'none yet'}.")
    return known[name]


def _password(from_stdin: bool) -> str:
    return sys.stdin.readline().rstrip("\r\n") if from_stdin else secrets.token_urlsafe(12)


def _set_active(name: str, *, is_active: bool) -> None:
    with opened() as (settings, database), database.transaction() as session:
        user_id = questions.user_id(session, name=name)
        now = plant_now(settings, database)
        users.set_active(session, user_id=user_id, is_active=is_active, now=now, by=BY)
