"""The files of this house, as the house tests see them: what is committed, not what is built."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = frozenset(
    {"node_modules", "vendor", "data", "build", "dist", "htmlcov", "test-results", "__pycache__"}
)
HIDDEN_BUT_OURS = frozenset({".ci", ".env.example", ".npmrc", ".gitignore", ".editorconfig"})
TEXT = frozenset(
    {".py", ".md", ".toml", ".txt", ".in", ".json", ".sh", ".cfg", ".html", ".css", ".js", ".csv"}
    | {".service", ".conf", ".example", ".mako", ".po", ""}
)


@cache
def files() -> tuple[Path, ...]:
    """Every committed kind of file, relative to the root, in order."""
    return tuple(sorted(path.relative_to(ROOT) for path in _walk(ROOT)))


def texts() -> list[Path]:
    """The files that are text."""
    return [path for path in files() if path.suffix in TEXT]


def python(*tops: str) -> list[Path]:
    """The Python files below the top-level folders *tops*; all of them when none is named."""
    return [
        path for path in files() if path.suffix == ".py" and (not tops or path.parts[0] in tops)
    ]


@cache
def read(path: Path) -> str:
    """The text of *path*."""
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of *path*."""
    return ast.parse(read(path), filename=str(path))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name in BUILT or path.name.endswith(".egg-info"):
            continue
        if path.name.startswith(".") and path.name not in HIDDEN_BUT_OURS:
            continue
        if path.is_dir():
            yield from _walk(path)
        else:
            yield path
