"""The vocabulary of maintenance short texts: abbreviations, systems, signs of failure, remedies.

Everything is written in plain words; `order_text` reduces both these and the texts to stems.
"""

from __future__ import annotations

from collections.abc import Mapping

from app.domain.activities import Activity
from app.domain.work_orders import Function, OrderType

# What crews write, and what they mean. An empty meaning says where, not what.
ABBREVIATIONS: Mapping[str, str] = {
    "a/c": "aircon",
    "ac": "aircon",
    "accum": "accumulator",
    "airconditioner": "aircon",
    "alt": "alternator",
    "bkn": "broken",
    # A block is a part, blocked is a state.
    "blocked": "blockage",
    "blocking": "blockage",
    "bkt": "bucket",
    "brg": "bearing",
    "brgs": "bearing",
    "c/o": "changeout",
    "c/out": "changeout",
    "comp": "compressor",
    "cond": "conditioner",
    "conv": "conveyor",
    "cyl": "cylinder",
    "cyls": "cylinder",
    "d/shaft": "driveshaft",
    "elec": "electrical",
    "eng": "engine",
    "engs": "engine",
    "exh": "exhaust",
    "f/drive": "final drive",
    "gbox": "gearbox",
    "gbx": "gearbox",
    "h/rail": "handrail",
    "h/rails": "handrail",
    "hyd": "hydraulic",
    "hyds": "hydraulic",
    "hydraulics": "hydraulic",
    "l/h": "",
    "lh": "",
    "lhs": "",
    "mtr": "motor",
    "n/w": "not working",
    "o/h": "overhaul",
    "o/heat": "overheating",
    "o/heating": "overheating",
    "o/temp": "overtemp",
    "r/h": "",
    "rad": "radiator",
    "repl": "replace",
    "rh": "",
    "rhs": "",
    "susp": "suspension",
    "svc": "service",
    "svce": "service",
    "trans": "transmission",
    "turbo": "turbocharger",
    "u/s": "unserviceable",
    "us": "unserviceable",
    "vib": "vibration",
    "vlv": "valve",
    "w/screen": "windscreen",
}

# System: words that name it, and parts that belong to it more often than to another.
SYSTEMS: Mapping[str, tuple[str, str]] = {
    "Air conditioning": ("aircon, air con, air conditioner, air conditioning", "condenser, heater"),
    "Bearing": ("bearing", ""),
    "Belt": ("conveyor belt", "belt"),
    "Boom and stick": ("boom, stick, arm", "pivot pin"),
    "Brakes": ("brake", ""),
    "Bucket": (
        "bucket, tooth, teeth, clam, lip shroud, ground engaging",
        "lip, adaptor, adapter, keeper, shroud, wing",
    ),
    "Cab": (
        "cab, cabin, seat, windscreen, wiper, window",
        "door, horn, radio, glass, mirror, camera, joystick, pressuriser",
    ),
    "Coupling": ("coupling", ""),
    "Driveshaft": ("driveshaft, drive shaft, cardan", ""),
    "Electrical": (
        "electrical, electrics, wiring, light, battery, batteries, alternator",
        "switch, alarm, sensor, sender, gauge, relay, fuse, isolator, timer, card, cable, harness,"
        " solenoid, indicator",
    ),
    "Engine": (
        "engine, starter, jump start",
        "start, injector, dipstick, idle, piston, crankshaft, fan belt, water pump, tune up",
    ),
    "Final drive": ("final drive, propel, travel motor", "travel"),
    "Fire suppression": ("fire suppression, fire, extinguisher", "suppression"),
    "Fuel system": ("fuel, diesel", "fuel pump"),
    "Gearbox": ("gearbox", "gear"),
    "Grease system": ("grease, lube, lubrication, auto lube", "injector block, nipple"),
    "Hydraulic cylinders": ("cylinder, ram", "gland, rod end"),
    "Hydraulic system": (
        "hydraulic, servo, control valve, hose",
        "manifold, oil cooler, valve, pump, accumulator, pilot, oil leak, fitting",
    ),
    "Impeller": ("impeller", ""),
    "Induction and exhaust": (
        "exhaust, muffler, intake, air cleaner, induction",
        "air filter, air box, manifold",
    ),
    "Motor": ("motor, winding", "stator, rotor"),
    "Pump": ("pump", ""),
    "Radiator": ("radiator, coolant", "thermostat, header tank, aftercooler, overheating"),
    "Seal": ("mechanical seal, shaft seal, packing", "seal"),
    "Slew": ("slew, swing", ""),
    "Superstructure": (
        "handrail, ladder, stair, walkway, deck, superstructure, counterweight, catwalk",
        "step, access, guard, cover, frame, bracket, plate",
    ),
    "Transmission": ("transmission, pto, clutch", "gearbox"),
    "Turbochargers": ("turbocharger", ""),
    "Undercarriage": (
        "track, undercarriage, roller, idler, sprocket",
        "tensioner, track adjuster, chain, grouser",
    ),
    "Valve": ("valve", ""),
}
"""Names a plant without components of its own may be given; also synonyms of like-named ones."""

