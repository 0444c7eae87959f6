"""The four classes of the plant, as facts. Figures are plausible, not any maker's data."""

from __future__ import annotations

from sample_data import roles
from sample_data.facts import ClassFacts, ComponentFacts, Ending, Service
from sample_data.rows import CostsRow, LocationRow, SiteRow, TeamRow

SITE = SiteRow("riverside", "Riverside", "Europe/Berlin")
LOCATIONS = (
    LocationRow("pump-house", "Pump house", SITE.code),
    LocationRow("compressor-hall", "Compressor hall", SITE.code),
    LocationRow("packing", "Packing lines", SITE.code),
    LocationRow("press-shop", "Press shop", SITE.code),
)
TEAMS = (
    TeamRow("utilities", "Utilities crew", SITE.code),
    TeamRow("production", "Production crew", SITE.code),
)

WEAR = Ending("VIB", "wear")
BREAKAGE = Ending("BRD", "breakage")
ELECTRICAL = Ending("BRD", "electrical")

PUMP = ClassFacts(
    code="pump",
    name="Centrifugal pump",
    prefix="P",
    first_number=101,
    roles=(
        roles.vibration(2.2, 0.22, 1.0),
        roles.temperature(
            "bearing_temperature", "Bearing temperature", 52.0, 1.2, 12.0, 0.35, "bearing"
        ),
        roles.current(40.0, 0.8, 28.0),
        roles.pressure("discharge_pressure", "Discharge pressure", 6.4, 0.10, -1.2),
        roles.flow(120.0, 2.0, 90.0),
    ),
    components=(
        ComponentFacts(
            "bearing",
            "Bearing",
            70.0,
            0.35,
            (8.0, 20.0),
            {"vibration": 3.2, "bearing_temperature": 14.0},
            WEAR,
            BREAKAGE,
            0.70,
            Service("Replace pump bearings", 100, "floating", "replace", 4),
            "W21",
        ),
        ComponentFacts(
            "seal",
            "Shaft seal",
            300.0,
            0.45,
            (5.0, 15.0),
            {"discharge_pressure": -1.7, "vibration": 0.6},
            Ending("ELP", "leakage"),
            Ending("ELP", "breakage"),
            0.35,
            Service("Exchange shaft seal", 300, "fixed", "replace", 3),
            "W22",
        ),
        ComponentFacts(
            "impeller",
            "Impeller",
            520.0,
            0.40,
            (10.0, 20.0),
            {"vibration": 2.2, "discharge_pressure": -0.8},
            Ending("LOO", "erosion"),
            BREAKAGE,
            0.15,
            Service("Overhaul hydraulic end", 365, "fixed", "overhaul", 6),
            "W23",
        ),
    ),
    costs=CostsRow(180.0, 900.0, 4_500.0),
    location="pump-house",
    team="utilities",
    shifts=0.6,
    duties=("Cooling water pump", "Process water pump", "Boiler feed pump", "Booster pump"),
    makes=(("Halden", "HC-80"), ("Halden", "HC-100"), ("Norvik", "N4-125")),
    downtime_cost_per_hour=250.0,
)

COMPRESSOR = ClassFacts(
    code="compressor",
    name="Screw compressor",
    prefix="C",
    first_number=201,
    roles=(
        roles.vibration(3.0, 0.28, 1.2),
        roles.temperature(
            "bearing_temperature", "Bearing temperature", 62.0, 1.2, 12.0, 0.30, "bearing"
        ),
        roles.temperature("oil_temperature", "Oil temperature", 72.0, 1.0, 10.0, 0.40),
        roles.current(85.0, 1.5, 55.0),
        roles.pressure("discharge_pressure", "Discharge pressure", 7.5, 0.08, -0.7),
        roles.flow(620.0, 8.0, 400.0),
    ),
    components=(
        ComponentFacts(
            "bearing",
            "Rotor bearing",
            72.0,
            0.35,
            (8.0, 20.0),
            {"vibration": 3.8, "bearing_temperature": 15.0},
            WEAR,
            BREAKAGE,
            0.88,
            Service("Replace rotor bearings", 100, "floating", "replace", 6),
            "W31",
        ),
        ComponentFacts(
            "valve",
            "Inlet valve",
            250.0,
            0.40,
            (5.0, 14.0),
            {"discharge_pressure": -1.3, "oil_temperature": 9.0},
            Ending("LOO", "sticking"),
            ELECTRICAL,
            0.45,
            Service("Exchange inlet valve kit", 240, "fixed", "replace", 3),
            "W32",
        ),
    ),
    costs=CostsRow(220.0, 1_400.0, 7_000.0),
    location="compressor-hall",
    team="utilities",
    shifts=0.8,
    duties=("Plant air compressor", "Instrument air compressor", "Blow-moulding compressor"),
    makes=(("Aermark", "S75"), ("Aermark", "S90"), ("Tolvan", "TR-75")),
    downtime_cost_per_hour=400.0,
)

