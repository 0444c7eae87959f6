"""A planned order rule, found by its id: whose it is, and whether it can still be withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.db.equipment import OrderRuleRow
from app.domain.errors import NotFound, RuleBroken
from app.domain.roles import Scope
from app.queries.order_rules.classes import ClassRule, class_rule
from app.queries.order_rules.machines import MachineRule, machine_rule
from app.queries.order_rules.terms import RuleView, view


@dataclass(frozen=True, slots=True)
class PlannedRule:
    """A change that is still to come, with the class or machine whose rule it changes."""

    owner: ClassRule | MachineRule
    rule: RuleView


def planned_rule(session: Session, *, scope: Scope, rule_id: int, now: datetime) -> PlannedRule:
    """A rule that is not in force yet.

    Raise NotFound, also for a rule not in sight, or RuleBroken for one that has come into force or
    was withdrawn: the sentence says what to do instead.
    """
    row = session.get(OrderRuleRow, rule_id, populate_existing=True)
    if row is None:
        raise NotFound(f"There is no order rule {rule_id}.")
    owner = _owner(session, row, scope, now)
    if row.withdrawn_at is not None:
        raise RuleBroken("This change was withdrawn already. If it is wanted, plan it again.")
    if row.effective_at <= now:
        raise RuleBroken(
            "This rule has come into force and orders may rest on it: it cannot be withdrawn."
            " Change the rule instead, from now or from a later day on."
        )
    return PlannedRule(owner, view(row))


def _owner(
    session: Session, row: OrderRuleRow, scope: Scope, now: datetime
) -> ClassRule | MachineRule:
    if row.equipment_id is not None:
        return machine_rule(session, scope=scope, equipment_id=row.equipment_id, now=now)
    return class_rule(session, scope=scope, class_id=row.equipment_class_id, now=now)
