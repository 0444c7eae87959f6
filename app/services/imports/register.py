"""Find master data by its natural key, or add it: the same for every import.

What exists stays as it is: equal facts make a row a duplicate, other facts a conflict.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from app.db.equipment import Equipment, EquipmentClass
from app.db.sensors import Sensor
from app.domain.batches import Counts, Problem
from app.domain.errors import InvalidInput, NotAllowed, RuleBroken
from app.domain.roles import Actor
from app.inputs.base import Input
from app.inputs.equipment import (
    AddComponent,
    AddRole,
    CreateClass,
    CreateEquipment,
    CreateLocation,
    CreateSite,
    CreateTeam,
    SetOrderRule,
)
from app.inputs.sensors import AssignRole, CreateSensor
from app.queries import registry
from app.services import classes, equipment, places, sensors
from app.services.imports.tables import Tables, add

ADDED = Counts(accepted=1)
FIRST_SITE = "main"
COLUMN_OF = {"equipment_class_id": "class", "location_id": "location", "team_id": "team"}


class Register:
    """Master data while an import runs; `tables` counts what was added and what was there."""

    def __init__(self, session: Session, *, now: datetime, by: Actor) -> None:
        self.session = session
        self.tables: Tables = {}
        self._deed: dict[str, Any] = {"now": now, "by": by}
        self._sites = registry.sites(session, scope=by.scope)
        self._classes = registry.classes(session)
        self._components = registry.components(session)
        self._roles = registry.roles(session)
        self._sensors = registry.sensors(session, scope=by.scope)
        self._machines = {
            (machine.site_id, machine.tag): machine.id
            for machines in registry.machines(session, scope=by.scope).values()
            for machine in machines
        }
        self._places: dict[tuple[int, str, str], int] = {}
        self._by = by

    def sites(self) -> dict[str, int]:
        """Ids of the sites in sight by code."""
        return self._sites

    def classes(self) -> dict[str, int]:
        """Ids of the classes by code."""
        return self._classes

    def known_class(self, text: str) -> str | None:
        """The code of a class that is called so but for upper case; None when there is none."""
        return next((code for code in self._classes if code.lower() == text.lower()), None)

    def site(self, code: str, *, name: str = "", timezone: str = "UTC") -> int:
        """The site's id."""
        if code not in self._sites:
            if self._by.site_id is not None:
                raise NotAllowed(f"The site {code} is not yours.")
            given = CreateSite.parse({"code": code, "name": name or code, "timezone": timezone})
            self._sites[code] = places.create_site(self.session, site=given, **self._deed)
            self._count("sites")
        return self._sites[code]

    def usual_site(self) -> str:
        """The only site there is; in an empty database `main`; InvalidInput when several."""
        if len(self._sites) > 1:
            raise InvalidInput({"site": f"name one of {', '.join(self._sites)}"})
        return next(iter(self._sites), FIRST_SITE)

    def location(self, site_id: int, code: str, name: str = "") -> int:
        """The location's id."""
        found = self._known_places(site_id, "location").get((site_id, "location", code))
        if found is None:
            given = CreateLocation.parse({"site_id": site_id, "code": code, "name": name or code})
            found = places.create_location(self.session, location=given, **self._deed)
            self._places[site_id, "location", code] = found
            self._count("locations")
        return found

    def team(self, site_id: int, name: str) -> int:
        """The team's id."""
        found = self._known_places(site_id, "team").get((site_id, "team", name))
        if found is None:
            given = CreateTeam.parse({"site_id": site_id, "name": name})
            found = places.create_team(self.session, team=given, **self._deed)
            self._places[site_id, "team", name] = found
            self._count("teams")
        return found

    def equipment_class(
        self, code: str, facts: CreateClass | None = None, rule: SetOrderRule | None = None
    ) -> int:
        """The class's id; a new one has the usual hourly step unless *facts* say otherwise."""
        if code not in self._classes:
            given = facts or CreateClass.parse({"code": code, "name": code})
            self._classes[code] = classes.create_class(
                self.session, equipment_class=given, rule=rule, **self._deed
            )
            self._count("classes")
        return self._classes[code]

    def require_step(self, class_id: int, facts: CreateClass) -> None:
        """Raise RuleBroken when the class is on record with another step."""
        held = self.session.get_one(EquipmentClass, class_id).step_minutes
        if held != facts.step_minutes:
            raise RuleBroken(
                f"The class {facts.code} steps by {held} min here; data that steps by"
                f" {facts.step_minutes} min needs another database."
            )

    def component(self, class_id: int, code: str, name: str = "") -> int:
        """The component's id."""
        if (class_id, code) not in self._components:
            given = AddComponent.parse(
                {"equipment_class_id": class_id, "code": code, "name": name or code}
            )
            made = classes.add_component(self.session, component=given, **self._deed)
            self._components[class_id, code] = made
            self._count("components")
        return self._components[class_id, code]

    def known_component(self, class_id: int, code: str) -> int | None:
        """The component's id, or None when the class has none of that code."""
        return self._components.get((class_id, code))

    def role(self, class_id: int, code: str, **facts: Any) -> int:
        """The sensor role's id."""
        if (class_id, code) not in self._roles:
            given = AddRole.parse({"equipment_class_id": class_id, "code": code, **facts})
            self._roles[class_id, code] = classes.add_role(self.session, role=given, **self._deed)
            self._count("roles")
        return self._roles[class_id, code]

    def has_role(self, class_id: int, code: str) -> bool:
        """Whether the class has a role of that code."""
        return (class_id, code) in self._roles

    def equipment(self, given: CreateEquipment, row: int = 0) -> int:
        """The machine's id."""
        found = self._machines.get((given.site_id, given.tag))
        if found is not None:
            self._compare("equipment", self.session.get_one(Equipment, found), given, row)
            return found
        made = equipment.create_equipment(self.session, equipment=given, **self._deed)
        self._machines[given.site_id, given.tag] = made
        self._count("equipment")
        return made

    def sensor(self, given: CreateSensor, role_id: int | None, row: int = 0) -> int:
        """The sensor's id; a new one fills the role from its first reading on."""
        found = self._sensors.get((given.equipment_id, given.code))
        if found is not None:
            self._compare("sensors", self.session.get_one(Sensor, found), given, row)
            return found
        made = sensors.create_sensor(self.session, sensor=given, **self._deed)
        if role_id is not None:
            fills = AssignRole(sensor_id=made, sensor_role_id=role_id)
            sensors.assign_role(self.session, role=fills, **self._deed)
        self._sensors[given.equipment_id, given.code] = made
        self._count("sensors")
        return made

    def sensor_id(self, equipment_id: int, code: str) -> int:
        """The id of a sensor; 0, which no sensor has, when it is not known."""
        return self._sensors.get((equipment_id, code), 0)

    def _known_places(self, site_id: int, kind: str) -> dict[tuple[int, str, str], int]:
        if (site_id, "", "") not in self._places:
            self._places[site_id, "", ""] = 0
            for code, row_id in registry.locations(self.session, site_id=site_id).items():
                self._places[site_id, "location", code] = row_id
            for name, row_id in registry.teams(self.session, site_id=site_id).items():
                self._places[site_id, "team", name] = row_id
        return self._places

    def _compare(self, table: str, held: object, given: Input, row: int) -> None:
        """A duplicate, or a conflict that names the first fact that differs."""
        # A name that was left out became the tag or the code: it says nothing.
        silent: tuple[Any, ...] = (
            "",
            None,
            {},
            getattr(given, "tag", None),
            getattr(given, "code", None),
        )
        for name in sorted(given.model_fields_set):
            wanted = getattr(given, name)
            if wanted not in silent and getattr(held, name) != wanted:
                kept = self._said(name, getattr(held, name))
                reason = f"is {kept} on record, not {self._said(name, wanted)}; it stays"
                problem = Problem(row, COLUMN_OF.get(name, name), reason)
                add(self.tables, table, Counts(conflict=1, problems=(problem,)))
                return
        add(self.tables, table, Counts(duplicate=1))

    def _said(self, name: str, value: Any) -> Any:
        """A fact as a file would say it: codes and names instead of ids."""
        if value is None:
            return "empty"
        if name == "equipment_class_id":
            return next((code for code, row_id in self._classes.items() if row_id == value), value)
        kind = COLUMN_OF.get(name)
        return next(
            (
                place[2]
                for place, row_id in self._places.items()
                if place[1] == kind and row_id == value
            ),
            value,
        )

    def _count(self, table: str) -> None:
        add(self.tables, table, ADDED)
