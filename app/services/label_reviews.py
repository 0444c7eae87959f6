"""Deeds on label reviews: accept, change, reject, take back.

An accepted order writes the records that a completed one writes: function lost a failure,
degraded a finding, no failure a planned renewal if the text says that the component was renewed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment
from app.db.label_reviews import LabelReview, ReviewState
from app.domain.errors import InvalidInput, NotAllowed, RuleBroken, Stale
from app.domain.order_labels import Becomes, Told, Yield
from app.domain.roles import Actor, Capability, Scope
from app.inputs.label_reviews import (
    WHOLE,
    AcceptLabels,
    ChangeProposals,
    Decision,
    RejectLabels,
    ReviewFilters,
)
from app.queries import label_reviews as questions
from app.services import audit
from app.services.equipment import bump, hold
from app.services.order_labels import Writer, chunks

Conditions = Sequence[sa.ColumnElement[bool]]


def accept(session: Session, *, labels: AcceptLabels, now: datetime, by: Actor) -> Yield:
    """Accept these orders, with what was changed; say what was written.

    Orders that somebody else has reviewed in the meantime are left alone; those whose component
    nobody named stay in the queue. InvalidInput for a component of another class.
    """
    given = {decision.review_id: decision for decision in labels.decisions}
    wanted = [LabelReview.id.in_(given), *_waiting(by.scope)]
    return _accept(session, wanted, given, now=now, by=by)


def accept_all(session: Session, *, filters: ReviewFilters, now: datetime, by: Actor) -> Yield:
    """Accept everything these filters show, as proposed; say what was written."""
    return _accept(session, questions.conditions(filters, by.scope), {}, now=now, by=by)


def change(session: Session, *, changes: ChangeProposals, now: datetime, by: Actor) -> int:
    """Propose something else for these orders: a person said so, so it is sure. Count them."""
    rows = _held(session, changes.review_ids, by)
    if changes.component is not None:
        _require_class(session, rows, changes.component)
    for row in rows:
        row.proposed_component_id = changes.component or row.proposed_component_id
        row.proposed_function = changes.function or row.proposed_function
        row.confidence = 1.0
    facts = changes.model_dump(mode="json", exclude_none=True, exclude={"review_ids"})
    _record(session, "propose", rows, facts, now=now, by=by)
    return len(rows)


def reject(session: Session, *, refusal: RejectLabels, now: datetime, by: Actor) -> int:
    """These orders teach nothing. Count them."""
    rows = _held(session, refusal.review_ids, by)
    for row in rows:
        row.state, row.reviewed_at, row.reviewed_by_id = ReviewState.REJECTED, now, by.id
    _record(session, "reject", rows, {}, now=now, by=by)
    return len(rows)


def take_back(session: Session, *, decision_id: int | None, now: datetime, by: Actor) -> int:
    """Undo the latest acceptance or rejection with everything it wrote; count its orders.

    Only the latest: a failure that two orders tell of was written by the first of them. Raise
    Stale when it is not the one the person saw: a second click takes nothing else back.
    """
    _require_planner(by)
    last = questions.last_decision(session, scope=by.scope)
    if last is None:
        raise RuleBroken("There is no label review to take back.")
    if last.id != decision_id:
        raise Stale("Somebody has reviewed labels in the meantime; look again.")
    wanted = [LabelReview.work_order_id.in_(chunk) for chunk in chunks(last.order_ids)]
    rows = [row for condition in wanted for row in _locked(session, [condition])]
    hold(session, {row.equipment_id for row in rows})
    if last.state is ReviewState.ACCEPTED:
        Writer(session, now=now, by=by).withdraw([row.work_order_id for row in rows])
    for row in rows:
        row.state = ReviewState.WAITING
        row.component_id = row.function = row.reviewed_at = row.reviewed_by_id = None
    _record(session, "take_back", rows, {"state": last.state.value}, now=now, by=by)
    bump(session, {row.equipment_id for row in rows})
    return len(rows)


def _accept(
    session: Session,
    wanted: Conditions,
    given: Mapping[int, Decision],
    *,
    now: datetime,
    by: Actor,
) -> Yield:
    """1. Hold the reviews that still wait. 2. Apply what was changed. 3. Write. 4. Take them out
    of the queue, those apart that nobody can decide yet."""
    _require_planner(by)
    rows = {row.work_order_id: row for row in _locked(session, wanted)}
    hold(session, {row.equipment_id for row in rows.values()})
    told = [one for one in questions.told_by(session, wanted) if one.work_order_id in rows]
    if given:
        told = _decided(session, told, {n: given[row.id] for n, row in rows.items()})
    clear = [one for one in told if one.becomes is not Becomes.UNDECIDED]
    written = Writer(session, now=now, by=by).write(clear)
    for one in clear:
        row = rows[one.work_order_id]
        row.state, row.reviewed_at, row.reviewed_by_id = ReviewState.ACCEPTED, now, by.id
        row.component_id, row.function = one.component_id, one.function
    accepted = [rows[one.work_order_id] for one in clear]
    counts = {"failures": written.failures, "faults": written.faults, "services": written.services}
    _record(session, "accept", accepted, counts, now=now, by=by)
    bump(session, {row.equipment_id for row in accepted})
    return replace(written, orders=len(told), undecided=len(told) - len(clear))


def _decided(
    session: Session, told: Sequence[Told], decisions: Mapping[int, Decision]
) -> list[Told]:
    """What a person made of the proposals; InvalidInput for a component of another class."""
    names = _components(session, {one.equipment_id for one in told})
    found = []
    for one in told:
        decision = decisions[one.work_order_id]
        function = decision.function or one.function
        found.append(_named(replace(one, function=function), decision.component, names))
    return found


def _named(one: Told, component: int | str | None, names: Mapping[tuple[int, int], str]) -> Told:
    if component is None:
        return one
    if isinstance(component, str):
        return replace(one, component_id=None, component="", is_whole=component == WHOLE)
    name = names.get((one.equipment_id, component))
    if name is None:
        raise InvalidInput({"component": "is not one of this machine's class"})
    return replace(one, component_id=component, component=name)


def _components(session: Session, machines: set[int]) -> dict[tuple[int, int], str]:
    """Names by machine and component, of the components a machine's class has."""
    rows = session.execute(
        sa.select(Equipment.id, Component.id, Component.name)
        .join(Component, Component.equipment_class_id == Equipment.equipment_class_id)
        .where(Equipment.id.in_(machines))
    )
    return {(equipment_id, component_id): name for equipment_id, component_id, name in rows}


