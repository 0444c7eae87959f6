"""Files reach the browser packed when it says it can unpack them, and whole otherwise."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask

STYLE = "css/parts.css"


def test_a_style_sheet_is_sent_packed_and_is_the_same_file(app: Flask) -> None:
    answer = app.test_client().get(
        f"/static/{STYLE}?v=1", headers={"Accept-Encoding": "gzip"}, buffered=True
    )

    assert answer.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.data) == (Path(str(app.static_folder)) / STYLE).read_bytes()
    assert "Accept-Encoding" in answer.headers["Vary"]
    assert len(answer.data) == answer.content_length


def test_a_browser_that_cannot_unpack_gets_the_file_as_it_is(app: Flask) -> None:
    answer = app.test_client().get(
        f"/static/{STYLE}", headers={"Accept-Encoding": "identity"}, buffered=True
    )

    assert "Content-Encoding" not in answer.headers
    assert answer.data == (Path(str(app.static_folder)) / STYLE).read_bytes()


@pytest.mark.parametrize("name", ["nothing.css", "../__init__.py"])
def test_a_file_that_is_not_there_is_not_found(app: Flask, name: str) -> None:
    answer = app.test_client().get(
        f"/static/{name}", headers={"Accept-Encoding": "gzip"}, buffered=True
    )

    assert answer.status_code == 404


def test_a_page_is_never_packed(app: Flask) -> None:
    answer = app.test_client().get("/login", headers={"Accept-Encoding": "gzip"}, buffered=True)

    assert "Content-Encoding" not in answer.headers
