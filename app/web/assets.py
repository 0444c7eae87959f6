"""Addresses of style sheets and scripts, each with a version that changes with its content."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import current_app, url_for
from markupsafe import Markup

ICON_SPRITE = "icons/sprite.svg"


def asset(name: str) -> str:
    """The address of a file below static/."""
    return url_for("static", filename=name, v=_version(str(current_app.static_folder), name))


def icon(name: str) -> Markup:
    """A drawing of our sprite, inline so that it takes the text's colour; purely decorative."""
    return Markup(
        '<svg class="icon" width="24" height="24" aria-hidden="true"><use href="{}#{}"></use></svg>'
    ).format(asset(ICON_SPRITE), name)


@lru_cache(maxsize=256)
def _version(folder: str, name: str) -> str:
    path = Path(folder) / name
    if not path.is_file():
        return "missing"
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
