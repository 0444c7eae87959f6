"""What breaks the invariants of the order policy, for the test that breaks each of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.db.back_tests import BackTest
from app.db.conditions import ConditionLimit
from app.db.equipment import EquipmentClass, OrderRuleRow, SensorRole
from app.db.places import Site
from app.db.predictions import Decision, Forecast, PredictorVersion
from app.db.storms import Storm
from app.db.work_orders import WorkOrder
from app.domain.conditions import Side
from app.domain.risk import Verdict
from app.domain.work_orders import OrderType, Source, State


def _absorbed_by_nobody(session: Session) -> None:
    """Its order has no evidence of that night's forecast."""
    _decide(session, Verdict.ABSORBED, order_id=_inspection(session).id)


def _forged_back_test(session: Session) -> None:
    version = session.scalars(sa.select(PredictorVersion).order_by(PredictorVersion.id)).first()
    assert version is not None
    row = BackTest(
        equipment_id=version.equipment_id,
        predictor_version_id=version.id,
        since=version.as_of,
        until=version.as_of,
        made_at=version.as_of,
        digest="not that of nothing",
        content=b"",
    )
    session.add(row)


def _two_storms(session: Session) -> None:
    for _ in range(2):
        _storm(session, class_id=None)


def _raised_without_a_word(session: Session) -> None:
    _storm(session, class_id=session.scalars(sa.select(EquipmentClass.id)).first())
    _decide(session, Verdict.HELD_STORM, order_id=1)


def _two_of_a_limit(session: Session) -> None:
    session.execute(sa.text("DROP INDEX uq_work_order_open_condition"))
    limit = _limit(session)
    for _ in range(2):
        _inspection(session, source=Source.CONDITION, condition_limit_id=limit.id)


def _limit_of_another_class(session: Session) -> None:
    other = EquipmentClass(
        code="fan", name="Fan", windows=[1], horizons_hours=[24], baseline_steps=1, attributes=[]
    )
    session.add(other)
    session.flush()
    limit = _limit(session)
    limit.equipment_class_id = other.id
    _inspection(session, source=Source.CONDITION, condition_limit_id=limit.id)


def _withdrawn_too_late(session: Session) -> None:
    """It had been in force for a day, and nobody says why."""
    class_id = session.scalars(sa.select(EquipmentClass.id)).first()
    since = datetime(2026, 3, 1, tzinfo=UTC)
    session.add(
        OrderRuleRow(
            equipment_class_id=class_id,
            effective_at=since,
            withdrawn_at=since + timedelta(days=1),
            weekly_budget=3,
        )
    )
    session.flush()


POLICY_BREAKERS: dict[str, Callable[[Session], None]] = {
    "a back-test is whole and ends before the first forecast": _forged_back_test,
    "an absorbed decision joins work of its machine": _absorbed_by_nobody,
    "one storm waits over a class": _two_storms,
    "an order of a storm is raised once, on a word": _raised_without_a_word,
    "one open order per machine and limit": _two_of_a_limit,
    "an order of a limit fits it": _limit_of_another_class,
    "a withdrawn rule was never in force": _withdrawn_too_late,
}


def _decide(session: Session, verdict: Verdict, *, order_id: int) -> None:
    told = session.scalars(sa.select(Forecast).where(Forecast.mode == "bearing")).one()
    session.add(
        Decision(
            run_id=told.run_id,
            equipment_id=told.equipment_id,
            mode=told.mode,
            forecast_id=told.id,
            work_order_id=order_id,
            verdict=verdict,
            risk=told.risk,
            threshold=0.1,
            reason="",
        )
    )
    session.flush()


def _storm(session: Session, *, class_id: int | None) -> None:
    told = session.scalars(sa.select(Forecast).order_by(Forecast.id).limit(1)).one()
    site_id = session.scalars(sa.select(Site.id).order_by(Site.id).limit(1)).one()
    session.add(
        Storm(
            run_id=told.run_id,
            site_id=site_id,
            equipment_class_id=class_id,
            at=told.as_of,
            wanted=3,
            machines=3,
            share=0.3,
            cause="",
        )
    )
    session.flush()


def _limit(session: Session) -> ConditionLimit:
    role = session.scalars(sa.select(SensorRole).order_by(SensorRole.id).limit(1)).one()
    row = ConditionLimit(
        equipment_class_id=role.equipment_class_id,
        sensor_role_id=role.id,
        side=Side.ABOVE,
        value=7.0,
        hours=3,
    )
    session.add(row)
    session.flush()
    return row


def _inspection(session: Session, **more: object) -> WorkOrder:
    first = session.get_one(WorkOrder, 1)
    values = {"source": Source.PERSON, "created_at": first.created_at, **more}
    row = WorkOrder(
        equipment_id=first.equipment_id,
        type=OrderType.INSPECTION,
        state=State.OPEN,
        title="Look at it",
        **values,
    )
    session.add(row)
    session.flush()
    return row
