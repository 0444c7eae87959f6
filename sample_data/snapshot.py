"""A plant as plain JSON values and back, so that a later process can let it live on."""

from __future__ import annotations

import math
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import numpy as np

from sample_data.machines import Oddities, exchanged
from sample_data.plant import Plant
from sample_data.state import Job, State, Stop, Upset
from sample_data.surroundings import Duty
from sample_data.wear import Parts

Json = dict[str, Any]


def save(plant: Plant) -> Json:
    """Everything needed to go on exactly where *plant* stands; a few kilobytes per machine."""
    return {
        "seed": plant.seed,
        "start": plant.start.isoformat(),
        "oddities": asdict(plant.oddities),
        "day": plant.day,
        "states": [_plain(asdict(state)) for state in plant.states],
    }


def load(saved: Json) -> Plant:
    """The plant that `save` was given: its next day is the same day."""
    start, oddities = datetime.fromisoformat(saved["start"]), Oddities(**saved["oddities"])
    plant = Plant.create(saved["seed"], len(saved["states"]), start, oddities)
    plant.day = saved["day"]
    plant.states = [_state(state) for state in saved["states"]]
    plant.machines = [
        exchanged(machine, plant.seed, state.unit)
        for machine, state in zip(plant.machines, plant.states, strict=True)
    ]
    return plant


def _plain(value: Any) -> Any:
    """Lists for arrays, and None for NaN, which JSON does not have."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | np.ndarray):
        return [_plain(item) for item in (value.tolist() if hasattr(value, "tolist") else value)]
    return None if isinstance(value, float) and math.isnan(value) else value


def _state(saved: Json) -> State:
    stop, upset = saved["stop"], saved["upset"]
    return State(
        parts=_parts(saved["parts"]),
        due_day=saved["due_day"],
        done_day=saved["done_day"],
        jobs=[Job(**job) for job in saved["jobs"]],
        stop=Stop(**{**stop, "job": Job(**stop["job"])}) if stop else None,
        upset=Upset(**upset) if upset else None,
        duty=Duty(**saved["duty"]),
        load=saved["load"],
        unit=saved["unit"],
        stands=saved["stands"],
        silent_hours=saved["silent_hours"],
        held=math.nan if saved["held"] is None else saved["held"],
    )


def _parts(saved: Json) -> Parts:
    columns = {
        name.name: np.array([math.nan if x is None else x for x in saved[name.name]], float)
        for name in fields(Parts)
        if name.name != "life"
    }
    return Parts(life=np.array(saved["life"], np.int64), **columns)
