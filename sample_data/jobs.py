"""What a job on each component takes, and when production releases the machines. Plausible figures,
not any maker's data."""

from __future__ import annotations

from typing import NamedTuple


class JobRow(NamedTuple):
    """A job on a component: hours of work, hours until its part is there, and what helps."""

    class_code: str
    component: str
    hours: float
    part_lead_hours: float
    look_first: str
    tools: str
    parts: str


class WindowRow(NamedTuple):
    """A stop of a line, or of one machine (location ""): it begins at `hour` of the first such
    weekday (Monday = 0) and comes again every so many weeks, 0 = monthly on that weekday."""

    title: str
    location: str
    tag: str
    weekday: int
    hour: int
    hours: int
    every_weeks: int


SATURDAY, SUNDAY, WEDNESDAY, THURSDAY = 5, 6, 2, 3

JOBS = (
    JobRow(
        "pump",
        "bearing",
        4.0,
        24.0,
        "Listen at the drive end, turn the shaft by hand: play or grinding?",
        "Bearing puller, induction heater, dial gauge",
        "2 x bearing 6310-C3, grease",
    ),
    JobRow(
        "pump",
        "seal",
        3.0,
        48.0,
        "Drops below the seal gland; pressure at full flow.",
        "Seal mounting sleeve, torque wrench",
        "Mechanical seal 45 mm, O-ring set",
    ),
    JobRow(
        "pump",
        "impeller",
        6.0,
        96.0,
        "Head at closed valve against the curve on the plate.",
        "Hoist, impeller puller, feeler gauge",
        "Impeller, wear rings, gasket",
    ),
    JobRow(
        "compressor",
        "bearing",
        6.0,
        48.0,
        "Temperature of both bearing housings, metal in the oil sample.",
        "Hoist, bearing puller, alignment laser",
        "Rotor bearing set, oil filter",
    ),
    JobRow(
        "compressor",
        "valve",
        3.0,
        24.0,
        "Does the inlet valve open fully on load? Hunting of the pressure.",
        "Valve spanner, soft-jaw vice",
        "Inlet valve kit",
    ),
    JobRow(
        "conveyor",
        "bearing",
        4.0,
        24.0,
        "Warmth and noise of the drum bearings, grease that was pressed out.",
        "Puller, belt clamps, grease gun",
        "Plummer block bearing, grease",
    ),
    JobRow(
        "conveyor",
        "belt",
        3.0,
        48.0,
        "Splice, edges and tracking; slip at the drive drum.",
        "Splicing press, tension gauge",
        "Splice kit, 2 m belt",
    ),
    JobRow(
        "press",
        "hydraulic_pump",
        5.0,
        72.0,
        "Noise at full pressure, temperature of the case drain.",
        "Hoist, torque wrench, oil tray",
        "Pump cartridge, shaft seal, filter",
    ),
    JobRow(
        "press",
        "cylinder_seal",
        4.0,
        48.0,
        "Does the ram sink under load? Oil at the rod.",
        "Seal kit tools, hoist",
        "Cylinder seal kit",
    ),
)

WINDOWS = (
    WindowRow("Saturday stop", "pump-house", "", SATURDAY, 6, 8, 1),
    WindowRow("Saturday stop", "compressor-hall", "", SATURDAY, 6, 8, 1),
    WindowRow("Saturday stop", "packing", "", SATURDAY, 6, 8, 1),
    WindowRow("Saturday stop", "press-shop", "", SATURDAY, 6, 8, 1),
    WindowRow("Tool change", "press-shop", "", WEDNESDAY, 14, 5, 2),
    WindowRow("Strainer cleaning", "", "P-101", THURSDAY, 10, 4, 2),
    WindowRow("Site shutdown", "", "", SUNDAY, 6, 12, 0),
)
