"""`forewarn tokens`: keys for programs."""

from __future__ import annotations

import click

from app.cli.context import opened, plant_now
from app.cli.users import BY, require_site
from app.domain.errors import NotFound
from app.domain.roles import EVERYWHERE
from app.inputs.users import TOKEN_SCOPES, CreateToken
from app.queries import users as questions
from app.services import users


@click.group()
def command() -> None:
    """Keys for programs: shown once, kept as a hash, revocable one by one."""


@command.command("create")
@click.option("--name", required=True, help="What the key is for.")
@click.option("--scope", required=True, type=click.Choice(TOKEN_SCOPES), help="What it may do.")
@click.option("--site", metavar="CODE", help="Its site; left out = every site.")
@click.option("--expires", metavar="ISO", help="When it ends, with a zone; left out = never.")
def create(name: str, scope: str, site: str | None, expires: str | None) -> None:
    """Print a new key; this is the only time it is seen."""
    with opened() as (settings, database), database.transaction() as session:
        given = CreateToken.parse(
            {
                "name": name,
                "scope": scope,
                "site_id": require_site(session, site),
                "expires_at": expires,
            }
        )
        now = plant_now(settings, database)
        plain = users.create_token(session, token=given, now=now, by=BY)
    click.echo(plain)


@command.command("revoke")
@click.option("--name", required=True, help="The key's name.")
def revoke(name: str) -> None:
    """End a key at once."""
    with opened() as (settings, database), database.transaction() as session:
        known = {token.name: token.id for token in questions.tokens(session, scope=EVERYWHERE)}
        if name not in known:
            raise NotFound(f"There is no token {name}.")
        now = plant_now(settings, database)
        users.revoke_token(session, token_id=known[name], now=now, by=BY)
    click.echo(f"{name} is revoked.", err=True)


@command.command("list")
def list_command() -> None:
    """Name every key with its scope; never the key itself."""
    with opened() as (_, database), database.reading() as session:
        tokens = questions.tokens(session, scope=EVERYWHERE)
    for token in tokens:
        used = "never used" if token.last_used_at is None else f"used {token.last_used_at:%Y-%m-%d}"
        state = "  (revoked)" if token.revoked_at else ""
        click.echo(f"{token.name:<24} {token.scope:<7} {token.site or 'every site'}  {used}{state}")
