"""The deed of the order rules' page."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from app.db.equipment import EquipmentClass
from app.domain.errors import Stale
from app.domain.roles import Actor
from app.inputs.order_rules import ChangeOrderRule
from app.queries import order_rules
from app.services import classes


def change(
    session: Session,
    *,
    rule: ChangeOrderRule,
    expected_rule_id: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """From now on raise a class's orders by *rule*; return its id.

    *expected_rule_id* is the rule the person saw in force (None: the defaults). Raise NotFound,
    or Stale when another one is in force by now.
    """
    class_id = rule.equipment_class_id
    # Whoever changes the same class's rule waits here, or both would see the rule before.
    session.get(EquipmentClass, class_id, with_for_update={"key_share": True})
    found = order_rules.class_rule(session, scope=by.scope, class_id=class_id, now=now)
    if found.rule.id != expected_rule_id:
        raise Stale(
            f"The order rule of {found.class_name} was changed in the meantime;"
            " the one you saw is no longer in force."
        )
    return classes.set_order_rule(session, rule=rule, now=now, by=by)
