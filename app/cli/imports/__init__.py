"""`forewarn import`: one file per importer, each yields the same inputs as every other door."""

from __future__ import annotations

import click

from app.cli.lazy import Entry, LazyGroup

IMPORTERS = {
    "equipment": Entry("app.cli.imports.equipment", "machines, from CSV"),
    "sensors": Entry("app.cli.imports.sensors", "sensors and the roles they fill, from CSV"),
    "readings": Entry("app.cli.imports.readings", "sensor readings, from long or wide CSV"),
    "failures": Entry("app.cli.imports.failures", "losses of function, from CSV"),
    "services": Entry("app.cli.imports.services", "work that renewed components, from CSV"),
    "work-orders": Entry("app.cli.imports.work_orders", "past orders, to be reviewed as labels"),
    "azure-pdm": Entry("app.cli.imports.azure_pdm", "the public Azure PdM fleet, from its folder"),
}


@click.group(cls=LazyGroup, entries=IMPORTERS)
def command() -> None:
    """Take in equipment, readings and history. A file may be sent twice: nothing is doubled."""
