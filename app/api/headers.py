"""On every answer: the request's own number, and what keeps browsers and caches away from it."""

from __future__ import annotations

import secrets

from flask import Flask, Response, g

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Vary": "Authorization",
}
REQUEST_ID = "X-Request-Id"


def install(app: Flask) -> None:
    """Put the headers on every answer of *app*, errors included."""
    app.after_request(add_headers)


def request_id() -> str:
    """The number of this request: in its answer, in its errors, in the log."""
    if "request_id" not in g:
        g.request_id = secrets.token_hex(8)
    found: str = g.request_id
    return found


def add_headers(response: Response) -> Response:
    """Add the headers."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers[REQUEST_ID] = request_id()
    return response
