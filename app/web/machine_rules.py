"""The order rule of a single machine: its own, or back to that of its class."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.context import database, now
from app.domain.roles import Capability
from app.inputs.order_rules import ChangeMachineRule, FollowClass
from app.queries import order_rules as questions
from app.queries.order_rules import MachineRule
from app.services import order_rules
from app.web import rule_forms
from app.web.access import needs
from app.web.auth import me
from app.web.forms import form_data, notice, redrawn_by, seen_version

blueprint = Blueprint("machine_rules", __name__, url_prefix="/order-rules/machines")


@blueprint.get("/<int:equipment_id>")
@needs(Capability.VIEW)
def detail(equipment_id: int) -> ResponseReturnValue:
    """The rule a machine is judged by, in words, and its own rules so far."""
    return detail_page(equipment_id)


def detail_page(
    equipment_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The page, with what was typed into its form when that was refused."""
    with database().reading() as session:
        row = questions.machine_rule(
            session, scope=me().scope, equipment_id=equipment_id, now=now()
        )
        history = questions.history(
            session, class_id=row.class_id, equipment_id=equipment_id, now=now()
        )
    return rule_forms.page("machine", row, history=history, given=given or {}, errors=errors or {})


@blueprint.get("/<int:equipment_id>/edit")
@needs(Capability.PLAN)
def edit(equipment_id: int) -> ResponseReturnValue:
    """The form of a machine's own rule; it begins with the one in force."""
    return edit_page(equipment_id)


def edit_page(
    equipment_id: int,
    given: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
) -> str:
    """The form of a machine's rule, as it is in force or with what was typed."""
    return rule_forms.form(_row(equipment_id), given, errors)


@blueprint.post("/<int:equipment_id>")
@needs(Capability.PLAN)
@redrawn_by(edit_page)
def update(equipment_id: int) -> ResponseReturnValue:
    """Give a machine a rule of its own, from now or from a later day on."""
    which = {"equipment_class_id": _row(equipment_id).class_id, "equipment_id": equipment_id}
    rule = ChangeMachineRule.parse({**rule_forms.filled(form_data()), **which})
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
    return redirect(url_for(".detail", equipment_id=equipment_id), 303)


@blueprint.post("/<int:equipment_id>/follow-class")
@needs(Capability.PLAN)
@redrawn_by(detail_page)
def follow_class(equipment_id: int) -> ResponseReturnValue:
    """End a machine's own rule."""
    given = FollowClass.parse(form_data())
    with database().transaction() as session:
        order_rules.follow_class(
            session,
            equipment_id=equipment_id,
            given=given,
            expected_version=seen_version(),
            now=now(),
            by=me(),
        )
    notice(_("The machine follows the rule of its class from now on."))
    return redirect(url_for(".detail", equipment_id=equipment_id), 303)


def _row(equipment_id: int) -> MachineRule:
    with database().reading() as session:
        return questions.machine_rule(
            session, scope=me().scope, equipment_id=equipment_id, now=now()
        )
