"""One way in for the doors: an action by its code, with whatever the form or body held."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.domain.roles import Actor
from app.domain.work_orders import Action
from app.inputs.work_orders import INPUTS
from app.services.work_orders import absorbing, completing, dismissing, inspecting, moving

# Each deed, and the name under which it takes its input (None: the action says everything).
_DEEDS: dict[Action, tuple[Any, str | None]] = {
    Action.ACCEPT: (moving.accept, None),
    Action.PLAN: (moving.plan, "plan"),
    Action.TAKE: (moving.take, None),
    Action.START: (moving.start, None),
    Action.HOLD: (moving.hold, "pause"),
    Action.RESUME: (moving.resume, None),
    Action.COMPLETE: (completing.complete, "finding"),
    Action.UNDO: (completing.undo, None),
    Action.CLOSE: (moving.close, None),
    Action.REWORK: (moving.rework, "rework"),
    Action.CANCEL: (moving.cancel, "cancellation"),
    Action.DISMISS: (dismissing.dismiss, "dismissal"),
    Action.SNOOZE: (dismissing.snooze, "snooze"),
    Action.ABSORB: (absorbing.absorb, "absorption"),
    Action.INSPECT: (inspecting.inspect, "request"),
}


def act(
    session: Session,
    *,
    action: Action,
    work_order_id: int,
    data: Mapping[str, Any],
    expected_version: int | None,
    now: datetime,
    by: Actor,
) -> None:
    """Do *action*; *data* is parsed by the action's input class (InvalidInput when it is not)."""
    given = INPUTS[action].parse(data)
    deed, name = _DEEDS[action]
    more = {} if name is None else {name: given}
    deed(
        session,
        work_order_id=work_order_id,
        expected_version=expected_version,
        now=now,
        by=by,
        **more,
    )
