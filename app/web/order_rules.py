"""Order rules: when the night raises predicted-failure orders, per class, with its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as N_

from app.context import database, now
from app.domain.risk import Basis
from app.domain.roles import Capability
from app.inputs.order_rules import MOST_ORDERS_A_WEEK, ChangeOrderRule
from app.queries import order_rules as questions
from app.queries.class_drift import drift_of_class
from app.queries.class_settings import class_settings
from app.services import order_rules
from app.web.access import needs
from app.web.auth import me
from app.web.filters import DAY_HOURS, MINUTE, count, figure, hours
from app.web.forms import form_data, notice, redrawn_by, seen_version

blueprint = Blueprint("order_rules", __name__, url_prefix="/order-rules")

NAMES = {
    "basis": N_("Threshold from"),
    "risk_threshold": N_("Plain risk threshold"),
    "inspection_cost": N_("Inspection"),
    "planned_cost": N_("Planned repair"),
    "unplanned_cost": N_("Unplanned failure"),
    "detection_share": N_("Share found"),
    "lead_hours": N_("Lead"),
    "review_hours": N_("Review"),
    "horizon_hours": N_("Horizon"),
    "cooldown_hours": N_("Cooldown"),
    "weekly_budget": N_("New orders per crew and week"),
    "approve_first": N_("New orders"),
}
BASES = {Basis.COSTS: N_("Costs"), Basis.THRESHOLD: N_("A plain risk threshold")}
STARTS = {True: N_("Approve first"), False: N_("Automatic")}
SMALLEST_SHARE = 0.0005  # what would be printed as 0.0 %


@blueprint.get("")
@needs(Capability.VIEW)
def index() -> ResponseReturnValue:
    """Every class in sight with its rule."""
    with database().reading() as session:
        found = questions.order_rules(session, scope=me().scope, now=now())
    return _page("list", found=found)


@blueprint.get("/<int:class_id>")
@needs(Capability.VIEW)
def detail(class_id: int) -> ResponseReturnValue:
    """The rule of a class in words, its settings and gates, and the rules before."""
    with database().reading() as session:
        row = questions.class_rule(session, scope=me().scope, class_id=class_id, now=now())
        settings = class_settings(session, scope=me().scope, class_id=class_id)
        history = questions.history(session, class_id=class_id, now=now())
        drift = drift_of_class(session, scope=me().scope, class_id=class_id)
    return _page("detail", row=row, settings=settings, history=history, drift=drift)


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
    shown = _as_typed(row.rule) if given is None else given
    return _page("form", row=row, given=shown, errors=errors or {}, most=MOST_ORDERS_A_WEEK)


@blueprint.post("/<int:class_id>")
@needs(Capability.PLAN)
@redrawn_by(edit_page)
def update(class_id: int) -> ResponseReturnValue:
    """Set the rule of a class from now on."""
    # A field left blank is refused, or it would silently become a default; no budget is a choice.
    sent = dict.fromkeys(questions.SETTINGS) | form_data()
    rule = ChangeOrderRule.parse({**sent, "equipment_class_id": class_id})
    with database().transaction() as session:
        order_rules.change(session, rule=rule, expected_rule_id=seen_version(), now=now(), by=me())
    notice(_("Order rule saved. It is in force from now on."))
    return redirect(url_for(".detail", class_id=class_id), 303)


def share(value: float) -> str:
    """A share with one decimal, halves rounded up as people do: 6.3 %."""
    if 0 < value < SMALLEST_SHARE:
        return _("below %(num)s %%", num=figure(100 * SMALLEST_SHARE * 2, 1))
    shown = Decimal(repr(100 * value)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return _("%(num)s %%", num=figure(float(shown), 1))


def exact(value: float) -> str:
    """A number as it was entered, to the fourth decimal."""
    return figure(value, 4)


def span(value: float) -> str:
    """A length of time given in hours, never rounded: 10 min, 60 h, 3 days."""
    if value % 1:
        return _("%(num)s min", num=exact(value * MINUTE))
    return hours(value) if value % DAY_HOURS == 0 else _("%(num)s h", num=count(value))


def said(name: str, value: Any) -> str:
    """The value of a setting in words."""
    return str(SAYS[name](value))


SAYS: dict[str, Callable[[Any], Any]] = {
    "basis": BASES.__getitem__,
    "risk_threshold": share,
    "inspection_cost": exact,
    "planned_cost": exact,
    "unplanned_cost": exact,
    "detection_share": exact,
    "lead_hours": span,
    "review_hours": span,
    "horizon_hours": span,
    "cooldown_hours": span,
    "weekly_budget": lambda value: _("no limit") if value is None else count(value),
    "approve_first": STARTS.__getitem__,
}


def _page(name: str, **more: Any) -> str:
    words = {"names": NAMES, "said": said, "share": share, "span": span, "exact": exact}
    choices = {
        "bases": [(code.value, text) for code, text in BASES.items()],
        "starts": [("true", STARTS[True]), ("false", STARTS[False])],
    }
    return render_template(f"order_rules/{name}.html", **words, **choices, **more)


def _as_typed(rule: questions.RuleView) -> dict[str, str]:
    return {name: _typed(getattr(rule, name)) for name in questions.SETTINGS} | {
        "version": _typed(rule.id)
    }


def _typed(value: Any) -> str:
    """A value as its field shows it: exact, whole numbers without a point, nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
