"""Orders that nights wanted and did not raise: held back or withheld, since when, what became."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Component, Equipment, EquipmentClass
from app.db.predictions import Decision, Forecast
from app.db.records import Failure, ServiceRecord
from app.db.training import TrainingRun
from app.db.work_orders import ANY_MODE
from app.domain.activities import RENEWING
from app.domain.risk import HELD, Verdict
from app.domain.roles import Scope
from app.domain.warnings import Aftermath, aftermath, spells
from app.queries.page import PAGE_ROWS, Page, page, read_key
from app.queries.predictions import newest_forecast, seen
from app.queries.record.failures import HORIZON

LOOKED_BACK = timedelta(days=365)
ORDERED = (Verdict.RAISED, Verdict.UPDATED, Verdict.ABSORBED)
_Key = tuple[int, str]


@dataclass(frozen=True, slots=True)
class SilentSpell:
    """Nights on end that would have ordered work on a component and did not.

    `verdict`, `reason` and `risk` are those of the last night, `highest` is the worst of them.
    """

    decision_id: int
    equipment_id: int
    tag: str
    name: str
    class_name: str
    component: str
    verdict: Verdict
    reason: str
    since: datetime
    until: datetime
    nights: int
    run_id: int
    risk: float
    highest: float
    threshold: float
    became: Aftermath
    order_id: int | None
    repair_order_id: int | None
    failed_at: datetime | None


class _Night(NamedTuple):
    """One decision of silence; `place` numbers the nights of the machine's site."""

    place: int
    at: datetime
    row: Any


class _Moment(NamedTuple):
    """Something that happened to a component, None = to the whole machine; with its order."""

    at: datetime
    component: str | None
    order_id: int | None


@dataclass(frozen=True, slots=True)
class _After:
    """What happened to the machines meanwhile."""

    failures: Mapping[int, Sequence[_Moment]]
    services: Mapping[int, Sequence[_Moment]]
    orders: Mapping[int, Sequence[_Moment]]
    newest: Mapping[int, datetime]


def silences(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    withheld: bool,
    after: str | None = None,
    limit: int | None = PAGE_ROWS,
) -> Page[SilentSpell]:
    """Spells of the last year, the newest first: *withheld* by the gate, or held back by budget,
    cooldown, snooze or storm; *limit* None = all of them."""
    verdicts = (Verdict.WITHHELD,) if withheld else tuple(sorted(HELD))
    nights = _nights(session, scope, verdicts, now - LOOKED_BACK)
    known = _after(session, nights, now - LOOKED_BACK, now)
    found = [
        _spell(nights[key][cut], known)
        for key in nights
        for cut in spells([night.place for night in nights[key]])
    ]
    behind = read_key(after, float, int)
    kept = sorted((row for row in found if behind is None or _key(row) > behind), key=_key)
    return page(kept, limit=len(kept) if limit is None else limit, key=_key)


def _key(row: SilentSpell) -> tuple[float, int]:
    return -row.until.timestamp(), row.decision_id


def _nights(
    session: Session, scope: Scope, verdicts: Sequence[Verdict], since: datetime
) -> dict[_Key, list[_Night]]:
    """Silent nights by machine and mode, in order of time; one a run."""
    places = _places(session)
    asked = (
        sa.select(
            Decision.id,
            Decision.run_id,
            Decision.equipment_id,
            Decision.mode,
            Decision.verdict,
            Decision.reason,
            Decision.risk,
            Decision.threshold,
            TrainingRun.as_of,
            Equipment.site_id,
            Equipment.tag,
            Equipment.name,
            EquipmentClass.name.label("class_name"),
            Component.name.label("component"),
        )
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .outerjoin(
            Component,
            (Component.equipment_class_id == EquipmentClass.id) & (Component.code == Decision.mode),
        )
        .where(
            Decision.verdict.in_(verdicts),
            TrainingRun.as_of >= since,
            seen(Equipment.site_id, scope),
        )
        .order_by(TrainingRun.as_of, Decision.id)
    )
    found: dict[_Key, list[_Night]] = defaultdict(list)
    for row in session.execute(asked):
        place = bisect_right(places[row.site_id], row.as_of)
        found[row.equipment_id, row.mode].append(_Night(place, row.as_of, row))
    return found


