"""`forewarn`: the command line. Exit codes: 0 all well, 1 done with named failures, 2 refused.

With `--json` a command writes one JSON document to standard output and nothing else there;
progress and logs go to standard error.
"""

from __future__ import annotations

import click

from app.cli.lazy import Entry, LazyGroup

COMMANDS = {
    "db": Entry("app.cli.database", "create, check, back up and restore the database"),
    "import": Entry("app.cli.imports", "take in equipment, readings and history from files"),
    "users": Entry("app.cli.users", "people and their roles"),
    "tokens": Entry("app.cli.tokens", "keys for programs"),
    "generate": Entry("app.cli.generate", "raise preventive orders that are due"),
    "verify": Entry("app.cli.verify", "check every invariant of the database"),
    "doctor": Entry("app.cli.doctor", "say what is wrong with this installation"),
    "export": Entry("app.cli.export", "write tables as CSV or JSON"),
    "train": Entry("app.cli.train", "the night: retrain machines, forecast, write orders"),
    "demo": Entry("app.cli.demo", "make a sample plant, or let it live on"),
    "serve": Entry("app.cli.serve", "serve the site"),
    "scheduler": Entry("app.cli.scheduler", "start nights and daily jobs when they are due"),
}


@click.group(cls=LazyGroup, entries=COMMANDS)
@click.version_option(package_name="forewarn", prog_name="forewarn")
def main() -> None:
    """Maintenance that learns every machine each night and writes the order before the failure."""
