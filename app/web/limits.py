"""How often a login may be tried, by address and by name."""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

PER_ADDRESS = "30 per minute"
PER_NAME = "10 per 5 minutes"
LOGIN = "auth.log_in"


def install(app: Flask) -> None:
    """Limit the login. Counted in this process: several processes share a limit at the proxy."""
    limiter = Limiter(get_remote_address, app=app, storage_uri="memory://")
    by_address = limiter.limit(PER_ADDRESS)
    by_name = limiter.limit(PER_NAME, key_func=_name)
    limited: Any = by_name(by_address(app.view_functions[LOGIN]))
    app.view_functions[LOGIN] = limited


def _name() -> str:
    return request.form.get("name", "").strip().lower()[:80]
