"""Every kind of file that can be imported, in the order a new plant sends them."""

from __future__ import annotations

from app.domain.errors import NotFound
from app.services.imports import equipment, failures, readings, sensors, services, work_orders
from app.services.imports.kind import Kind

KINDS: dict[str, Kind] = {
    kind.code: kind
    for kind in (
        equipment.KIND,
        sensors.KIND,
        readings.KIND,
        failures.KIND,
        services.KIND,
        work_orders.KIND,
    )
}


def kind_of(code: str) -> Kind:
    """The kind of that code; raise NotFound."""
    if code not in KINDS:
        raise NotFound(f"There is no kind of file {code}.")
    return KINDS[code]
