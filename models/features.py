"""What was known at each decision time, as numbers: causal windows, events, ages, attributes.

Every role is told in deviations from the machine's own healthy normal; raw values only where the
class says that they mean the same on every machine. The hour of the day and the machine's name
are never told.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.history import Instants, MachineHistory
from models.outcomes import Clock
from models.signals import OWN, RAW, Baseline, Columns, RoleNow, tell_roles
from models.spec import ClassSpec, RoleSpec, duration_text

__all__ = [
    "Baseline",
    "FeatureName",
    "Features",
    "RoleNow",
    "build_features",
    "feature_names",
]

# At its healthy normal a statistic is: share of the centre, share of the spread, plain number.
NORMAL: Mapping[str, tuple[float, float, float]] = {
    "mean": (1.0, 0.0, 0.0),
    "std": (0.0, 1.0, 0.0),
    "min": (1.0, 0.0, 0.0),
    "max": (1.0, 0.0, 0.0),
    "slope": (0.0, 0.0, 0.0),
    "deviation": (0.0, 0.0, 0.0),
    "own_std": (0.0, 0.0, 1.0),
    "own_min": (0.0, 0.0, 0.0),
    "own_max": (0.0, 0.0, 0.0),
    "own_slope": (0.0, 0.0, 0.0),
    "count": (0.0, 0.0, 0.0),
    "age": (0.0, 0.0, 0.0),
    "missing": (0.0, 0.0, 0.0),
}

# What people call a role's statistics.
STATISTICS: Mapping[str, str] = {
    "mean": "mean",
    "std": "scatter",
    "min": "lowest value",
    "max": "highest value",
    "slope": "trend",
    "deviation": "mean against its own normal",
    "own_std": "scatter against its own normal",
    "own_min": "lowest value against its own normal",
    "own_max": "highest value against its own normal",
    "own_slope": "trend against its own normal",
}


@dataclass(frozen=True, slots=True)
class FeatureName:
    """One column: its driver group, a label for people, and what it was computed from.

    Groups: role:<code>, events, age:<mode>, attributes, quality. `window` in steps, 0 = none.
    """

    group: str
    label: str
    code: str
    statistic: str
    window: int = 0

    def __str__(self) -> str:
        return ".".join([self.code, self.statistic, *([str(self.window)] if self.window else [])])

    def normal(self, value: float, baseline: Baseline | None) -> float:
        """Return the column's value at the healthy normal; itself where there is none."""
        of_center, of_spread, plain = NORMAL.get(self.statistic, (0.0, 0.0, value))
        if not of_center and not of_spread:
            return plain
        if baseline is None:
            return value
        return of_center * baseline.center + of_spread * baseline.spread + plain


@dataclass(frozen=True, slots=True)
class Features:
    """X float32 (rows, columns) with its names; newest baseline and present value per role."""

    X: NDArray[np.float32]
    names: tuple[FeatureName, ...]
    baselines: Mapping[str, Baseline | None]
    now: Mapping[str, RoleNow]


@lru_cache(maxsize=64)
def feature_names(spec: ClassSpec) -> tuple[FeatureName, ...]:
    """Return the columns of every machine of a class, in order."""
    return (
        *(name for role in spec.roles for name in _role_names(role, spec)),
        *(_event_name(code, w, spec.step_us) for code in spec.event_codes for w in spec.windows),
        *(
            FeatureName(f"age:{m}", f"running time since {spec.mode_name(m)} was new", m, "age")
            for m in spec.mode_codes
        ),
        FeatureName("attributes", "running time since installation", "installed", "since"),
        *(name for attribute in spec.attributes for name in _attribute_names(attribute, spec)),
        *(_missing_name(role, spec) for role in spec.roles),
    )


def age_columns(names: Sequence[FeatureName]) -> dict[str, int]:
    """Return the column of each mode's age."""
    return {name.code: k for k, name in enumerate(names) if name.statistic == "age"}


def event_codes_of(names: Iterable[str], spec: ClassSpec) -> tuple[str, ...]:
    """Return the event codes among a fitted predictor's columns: a code that appeared only since
    then is none of them."""
    ending = str(_event_name("", spec.windows[0], spec.step_us))
    return tuple(name.removesuffix(ending) for name in names if name.endswith(ending))


