"""The storms as pages show them, with every suggestion they hold back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.places import Site
from app.db.predictions import Decision, Forecast
from app.db.storms import Storm
from app.db.training import TrainingRun
from app.db.users import AppUser
from app.domain.errors import NotFound
from app.domain.roles import Scope
from app.domain.storms import StormState
from app.queries.storms.held import belongs, held_keys

SHOWN = 50


@dataclass(frozen=True, slots=True)
class HeldRow:
    """One suggestion a storm held back; `order_id` is there once it was raised after all."""

    equipment_id: int
    tag: str
    name: str
    component: str
    risk: float
    threshold: float
    sentence: str
    order_id: int | None


@dataclass(frozen=True, slots=True)
class StormView:
    """One storm; `class_name` is "" for the rest of a site. `held` is what it holds or held."""

    id: int
    site_name: str
    class_name: str
    at: datetime
    run_id: int
    wanted: int
    machines: int
    share: float
    cause: str
    state: StormState
    decided_at: datetime | None
    decided_by: str
    note: str
    version: int
    held: tuple[HeldRow, ...]

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has said anything yet."""
        return self.state is StormState.WAITING


def storms(session: Session, *, scope: Scope) -> list[StormView]:
    """The newest storms in sight, those that wait first; what decided ones held is left out."""
    waits = Storm.state == StormState.WAITING
    rows = session.execute(
        _asked(scope).order_by(waits.desc(), Storm.at.desc(), Storm.id.desc()).limit(SHOWN)
    ).all()
    held = _waiting_rows(session)
    return [_view(*row, held.get(row[0].id, ())) for row in rows]


def storm(session: Session, *, scope: Scope, storm_id: int) -> StormView:
    """One storm with what it holds, or held until the word on it; raise NotFound."""
    row = session.execute(_asked(scope).where(Storm.id == storm_id)).first()
    if row is None:
        raise NotFound(f"There is no storm {storm_id}.")
    if row[0].state is StormState.WAITING:
        return _view(*row, _waiting_rows(session, storm_id).get(storm_id, ()))
    return _view(*row, _decided_rows(session, storm_id))


def waiting_count(session: Session, *, scope: Scope) -> int:
    """How many storms in sight wait for a planner's word."""
    asked = sa.select(sa.func.count()).where(Storm.state == StormState.WAITING, _seen(scope))
    return session.scalar(asked) or 0


def _asked(scope: Scope) -> sa.Select[Storm, str, str, str]:
    return (
        sa.select(Storm, Site.name, EquipmentClass.name, AppUser.display_name)
        .join(Site, Site.id == Storm.site_id)
        .outerjoin(EquipmentClass, EquipmentClass.id == Storm.equipment_class_id)
        .outerjoin(AppUser, AppUser.id == Storm.decided_by_id)
        .where(_seen(scope))
    )


def _seen(scope: Scope) -> sa.ColumnElement[bool]:
    return sa.true() if scope.site_ids is None else Storm.site_id.in_(scope.site_ids)


def _view(
    row: Storm, site: str, class_name: str | None, by: str | None, held: Sequence[HeldRow]
) -> StormView:
    return StormView(
        id=row.id,
        site_name=site,
        class_name=class_name or "",
        at=row.at,
        run_id=row.run_id,
        wanted=row.wanted,
        machines=row.machines,
        share=row.share,
        cause=row.cause,
        state=row.state,
        decided_at=row.decided_at,
        decided_by=by or "",
        note=row.note,
        version=row.version,
        held=tuple(held),
    )


def _waiting_rows(session: Session, storm_id: int | None = None) -> dict[int, list[HeldRow]]:
    keys = held_keys(session, storm_id=storm_id)
    rows = _rows(session, {key.decision_id for key in keys})
    found: dict[int, list[HeldRow]] = defaultdict(list)
    for key in keys:
        found[key.storm_id].append(rows[key.decision_id])
    return {storm: sorted(held, key=_riskiest) for storm, held in found.items()}


def _decided_rows(session: Session, storm_id: int) -> list[HeldRow]:
    """The newest decision of each machine and mode that a decided storm held."""
    ids = session.execute(
        sa.select(sa.func.max(Decision.id))
        .select_from(Decision)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .join(Storm, belongs())
        .where(Storm.id == storm_id)
        .group_by(Decision.equipment_id, Decision.mode)
    )
    return sorted(_rows(session, {row_id for (row_id,) in ids}).values(), key=_riskiest)


def _riskiest(row: HeldRow) -> tuple[float, str, str]:
    return -row.risk, row.tag, row.component


def _rows(session: Session, decision_ids: Collection[int]) -> Mapping[int, HeldRow]:
    rows = session.execute(
        sa.select(Decision, Equipment.tag, Equipment.name, Component.name, Forecast.drivers)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(Forecast, Forecast.id == Decision.forecast_id)
        .outerjoin(
            Component,
            (Component.equipment_class_id == Equipment.equipment_class_id)
            & (Component.code == Decision.mode),
        )
        .where(Decision.id.in_(decision_ids))
        .order_by(Decision.id)
    )
    return {
        decision.id: HeldRow(
            equipment_id=decision.equipment_id,
            tag=tag,
            name=name,
            component=component or "",
            risk=decision.risk,
            threshold=decision.threshold,
            sentence=next((str(driver.get("sentence", "")) for driver in drivers), ""),
            order_id=decision.work_order_id,
        )
        for decision, tag, name, component, drivers in rows
    }