HOUSEHOLD = frozenset({"Bearing", "Belt", "Coupling", "Impeller", "Motor", "Pump", "Seal", "Valve"})
"""Parts that nearly every system has: proposed for a class that has them, never made up."""

CARRIERS = frozenset({"Boom and stick", "Bucket", "Engine", "Hydraulic system"})
"""Other systems sit on these, so that their names are often said only to tell where."""
ON_A_CARRIER = 0.75

# Words of names that point elsewhere as often when they stand alone.
VAGUE = "air, charge, drive, electric, final, fuel, main, oil, power, pressure, side, water"

# Words that stand in many names and say nothing about which component it is.
EMPTY = "and, or, of, the, a, on, in, system, systems, assembly, assy, unit, group, other, misc"

# How surely a phrase says what became of the function. Two phrases are surer than one.
SIGNS: Mapping[Function, Mapping[str, float]] = {
    Function.LOST: {
        "blown": 0.75,
        "break down": 0.9,
        "breakdown": 0.9,
        "broke": 0.8,
        "broken": 0.8,
        "burst": 0.9,
        "bust": 0.8,
        "collapsed": 0.85,
        "come off": 0.7,
        "coming off": 0.6,
        "dead": 0.8,
        "fail": 0.85,
        "failure": 0.85,
        "fall off": 0.8,
        "fallen": 0.75,
        "fell off": 0.8,
        "jump start": 0.75,
        "locked up": 0.8,
        "lost": 0.65,
        "melted": 0.75,
        "no charge": 0.7,
        "no drive": 0.85,
        "no flow": 0.8,
        "no hydraulic": 0.85,
        "no power": 0.85,
        "no pressure": 0.8,
        "no start": 0.9,
        "not": 0.5,
        "not working": 0.85,
        "ripped off": 0.8,
        "seized": 0.9,
        "sheared": 0.85,
        "short circuit": 0.75,
        "shut down": 0.75,
        "shutting down": 0.75,
        "smashed": 0.75,
        "snapped": 0.85,
        "stopped": 0.7,
        "stuck": 0.65,
        "torn off": 0.8,
        "tripped": 0.65,
        "unserviceable": 0.75,
        "will not": 0.75,
        "wont": 0.8,
        "wont start": 0.9,
    },
    Function.DEGRADED: {
        "acc dam": 0.5,
        "accident": 0.5,
        "alarm": 0.4,
        "bent": 0.6,
        "blockage": 0.55,
        "chafed": 0.6,
        "contaminated": 0.55,
        "contamination": 0.55,
        "corroded": 0.65,
        "crack": 0.7,
        "creep": 0.5,
        "damage": 0.6,
        "erratic": 0.65,
        "fault": 0.55,
        "faulty": 0.65,
        "hard to start": 0.6,
        "high temp": 0.6,
        "holed": 0.65,
        "hot": 0.45,
        "intermittent": 0.65,
        "lacking": 0.65,
        "leak": 0.75,
        "loose": 0.65,
        "losing": 0.5,
        "low": 0.45,
        "missing": 0.5,
        "noise": 0.65,
        "noisy": 0.65,
        "overheat": 0.7,
        "overtemp": 0.7,
        "problem": 0.45,
        "rattle": 0.6,
        "rough": 0.5,
        "rubbed": 0.5,
        "slow": 0.55,
        "smoke": 0.65,
        "split": 0.65,
        "sticking": 0.55,
        "temp high": 0.6,
        "vibrating": 0.7,
        "vibration": 0.7,
        "warning": 0.4,
        "weak": 0.55,
        "weep": 0.65,
        "worn": 0.65,
    },
    Function.NONE: {
        "adjust": 0.35,
        "calibrate": 0.75,
        "calibration": 0.75,
        "campaign": 0.7,
        "capital": 0.75,
        "change out": 0.5,
        "changeout": 0.5,
        "check": 0.4,
        "clean": 0.5,
        "condition monitoring": 0.75,
        "cost to": 0.7,
        "fabricate": 0.6,
        "fit additional": 0.7,
        "grease all": 0.6,
        "inspect": 0.65,
        "inspection": 0.7,
        "install": 0.6,
        "investigate": 0.35,
        "lubricate": 0.6,
        "measure": 0.65,
        "modification": 0.7,
        "modify": 0.65,
        "oil sample": 0.75,
        "overhaul": 0.55,
        "paint": 0.65,
        "pm": 0.5,
        "preventive": 0.8,
        "project": 0.6,
        "rebuild": 0.5,
        "relocate": 0.65,
        "routine": 0.75,
        "sample": 0.6,
        "scheduled": 0.75,
        "service": 0.65,
        "test": 0.4,
        "trial": 0.6,
        "upgrade": 0.75,
        "wash": 0.6,
    },
}

