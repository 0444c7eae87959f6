"""The model card of a machine: as issued first, the back-test beside it, never mixed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.predictions import (
    ClassRecipe,
    Forecast,
    PredictorVersion,
    RecipeRole,
)
from app.db.work_orders import ANY_MODE
from app.domain.equipment import Predictor
from app.domain.ladder import Missing, highest, missing
from app.domain.roles import Scope
from app.queries.class_drift import drift_of_class
from app.queries.equipment import machine
from app.queries.model_card import learning
from app.queries.model_card.as_issued import AsIssued, ModeIssued, as_issued, issued_by_mode
from app.queries.model_card.back_test import ClassTest, OwnTest, model_card
from app.queries.model_card.learning import Calibration, Coverage, FoldLine, Penalty, TriedLine
from app.queries.model_card.trained import Trained, class_metrics, trained
from app.queries.predictions import GateView, gates, mode_names, seen

# The order rule's default window, for a machine nothing was forecast of yet.
NO_HOURS = 96.0
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class RecipeView:
    """A recipe of the class, its role, since when and why."""

    recipe: str
    role: RecipeRole
    since: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ModeCard:
    """One failure mode: how its predictor serves, and how it was learned and tested.

    Modes of one `group` have too few failures each: they share one predictor and one test.
    `lift` is what the next rung needs; None where more failures alone lift it no further.
    """

    mode: str
    name: str
    group: str
    rung: str
    reason: str
    lift: Missing | None
    recipe: str
    recipe_reason: str
    shadow: str
    recipes: tuple[RecipeView, ...]
    gate: GateView | None
    test: ClassTest | None
    folds: tuple[FoldLine, ...]
    tried: tuple[TriedLine, ...]
    coverage: Coverage | None
    blend: str
    calibration: Calibration | None
    penalty: Penalty | None


@dataclass(frozen=True, slots=True)
class IssuedPart:
    """As issued: the machine as a whole, its class in sight, and each mode over the class."""

    machine: AsIssued
    of_class: AsIssued
    by_mode: Mapping[str, ModeIssued]


@dataclass(frozen=True, slots=True)
class BackTestPart:
    """The back-test: what the class's predictors said of rows they never saw."""

    modes: tuple[ModeCard, ...]
    own: tuple[OwnTest, ...]


@dataclass(frozen=True, slots=True)
class ModelCard:
    """Everything a reader needs to judge what is predicted of one machine.

    `trained` and `back_test` are None until a night has made a predictor. `notes` are drift of the
    machine and of its class, and repairs to check, in words.
    """

    equipment_id: int
    tag: str
    class_id: int
    class_name: str
    predictor: Predictor
    rung: str | None
    reason: str
    risk_hours: float
    as_issued: IssuedPart
    back_test: BackTestPart | None
    trained: Trained | None
    notes: tuple[str, ...]


def machine_card(session: Session, *, scope: Scope, equipment_id: int, now: datetime) -> ModelCard:
    """The model card of a machine in sight; raise NotFound."""
    row = machine(session, scope=scope, equipment_id=equipment_id)
    kind = session.get_one(EquipmentClass, row.equipment_class_id)
    newest = _newest(session, row.id)
    hours = NO_HOURS if newest is None else newest.risk_hours
    version = _version(session, row.id)
    back_test = None if version is None else _back_test(session, scope, version, row, hours)
    return ModelCard(
        equipment_id=row.id,
        tag=row.tag,
        class_id=kind.id,
        class_name=kind.name,
        predictor=kind.predictor,
        rung=version.rung if version else None,
        reason=version.reason if version else "",
        risk_hours=hours,
        as_issued=_issued(session, scope, row, hours, now),
        back_test=back_test,
        trained=None if version is None else trained(session, version=version),
        notes=_notes(session, scope, kind.id, newest.context if newest else {}),
    )


def _newest(session: Session, equipment_id: int) -> Forecast | None:
    return session.scalar(
        sa.select(Forecast)
        .where(Forecast.equipment_id == equipment_id, Forecast.mode == ANY_MODE)
        .order_by(Forecast.as_of.desc(), Forecast.id.desc())
        .limit(1)
    )


def _version(session: Session, equipment_id: int) -> PredictorVersion | None:
    return session.scalar(
        sa.select(PredictorVersion).where(
            PredictorVersion.equipment_id == equipment_id, PredictorVersion.is_current
        )
    )


