"""A small plant for tests: each call writes and commits, and gives the row or its id back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa

from app.db import Base, Database
from app.db.equipment import Component, Equipment, EquipmentClass, SensorRole
from app.db.places import Site, Team
from app.db.predictions import Forecast, PredictorVersion
from app.db.sensors import Sensor, SensorAssignment
from app.db.stop_windows import StopWindow
from app.db.training import MachineOutcome, MachineStatus, RunKind, RunState, Stage, TrainingRun
from app.db.work_orders import OrderEvidence, WorkOrder
from app.domain.roles import Actor, system
from app.domain.work_orders import OrderType, Priority, Source, State
from app.inputs.schedules import CreateSchedule
from app.inputs.users import CreateUser
from app.inputs.work_orders import RaiseWorkOrder
from app.queries import users as user_questions
from app.services import schedules, users, work_orders
from app.services.imports import uploads

PASSWORD = "correct horse battery"
Row = TypeVar("Row", bound=Base)


class Plant:
    """Things are found again by their code or tag, so naming one twice makes it once."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now

    def site(self, code: str = "north", timezone: str = "UTC") -> Site:
        """A plant."""
        return self._one(Site, {"code": code}, name=code.title(), timezone=timezone)

    def team(self, name: str = "mechanics", site: str = "north") -> Team:
        """A crew."""
        return self._one(Team, {"site_id": self.site(site).id, "name": name})

    def equipment_class(self, code: str = "pump") -> EquipmentClass:
        """A class with an hourly step and two components, `bearing` and `seal`."""
        made = self._one(
            EquipmentClass,
            {"code": code},
            name=code.title(),
            windows=[1, 3, 7],
            horizons_hours=[24, 168, 336],
            baseline_steps=30,
            attributes=["age"],
        )
        for name in ("bearing", "seal"):
            self.component(name, code, class_id=made.id)
        return made

    def component(
        self, code: str = "bearing", class_code: str = "pump", class_id: int | None = None
    ) -> Component:
        """A component of a class."""
        owner = class_id or self.equipment_class(class_code).id
        return self._one(Component, {"equipment_class_id": owner, "code": code}, name=code.title())

    def equipment(
        self,
        tag: str = "P-101",
        *,
        site: str = "north",
        class_code: str = "pump",
        team: str | None = "mechanics",
        **more: Any,
    ) -> Equipment:
        """A machine looked after by a crew."""
        key = {"site_id": self.site(site).id, "tag": tag}
        return self._one(
            Equipment,
            key,
            name=f"Pump {tag}",
            equipment_class_id=self.equipment_class(class_code).id,
            team_id=None if team is None else self.team(team, site).id,
            **more,
        )

    def sensor(
        self, machine: Equipment, code: str = "vibration", *, kind: str | None = None
    ) -> Sensor:
        """A sensor in the role of its own name."""
        role = self._one(
            SensorRole,
            {"equipment_class_id": machine.equipment_class_id, "code": code},
            name=code.title(),
        )
        made = self._one(
            Sensor,
            {"equipment_id": machine.id, "code": code},
            name=code.title(),
            kind=kind or code,
        )
        self._one(SensorAssignment, {"sensor_id": made.id}, sensor_role_id=role.id)
        return made

    def user(
        self,
        name: str,
        *roles: str,
        site: str | None = "north",
        team: str | None = None,
        password: str = PASSWORD,
    ) -> Actor:
        """A person who can log in with PASSWORD."""
        site_id = None if site is None else self.site(site).id
        team_id = None if team is None else self.team(team, site or "north").id
        given = CreateUser.parse(
            {
                "name": name,
                "display_name": name.title(),
                "roles": list(roles),
                "site_id": site_id,
                "team_id": team_id,
                "password": password,
            }
        )
        with self.database.transaction() as session:
            user_id = users.create_user(session, user=given, now=self.now, by=system("test"))
            return user_questions.actor(session, user_id=user_id)

    def order(
        self, machine: Equipment | None = None, *, by: Actor | None = None, **more: Any
    ) -> int:
        """A corrective order, open when a planner (or nobody in particular) raised it."""
        machine = machine or self.equipment()
        given = {"equipment_id": machine.id, "title": "Leak at the seal", **more}
        with self.database.transaction() as session:
            return work_orders.raise_order(
                session,
                order=RaiseWorkOrder.parse(given),
                now=self.now,
                by=by or system("test"),
            )

    def predicted_order(
        self,
        machine: Equipment | None = None,
        *,
        mode: str = "bearing",
        risk: float = 0.4,
        state: State = State.REQUESTED,
        run: TrainingRun | None = None,
    ) -> int:
        """A predictive order with the forecast behind it, as the night would have left it."""
        machine = machine or self.equipment()
        forecast = self.forecast(machine, mode=mode, risk=risk, run=run)
        with self.database.transaction() as session:
            row = WorkOrder(
                equipment_id=machine.id,
                mode=mode,
                type=OrderType.PREDICTIVE,
                source=Source.PREDICTION,
                state=state,
                priority=Priority.HIGH,
                title=f"Inspect the {mode}",
                team_id=machine.team_id,
                risk=risk,
            )
            work_orders.write_new(session, row, now=self.now, by=system("night"))
            session.add(
                OrderEvidence(
                    work_order_id=row.id,
                    run_id=forecast.run_id,
                    forecast_id=forecast.id,
                    at=self.now,
                    risk=risk,
                    threshold=0.0625,
                )
            )
            return row.id

    def run(self, site: str = "north", on: date | None = None, **more: Any) -> TrainingRun:
        """A finished night."""
        key = {
            "site_id": self.site(site).id,
            "kind": RunKind.NIGHTLY,
            "local_date": on or self.now.date(),
        }
        values: dict[str, Any] = {
            "as_of": self.now,
            "state": RunState.FINISHED,
            "stage": Stage.DONE,
            "issued_at": self.now,
            "started_at": self.now,
            "finished_at": self.now,
            "lease_owner": "test",
            "lease_expires_at": self.now,
            "engine": "loky",
            "workers": 1,
        }
        return self._one(TrainingRun, key, **{**values, **more})

    def predictor(self, machine: Equipment, run: TrainingRun | None = None) -> PredictorVersion:
        """The current predictor of a machine: the age rung, which needs no artifact."""
        run = run or self.run()
        with self.database.transaction() as session:
            older = sa.update(PredictorVersion).where(
                PredictorVersion.equipment_id == machine.id, PredictorVersion.run_id != run.id
            )
            session.execute(older.values(is_current=False))
        return self._one(
            PredictorVersion,
            {"run_id": run.id, "equipment_id": machine.id},
            as_of=run.as_of,
            created_at=run.as_of,
            fingerprint="0" * 64,
            rung="age",
            metrics={},
        )

    def forecast(
        self,
        machine: Equipment,
        *,
        mode: str = "bearing",
        risk: float = 0.4,
        run: TrainingRun | None = None,
    ) -> Forecast:
        """A forecast as issued by a night."""
        run = run or self.run()
        self._one(
            MachineOutcome,
            {"run_id": run.id, "equipment_id": machine.id},
            status=MachineStatus.TRAINED,
            recorded_at=run.as_of,
        )
        return self._one(
            Forecast,
            {"run_id": run.id, "equipment_id": machine.id, "mode": mode},
            predictor_version_id=self.predictor(machine, run).id,
            as_of=run.as_of,
            issued_at=run.as_of,
            rung="age",
            risk=risk,
            risk_hours=96.0,
            risks={"24": risk / 4, "168": risk, "336": min(1.0, risk * 1.5)},
            edges_hours=[24.0, 168.0, 336.0],
            survival=[1.0, 1 - risk / 4, 1 - risk, 1 - min(1.0, risk * 1.5)],
            rul_p10_hours=100.0,
            rul_p50_hours=400.0,
            rul_p90_hours=900.0,
            drivers=[{"sensor": "vibration", "text": "vibration is 5.1 mm/s, usually 2.0"}],
        )

    def stop_window(self, days: float = 2, **more: Any) -> StopWindow:
        """A stop of eight hours of the whole site, so many days from now."""
        start = self.now + timedelta(days=days)
        values = {"starts_at": start, "ends_at": start + timedelta(hours=8), **more}
        return self._one(
            StopWindow, {"site_id": self.site().id, "title": "Saturday stop"}, **values
        )

    def schedule(self, machine: Equipment | None = None, **more: Any) -> int:
        """A monthly service."""
        machine = machine or self.equipment()
        given = {
            "equipment_id": machine.id,
            "title": "Grease the bearings",
            "every": 1,
            "unit": "month",
            "basis": "fixed",
            "lead_days": 7,
            "starts_on": date(2026, 3, 5),
            **more,
        }
        with self.database.transaction() as session:
            return schedules.create(
                session, schedule=CreateSchedule.parse(given), now=self.now, by=system("test")
            )

    def import_file(
        self, site_id: int, kind: str = "equipment", text: str = "tag;class\nP-1;pump\n"
    ) -> int:
        """A file on its way in, as a page has received it."""
        with self.database.transaction() as session:
            return uploads.receive(
                session,
                kind=kind,
                name=f"{kind}.csv",
                content=text.encode(),
                site_id=site_id,
                now=self.now,
                by=system("test"),
            )

    def get(self, kind: type[Row], row_id: Any) -> Row:
        """A row as it stands now."""
        with self.database.reading() as session:
            return session.get_one(kind, row_id)

    def all(self, kind: type[Row], **where: Any) -> list[Row]:
        """Every row of a table that has these values, oldest first."""
        with self.database.reading() as session:
            table = sa.inspect(kind)
            asked = sa.select(kind).filter_by(**where).order_by(*table.primary_key)
            return list(session.scalars(asked))

    def _one(self, table: type[Row], key: dict[str, Any], /, **more: Any) -> Row:
        with self.database.transaction() as session:
            found = session.scalar(sa.select(table).filter_by(**key))
            if found is None:
                found = table(**key, **more)
                session.add(found)
            return found
