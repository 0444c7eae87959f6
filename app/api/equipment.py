"""Machines: list, one, new, change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from flask import Blueprint
from pydantic import Field
from sqlalchemy.orm import Session

from app.api.access import me, needs
from app.api.answers import Listing, Paging, listing
from app.api.contracts import asks, does
from app.context import now
from app.domain.equipment import Criticality, Status
from app.domain.tokens import TokenScope
from app.inputs.equipment import CreateEquipment, EditEquipment
from app.queries import equipment as questions
from app.queries.equipment import MachineFilters, MachineRow
from app.queries.equipment_record import EquipmentRecord, equipment_record
from app.queries.model_card import ModelCard, machine_card
from app.services import equipment

blueprint = Blueprint("equipment", __name__, url_prefix="/equipment")


class EquipmentQuery(Paging):
    """Which machines: `class` is the id of a class, `text` is looked for in tag and name."""

    class_: Annotated[int | None, Field(alias="class")] = None
    status: Status | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class EquipmentItem:
    """One machine of the list; `risk` is null until a night has spoken of it."""

    id: int
    tag: str
    name: str
    class_name: str
    site: str
    location: str
    criticality: Criticality
    status: Status
    risk: float | None
    risk_hours: float | None
    threshold: float
    open_orders: int


@blueprint.get("")
@needs(TokenScope.READ)
@asks(Listing[EquipmentItem], query=EquipmentQuery)
def index(session: Session, query: EquipmentQuery) -> Listing[EquipmentItem]:
    """Machines by tag."""
    found = questions.machines(
        session,
        scope=me().scope,
        filters=MachineFilters(query.text, query.class_, query.status),
        now=now(),
        after=query.after,
        limit=query.limit,
    )
    return listing(found, _item)


@blueprint.get("/<id:equipment_id>")
@needs(TokenScope.READ)
@asks(EquipmentRecord)
def detail(session: Session, equipment_id: int) -> EquipmentRecord:
    """One machine with everything that may be changed about it."""
    return equipment_record(session, scope=me().scope, equipment_id=equipment_id)


@blueprint.get("/<id:equipment_id>/model-card")
@needs(TokenScope.READ)
@asks(ModelCard)
def model_card(session: Session, equipment_id: int) -> ModelCard:
    """What a machine's predictions are worth: as issued and, apart from it, back-tested."""
    return machine_card(session, scope=me().scope, equipment_id=equipment_id, now=now())


@blueprint.post("")
@needs(TokenScope.WRITE)
@does(EquipmentRecord, body=CreateEquipment, status=201)
def create(session: Session, body: CreateEquipment) -> EquipmentRecord:
    """Add a machine."""
    made = equipment.create_equipment(session, equipment=body, now=now(), by=me())
    return equipment_record(session, scope=me().scope, equipment_id=made)


@blueprint.patch("/<id:equipment_id>")
@needs(TokenScope.WRITE)
@does(EquipmentRecord, body=EditEquipment, is_versioned=True)
def edit(
    session: Session, equipment_id: int, body: EditEquipment, version: int | None
) -> EquipmentRecord:
    """Change what is sent; what is not sent stays as it is."""
    equipment.edit_equipment(
        session,
        equipment_id=equipment_id,
        changes=body,
        expected_version=version,
        now=now(),
        by=me(),
    )
    return equipment_record(session, scope=me().scope, equipment_id=equipment_id)


def _item(row: MachineRow) -> EquipmentItem:
    return EquipmentItem(
        id=row.id,
        tag=row.tag,
        name=row.name,
        class_name=row.class_name,
        site=row.site_code,
        location=row.location,
        criticality=row.criticality,
        status=row.status,
        risk=row.risk,
        risk_hours=row.risk_hours,
        threshold=row.threshold,
        open_orders=row.open_orders,
    )
