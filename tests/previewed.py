"""The nights of one pump, what happens to it, and what a rule would have done: for previews."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from app.db import Database
from app.db.predictions import Forecast, PredictorVersion
from app.db.records import Failure, ServiceRecord
from app.db.training import RunKind, TrainingRun
from app.db.work_orders import Finding, WorkOrder
from app.domain.instants import to_micros
from app.domain.previews import Fate
from app.domain.risk import Basis, Gate, OrderRule
from app.domain.roles import EVERYWHERE
from app.domain.work_orders import OrderType, Outcome, Source, State
from app.queries.back_tests import BackTestGroup
from app.queries.rule_previews import Preview, Shelf, rule_preview
from app.services import back_tests
from tests.forecasts import WrittenNight
from tests.plant import Plant

DAY = timedelta(days=1)
UTC_ZONE = ZoneInfo("UTC")
PLAIN = OrderRule(basis=Basis.THRESHOLD, risk_threshold=0.3, weekly_budget=None)
FIRST = datetime(2025, 3, 1, 2, tzinfo=UTC)


class Nights:
    """Nights of one pump of the plant, with what happens to it, and the preview of a rule."""

    def __init__(self, make: Plant, database: Database, now: datetime) -> None:
        self.make, self.database, self.now = make, database, now
        self.pump = make.equipment()
        self.written = WrittenNight(database, now)
        self.shelf = Shelf()

    def night(self, days_ago: float, risk: float = 0.5, *, tag: str = "P-101", **more: Any) -> None:
        """A punctual nightly forecast of the bearing, so many days before now."""
        told: dict[str, Any] = {
            "gate": Gate.OPEN,
            "rung": "class_hazard",
            "without": (),
            "standing": (),
            "is_in_order": True,
        }
        kind = more.pop("kind", RunKind.NIGHTLY)
        late = more.pop("late", timedelta(0))
        run_id = self.written.tell({(tag, "bearing"): risk}, days=-days_ago, **(told | more))
        with self.database.transaction() as session:
            run = session.get_one(TrainingRun, run_id)
            run.kind = kind
            for row in session.query(Forecast).filter_by(run_id=run_id):
                row.issued_at = row.as_of + late

    def is_back_tested(
        self, first: float, last: float, risk: float = 0.5, *, tag: str = "P-101", **more: Any
    ) -> None:
        """What a predictor made now would have said of the bearing, night by night: risk within
        14 days. A class whose gate is *gate* has tried it."""
        told = {"rung": "class_hazard", "gate": Gate.OPEN, "mode": "bearing"} | more
        at = [to_micros(self.now - days * DAY) for days in np.arange(first, last - 1, -1.0)]
        survival = np.full((len(at), 1), 1 - risk, dtype=np.float32)
        group = BackTestGroup((told["mode"],), (1.0,), told["rung"], np.array(at), survival)
        run_id = self.written.tell(
            {(tag, "bearing"): 0.0},
            days=-0.5,
            gate=told["gate"],
            rung="class_hazard",
            without=(),
            standing=(),
            is_in_order=True,
        )
        with self.database.transaction() as session:
            version = session.query(PredictorVersion).filter_by(run_id=run_id).one()
            back_tests.keep(
                session,
                equipment_id=version.equipment_id,
                version_id=version.id,
                edges_hours=[336.0],
                groups=[group],
                is_light=False,
                now=self.now,
            )

    def fails(self, days_ago: float, component: str | None = "bearing") -> None:
        """The pump fails."""
        self._add(Failure, days_ago, component)

    def is_serviced(self, days_ago: float, component: str | None = "bearing") -> None:
        """A part of the pump is replaced."""
        self._add(ServiceRecord, days_ago, component)

    def is_inspected(self, days_ago: float, outcome: Outcome) -> None:
        """The order really raised for the bearing is closed."""
        at = self.now - days_ago * DAY
        with self.database.transaction() as session:
            order = WorkOrder(
                equipment_id=self.pump.id,
                mode="bearing",
                type=OrderType.PREDICTIVE,
                source=Source.PREDICTION,
                state=State.CLOSED,
                title="Inspect",
                created_at=at,
            )
            session.add(order)
            session.flush()
            session.add(
                Finding(
                    work_order_id=order.id,
                    equipment_id=self.pump.id,
                    at=at,
                    outcome=outcome,
                    recorded_at=at,
                )
            )

    def preview(self, rule: OrderRule = PLAIN, **more: Any) -> Preview:
        """What the rule would have done."""
        with self.database.reading() as session:
            return rule_preview(
                session,
                **({"scope": EVERYWHERE, "class_id": self.pump.equipment_class_id} | more),
                rule=rule,
                in_force=PLAIN,
                shelf=self.shelf,
                now=self.now,
                zone=UTC_ZONE,
            )

    def fates(self, rule: OrderRule = PLAIN) -> list[Fate]:
        """What became of the orders, the oldest first."""
        return [order.fate for order in reversed(self.preview(rule).orders)]

    def _add(self, kind: Any, days_ago: float, component: str | None) -> None:
        at = self.now - days_ago * DAY
        part = None if component is None else self.make.component(component).id
        with self.database.transaction() as session:
            session.add(kind(equipment_id=self.pump.id, component_id=part, at=at, recorded_at=at))