CONVEYOR = ClassFacts(
    code="conveyor",
    name="Belt conveyor",
    prefix="V",
    first_number=301,
    roles=(
        roles.vibration(1.8, 0.20, 0.8),
        roles.temperature(
            "bearing_temperature", "Bearing temperature", 45.0, 1.2, 10.0, 0.50, "bearing"
        ),
        roles.current(22.0, 0.6, 9.0),
        roles.belt_speed(1.6, 0.02, 0.5),
    ),
    components=(
        ComponentFacts(
            "bearing",
            "Drum bearing",
            265.0,
            0.40,
            (7.0, 20.0),
            {"vibration": 2.8, "bearing_temperature": 15.0},
            WEAR,
            BREAKAGE,
            0.40,
            Service("Replace drum bearings", 270, "floating", "replace", 4),
            "W41",
        ),
        ComponentFacts(
            "belt",
            "Belt",
            70.0,
            0.35,
            (8.0, 20.0),
            {"motor_current": 11.0, "vibration": 0.5},
            Ending("STD", "wear"),
            Ending("STD", "breakage"),
            0.99,
            Service("Re-splice and tension belt", 100, "fixed", "refit", 3),
            "W42",
        ),
    ),
    costs=CostsRow(120.0, 600.0, 3_000.0),
    location="packing",
    team="production",
    shifts=1.0,
    duties=("Infeed conveyor", "Packing conveyor", "Pallet conveyor", "Sorting conveyor"),
    makes=(("Bandra", "B800"), ("Bandra", "B1200"), ("Lidko", "LK-6")),
    downtime_cost_per_hour=300.0,
)

PRESS = ClassFacts(
    code="press",
    name="Hydraulic press",
    prefix="H",
    first_number=401,
    roles=(
        roles.vibration(2.6, 0.25, 0.8),
        roles.temperature("oil_temperature", "Oil temperature", 52.0, 0.9, 8.0, 0.35),
        roles.current(65.0, 1.2, 35.0),
        roles.pressure("hydraulic_pressure", "Hydraulic pressure", 180.0, 1.5, 22.0),
        roles.cycle_time(14.0, 0.25, -6.0),
    ),
    components=(
        ComponentFacts(
            "hydraulic_pump",
            "Hydraulic pump",
            68.0,
            0.35,
            (8.0, 20.0),
            {"vibration": 3.4, "oil_temperature": 12.0},
            Ending("LOO", "wear"),
            BREAKAGE,
            0.80,
            Service("Replace hydraulic pump cartridge", 95, "floating", "replace", 5),
            "W51",
        ),
        ComponentFacts(
            "cylinder_seal",
            "Cylinder seal",
            235.0,
            0.40,
            (5.0, 15.0),
            {"hydraulic_pressure": -32.0, "oil_temperature": 6.0},
            Ending("INL", "leakage"),
            Ending("INL", "breakage"),
            0.45,
            Service("Exchange cylinder seals", 240, "fixed", "replace", 4),
            "W52",
        ),
    ),
    costs=CostsRow(250.0, 1_600.0, 8_000.0),
    location="press-shop",
    team="production",
    shifts=1.0,
    duties=("Forming press", "Trimming press", "Embossing press"),
    makes=(("Kessmer", "KP-160"), ("Kessmer", "KP-250"), ("Drumond", "D200")),
    downtime_cost_per_hour=600.0,
)

CLASSES = (PUMP, COMPRESSOR, CONVEYOR, PRESS)
