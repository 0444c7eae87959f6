"""What is committed works elsewhere: no path of one machine, no download host, one truth a lock."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest

from tests.house import tree

PIN = re.compile(r"^[a-z0-9][a-z0-9.-]*(\[[a-z,]+\])?==[A-Za-z0-9.+!-]+( ; [^/]+)? \\$")
HASH = re.compile(r"^    --hash=sha256:[0-9a-f]{64}( \\)?$")
ORIGIN = re.compile(r"^    # +(via( [^/:]+)?|[^/:]+)$")
HOME_OF_SOMEBODY = re.compile(r"(^|[^A-Za-z0-9_./-])/(work|root|home|Users)/")
LOCKS = ("base.txt", "test.txt", "node.txt", "deep.txt")


@pytest.mark.parametrize("name", LOCKS)
def test_a_python_lock_holds_pins_hashes_and_origins_only(name: str) -> None:
    lines = tree.read(Path("requirements", name)).splitlines()

    assert [line for line in lines if not any(p.match(line) for p in (PIN, HASH, ORIGIN))] == []


def test_the_npm_lock_has_a_checksum_and_no_address_for_each_package() -> None:
    packages = json.loads(tree.read(Path("package-lock.json")))["packages"]
    fetched = {name: entry for name, entry in packages.items() if name}

    assert fetched
    assert [name for name, entry in fetched.items() if "integrity" not in entry] == []
    assert [name for name, entry in fetched.items() if "resolved" in entry] == []


def test_the_test_lock_pins_what_the_base_lock_pins() -> None:
    base, test = (_pins(name) for name in ("base.txt", "test.txt"))

    assert base <= test


def test_the_package_needs_what_the_base_lock_was_made_from() -> None:
    project = tomllib.loads(tree.read(Path("pyproject.toml")))["project"]
    declared = {_name(line) for line in project["dependencies"]}

    wanted = {
        _name(line)
        for line in tree.read(Path("requirements", "base.in")).splitlines()
        if line and not line.startswith("#")
    }

    assert declared == wanted - {"setuptools"}  # setuptools builds; nothing imports it


def test_no_file_names_a_path_of_one_machine() -> None:
    assert [
        f"{path}:{number}"
        for path in tree.texts()
        for number, line in enumerate(tree.read(path).splitlines(), start=1)
        if HOME_OF_SOMEBODY.search(line)
    ] == []


def _pins(name: str) -> set[str]:
    lines = tree.read(Path("requirements", name)).splitlines()
    return {line.removesuffix(" \\") for line in lines if PIN.match(line)}


def _name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return found.group().lower()
