"""Who may call an endpoint: each one declares its rule, and the application refuses to start
with one that does not.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from app.domain.roles import Capability
from app.endpoints import View, declared, rule_of

PUBLIC = "public"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def needs(capability: Capability) -> Callable[[View], View]:
    """Let in whoever is logged in and has *capability*."""
    return declared(capability)


def public(view: View) -> View:
    """Let everybody in."""
    return declared(PUBLIC)(view)


def install(app: Flask) -> None:
    """Ask the rule before every request to *app*; files below static/ are for everybody."""
    app.before_request(refuse_foreign_origin)
    app.before_request(enforce)
    public(app.view_functions["static"])


def enforce() -> ResponseReturnValue | None:
    """Before each request: the rule of its endpoint decides; unknown addresses fall through."""
    if request.endpoint is None:
        return None
    rule = rule_of(current_app, request.endpoint)
    if rule == PUBLIC:
        return None
    if not current_user.is_authenticated:
        return _to_login()
    if not current_user.actor.may(Capability(rule)):
        abort(403)
    return None


def refuse_foreign_origin() -> None:
    """A form of another site that rides on this browser's cookie is refused, token or not."""
    origin = request.headers.get("Origin")
    if request.method not in SAFE and origin and origin != request.host_url.rstrip("/"):
        abort(403)


def _to_login() -> ResponseReturnValue:
    if request.headers.get("HX-Request") or request.accept_mimetypes.best == "application/json":
        abort(401)
    back = request.full_path.rstrip("?") if request.method == "GET" else None
    return redirect(url_for("auth.login", next=back), 303)
