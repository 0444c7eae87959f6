"""What the ledger assumes: in force at any moment, with the history of who changed what and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.audit import AuditRow
from app.db.savings import SavingsAssumption
from app.domain.savings import Running, Terms, running_costs

ENTITY = "savings_assumption"


@dataclass(frozen=True, slots=True)
class AssumptionView:
    """One entry of the history; a figure of None is the calculator's own proposal."""

    id: int
    effective_at: datetime
    system_cost_per_year: float | None
    set_up_cost: float | None
    life_given_up_share: float | None
    reason: str
    by_name: str


@dataclass(frozen=True, slots=True)
class AssumptionBook:
    """Every set of assumptions, rising by its moment; *proposed* fills what nobody entered."""

    entries: tuple[AssumptionView, ...]
    proposed: Terms

    def entry(self, moment: datetime) -> AssumptionView | None:
        """The entry in force at *moment*; None before the first."""
        return next((e for e in reversed(self.entries) if e.effective_at <= moment), None)

    def at(self, moment: datetime) -> Terms:
        """What is assumed of *moment*."""
        return self._terms(self.entry(moment))

    def running(self, since: datetime, until: datetime) -> tuple[Running, ...]:
        """The running cost of the system in [since, until), by what was in force when."""
        costs = [(since, self.proposed.system_cost_per_year)]
        costs += [(e.effective_at, self._terms(e).system_cost_per_year) for e in self.entries]
        return running_costs(costs, since, until)

    def _terms(self, entry: AssumptionView | None) -> Terms:
        if entry is None:
            return self.proposed
        return Terms(
            _or(entry.system_cost_per_year, self.proposed.system_cost_per_year),
            _or(entry.set_up_cost, self.proposed.set_up_cost),
            _or(entry.life_given_up_share, self.proposed.life_given_up_share),
        )


def assumptions(session: Session) -> tuple[AssumptionView, ...]:
    """The history, rising by the moment each entry came into force."""
    rows = session.scalars(
        sa.select(SavingsAssumption).order_by(SavingsAssumption.effective_at, SavingsAssumption.id)
    ).all()
    names = _authors(session, [row.id for row in rows])
    return tuple(
        AssumptionView(
            id=row.id,
            effective_at=row.effective_at,
            system_cost_per_year=row.system_cost_per_year,
            set_up_cost=row.set_up_cost,
            life_given_up_share=row.life_given_up_share,
            reason=row.reason,
            by_name=names.get(row.id, ""),
        )
        for row in rows
    )


def newest_id(session: Session) -> int | None:
    """The last entry made, whenever it comes into force: what a form saw when it was drawn."""
    return session.scalar(sa.select(sa.func.max(SavingsAssumption.id)))


def _or(stated: float | None, proposed: float) -> float:
    return proposed if stated is None else stated


def _authors(session: Session, row_ids: Sequence[int]) -> dict[int, str]:
    rows = session.execute(
        sa.select(AuditRow.entity_id, AuditRow.by_name).where(
            AuditRow.entity == ENTITY, AuditRow.entity_id.in_([str(id_) for id_ in row_ids])
        )
    )
    return {int(entity_id): name for entity_id, name in rows}