# Corrective work that only says what was done: something was wrong, nobody wrote how wrong.
REMEDY_ONLY = 0.35
REMEDIES = "replace, repair, fix, rectify, reseal, re seal, refit, reweld, weld, swap, change"

# A type says by itself that the work was planned.
PLANNED_TYPES: Mapping[OrderType, float] = {
    OrderType.PREVENTIVE: 0.6,
    OrderType.INSPECTION: 0.6,
    OrderType.CALIBRATION: 0.7,
    OrderType.SAFETY: 0.4,
    OrderType.PROJECT: 0.7,
}

# Which failure mode (ISO 14224, trimmed) the words speak of; the first that matches.
MODES: Mapping[str, str] = {
    "fail to start": "FTS",
    "wont start": "FTS",
    "no start": "FTS",
    "jump start": "FTS",
    "not start": "FTS",
    "fail to stop": "STP",
    "wont stop": "STP",
    "leak": "ELU",
    "weep": "ELU",
    "burst": "ELU",
    "blown": "ELU",
    "vibration": "VIB",
    "noise": "NOI",
    "noisy": "NOI",
    "overheat": "OHE",
    "over temp": "OHE",
    "overtemp": "OHE",
    "blockage": "PLU",
    "plugged": "PLU",
    "slow": "LOO",
    "lacking": "LOO",
    "no power": "LOO",
    "erratic": "ERO",
    "intermittent": "ERO",
    "structural integrity": "STD",
    "crack": "STD",
    "bent": "STD",
    "broken": "BRD",
    "broke": "BRD",
    "seized": "BRD",
    "breakdown": "BRD",
    "not working": "FTF",
    "wont": "FTF",
    "unserviceable": "FTF",
}

# Remedies that make a component new, when it is the component itself they were done to.
RENEWALS: Mapping[str, Activity] = {
    "replace": Activity.REPLACE,
    "changeout": Activity.REPLACE,
    "change out": Activity.REPLACE,
    "swap": Activity.REPLACE,
    "renew": Activity.REPLACE,
    "overhaul": Activity.OVERHAUL,
    "rebuild": Activity.OVERHAUL,
}

# Parts whose exchange does not make the component around them new.
SMALL_PARTS = (
    "adaptor, adapter, bolt, bracket, cap, clamp, cover, filter, fitting, gasket, gauge, guard,"
    " hose, keeper, lamp, light, line, mount, oil, pin, pipe, plug, o ring, screen, seal, sender,"
    " sensor, shim, switch, tooth, teeth, valve, wiring"
)

# What orders of other systems are called; a plant may say otherwise for its own codes.
TYPES: Mapping[str, OrderType] = {
    **{kind.value: kind for kind in OrderType},
    # Only the night raises predictive orders, on a forecast of its own.
    "predictive": OrderType.INSPECTION,
    "breakdown": OrderType.CORRECTIVE,
    "repair": OrderType.CORRECTIVE,
    "cm": OrderType.CORRECTIVE,
    "pm": OrderType.PREVENTIVE,
    "planned": OrderType.PREVENTIVE,
    "scheduled": OrderType.PREVENTIVE,
    "service": OrderType.PREVENTIVE,
    "pdm": OrderType.INSPECTION,
    "pm01": OrderType.CORRECTIVE,
    "pm02": OrderType.PREVENTIVE,
    "pm03": OrderType.CORRECTIVE,
    "pm04": OrderType.PROJECT,
}
