"""What machines hang on, by id and code: sites, and classes with their components and roles."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing
from app.api.contracts import asks
from app.domain.tokens import TokenScope
from app.queries import registry

blueprint = Blueprint("register", __name__)


@dataclass(frozen=True, slots=True)
class Coded:
    """Something with an id, and the code people know it by."""

    id: int
    code: str


@dataclass(frozen=True, slots=True)
class EquipmentClassItem:
    """A class of equipment; a component's code names a failure mode."""

    id: int
    code: str
    components: list[Coded]
    sensor_roles: list[Coded]


@blueprint.get("/sites")
@needs(TokenScope.READ)
@asks(Listing[Coded])
def sites(session: Session) -> Listing[Coded]:
    """The sites this token reaches."""
    known = registry.sites(session, scope=me().scope)
    return Listing([Coded(site_id, code) for code, site_id in known.items()], None)


@blueprint.get("/equipment-classes")
@needs(TokenScope.READ)
@asks(Listing[EquipmentClassItem])
def equipment_classes(session: Session) -> Listing[EquipmentClassItem]:
    """The classes of equipment; they belong to no site."""
    parts, roles = registry.components(session), registry.roles(session)
    items = [
        EquipmentClassItem(class_id, code, _of(parts, class_id), _of(roles, class_id))
        for code, class_id in registry.classes(session).items()
    ]
    return Listing(sorted(items, key=lambda item: item.id), None)


def _of(known: dict[tuple[int, str], int], class_id: int) -> list[Coded]:
    found = [Coded(row_id, code) for (owner, code), row_id in known.items() if owner == class_id]
    return sorted(found, key=lambda item: item.id)
