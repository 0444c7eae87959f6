"""Writes what accepted orders tell into the records that nights learn from, and takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import ANY_MODE, Finding, WorkOrder, WorkOrderHistory
from app.domain.order_labels import Becomes, Told, Yield
from app.domain.roles import Actor
from app.domain.work_orders import Condition, Function, Outcome
from app.inputs.label_reviews import LabelledFailure, LabelledService
from app.inputs.records import Known
from app.services import audit, records
from app.services.work_orders.importing import IMPORTED

LABELLED = "labelled"
UNLABELLED = "unlabelled"
_SAID = {
    Function.LOST: "Function lost",
    Function.DEGRADED: "Degraded",
    Function.NONE: "No failure",
}
_CHUNK = 500


class Writer:
    """One acceptance: everything in the caller's transaction, machines held by the caller."""

    def __init__(self, session: Session, *, now: datetime, by: Actor) -> None:
        self._session = session
        self._now = now
        self._by = by

    def write(self, told: Sequence[Told]) -> Yield:
        """Write failures, findings and services; say how many.

        What was known when it happened is recorded then, other history now.
        """
        at_its_time = self._known_then([one.work_order_id for one in told])
        failures = services = 0
        for known in Known:
            mine = [
                one for one in told if (one.work_order_id in at_its_time) is (known is Known.AT)
            ]
            failures += self._fail(mine, known)
            services += self._serve(mine, known)
            self._find(mine, known)
        self._name_components(told)
        self._remember(LABELLED, [(one.work_order_id, _sentence(one)) for one in told])
        faults = sum(one.becomes is Becomes.FAULT for one in told)
        return Yield(orders=len(told), failures=failures, faults=faults, services=services)

    def withdraw(self, order_ids: Sequence[int]) -> None:
        """Delete what accepting these orders wrote."""
        for chunk in chunks(order_ids):
            for table in (Finding, Failure, ServiceRecord):
                self._session.execute(sa.delete(table).where(table.work_order_id.in_(chunk)))
        self._name(order_ids, None, ANY_MODE)
        self._remember(UNLABELLED, [(number, "") for number in order_ids])

    def _fail(self, told: Sequence[Told], known: Known) -> int:
        failures = [
            LabelledFailure(
                equipment_id=one.equipment_id,
                component_id=one.component_id,
                at=one.at,
                mode=one.mode,
                work_order_id=one.work_order_id,
            )
            for one in told
            if one.becomes is Becomes.FAILURE
        ]
        if not failures:
            return 0
        return records.add_failures(
            self._session, failures=failures, known=known, now=self._now, by=self._by
        ).accepted

    def _serve(self, told: Sequence[Told], known: Known) -> int:
        services = [
            LabelledService(
                equipment_id=one.equipment_id,
                component_id=one.component_id,
                at=one.at,
                activity=one.renews.value,
                is_planned=True,
                work_order_id=one.work_order_id,
            )
            for one in told
            if one.becomes is Becomes.SERVICE and one.renews is not None
        ]
        if not services:
            return 0
        return records.add_services(
            self._session, services=services, known=known, now=self._now, by=self._by
        ).accepted

    def _find(self, told: Sequence[Told], known: Known) -> None:
        """What was found; a degraded component is a confirmed fault."""
        values = [
            {
                "work_order_id": one.work_order_id,
                "equipment_id": one.equipment_id,
                "component_id": one.component_id,
                "at": one.at,
                "outcome": Outcome.OTHER_FAULT if one.becomes is Becomes.FAULT else None,
                "function": one.function,
                "condition_found": Condition.DEGRADED if one.becomes is Becomes.FAULT else None,
                "recorded_at": one.at if known is Known.AT else self._now,
                "recorded_by_id": self._by.id,
            }
            for one in told
            if one.becomes in (Becomes.FAILURE, Becomes.FAULT)
        ]
        for chunk in chunks(values):
            self._session.execute(sa.insert(Finding), chunk)

    def _name_components(self, told: Sequence[Told]) -> None:
        """The order itself now says what it was about."""
        codes = {
            row.id: row.code
            for row in self._session.execute(sa.select(Component.id, Component.code))
        }
        named = sorted(
            (one.component_id, one.work_order_id) for one in told if one.component_id is not None
        )
        for component_id, pairs in groupby(named, key=lambda pair: pair[0]):
            self._name([order_id for _, order_id in pairs], component_id, codes[component_id])

    def _name(self, order_ids: Sequence[int], component_id: int | None, mode: str) -> None:
        for chunk in chunks(order_ids):
            self._session.execute(
                sa.update(WorkOrder)
                .where(WorkOrder.id.in_(chunk))
                .values(component_id=component_id, mode=mode, version=WorkOrder.version + 1)
                .execution_options(synchronize_session=False)
            )

    def _remember(self, action: str, notes: Sequence[tuple[int, str]]) -> None:
        """One line of history and one audit row for each order; its state stays as it is."""
        states = self._states([order_id for order_id, _ in notes])
        lines: list[dict[str, Any]] = [
            {
                "work_order_id": order_id,
                "at": self._now,
                "by_id": self._by.id,
                "by_name": self._by.name,
                "action": action,
                "from_state": states[order_id],
                "to_state": states[order_id],
                "note": note,
            }
            for order_id, note in notes
        ]
        for chunk in chunks(lines):
            self._session.execute(sa.insert(WorkOrderHistory), chunk)
        changes = [(order_id, {"label": note}) for order_id, note in notes]
        audit.record_all(
            self._session,
            entity="work_order",
            action=action,
            changes=changes,
            now=self._now,
            by=self._by,
        )

    def _states(self, order_ids: Sequence[int]) -> dict[int, str]:
        found: dict[int, str] = {}
        for chunk in chunks(order_ids):
            asked = sa.select(WorkOrder.id, WorkOrder.state).where(WorkOrder.id.in_(chunk))
            found |= {number: state.value for number, state in self._session.execute(asked)}
        return found

    def _known_then(self, order_ids: Sequence[int]) -> set[int]:
        """The orders that count as known when they happened: their first line is as old."""
        found: set[int] = set()
        for chunk in chunks(order_ids):
            asked = (
                sa.select(WorkOrder.id)
                .join(WorkOrderHistory, WorkOrderHistory.work_order_id == WorkOrder.id)
                .where(
                    WorkOrder.id.in_(chunk),
                    WorkOrderHistory.action == IMPORTED,
                    WorkOrderHistory.at == WorkOrder.created_at,
                )
            )
            found |= set(self._session.scalars(asked))
        return found


def _sentence(one: Told) -> str:
    return ", ".join(filter(None, (_SAID[one.function], one.component)))


def chunks(rows: Sequence[Any]) -> Iterator[list[Any]]:
    """Lists short enough for one statement."""
    return (list(rows[start : start + _CHUNK]) for start in range(0, len(rows), _CHUNK))
