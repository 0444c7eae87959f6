"""A planned change of an order rule is taken back, with a reason, before it comes into force."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.order_rules import WithdrawRule
from app.queries import order_rules as questions
from app.queries.order_rules import PlannedRule
from app.services import order_rules
from app.web import rule_forms
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version

blueprint = Blueprint("rule_withdrawals", __name__, url_prefix="/order-rules/planned")


@blueprint.get("/<int:rule_id>/withdraw")
@needs(Capability.PLAN)
def form(rule_id: int) -> ResponseReturnValue:
    """The form: what was planned, what holds then without it, and why it is taken back."""
    return form_page(rule_id)


def form_page(
    rule_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form with what was typed."""
    found = _found(rule_id)
    typed = {"version": str(found.owner.version)} if given is None else given
    return rule_forms.page(
        "withdraw", found.owner, planned=found.rule, given=typed, errors=errors or {}
    )


@blueprint.post("/<int:rule_id>/withdraw")
@needs(Capability.PLAN)
@redrawn_by(form_page)
def withdraw(rule_id: int) -> ResponseReturnValue:
    """Take the change back; it stays in the history as withdrawn."""
    given = WithdrawRule.parse(form_data())
    owner = _found(rule_id).owner
    with database().transaction() as session:
        order_rules.withdraw(
            session,
            rule_id=rule_id,
            given=given,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("Withdrawn. The change will not come into force."))
    return redirect(rule_forms.whose(owner).detail, 303)


def _found(rule_id: int) -> PlannedRule:
    with database().reading() as session:
        return questions.planned_rule(session, scope=me().scope, rule_id=rule_id, now=now())
