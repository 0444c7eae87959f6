"""The fleet as the night sees it: classes with their settings, machines with their data version."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import (
    Component,
    DataVersion,
    Equipment,
    EquipmentClass,
    OrderRuleRow,
    SensorRole,
)
from app.db.places import Site
from app.db.records import MachineEvent
from app.domain.equipment import Predictor, Status
from app.domain.errors import NotFound
from app.domain.risk import OrderRule
from app.queries.training_sets import attribute

MOST_EVENT_CODES = 24
HOUR_MINUTES = 60


@dataclass(frozen=True, slots=True)
class Role:
    """A sensor role of a class."""

    code: str
    name: str
    unit: str
    is_condition: bool
    is_comparable: bool
    component: str = ""


@dataclass(frozen=True, slots=True)
class Mode:
    """A failure mode: a component's code and name."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class FleetClass:
    """The settings of one class, its order rule, and the last decision time by the cut-off."""

    id: int
    code: str
    step_minutes: int
    windows: tuple[int, ...]
    horizons_hours: tuple[int, ...]
    baseline_steps: int
    roles: tuple[Role, ...]
    modes: tuple[Mode, ...]
    event_codes: tuple[str, ...]
    attributes: tuple[str, ...]
    attribute_levels: Mapping[str, tuple[str, ...]]
    running_role: str | None
    running_above: float | None
    rule: OrderRule
    until: datetime
    predictor: Predictor = Predictor.CLASS

    @property
    def is_hourly(self) -> bool:
        """Whether the hourly aggregate is fine enough for the step."""
        return self.step_minutes % HOUR_MINUTES == 0


@dataclass(frozen=True, slots=True)
class FleetMachine:
    """One machine that takes part in the night."""

    id: int
    tag: str
    class_id: int
    data_version: int


@dataclass(frozen=True, slots=True)
class Fleet:
    """Everything a night is about to work on; machines in the order of their ids."""

    classes: tuple[FleetClass, ...]
    machines: tuple[FleetMachine, ...]

    def of_class(self, class_id: int) -> tuple[FleetMachine, ...]:
        """The machines of one class."""
        return tuple(machine for machine in self.machines if machine.class_id == class_id)


def fleet(
    session: Session, *, site_id: int | None, as_of: datetime, tags: Collection[str] = ()
) -> Fleet:
    """The machines in service (of one site, or all) and their classes, as known at *as_of*.

    *tags* restricts the machines; raise NotFound naming those that do not exist.
    """
    machines = _machines(session, site_id)
    _require(tags, machines)
    class_ids = sorted({m.class_id for m in machines if not tags or m.tag in tags})
    classes = tuple(_fleet_class(session, class_id, as_of) for class_id in class_ids)
    return Fleet(classes, tuple(m for m in machines if m.class_id in class_ids))


def require_tags(session: Session, *, site_id: int | None, tags: Collection[str]) -> None:
    """Raise NotFound naming the tags that no machine in service has."""
    _require(tags, _machines(session, site_id))


def last_decision(session: Session, *, at: datetime, site_id: int | None = None) -> datetime:
    """The latest decision time of any class with machines, not after *at*; *at* if none has."""
    rows = session.scalars(
        sa.select(Equipment.equipment_class_id)
        .where(_in_service(site_id))
        .distinct()
        .order_by(Equipment.equipment_class_id)
    )
    known = [_decision(session, session.get_one(EquipmentClass, row), at) for row in rows]
    return max(known, default=at)


def order_rule(session: Session, *, class_id: int, at: datetime) -> OrderRule:
    """The rule of a class in force at *at*; the defaults when none was ever set.

    Only later ones still beat having none at all, for a back-dated night. Machines may have their
    own: `rules_in_force.RuleBook` knows both.
    """
    row = session.scalar(
        sa.select(OrderRuleRow)
        .where(
            OrderRuleRow.equipment_class_id == class_id,
            OrderRuleRow.equipment_id.is_(None),
            OrderRuleRow.withdrawn_at.is_(None),
        )
        .order_by(
            (OrderRuleRow.effective_at <= at).desc(),
            OrderRuleRow.effective_at.desc(),
            OrderRuleRow.id.desc(),
        )
        .limit(1)
    )
    return OrderRule() if row is None else rule_of(row)


def _require(tags: Collection[str], machines: Collection[FleetMachine]) -> None:
    missing = set(tags) - {machine.tag for machine in machines}
    if missing:
        raise NotFound(f"No equipment in service is called {', '.join(sorted(missing))}.")


