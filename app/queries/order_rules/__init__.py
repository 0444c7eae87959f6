"""When predicted-failure orders are raised: the rules in force and those before and after them.

terms     one rule with all its terms, and what a change of it changed
classes   the rule of each class
machines  machines with a rule of their own, or that had one
history   every rule of a class or a machine, with who set it and why, or withdrew it
withdrawable  a change that is still to come
"""

from __future__ import annotations

from app.queries.order_rules.classes import ClassRule, class_rule, order_rules
from app.queries.order_rules.history import PastRule, Withdrawal, history
from app.queries.order_rules.machines import (
    MachineRule,
    machine_rule,
    machines_with_own_rule,
    own_rules,
)
from app.queries.order_rules.terms import SETTINGS, Change, RuleView, changes
from app.queries.order_rules.withdrawable import PlannedRule, planned_rule

__all__ = [
    "SETTINGS",
    "Change",
    "ClassRule",
    "MachineRule",
    "PastRule",
    "PlannedRule",
    "RuleView",
    "Withdrawal",
    "changes",
    "class_rule",
    "history",
    "machine_rule",
    "machines_with_own_rule",
    "order_rules",
    "own_rules",
    "planned_rule",
]
