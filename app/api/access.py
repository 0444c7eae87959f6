"""Who calls: every request carries a token, and every endpoint says which scope it takes.

Tokens live by the wall clock, like logins, even where the plant has a clock of its own.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime

from flask import Flask, current_app, g, request
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import Unauthorized

from app.api import limits
from app.context import database
from app.domain.errors import NotAllowed
from app.domain.roles import Actor
from app.domain.tokens import TokenScope
from app.endpoints import View, declared, rule_of
from app.queries import users as questions
from app.queries.users import TokenHolder
from app.services import users

ANY_TOKEN = "any"
_log = logging.getLogger(__name__)


class ScopeMissing(NotAllowed):
    """The token is good, but not for this."""

    code = "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This token may not do that; it takes the scope {scope}.")


def needs(scope: TokenScope) -> Callable[[View], View]:
    """Let in tokens whose scope includes *scope*."""
    return declared(scope.value)


def any_token(view: View) -> View:
    """Let in every token."""
    return declared(ANY_TOKEN)(view)


def install(app: Flask) -> None:
    """Ask for the token before every request to *app*, unknown addresses included."""
    app.before_request(enforce)


def enforce() -> None:
    """Before each request: who calls, how often, and does the endpoint take that scope?"""
    g.caller = _caller()
    limits.count_request(g.caller.token_id)
    if request.endpoint is None:
        return  # the router's 404 or 405
    rule = rule_of(current_app, request.endpoint)
    if rule != ANY_TOKEN and not g.caller.may(TokenScope(rule)):
        raise ScopeMissing(rule)


def caller() -> TokenHolder:
    """The program behind this request."""
    found: TokenHolder = g.caller
    return found


def me() -> Actor:
    """The actor of this request's deeds."""
    return caller().actor


def wall_clock() -> datetime:
    """The real time."""
    return datetime.now(UTC)


def _caller() -> TokenHolder:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    holder = _holder(token.strip()) if scheme.lower() == "bearer" else None
    if holder is None:
        limits.count_failure(request.remote_addr or "")
        raise Unauthorized("Send a valid token as Authorization: Bearer TOKEN.")
    if holder.needs_touch:
        _touch(holder)
    return holder


def _holder(token: str) -> TokenHolder | None:
    with database().reading() as session:
        return questions.token_holder(session, token=token, now=wall_clock())


def _touch(holder: TokenHolder) -> None:
    """Nobody is refused because the note of their last use could not be written."""
    try:
        with database().transaction() as session:
            users.touch_token(session, token_id=holder.token_id, now=wall_clock())
    except OperationalError:
        _log.warning("the last use of token %s was not noted", holder.name, exc_info=True)
