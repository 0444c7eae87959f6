"""What is written about the house is true of the house."""

from __future__ import annotations

import re
import subprocess
from dataclasses import fields
from pathlib import Path

import pytest

from app.config import Settings
from tests.house import tree

SETTINGS = {field.metadata["env"] for field in fields(Settings)}
ENV_NAME = re.compile(r"FOREWARN_[A-Z_]*[A-Z]")
FILE_VARIANT = "FOREWARN_SECRET_KEY_FILE"
ADR_NAME = re.compile(r"^(\d{4})-[a-z0-9-]+$")
ADR_HEADINGS = ("## Context", "## Decision", "## Consequences")


def test_every_setting_and_nothing_else_is_in_the_readme_table() -> None:
    rows = [line for line in tree.read(Path("README.md")).splitlines() if line.startswith("|")]
    named = {name for row in rows for name in ENV_NAME.findall(row.split("|")[1])}

    assert named - {FILE_VARIANT} == SETTINGS


def test_every_setting_and_nothing_else_is_in_the_example_environment() -> None:
    lines = tree.read(Path(".env.example")).splitlines()
    named = {line.lstrip("#").split("=")[0] for line in lines if re.match(r"#?FOREWARN_", line)}

    assert named == SETTINGS


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [int(found.group(1)) for path in _decisions() if (found := ADR_NAME.match(path.stem))]

    assert numbers == list(range(len(_decisions())))


@pytest.mark.parametrize(
    "path", [p for p in tree.files() if p.parts[:2] == ("docs", "adr")], ids=str
)
def test_a_decision_says_why_and_what_follows(path: Path) -> None:
    text = tree.read(path)

    assert re.search(r"^Status: ", text, re.MULTILINE)
    assert [heading for heading in ADR_HEADINGS if heading not in text] == []


def test_every_make_target_of_the_readme_exists() -> None:
    made = set(re.findall(r"^([a-z-]+):", tree.read(Path("Makefile")), re.MULTILINE))
    named = set(re.findall(r"`make ([a-z-]+)", tree.read(Path("README.md"))))

    assert named <= made


def test_shell_scripts_are_well_formed() -> None:
    scripts = [path for path in tree.files() if path.suffix == ".sh" or path.parts[0] == ".ci"]

    for path in scripts:
        subprocess.run(["bash", "-n", tree.ROOT / path], check=True)


def _decisions() -> list[Path]:
    return [path for path in tree.files() if path.parts[:2] == ("docs", "adr")]
