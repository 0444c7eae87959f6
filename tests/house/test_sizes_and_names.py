"""Files and functions stay small enough to read, and are called what they are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.house import tree

CODE = ("app", "models", "migrations", "sample_data", "benchmarks", "scripts", "tests")
LONGEST_FILE = 400
LONGEST_FUNCTION = 60
NAMES_THAT_SAY_NOTHING = re.compile(r"^(utils?|helpers?|common|misc|managers?|stuff)$")
CLASSES_THAT_SAY_NOTHING = re.compile(r"(Utils?|Helpers?|Managers?)$")
LEFT_OPEN = re.compile(r"\b(TO" r"DO|FIX" r"ME|Not" r"ImplementedError)\b")


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    lengths = {path: len(tree.read(path).splitlines()) for path in _edited_code()}

    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    assert [found for path in _edited_code() for found in _long_functions(path)] == []


def test_no_file_or_folder_has_a_name_that_says_nothing() -> None:
    names = {(path, part) for path in tree.files() for part in (*path.parts[:-1], path.stem)}

    assert sorted(path for path, part in names if NAMES_THAT_SAY_NOTHING.match(part)) == []


def test_no_class_has_a_name_that_says_nothing() -> None:
    assert [
        f"{path}:{node.lineno} {node.name}"
        for path in tree.python(*CODE)
        for node in ast.walk(tree.tree(path))
        if isinstance(node, ast.ClassDef) and CLASSES_THAT_SAY_NOTHING.search(node.name)
    ] == []


def test_nothing_is_left_open_in_the_code() -> None:
    assert [
        f"{path}:{number}"
        for path in tree.python("app", "models", "migrations", "sample_data", "benchmarks")
        for number, line in enumerate(tree.read(path).splitlines(), start=1)
        if LEFT_OPEN.search(line)
    ] == []


def _edited_code() -> list[Path]:
    """All code but the migrations: a schema is as long as it is, and is never edited again."""
    return [p for p in tree.python(*CODE) if p.parts[:2] != ("migrations", "versions")]


def _long_functions(path: Path) -> list[str]:
    return [
        f"{path}:{node.lineno} {node.name} has {_lines(node)} lines"
        for node in ast.walk(tree.tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and _lines(node) > LONGEST_FUNCTION
    ]


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (node.end_lineno or node.lineno) - node.lineno + 1
