"""The deeds of the order rules' pages: what a planner changes, why, and from when."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from app.db.equipment import EquipmentClass, OrderRuleRow
from app.domain.errors import InvalidInput, RuleBroken, Stale
from app.domain.instants import BEGINNING
from app.domain.roles import Actor
from app.inputs.equipment import SetOrderRule
from app.inputs.order_rules import (
    ChangeMachineRule,
    ChangeOrderRule,
    FollowClass,
    WithdrawRule,
)
from app.queries import order_rules
from app.queries.order_rules import ClassRule, MachineRule, RuleView
from app.queries.order_rules.history import WITHDRAWN
from app.services import audit, classes

# A date further ahead is a slip of the finger.
FURTHEST = timedelta(days=3 * 365)


def change(
    session: Session,
    *,
    rule: ChangeOrderRule | ChangeMachineRule,
    effective_at: datetime | None = None,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """Raise the orders of a class, or of one machine, by *rule* from a moment on; return its id.

    effective_at None = now. *expected_version* is that of the rules the person saw (None: there
    was none). Raise NotFound, Stale when one was written or withdrawn since, or InvalidInput for a
    moment in the past and for a change without a reason.
    """
    _wait_for(session, rule.equipment_class_id)
    before = _before(session, rule, now=now, by=by)
    _require_seen(before, expected_version)
    since = _moment(effective_at, now)
    if not rule.reason and _is_change(before, rule, since):
        raise InvalidInput({"reason": "says why, for whoever reads this later"})
    if since > now and isinstance(before, ClassRule) and before.rule.id is None:
        _keep_defaults(session, before, now=now, by=by)
    return classes.set_order_rule(session, rule=rule.as_set(), effective_at=since, now=now, by=by)


def follow_class(
    session: Session,
    *,
    equipment_id: int,
    given: FollowClass,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> int:
    """End a machine's own rule: from now on it is judged by that of its class.

    Raise NotFound, Stale, or RuleBroken when it follows its class already.
    """
    found = order_rules.machine_rule(session, scope=by.scope, equipment_id=equipment_id, now=now)
    _wait_for(session, found.class_id)
    found = order_rules.machine_rule(session, scope=by.scope, equipment_id=equipment_id, now=now)
    _require_seen(found, expected_version)
    if not found.is_own:
        raise RuleBroken(f"{found.tag} follows the rule of its class already.")
    ends = SetOrderRule(
        equipment_class_id=found.class_id,
        equipment_id=equipment_id,
        follows_class=True,
        reason=given.reason,
    )
    return classes.set_order_rule(session, rule=ends, now=now, by=by)


def withdraw(
    session: Session,
    *,
    rule_id: int,
    given: WithdrawRule,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Take a planned change back before it comes into force; it stays on record as withdrawn.

    Raise NotFound, Stale as `change` does, or RuleBroken when it is in force or withdrawn already.
    """
    found = order_rules.planned_rule(session, scope=by.scope, rule_id=rule_id, now=now)
    _wait_for(session, found.owner.class_id)
    found = order_rules.planned_rule(session, scope=by.scope, rule_id=rule_id, now=now)
    _require_seen(found.owner, expected_version)
    row = session.get_one(OrderRuleRow, rule_id)
    row.withdrawn_at, row.withdrawal_reason = now, given.reason
    session.flush()
    audit.record(
        session,
        entity=OrderRuleRow.__tablename__,
        entity_id=rule_id,
        action=WITHDRAWN,
        changes={"reason": given.reason, "effective_at": row.effective_at.isoformat()},
        now=now,
        by=by,
    )


def _before(
    session: Session, rule: ChangeOrderRule | ChangeMachineRule, *, now: datetime, by: Actor
) -> ClassRule | MachineRule:
    if rule.equipment_id is not None:
        return order_rules.machine_rule(
            session, scope=by.scope, equipment_id=rule.equipment_id, now=now
        )
    return order_rules.class_rule(
        session, scope=by.scope, class_id=rule.equipment_class_id, now=now
    )


def _wait_for(session: Session, class_id: int) -> None:
    """Whoever changes a rule of the same class waits here, or both would see the one before."""
    session.get(EquipmentClass, class_id, with_for_update={"key_share": True})


def _require_seen(found: ClassRule | MachineRule, expected_version: int | None) -> None:
    if found.version != expected_version:
        whose = found.tag if isinstance(found, MachineRule) else found.class_name
        raise Stale(
            f"The order rule of {whose} was changed in the meantime;"
            " what you saw is no longer the newest."
        )


def _moment(effective_at: datetime | None, now: datetime) -> datetime:
    if effective_at is None:
        return now
    if effective_at < now:
        raise InvalidInput({"effective_on": "lies in the past; nights that were stay as they were"})
    if effective_at > now + FURTHEST:
        raise InvalidInput({"effective_on": "is more than three years ahead"})
    return effective_at


def _is_change(
    before: ClassRule | MachineRule, rule: ChangeOrderRule | ChangeMachineRule, since: datetime
) -> bool:
    """Whether the rule differs from what would hold then; a machine's first own rule always."""
    if isinstance(before, MachineRule) and not before.is_own:
        return True
    return bool(order_rules.changes(_then(before, since), rule))


def _then(before: ClassRule | MachineRule, since: datetime) -> RuleView:
    """The rule that would hold at *since* without the change."""
    planned = [
        view
        for view in before.planned
        if view.effective_at is not None and view.effective_at <= since
    ]
    return planned[-1] if planned else before.rule


def _keep_defaults(session: Session, before: ClassRule, *, now: datetime, by: Actor) -> None:
    """A class that never had a rule gets its defaults written down before a later one is planned:
    where nothing is in force a night takes whatever comes first."""
    defaults = SetOrderRule(equipment_class_id=before.class_id)
    classes.set_order_rule(session, rule=defaults, effective_at=BEGINNING, now=now, by=by)
