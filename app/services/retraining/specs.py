"""A class as the plant describes it, translated into what the prediction library understands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from app.db.typical_lives import TypicalLife as EnteredLife
from app.domain.instants import DAY_US, to_micros
from app.domain.risk import OrderRule
from app.queries.fleet import FleetClass
from models import ClassSpec, CostSpec, RoleSpec, TypicalLife

MINUTE_US = 60_000_000


def class_spec(settings: FleetClass, lives: Mapping[str, EnteredLife] | None = None) -> ClassSpec:
    """The library's description of a class; hours become steps, rounded up.

    *lives* is what planners entered of its components, by mode.
    """
    step_us = settings.step_minutes * MINUTE_US
    return ClassSpec(
        code=settings.code,
        roles=tuple(
            RoleSpec(r.code, r.name, r.unit, r.is_condition, r.is_comparable, r.component)
            for r in settings.roles
        ),
        step_us=step_us,
        decision_us=to_micros(settings.until) % DAY_US,
        review_steps=_steps(settings.rule.review, step_us, least=1),
        windows=settings.windows,
        horizons=_horizons(settings, step_us),
        lead_steps=_steps(settings.rule.lead, step_us, least=0),
        horizon_steps=_steps(settings.rule.horizon, step_us, least=1),
        modes=tuple(mode.code for mode in settings.modes),
        mode_names={mode.code: mode.name for mode in settings.modes},
        event_codes=settings.event_codes,
        attributes=settings.attributes,
        attribute_levels=settings.attribute_levels,
        costs=_costs(settings.rule),
        baseline_steps=settings.baseline_steps,
        predictor=settings.predictor.value,
        typical_lives={mode: _life(life, step_us) for mode, life in (lives or {}).items()},
    )


def step_hours(settings: FleetClass) -> float:
    """Hours in one step of the class."""
    return settings.step_minutes / 60


def _horizons(settings: FleetClass, step_us: int) -> tuple[int, ...]:
    hours = {timedelta(hours=h) for h in settings.horizons_hours}
    return tuple(sorted({_steps(h, step_us, least=1) for h in hours}))


def _steps(length: timedelta, step_us: int, *, least: int) -> int:
    micro = length // timedelta(microseconds=1)
    return max(least, -(-micro // step_us))


def _costs(rule: OrderRule) -> CostSpec:
    return CostSpec(
        inspection=rule.inspection_cost,
        planned=rule.planned_cost,
        unplanned=rule.unplanned_cost,
        detection_share=rule.detection_share,
    )


def _life(life: EnteredLife, step_us: int) -> TypicalLife:
    """Days as steps of the class; parts of a step count."""
    day = DAY_US / step_us
    return TypicalLife(
        life_steps=life.life_days * day,
        spread_steps=None if life.spread_days is None else life.spread_days * day,
        warning_steps=None if life.warning_days is None else life.warning_days * day,
    )
