"""What the rule on the form would have done over the past year: beside the form, as it changes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from app.context import database, now
from app.domain.errors import InvalidInput
from app.domain.roles import Capability
from app.inputs.order_rules import ChangeMachineRule, ChangeOrderRule
from app.queries import order_rules as questions
from app.queries.order_rules import ClassRule, MachineRule
from app.queries.order_rules.terms import rule_from
from app.queries.rule_previews import Preview, Shelf, rule_preview
from app.web import rule_forms
from app.web.access import needs
from app.web.auth import me
from app.web.forms import wants_fragment
from app.web.local_time import zone
from app.web.rule_pictures import picture
from app.web.savings import money
from app.web.words.order_rules import FATES, signed

blueprint = Blueprint("rule_previews", __name__, url_prefix="/order-rules")
SHELF = "forewarn_rule_previews"
# What a form sends along that is no term of the rule.
BESIDE = frozenset({"csrf_token", "version", "reason", "effective_on"})


@blueprint.get("/<int:class_id>/preview")
@needs(Capability.PLAN)
def of_class(class_id: int) -> ResponseReturnValue:
    """The preview of a class's rule with the values of the form; alone, or with the form."""
    with database().reading() as session:
        row = questions.class_rule(session, scope=me().scope, class_id=class_id, now=now())
    return _answer(row, {"equipment_class_id": class_id})


@blueprint.get("/machines/<int:equipment_id>/preview")
@needs(Capability.PLAN)
def of_machine(equipment_id: int) -> ResponseReturnValue:
    """The preview of a machine's own rule."""
    with database().reading() as session:
        row = questions.machine_rule(
            session, scope=me().scope, equipment_id=equipment_id, now=now()
        )
    return _answer(row, {"equipment_class_id": row.class_id, "equipment_id": equipment_id})


def _answer(row: ClassRule | MachineRule, which: Mapping[str, int]) -> ResponseReturnValue:
    try:
        rule = _typed(which)
    except InvalidInput as trouble:
        # A fragment is always taken in; a whole page that was refused says so in its status.
        return _drawn(row, trouble.fields), 200 if wants_fragment() else 422
    preview = _preview(row, rule)
    drawn = _drawn(
        row,
        preview=preview,
        rule=rule,
        threshold=rule_from(rule).threshold,
        picture=picture(preview.months),
    )
    return drawn, 200


def _typed(which: Mapping[str, int]) -> ChangeOrderRule | ChangeMachineRule:
    """The rule on the form; raise InvalidInput."""
    typed = {name: text for name, text in request.args.items() if name not in BESIDE and text}
    sent = {**rule_forms.filled(typed), **which}
    return (ChangeMachineRule if "equipment_id" in which else ChangeOrderRule).parse(sent)


def _preview(row: ClassRule | MachineRule, rule: ChangeOrderRule | ChangeMachineRule) -> Preview:
    """The year under a rule."""
    with database().reading() as session:
        return rule_preview(
            session,
            scope=me().scope,
            class_id=row.class_id,
            equipment_id=rule.equipment_id,
            rule=rule_from(rule),
            in_force=rule_from(row.rule),
            shelf=current_app.extensions.setdefault(SHELF, Shelf()),
            now=now(),
            zone=zone(),
        )


def _drawn(
    row: ClassRule | MachineRule, errors: Mapping[str, str] | None = None, **more: Any
) -> str:
    """The preview alone for htmx, else the whole form with it."""
    words = {"fates": FATES, "money": money, "signed": signed, "is_fragment": wants_fragment()}
    if wants_fragment():
        return rule_forms.page("_preview", row, errors=errors or {}, **words, **more)
    return rule_forms.form(row, request.args, errors, **words, **more)
