"""What a night decided on a machine's modes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.equipment import Equipment
from app.db.predictions import Decision, Forecast
from app.domain.risk import HELD as HELD_BACK
from app.domain.risk import Verdict
from app.queries.predictions.basics import mode_names

# What a night would have ordered and did not.
HELD = (*sorted(HELD_BACK), Verdict.WITHHELD)


@dataclass(frozen=True, slots=True)
class DecisionView:
    """What a night decided for one machine and mode."""

    mode: str
    mode_name: str
    verdict: Verdict
    risk: float
    threshold: float
    reason: str
    order_id: int | None


def decisions(
    session: Session, *, run_ids: Iterable[int], equipment_ids: Iterable[int]
) -> dict[int, list[DecisionView]]:
    """The newest decision on each machine and mode that rests on these runs' forecasts.

    Per machine, the riskiest first. A later run that found nothing new decides on an old forecast.
    """
    found = session.execute(
        sa.select(Equipment.equipment_class_id, Decision)
        .join(Equipment, Equipment.id == Decision.equipment_id)
        .join(Forecast, Forecast.id == Decision.forecast_id)
        .where(Forecast.run_id.in_(set(run_ids)), Decision.equipment_id.in_(set(equipment_ids)))
        .order_by(Decision.run_id, Decision.id)
    ).all()
    names = mode_names(session, {class_id for class_id, _ in found})
    newest = {
        (row.equipment_id, row.mode): (row, names.get((class_id, row.mode), ""))
        for class_id, row in found
    }
    by_machine: dict[int, list[DecisionView]] = {}
    for row, name in sorted(newest.values(), key=lambda entry: (-entry[0].risk, entry[0].id)):
        by_machine.setdefault(row.equipment_id, []).append(_decision(row, name))
    return by_machine


def _decision(row: Decision, mode_name: str) -> DecisionView:
    return DecisionView(
        mode=row.mode,
        mode_name=mode_name,
        verdict=row.verdict,
        risk=row.risk,
        threshold=row.threshold,
        reason=row.reason,
        order_id=row.work_order_id,
    )
