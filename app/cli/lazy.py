"""A group of commands that imports a command's module when it is called for, and not before.

`forewarn train` forks its workers and must not have loaded a web framework; `--help` should not
load anything at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, NamedTuple

import click
from sqlalchemy.exc import DBAPIError, OperationalError, ProgrammingError

from app.config import BadSetting
from app.domain.errors import ForewarnError, InvalidInput


class Entry(NamedTuple):
    """Where a command lives and what it is for, in a few words."""

    module: str
    help: str


class Refused(click.ClickException):
    """Bad usage or input: nothing was changed."""

    exit_code = 2


class LazyGroup(click.Group):
    """Commands by a table; `module.command` is the click command."""

    def __init__(self, *, entries: Mapping[str, Entry], **more: Any) -> None:
        super().__init__(**more)
        self.entries = entries

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the table's order."""
        return list(self.entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command; one clear line when this build does not have it."""
        entry = self.entries.get(cmd_name)
        if entry is None:
            return None
        try:
            module = import_module(entry.module)
        except ModuleNotFoundError as trouble:
            if trouble.name != entry.module:
                raise
            raise Refused(f"{cmd_name} is not part of this build ({entry.module}).") from None
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in self.entries.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that words itself becomes one line."""
        try:
            return super().invoke(ctx)
        except InvalidInput as trouble:
            lines = [f"{name}: {why}" for name, why in trouble.fields.items()]
            raise Refused("\n  ".join(lines)) from None
        except (ForewarnError, BadSetting) as trouble:
            raise Refused(str(trouble)) from None
        except DBAPIError as trouble:
            raise Refused(_sentence(trouble)) from None


def _sentence(trouble: DBAPIError) -> str:
    """A database error in one line; what it said in full is not for the terminal."""
    said = str(trouble.orig).strip().splitlines()[0] if trouble.orig else type(trouble).__name__
    if isinstance(trouble, OperationalError | ProgrammingError) and _lacks_tables(said):
        return "The database is not ready: run `forewarn db upgrade` first."
    return f"The database refused: {said}"


def _lacks_tables(said: str) -> bool:
    return "no such table" in said or ("relation" in said and "does not exist" in said)
