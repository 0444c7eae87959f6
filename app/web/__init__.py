"""Door 1, HTML: one blueprint an area. Views ask one question or do one deed and draw a page."""

from __future__ import annotations

from flask import Flask

from app.endpoints import check_every_endpoint
from app.web import (
    access,
    addresses,
    assets,
    auth,
    conditions,
    dashboard,
    equipment,
    errors,
    filters,
    first_run,
    headers,
    health,
    imports,
    label_reviews,
    limits,
    machine_rules,
    model_card,
    my_work,
    order_actions,
    order_rules,
    predictions,
    readiness,
    record,
    rule_previews,
    rule_withdrawals,
    savings,
    schedules,
    shell,
    stop_windows,
    storms,
    suggestions,
    training,
    typical_lives,
    users,
    work_orders,
)

AREAS = (
    auth,
    conditions,
    dashboard,
    equipment,
    first_run,
    health,
    imports,
    label_reviews,
    machine_rules,
    model_card,
    my_work,
    order_actions,
    order_rules,
    predictions,
    readiness,
    record,
    rule_previews,
    rule_withdrawals,
    savings,
    schedules,
    stop_windows,
    storms,
    suggestions,
    training,
    typical_lives,
    users,
    work_orders,
)


def install(app: Flask) -> None:
    """Hang the whole door on *app*; raise UndeclaredEndpoint when a view has no access rule."""
    headers.install(app)
    errors.install(app)
    addresses.install(app)
    assets.install(app)
    filters.install(app)
    shell.install(app)
    access.install(app)
    auth.install(app)
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    limits.install(app)
    check_every_endpoint(app)
