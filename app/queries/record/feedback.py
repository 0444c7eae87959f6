"""How good predictions were by what people answered: per machine, class, site, and by dismissal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.places import Site
from app.db.predictions import Forecast
from app.db.work_orders import Finding, WorkOrder
from app.domain.feedback import CAUGHT, IN_VAIN, Tally
from app.domain.roles import Scope
from app.domain.warnings import Met
from app.domain.work_orders import Dismissal, OrderType, Outcome
from app.queries.page import PAGE_ROWS, Key, Page, page, read_key
from app.queries.predictions import seen
from app.queries.record.failures import HORIZON, FailureLine, failures
from app.queries.record.findings import FindingLine, findings
from app.queries.rules_in_force import RuleBook

YEAR = timedelta(days=365)
HOUR = timedelta(hours=1)
# Somebody had been told before these failures, whether it was acted on or not.
TOLD = frozenset({Met.WARNED, Met.IGNORED})


@dataclass(frozen=True, slots=True)
class Group:
    """The tally of one machine, class or site; `equipment_id` None = of several machines."""

    name: str
    tally: Tally
    equipment_id: int | None = None


@dataclass(frozen=True, slots=True)
class DismissalLine:
    """One reason to dismiss: how often, and after how many of them the machine failed all the
    same within two weeks."""

    reason: Dismissal
    dismissed: int
    failed: int


@dataclass(frozen=True, slots=True)
class Feedback:
    """The tallies of the fleet; of the machines only those with anything to tell, most first."""

    whole: Tally
    sites: tuple[Group, ...]
    classes: tuple[Group, ...]
    machines: tuple[Group, ...]
    dismissals: tuple[DismissalLine, ...]


@dataclass(frozen=True, slots=True)
class _Machine:
    id: int
    tag: str
    class_id: int
    class_name: str
    site_name: str
    since: datetime


def feedback(session: Session, *, scope: Scope, now: datetime) -> Feedback:
    """Everything since the first forecast of each machine."""
    machines = _machines(session, scope)
    failed = failures(session, scope=scope, now=now)
    found = findings(session, scope=scope, now=now)
    dismissed = _dismissed(session, scope, now)
    tallies = _tallies(session, machines, failed, found, dismissed, now)
    own = [Group(row.tag, tallies[row.id], row.id) for row in machines]
    return Feedback(
        whole=_sum(tallies.values()),
        sites=_grouped(machines, tallies, "site_name"),
        classes=_grouped(machines, tallies, "class_name"),
        machines=tuple(
            sorted((group for group in own if group.tally.events), key=_rank),
        ),
        dismissals=_by_reason(dismissed, failed),
    )


def machine_feedback(
    session: Session,
    *,
    scope: Scope,
    now: datetime,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[Group]:
    """The machines of `feedback`, a page at a time."""
    behind = read_key(after, int, str, int)
    groups = feedback(session, scope=scope, now=now).machines
    wanted = [group for group in groups if behind is None or _rank(group) > behind]
    return page(wanted, limit=limit, key=_rank)


def _rank(group: Group) -> Key:
    """Machines with most to tell first."""
    return -group.tally.events, group.name, group.equipment_id or 0


def _machines(session: Session, scope: Scope) -> Sequence[_Machine]:
    """Machines that were ever forecast, with the first time."""
    rows = session.execute(
        sa.select(
            Equipment.id,
            Equipment.tag,
            Equipment.equipment_class_id,
            EquipmentClass.name,
            Site.name,
            sa.func.min(Forecast.as_of),
        )
        .join(Forecast, Forecast.equipment_id == Equipment.id)
        .join(EquipmentClass, EquipmentClass.id == Equipment.equipment_class_id)
        .join(Site, Site.id == Equipment.site_id)
        .where(seen(Equipment.site_id, scope))
        .group_by(
            Equipment.id,
            Equipment.tag,
            Equipment.equipment_class_id,
            EquipmentClass.name,
            Site.name,
        )
        .order_by(Equipment.tag, Equipment.id)
    )
    return [_Machine(*row) for row in rows]


class _Dismissed(NamedTuple):
    """A prediction that was dismissed; no component = of the machine as a whole."""

    equipment_id: int
    component_id: int | None
    reason: Dismissal
    at: datetime


def _dismissed(session: Session, scope: Scope, now: datetime) -> Sequence[_Dismissed]:
    """Every dismissed prediction, by time."""
    rows = session.execute(
        sa.select(Finding.equipment_id, WorkOrder.component_id, Finding.dismissal, Finding.at)
        .join(WorkOrder, WorkOrder.id == Finding.work_order_id)
        .join(Equipment, Equipment.id == Finding.equipment_id)
        .where(
            seen(Equipment.site_id, scope),
            WorkOrder.type == OrderType.PREDICTIVE,
            Finding.dismissal.is_not(None),
            # What became part of other work was accepted, not refused.
            WorkOrder.absorbed_into_id.is_(None),
            Finding.at <= now,
        )
        .order_by(Finding.at, Finding.id)
    )
    return [
        _Dismissed(machine, component, reason, at)
        for machine, component, reason, at in rows
        if reason is not None
    ]


def _tallies(
    session: Session,
    machines: Sequence[_Machine],
    failed: Sequence[FailureLine],
    found: Sequence[FindingLine],
    dismissed: Sequence[_Dismissed],
    now: datetime,
) -> dict[int, Tally]:
    told: dict[int, list[Tally]] = defaultdict(list)
    for finding in found:
        told[finding.equipment_id].append(_of_finding(finding))
    rules = RuleBook(session, {row.id: row.class_id for row in machines})
    for failure in failed:
        least = rules.at(failure.equipment_id, failure.at).lead
        told[failure.equipment_id].append(_of_failure(failure, least))
    number = Counter(row.equipment_id for row in dismissed)
    return {
        row.id: _sum(told[row.id])
        + Tally(machine_years=max(0.0, (now - row.since) / YEAR), dismissed=number[row.id])
        for row in machines
    }


def _of_finding(line: FindingLine) -> Tally:
    return Tally(
        as_predicted=int(line.outcome is Outcome.FAULT_AS_PREDICTED),
        other_fault=int(line.outcome is Outcome.OTHER_FAULT),
        in_vain=int(line.outcome in IN_VAIN),
        caught=int(line.outcome in CAUGHT and not line.is_failure),
    )


def _of_failure(line: FailureLine, least: timedelta) -> Tally:
    lead = line.lead_hours or 0.0
    is_in_time = line.met is Met.WARNED and lead >= least / HOUR
    leads = (lead,) if line.met in TOLD else ()
    return Tally(failures=1, warned=int(is_in_time), leads_hours=leads)


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _grouped(
    machines: Sequence[_Machine], tallies: Mapping[int, Tally], by: str
) -> tuple[Group, ...]:
    members: dict[str, list[Tally]] = defaultdict(list)
    for row in machines:
        members[getattr(row, by)].append(tallies[row.id])
    return tuple(Group(name, _sum(members[name])) for name in sorted(members))


def _by_reason(
    dismissed: Sequence[_Dismissed], failed: Sequence[FailureLine]
) -> tuple[DismissalLine, ...]:
    number = Counter(row.reason for row in dismissed)
    wrong = Counter(
        row.reason for row in dismissed if any(_came_true(row, line) for line in failed)
    )
    return tuple(DismissalLine(reason, number[reason], wrong[reason]) for reason in sorted(number))


def _came_true(row: _Dismissed, line: FailureLine) -> bool:
    is_same = row.component_id is None or line.component_id in (None, row.component_id)
    is_soon = row.at < line.at <= row.at + HORIZON
    return line.equipment_id == row.equipment_id and is_same and is_soon
