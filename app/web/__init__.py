"""Door 1, HTML: one blueprint an area. Views ask one question or do one deed and draw a page."""

from __future__ import annotations

from flask import Flask

from app.web import (
    access,
    auth,
    dashboard,
    equipment,
    errors,
    filters,
    headers,
    health,
    limits,
    my_work,
    order_actions,
    order_rules,
    predictions,
    schedules,
    shell,
    training,
    users,
    work_orders,
)

AREAS = (
    auth,
    dashboard,
    equipment,
    health,
    my_work,
    order_actions,
    order_rules,
    predictions,
    schedules,
    training,
    users,
    work_orders,
)


def install(app: Flask) -> None:
    """Hang the whole door on *app*; raise UndeclaredEndpoint when a view has no access rule."""
    headers.install(app)
    errors.install(app)
    filters.install(app)
    shell.install(app)
    access.install(app)
    auth.install(app)
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    limits.install(app)
    access.check_every_endpoint(app)
