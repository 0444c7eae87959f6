"""Order rules: when the night raises predicted-failure orders, per class, with its settings."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.order_rules import ChangeOrderRule
from app.queries import order_rules as questions
from app.queries.class_drift import drift_of_class
from app.queries.class_settings import class_settings
from app.services import order_rules
from app.web import rule_forms
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, redrawn_by, seen_version

blueprint = Blueprint("order_rules", __name__, url_prefix="/order-rules")


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Every class in sight with its rule, and the machines that have one of their own."""
    with database().reading() as session:
        found = questions.order_rules(session, scope=me().scope, now=now())
        own = questions.own_rules(session, scope=me().scope, now=now())
    return rule_forms.page("list", found=found, own=own)


@blueprint.get("/<int:class_id>")
@needs(Capability.VIEW)
def detail(class_id: int) -> ResponseReturnValue:
    """The rule of a class in words, its settings and gates, and the rules before."""
    scope = me().scope
    with database().reading() as session:
        row = questions.class_rule(session, scope=scope, class_id=class_id, now=now())
        settings = class_settings(session, scope=scope, class_id=class_id)
        history = questions.history(session, class_id=class_id, now=now())
        own = questions.own_rules(session, scope=scope, now=now(), class_id=class_id)
        drift = drift_of_class(session, scope=scope, class_id=class_id)
    return rule_forms.page("detail", row, settings=settings, history=history, own=own, drift=drift)


@blueprint.get("/<int:class_id>/edit")
@needs(Capability.PLAN)
def edit(class_id: int) -> ResponseReturnValue:
    """The form of a class's rule."""
    return edit_page(class_id)


def edit_page(
    class_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a class's rule, as it is in force or with what was typed."""
    with database().reading() as session:
        row = questions.class_rule(session, scope=me().scope, class_id=class_id, now=now())
    return rule_forms.form(row, given, errors)


@blueprint.post("/<int:class_id>")
@needs(Capability.PLAN)
@redrawn_by(edit_page)
def update(class_id: int) -> ResponseReturnValue:
    """Set the rule of a class, from now or from a later day on."""
    sent = rule_forms.filled(form_data())
    rule = ChangeOrderRule.parse({**sent, "equipment_class_id": class_id})
    with database().transaction() as session:
        order_rules.change(
            session,
            rule=rule,
            effective_at=rule_forms.beginning_of(rule.effective_on),
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    rule_forms.tell_saved(rule.effective_on)
    return redirect(url_for(".detail", class_id=class_id), 303)
