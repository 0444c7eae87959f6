"""The command line itself: the list without imports, one clear line for every refusal."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest
from click.testing import CliRunner
from sqlalchemy.exc import OperationalError

from app.cli import COMMANDS, main
from app.cli.imports import IMPORTERS
from app.cli.imports import command as import_group
from app.cli.lazy import Entry, LazyGroup, Refused
from app.config import BadSetting
from app.domain.errors import InvalidInput, NotFound, RuleBroken


def test_the_help_lists_every_command():
    shown = CliRunner().invoke(main, ["--help"])

    assert shown.exit_code == 0
    assert [name for name in COMMANDS if f"  {name}" not in shown.output] == []


def test_every_importer_is_there():
    context = click.Context(import_group)

    assert [n for n in IMPORTERS if import_group.get_command(context, n) is None] == []


def test_the_help_of_importing_loads_neither_the_web_nor_the_predictors():
    script = (
        "import sys\nfrom app.cli import main\n"
        "main(['import', 'equipment', '--help'], standalone_mode=False)\n"
        "print(sorted({'flask', 'sklearn', 'models'} & set(sys.modules)), file=sys.stderr)"
    )

    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert ended.stderr.strip() == "[]"


@pytest.mark.parametrize(
    ("trouble", "line"),
    [
        (NotFound("There is no pump."), "Error: There is no pump."),
        (RuleBroken("Not today."), "Error: Not today."),
        (InvalidInput({"tag": "is empty"}), "Error: tag: is empty"),
        (BadSetting("FOREWARN_PORT", "a number"), "Error: FOREWARN_PORT: a number"),
        (
            OperationalError("SELECT 1", {}, Exception("no such table: site")),
            "Error: The database is not ready: run `forewarn db upgrade` first.",
        ),
        (
            OperationalError("SELECT 1", {}, Exception("disk I/O error\nand more")),
            "Error: The database refused: disk I/O error",
        ),
    ],
)
def test_trouble_is_one_line_and_exit_code_2(trouble, line):
    def fail() -> None:
        raise trouble

    group = LazyGroup(name="test", entries={}, callback=fail, invoke_without_command=True)

    ended = CliRunner().invoke(group, [])

    assert (ended.exit_code, ended.output.strip()) == (2, line)


def test_a_command_this_build_does_not_have_is_named():
    group = LazyGroup(name="test", entries={"fly": Entry("app.cli.fly", "fly away")})

    with pytest.raises(Refused, match="fly is not part of this build"):
        group.get_command(click.Context(group), "fly")


def test_an_unknown_setting_stops_the_command(monkeypatch):
    monkeypatch.setenv("FOREWARN_NONSENSE", "1")

    ended = CliRunner().invoke(main, ["db", "check"])

    assert ended.exit_code == 2
    assert "FOREWARN_NONSENSE" in ended.output
