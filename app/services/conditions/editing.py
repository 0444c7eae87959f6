"""Limits as planners set them. A limit that raised orders is never deleted, only ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.conditions import ConditionLimit
from app.db.equipment import Component, Equipment, SensorRole
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken, Stale
from app.domain.roles import Actor, Capability
from app.inputs.conditions import CreateLimit, UpdateLimit
from app.queries import conditions as questions
from app.services import audit

_OWNER = "equipment_class_id", "equipment_id"


def create(session: Session, *, limit: CreateLimit, now: datetime, by: Actor) -> int:
    """Add a limit and return its id; it holds from the next night on.

    Raise NotAllowed, NotFound (class or machine), InvalidInput for a role or component of another
    class, RuleBroken when there is one for the same role and side already.
    """
    _require_planner(by)
    _require_owner(session, limit.equipment_class_id, limit.equipment_id, by)
    _check(session, limit, limit.equipment_class_id)
    _refuse_a_second(session, limit, limit.equipment_class_id, limit.equipment_id, own_id=None)
    row = ConditionLimit(**limit.model_dump())
    session.add(row)
    session.flush()
    _record(session, row.id, "create", limit.model_dump(mode="json"), now, by)
    return row.id


def update(
    session: Session,
    *,
    limit_id: int,
    limit: UpdateLimit,
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Change a limit from the next night on; raise as `create` does, and Stale."""
    _require_planner(by)
    row = _find(session, limit_id, expected_version, by)
    _check(session, limit, row.equipment_class_id)
    _refuse_a_second(session, limit, row.equipment_class_id, row.equipment_id, own_id=row.id)
    changes: dict[str, Any] = {}
    before, after = _plain(row, limit), limit.model_dump(mode="json")
    for name, value in limit.model_dump().items():
        if before[name] != after[name]:
            changes[name] = [before[name], after[name]]
            setattr(row, name, value)
    if changes:
        session.flush()
        _record(session, row.id, "update", changes, now, by)


def _plain(row: ConditionLimit, limit: UpdateLimit) -> dict[str, Any]:
    known = {name: getattr(row, name) for name in type(limit).model_fields}
    return UpdateLimit(**known).model_dump(mode="json")


def _find(
    session: Session, limit_id: int, expected_version: int | None, by: Actor
) -> ConditionLimit:
    row = session.get(ConditionLimit, limit_id, with_for_update=True, populate_existing=True)
    questions.limit(session, scope=by.scope, limit_id=limit_id)
    if row is None:
        raise NotFound(f"There is no condition limit {limit_id}.")
    if expected_version is not None and row.version != expected_version:
        raise Stale(
            f"The limit was changed in the meantime: you saw version {expected_version},"
            f" it is now version {row.version}."
        )
    return row


def _require_planner(by: Actor) -> None:
    if not by.may(Capability.PLAN):
        raise NotAllowed("Only a planner or admin can change condition limits.")


def _require_owner(session: Session, class_id: int, equipment_id: int | None, by: Actor) -> None:
    """Raise NotFound for a class without machines in sight, InvalidInput for a foreign machine."""
    owned = sa.select(Equipment.id, Equipment.site_id).where(
        Equipment.equipment_class_id == class_id
    )
    known = {id_ for id_, site_id in session.execute(owned) if by.scope.sees(site_id)}
    if not known:
        raise NotFound(f"There is no class {class_id}.")
    if equipment_id is not None and equipment_id not in known:
        raise InvalidInput({"equipment_id": "This class has no such machine."})


def _check(session: Session, limit: UpdateLimit, class_id: int) -> None:
    problems = {}
    role = session.get(SensorRole, limit.sensor_role_id)
    if role is None or role.equipment_class_id != class_id:
        problems["sensor_role_id"] = "This class has no such reading."
    if limit.component_id is not None:
        component = session.get(Component, limit.component_id)
        if component is None or component.equipment_class_id != class_id:
            problems["component_id"] = "This class has no such component."
    if problems:
        raise InvalidInput(problems)


def _refuse_a_second(
    session: Session,
    limit: UpdateLimit,
    class_id: int,
    equipment_id: int | None,
    *,
    own_id: int | None,
) -> None:
    """Two limits of one role and side would raise two orders for one thing seen."""
    if not limit.is_active:
        return
    same = session.scalar(
        sa.select(ConditionLimit.id).where(
            ConditionLimit.equipment_class_id == class_id,
            ConditionLimit.equipment_id.is_(None)
            if equipment_id is None
            else ConditionLimit.equipment_id == equipment_id,
            ConditionLimit.sensor_role_id == limit.sensor_role_id,
            ConditionLimit.side == limit.side,
            ConditionLimit.is_active,
            sa.true() if own_id is None else ConditionLimit.id != own_id,
        )
    )
    if same is not None:
        raise RuleBroken("There is an active limit for the same reading and side already.")


def _record(
    session: Session,
    limit_id: int,
    action: str,
    changes: dict[str, Any],
    now: datetime,
    by: Actor,
) -> None:
    audit.record(
        session,
        entity="condition_limit",
        entity_id=limit_id,
        action=action,
        changes=changes,
        now=now,
        by=by,
    )
