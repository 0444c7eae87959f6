"""Promises about imports that import-linter cannot put into words; it keeps the others."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

from tests.house import tree

LIBRARY_OF_EVERY_PYTHON = frozenset(sys.stdlib_module_names)


def test_rules_use_the_standard_library_only() -> None:
    foreign = {
        f"{path} imports {name}"
        for path in tree.python("app")
        if path.parts[1] == "domain"
        for name in _imported(path)
        if name.split(".")[0] not in LIBRARY_OF_EVERY_PYTHON and not name.startswith("app.domain")
    }

    assert sorted(foreign) == []


def test_no_import_contract_has_an_exception() -> None:
    settings = tomllib.loads(tree.read(Path("pyproject.toml")))["tool"]["importlinter"]

    assert [c["name"] for c in settings["contracts"] if c.get("ignore_imports")] == []


def test_every_folder_of_code_is_a_package() -> None:
    """Without its __init__ a folder is neither installed nor seen by the import contracts."""
    folders = {path.parent for path in tree.python("app", "models", "migrations", "sample_data")}
    packages = {path.parent for path in tree.files() if path.name == "__init__.py"}

    # Alembic loads the versions by path, and its own template makes no package of them.
    assert sorted(folders - packages - {Path("migrations", "versions")}) == []


def _imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree.tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
    return names
