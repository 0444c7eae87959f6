"""Every endpoint declares who may call it, whichever door it belongs to; an application with one
that does not refuses to start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Flask

View = TypeVar("View", bound=Callable[..., Any])
RULE = "access_rule"


class UndeclaredEndpoint(RuntimeError):
    """An endpoint without a rule; the application does not start."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(f"Endpoint {endpoint} declares no access rule; say who may call it.")


def declared(rule: str) -> Callable[[View], View]:
    """Write *rule* on a view; what it means is known to the view's own door."""

    def declare(view: View) -> View:
        setattr(view, RULE, rule)
        return view

    return declare


def rule_of(app: Flask, endpoint: str) -> str:
    """The rule an endpoint declares; raise UndeclaredEndpoint."""
    rule = getattr(app.view_functions[endpoint], RULE, None)
    if rule is None:
        raise UndeclaredEndpoint(endpoint)
    return str(rule)


def check_every_endpoint(app: Flask) -> None:
    """Raise UndeclaredEndpoint when any endpoint of *app* has no rule."""
    for endpoint in app.view_functions:
        rule_of(app, endpoint)