def build_features(
    history: MachineHistory, spec: ClassSpec, clocks: Mapping[str, Clock], at: Instants
) -> Features:
    """Return the features at decision times `at` (rising; the last one is the end of a step).

    A row depends on nothing later than its own time.
    """
    renewals = {mode: clock.ends for mode, clock in clocks.items()}
    told = tell_roles(history, spec, at, renewals)
    blocks = [
        *(told[code].columns for code in spec.role_codes),
        _event_counts(history, spec, at),
        _ages(history, spec, clocks, at),
        _attributes(history, spec, len(at)),
        *(told[code].missing for code in spec.role_codes),
    ]
    return Features(
        X=np.concatenate(blocks, axis=1, dtype=np.float32, casting="same_kind"),
        names=feature_names(spec),
        baselines={code: role.baseline for code, role in told.items()},
        now={code: role.now for code, role in told.items()},
    )


def _event_counts(history: MachineHistory, spec: ClassSpec, at: Instants) -> Columns:
    """Number of events of each code in (t - w, t]."""
    starts = at[:, None] - np.array(spec.windows, dtype=np.int64) * spec.step_us
    counts = np.empty((len(at), len(spec.event_codes), len(spec.windows)))
    for column, code in enumerate(spec.event_codes):
        known = history.events.at[history.events.code == code]
        upto = np.searchsorted(known, at, side="right")
        counts[:, column] = upto[:, None] - np.searchsorted(known, starts, side="right")
    return counts.reshape(len(at), -1)


def _ages(
    history: MachineHistory, spec: ClassSpec, clocks: Mapping[str, Clock], at: Instants
) -> Columns:
    """Running steps since each mode's renewal strictly before t, then since installation."""
    ages = [clocks[mode].age_us(history, at) for mode in spec.mode_codes]
    installed = history.installed_at
    since = np.full(len(at), np.nan)
    if installed is not None:
        since = history.elapsed(at) - history.elapsed(np.array([installed]))
    return np.stack([*ages, np.where(since > 0.0, since, np.nan)], axis=1) / spec.step_us


def _attributes(history: MachineHistory, spec: ClassSpec, rows: int) -> Columns:
    """What does not change: numbers as they are, one column per level of a text, NaN unknown."""
    values: list[float] = []
    for attribute in spec.attributes:
        given = history.attributes.get(attribute)
        levels = spec.attribute_levels.get(attribute)
        if levels is not None:
            values += [np.nan if given is None else float(given == level) for level in levels]
        else:
            values.append(np.nan if given is None else float(given))
    return np.broadcast_to(np.array(values), (rows, len(values)))


def _role_names(role: RoleSpec, spec: ClassSpec) -> list[FeatureName]:
    statistics = (*RAW, OWN[0]) if role.is_comparable else OWN
    return [
        FeatureName(f"role:{role.code}", _role_label(role, s, w, spec.step_us), role.code, s, w)
        for w in spec.windows
        for s in statistics
    ]


def _role_label(role: RoleSpec, statistic: str, window: int, step_us: int) -> str:
    return f"{role.name}, {STATISTICS[statistic]} over the last {duration_text(window, step_us)}"


def _event_name(code: str, window: int, step_us: int) -> FeatureName:
    label = f"{code} in the last {duration_text(window, step_us)}"
    return FeatureName("events", label, code, "count", window)


def _attribute_names(attribute: str, spec: ClassSpec) -> list[FeatureName]:
    levels = spec.attribute_levels.get(attribute)
    if levels is None:
        return [FeatureName("attributes", attribute, attribute, "value")]
    return [FeatureName("attributes", f"{attribute} {x}", attribute, f"is {x}") for x in levels]


def _missing_name(role: RoleSpec, spec: ClassSpec) -> FeatureName:
    window = spec.windows[-1]
    label = f"{role.name}, share missing over the last {duration_text(window, spec.step_us)}"
    return FeatureName("quality", label, role.code, "missing", window)