def rule_of(row: OrderRuleRow) -> OrderRule:
    """The rule a row holds, with its hours as lengths of time."""
    return OrderRule(
        basis=row.basis,
        risk_threshold=row.risk_threshold,
        inspection_cost=row.inspection_cost,
        planned_cost=row.planned_cost,
        unplanned_cost=row.unplanned_cost,
        detection_share=row.detection_share,
        horizon=timedelta(hours=row.horizon_hours),
        lead=timedelta(hours=row.lead_hours),
        review=timedelta(hours=row.review_hours),
        cooldown=timedelta(hours=row.cooldown_hours),
        weekly_budget=row.weekly_budget,
        approve_first=row.approve_first,
        life_value=row.life_value,
        storm_share=row.storm_share,
    )


def _in_service(site_id: int | None) -> sa.ColumnElement[bool]:
    serves = Equipment.status.in_((Status.IN_SERVICE, Status.STANDBY))
    return serves if site_id is None else sa.and_(serves, Equipment.site_id == site_id)


def _machines(session: Session, site_id: int | None) -> tuple[FleetMachine, ...]:
    rows = session.execute(
        sa.select(
            Equipment.id,
            Equipment.tag,
            Equipment.equipment_class_id,
            sa.func.coalesce(DataVersion.version, 0),
        )
        .outerjoin(DataVersion, DataVersion.equipment_id == Equipment.id)
        .where(_in_service(site_id))
        .order_by(Equipment.id)
    )
    return tuple(FleetMachine(*row) for row in rows)


def _fleet_class(session: Session, class_id: int, as_of: datetime) -> FleetClass:
    row = session.get_one(EquipmentClass, class_id)
    until = _decision(session, row, as_of)
    return FleetClass(
        id=row.id,
        code=row.code,
        step_minutes=row.step_minutes,
        windows=tuple(row.windows),
        horizons_hours=tuple(row.horizons_hours),
        baseline_steps=row.baseline_steps,
        roles=_roles(session, class_id),
        modes=_modes(session, class_id),
        event_codes=_event_codes(session, class_id, until),
        attributes=tuple(row.attributes),
        attribute_levels=_levels(session, row),
        running_role=row.running_role,
        running_above=row.running_above,
        rule=order_rule(session, class_id=class_id, at=until),
        until=until,
        predictor=row.predictor,
    )


def _decision(session: Session, row: EquipmentClass, at: datetime) -> datetime:
    """The last moment, not after *at*, at which this class's day ends."""
    site_zone = session.scalar(
        sa.select(Site.timezone)
        .join(Equipment, Equipment.site_id == Site.id)
        .where(Equipment.equipment_class_id == row.id)
        .order_by(Equipment.id)
        .limit(1)
    )
    zone = ZoneInfo(row.decision_timezone or site_zone or "UTC")
    local = at.astimezone(zone)
    wall = local.replace(
        hour=row.decision_minute // HOUR_MINUTES,
        minute=row.decision_minute % HOUR_MINUTES,
        second=0,
        microsecond=0,
        fold=0,  # of the two in an autumn night the first, or the cut-off would go back again
    )
    if wall.astimezone(UTC) > at:
        wall -= timedelta(days=1)
    return wall.astimezone(UTC)


def _roles(session: Session, class_id: int) -> tuple[Role, ...]:
    rows = session.scalars(
        sa.select(SensorRole)
        .where(SensorRole.equipment_class_id == class_id)
        .order_by(SensorRole.id)
    )
    return tuple(
        Role(row.code, row.name, row.unit, row.is_condition, row.is_comparable, row.component)
        for row in rows
    )


def _modes(session: Session, class_id: int) -> tuple[Mode, ...]:
    rows = session.execute(
        sa.select(Component.code, Component.name)
        .where(Component.equipment_class_id == class_id)
        .order_by(Component.id)
    )
    return tuple(Mode(code, name) for code, name in rows)


def _event_codes(session: Session, class_id: int, until: datetime) -> tuple[str, ...]:
    """The commonest event codes of the class known by then, in alphabetical order."""
    rows = session.execute(
        sa.select(MachineEvent.code, sa.func.count())
        .join(Equipment, Equipment.id == MachineEvent.equipment_id)
        .where(
            Equipment.equipment_class_id == class_id,
            MachineEvent.at <= until,
            MachineEvent.recorded_at <= until,
        )
        .group_by(MachineEvent.code)
        .order_by(sa.func.count().desc(), MachineEvent.code)
        .limit(MOST_EVENT_CODES)
    )
    return tuple(sorted(code for code, _ in rows))


def _levels(session: Session, row: EquipmentClass) -> dict[str, tuple[str, ...]]:
    """The texts a declared attribute takes in the class; numeric attributes have none."""
    machines = session.scalars(
        sa.select(Equipment).where(Equipment.equipment_class_id == row.id).order_by(Equipment.id)
    ).all()
    found: dict[str, tuple[str, ...]] = {}
    for name in row.attributes:
        values = {attribute(machine, name) for machine in machines}
        texts = sorted(value for value in values if isinstance(value, str))
        if texts:
            found[name] = tuple(texts)
    return found