def _require_class(session: Session, rows: Sequence[LabelReview], component_id: int) -> None:
    machines = {row.equipment_id for row in rows}
    known = _components(session, machines)
    if any((machine, component_id) not in known for machine in machines):
        raise InvalidInput({"component": "is not one of every chosen machine's class"})


def _held(session: Session, review_ids: Iterable[int], by: Actor) -> list[LabelReview]:
    """Those that still wait, at sites this actor sees; NotAllowed for all but planners."""
    _require_planner(by)
    return _locked(session, [LabelReview.id.in_(set(review_ids)), *_waiting(by.scope)])


def _waiting(scope: Scope) -> Conditions:
    return questions.conditions(ReviewFilters(), scope)


def _locked(session: Session, wanted: Conditions) -> list[LabelReview]:
    asked = questions.joined(sa.select(LabelReview)).where(*wanted).order_by(LabelReview.id)
    return list(session.scalars(asked.with_for_update(of=LabelReview)))


def _require_planner(by: Actor) -> None:
    if not by.may(Capability.PLAN):
        raise NotAllowed("Only a planner or admin can review labels.")


def _record(
    session: Session,
    action: str,
    rows: Sequence[LabelReview],
    facts: Mapping[str, Any],
    *,
    now: datetime,
    by: Actor,
) -> None:
    """One audit row for the whole batch."""
    if not rows:
        return
    changes = {"orders": [row.work_order_id for row in rows], **facts}
    audit.record(
        session,
        entity="label_review",
        entity_id=rows[0].id if len(rows) == 1 else "batch",
        action=action,
        changes=changes,
        now=now,
        by=by,
    )