def _places(session: Session) -> Mapping[int, Sequence[datetime]]:
    """Site -> when its nights were, rising; runs over all sites count at each."""
    rows = session.execute(
        sa.select(TrainingRun.site_id, TrainingRun.as_of).distinct().order_by(TrainingRun.as_of)
    ).all()
    everywhere = {as_of for site_id, as_of in rows if site_id is None}
    own: dict[int, set[datetime]] = defaultdict(lambda: set(everywhere))
    for site_id, as_of in rows:
        if site_id is not None:
            own[site_id].add(as_of)
    found: dict[int, list[datetime]] = defaultdict(lambda: sorted(everywhere))
    return found | {site_id: sorted(moments) for site_id, moments in own.items()}


def _after(
    session: Session, nights: Mapping[_Key, Sequence[_Night]], since: datetime, now: datetime
) -> _After:
    machines = {equipment_id for equipment_id, _ in nights}
    return _After(
        failures=_moments(session, Failure, machines, since, now),
        services=_moments(
            session, ServiceRecord, machines, since, now, ServiceRecord.activity.in_(RENEWING)
        ),
        orders=_ordered(session, machines, since),
        newest=_newest(session, machines),
    )


def _moments(
    session: Session,
    table: type[Failure] | type[ServiceRecord],
    machines: Iterable[int],
    since: datetime,
    now: datetime,
    *more: sa.ColumnElement[bool],
) -> dict[int, list[_Moment]]:
    rows = session.execute(
        sa.select(table.equipment_id, table.at, Component.code, table.work_order_id)
        .outerjoin(Component, Component.id == table.component_id)
        .where(table.equipment_id.in_(set(machines)), table.at > since, table.at <= now, *more)
        .order_by(table.at, table.id)
    )
    found: dict[int, list[_Moment]] = defaultdict(list)
    for equipment_id, at, component, order_id in rows:
        found[equipment_id].append(_Moment(at, component, order_id))
    return found


def _ordered(
    session: Session, machines: Iterable[int], since: datetime
) -> dict[int, list[_Moment]]:
    """When nights raised orders, or found one open."""
    rows = session.execute(
        sa.select(Decision.equipment_id, TrainingRun.as_of, Decision.mode, Decision.work_order_id)
        .join(TrainingRun, TrainingRun.id == Decision.run_id)
        .where(
            Decision.equipment_id.in_(set(machines)),
            Decision.verdict.in_(ORDERED),
            TrainingRun.as_of > since,
        )
        .order_by(TrainingRun.as_of, Decision.id)
    )
    found: dict[int, list[_Moment]] = defaultdict(list)
    for equipment_id, at, component, order_id in rows:
        found[equipment_id].append(_Moment(at, component, order_id))
    return found


def _newest(session: Session, machines: Iterable[int]) -> dict[int, datetime]:
    """Machine -> the day of its newest forecast."""
    rows = session.execute(
        sa.select(Equipment.id, Forecast.as_of)
        .join(Forecast, Forecast.id == newest_forecast())
        .where(Equipment.id.in_(set(machines)))
    )
    return dict(rows.all())


def _spell(nights: Sequence[_Night], known: _After) -> SilentSpell:
    first, last = nights[0], nights[-1]
    row = last.row
    failed = _of(known.failures, row)
    became = aftermath(
        first.at,
        last.at,
        is_newest=known.newest.get(row.equipment_id, last.at) <= last.at,
        failed=[moment.at for moment in failed],
        ordered=[moment.at for moment in _of(known.orders, row)],
        renewed=[moment.at for moment in _of(known.services, row)],
        horizon=HORIZON,
    )
    failure = _first(failed, first.at, last.at) if became is Aftermath.FAILED else None
    order = None
    if became is Aftermath.ORDERED:
        order = _first(_of(known.orders, row), first.at, last.at)
    return SilentSpell(
        decision_id=row.id,
        equipment_id=row.equipment_id,
        tag=row.tag,
        name=row.name,
        class_name=row.class_name,
        component=row.component or "",
        verdict=row.verdict,
        reason=row.reason,
        since=first.at,
        until=last.at,
        nights=len({night.place for night in nights}),
        run_id=row.run_id,
        risk=row.risk,
        highest=max(night.row.risk for night in nights),
        threshold=row.threshold,
        became=became,
        order_id=None if order is None else order.order_id,
        repair_order_id=None if failure is None else failure.order_id,
        failed_at=None if failure is None else failure.at,
    )


def _of(moments: Mapping[int, Sequence[_Moment]], row: Any) -> list[_Moment]:
    """Those of the row's machine that concern its component."""
    return [
        moment
        for moment in moments.get(row.equipment_id, ())
        if row.mode == ANY_MODE or moment.component in (None, ANY_MODE, row.mode)
    ]


def _first(moments: Sequence[_Moment], since: datetime, until: datetime) -> _Moment | None:
    return next((m for m in moments if since < m.at <= until + HORIZON), None)
