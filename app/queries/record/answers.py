"""What each answer changed: the label it became, the night that learned it, and what moved then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from app.db.equipment import Component, Equipment
from app.db.predictions import ClassGate, ClassRecipe, Forecast, PredictorVersion, RecipeRole
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.db.work_orders import Finding, WorkOrder
from app.domain.risk import Gate
from app.domain.roles import Scope
from app.domain.work_orders import Dismissal, Outcome, Source
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.predictions import seen
from app.queries.record.findings import hosts


@dataclass(frozen=True, slots=True)
class Told:
    """What one night said of the component; `gate` None: it had not been judged."""

    as_of: datetime
    run_id: int
    risk: float
    risk_hours: float
    rung: str
    gate: Gate | None


@dataclass(frozen=True, slots=True)
class AnswerLine:
    """One answer. `used_in` is the first night that learned with it, None = none so far.

    `before` is the last forecast of the component before the answer, `after` the first one that
    knew it. `recipe` is what the class changed to between the two, "" = it kept its own.
    """

    finding_id: int
    order_id: int
    source: Source
    equipment_id: int
    tag: str
    name: str
    component: str
    at: datetime
    outcome: Outcome | None
    dismissal: Dismissal | None
    used_in: int | None
    used_as_of: datetime | None
    before: Told | None
    after: Told | None
    recipe: str

    @property
    def is_gate_moved(self) -> bool:
        """Whether the right to raise orders changed."""
        return bool(self.before and self.after and self.before.gate is not self.after.gate)

    @property
    def is_rung_moved(self) -> bool:
        """Whether another rung of the ladder serves."""
        return bool(self.before and self.after and self.before.rung != self.after.rung)


def answers(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[AnswerLine]:
    """Answers to suggestions, the last recorded first; four questions a page."""
    asked = _asked(scope, now).limit(limit + 1)
    key = read_key(after, int)
    if key is not None:
        asked = asked.where(Finding.id < key[0])
    rows = session.execute(asked).all()
    told = _told(session, {id_ for row in rows for id_ in (row.before_id, row.after_id) if id_})
    recipes = _recipes(session, {row.Equipment.equipment_class_id for row in rows})
    lines = [_line(row, told, recipes) for row in rows]
    return page(lines, limit=limit, key=lambda line: (line.finding_id,))


def _asked(scope: Scope, now: datetime) -> Any:
    used = aliased(TrainingRun)
    return (
        sa.select(
            Finding,
            WorkOrder,
            Equipment,
            Component.name.label("component"),
            used.id.label("used_in"),
            used.as_of.label("used_as_of"),
            _forecast(before=True).label("before_id"),
            _forecast(before=False).label("after_id"),
        )
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .join(Equipment, Equipment.id == Finding.equipment_id)
        .outerjoin(
            Component,
            Component.id == sa.func.coalesce(Finding.component_id, WorkOrder.component_id),
        )
        .outerjoin(used, used.id == _first_night())
        .where(
            seen(Equipment.site_id, scope),
            WorkOrder.source.in_((Source.PREDICTION, Source.DEVIATION)) | WorkOrder.id.in_(hosts()),
            WorkOrder.absorbed_into_id.is_(None),
            Finding.outcome.is_not(None) | Finding.dismissal.is_not(None),
            Finding.at <= now,
        )
        .order_by(Finding.id.desc())
    )


def _first_night() -> sa.ScalarSelect[int]:
    """The first run that learned the machine with the answer on record."""
    return (
        sa.select(TrainingRun.id)
        .join(MachineOutcome, MachineOutcome.run_id == TrainingRun.id)
        .where(
            MachineOutcome.equipment_id == Finding.equipment_id,
            MachineOutcome.status == MachineStatus.TRAINED,
            TrainingRun.as_of > Finding.at,
            TrainingRun.as_of >= Finding.recorded_at,
        )
        .order_by(TrainingRun.as_of, TrainingRun.id)
        .limit(1)
        .correlate(Finding)
        .scalar_subquery()
    )


def _forecast(*, before: bool) -> sa.ScalarSelect[int]:
    """The last forecast of the order's component before the answer, or the first that knew it."""
    told = sa.select(Forecast.id).where(
        Forecast.equipment_id == Finding.equipment_id, Forecast.mode == WorkOrder.mode
    )
    if before:
        told = told.where(Forecast.as_of <= Finding.at)
        told = told.order_by(Forecast.as_of.desc(), Forecast.id.desc())
    else:
        told = told.where(Forecast.as_of > Finding.at, Forecast.as_of >= Finding.recorded_at)
        told = told.order_by(Forecast.as_of, Forecast.id)
    return told.limit(1).correlate(Finding, WorkOrder).scalar_subquery()


def _told(session: Session, forecast_ids: Iterable[int]) -> dict[int, Told]:
    rows = session.execute(
        sa.select(
            Forecast.id,
            Forecast.as_of,
            Forecast.run_id,
            Forecast.risk,
            Forecast.risk_hours,
            Forecast.rung,
            ClassGate.gate,
        )
        .join(PredictorVersion, PredictorVersion.id == Forecast.predictor_version_id)
        .outerjoin(
            ClassGate,
            (ClassGate.class_version_id == PredictorVersion.class_version_id)
            & (ClassGate.mode == Forecast.mode),
        )
        .where(Forecast.id.in_(set(forecast_ids)))
    )
    return {
        row.id: Told(row.as_of, row.run_id, row.risk, row.risk_hours, row.rung, row.gate)
        for row in rows
    }


_Recipes = Mapping[int, list[tuple[datetime, str]]]


def _recipes(session: Session, class_ids: Iterable[int]) -> _Recipes:
    """Class -> since when each recipe serves one of its groups of components."""
    rows = session.execute(
        sa.select(ClassRecipe.equipment_class_id, ClassRecipe.since, ClassRecipe.recipe)
        .where(
            ClassRecipe.equipment_class_id.in_(set(class_ids)),
            ClassRecipe.role == RecipeRole.CHAMPION,
        )
        .order_by(ClassRecipe.since, ClassRecipe.id)
    )
    found: dict[int, list[tuple[datetime, str]]] = {}
    for class_id, since, recipe in rows:
        found.setdefault(class_id, []).append((since, recipe))
    return found


def _line(row: Any, told: Mapping[int, Told], recipes: _Recipes) -> AnswerLine:
    finding, order, machine = row.Finding, row.WorkOrder, row.Equipment
    before, after = told.get(row.before_id or 0), told.get(row.after_id or 0)
    return AnswerLine(
        finding_id=finding.id,
        order_id=order.id,
        source=order.source,
        equipment_id=machine.id,
        tag=machine.tag,
        name=machine.name,
        component=row.component or "",
        at=finding.at,
        outcome=finding.outcome,
        dismissal=finding.dismissal,
        used_in=row.used_in,
        used_as_of=row.used_as_of,
        before=before,
        after=after,
        recipe=_changed_to(recipes.get(machine.equipment_class_id, []), before, after),
    )


def _changed_to(since: list[tuple[datetime, str]], before: Told | None, after: Told | None) -> str:
    if before is None or after is None:
        return ""
    return next((recipe for at, recipe in since if before.as_of < at <= after.as_of), "")
