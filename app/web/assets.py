"""Addresses of style sheets and scripts, each with a version that changes with its content."""

from __future__ import annotations

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Flask, Response, current_app, request, url_for
from markupsafe import Markup

ICON_SPRITE = "icons/sprite.svg"
# Below this a packed answer saves no packet on the wire.
WORTH_PACKING = 1_024
TEXT = ("text/", "application/javascript", "image/svg+xml")


def install(app: Flask) -> None:
    """Send the files of *app* packed to browsers that unpack them: a fifth of the bytes."""
    app.after_request(packed)


def packed(response: Response) -> Response:
    """Pack a whole text file that was asked for; pages are not, they mix secrets with input."""
    if request.endpoint != "static" or response.status_code != 200:
        return response
    is_text = (response.mimetype or "").startswith(TEXT)
    path = Path(str(current_app.static_folder)) / (request.view_args or {})["filename"]
    if not is_text or path.stat().st_size < WORTH_PACKING:
        return response
    response.vary.add("Accept-Encoding")
    if request.accept_encodings.quality("gzip"):
        response.close()  # the file as it is, already opened to be sent
        response.direct_passthrough = False
        response.set_data(_packed(str(path), path.stat().st_mtime_ns))
        response.headers["Content-Encoding"] = "gzip"
        response.headers.pop("ETag", None)
    return response


@lru_cache(maxsize=64)
def _packed(path: str, _changed: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), mtime=0)


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