def _issued(
    session: Session, scope: Scope, row: Equipment, hours: float, now: datetime
) -> IssuedPart:
    sisters = session.scalars(
        sa.select(Equipment.id).where(
            Equipment.equipment_class_id == row.equipment_class_id, seen(Equipment.site_id, scope)
        )
    ).all()

    def of(ids: Sequence[int]) -> AsIssued:
        return as_issued(session, equipment_ids=ids, mode=ANY_MODE, hours=hours, now=now)

    return IssuedPart(
        machine=of([row.id]),
        of_class=of(sisters),
        by_mode=issued_by_mode(session, equipment_ids=sisters, hours=hours, now=now),
    )


def _back_test(
    session: Session, scope: Scope, version: PredictorVersion, row: Equipment, hours: float
) -> BackTestPart:
    known = mode_names(session, [row.equipment_class_id])
    names = {mode: name for (_, mode), name in known.items()}
    card = model_card(session, version=version, risk_hours=hours, names=names)
    tests = {test.mode: test for test in card.class_tests}
    gate_of = {
        gate.mode: gate
        for gate in gates(session, scope=scope)
        if gate.class_id == row.equipment_class_id
    }
    recipes = _recipes(session, row.equipment_class_id)
    metrics = class_metrics(session, version)
    return BackTestPart(
        modes=tuple(
            _mode(
                told,
                names,
                recipes,
                gate_of.get(told["mode"]),
                tests.get(told["mode"]),
                _lift(told, metrics),
                version.metrics.get("groups") or {},
            )
            for told in metrics.get("modes") or ()
        ),
        own=card.own_tests,
    )


def _mode(
    told: Mapping[str, Any],
    names: Mapping[str, str],
    recipes: Mapping[str, tuple[RecipeView, ...]],
    gate: GateView | None,
    test: ClassTest | None,
    lift: Missing | None,
    own: Mapping[str, Any],
) -> ModeCard:
    facts = learning.facts(told)
    group = str(facts.get("group", told["mode"]))
    return ModeCard(
        mode=told["mode"],
        name=names.get(told["mode"], ""),
        group=group,
        rung=str(facts.get("rung", "")),
        reason=str(facts.get("reason", "")),
        lift=lift,
        recipe=str(facts.get("recipe") or ""),
        recipe_reason=str(facts.get("recipe_reason") or ""),
        shadow=str(facts.get("shadow") or ""),
        recipes=recipes.get(group, ()),
        gate=gate,
        test=test,
        folds=learning.folds(told),
        tried=learning.tried(told),
        coverage=learning.coverage(told),
        blend=str(facts.get("blend") or ""),
        calibration=learning.calibration(told),
        penalty=learning.penalty(own.get(group) or {}),
    )


def _lift(told: Mapping[str, Any], metrics: Mapping[str, Any]) -> Missing | None:
    """What the next rung of a mode needs, at the rate its class's failures came so far."""
    first, last = (learning.moment(metrics.get(f"trained_{end}")) for end in ("from", "until"))
    return missing(
        highest([str(told.get("rung", ""))]),
        known=int(told["events"]),
        of_class=sum(int(mode["events"]) for mode in metrics["modes"]),
        days=0.0 if first is None or last is None else (last - first) / DAY,
    )


def _recipes(session: Session, class_id: int) -> dict[str, tuple[RecipeView, ...]]:
    """Group of modes -> its recipes in office, the one that serves first."""
    rows = session.scalars(
        sa.select(ClassRecipe)
        .where(ClassRecipe.equipment_class_id == class_id, ClassRecipe.role != RecipeRole.RETIRED)
        .order_by(ClassRecipe.mode_group, ClassRecipe.role, ClassRecipe.id)
    )
    found: dict[str, tuple[RecipeView, ...]] = {}
    for row in rows:
        view = RecipeView(row.recipe, row.role, row.since, row.reason)
        found[row.mode_group] = (*found.get(row.mode_group, ()), view)
    return found


def _notes(
    session: Session, scope: Scope, class_id: int, context: Mapping[str, Any]
) -> tuple[str, ...]:
    """Drift and repairs to check, in the night's words."""
    of_class = drift_of_class(session, scope=scope, class_id=class_id)
    told = [context.get("drift") or {}, *(context.get("repair") or ())]
    said = [str(note.get("sentence", "")) for note in told]
    return tuple(filter(None, [*said[:1], of_class.sentence if of_class else "", *said[1:]]))
