"""What has left the range that was learned, in words: sensors in their own units."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from models.drift import ClassDrift, Outside
from models.features import STATISTICS, Baseline, FeatureName
from models.spec import ClassSpec, duration_text

Baselines = Mapping[str, Baseline | None]
Say = Callable[[float], str]

SHOWN = 5
CLASS_SHOWN = 3
# A statistic of the own normal is one of the sensor, moved by the normal's centre and scaled by
# its spread: (the sensor's statistic, whether the centre comes in).
OF_SENSOR: Mapping[str, tuple[str, bool]] = {
    "deviation": ("mean", True),
    "own_std": ("std", False),
    "own_min": ("min", True),
    "own_max": ("max", True),
    "own_slope": ("slope", False),
}


def drift_sentence(found: Sequence[Outside], spec: ClassSpec, baselines: Baselines) -> str:
    """Say what left the range, one column per quantity, the first ones first; "" for nothing.

    "Outside what it learned from: Bearing temperature (mean over the last 3 days 92.1 degC,
    learned from 41 to 78 degC)."
    """
    first: dict[tuple[str, str], Outside] = {}
    for one in found:
        first.setdefault((one.name.group, one.name.code), one)
    told = [_told(one, spec, baselines) for one in first.values()]
    more = [f"{len(told) - SHOWN} more"] if len(told) > SHOWN else []
    return f"Outside what it learned from: {', '.join([*told[:SHOWN], *more])}." if told else ""


def class_drift_sentence(drift: ClassDrift) -> str:
    """Say which readings of how many machines moved, the farthest first; "" for none.

    "Readings of 5 of 6 machines have left what their class learned. Bearing temperature, mean over
    the last 3 days: higher than nearly ever before (PSI 2.41)."
    """
    if not drift.moved:
        return ""
    told = [
        f"{one.name.label}: {one.direction} than nearly ever before (PSI {one.psi:.2f})"
        for one in drift.moved
    ]
    more = [f"{len(told) - CLASS_SHOWN} more"] if len(told) > CLASS_SHOWN else []
    whose = f"Readings of {drift.outside} of {drift.machines} machines"
    said = "; ".join([*told[:CLASS_SHOWN], *more])
    return f"{whose} have left what their class learned. {said}."


def _told(one: Outside, spec: ClassSpec, baselines: Baselines) -> str:
    name = one.name
    if name.statistic == "age":
        return f"{name.label} ({_range(one, lambda steps: duration_text(steps, spec.step_us))})"
    over = duration_text(name.window, spec.step_us)
    if name.statistic == "count":
        return f"{name.code} ({_range(one, _figure, f' in the last {over}')})"
    quantity = _role_name(spec, name)
    if name.statistic == "missing":
        return f"{quantity} (share missing over the last {over} {_range(one, _percent)})"
    statistic, say = _in_units(name, spec, baselines.get(name.code))
    return f"{quantity} ({STATISTICS[statistic]} over the last {over} {_range(one, say)})"


def _range(one: Outside, say: Say, beside: str = "") -> str:
    low, _, unit = say(one.low).partition(" ")
    high = say(one.high)
    # "41 to 78 degC", but "20 h to 9 days".
    said = low if high.partition(" ")[2] == unit else f"{low} {unit}"
    return f"{say(one.value)}{beside}, learned from {said} to {high}"


def _in_units(name: FeatureName, spec: ClassSpec, normal: Baseline | None) -> tuple[str, Say]:
    """The statistic of the sensor itself, and how its values are written; without a normal as the
    column has them."""
    statistic, is_moved = OF_SENSOR.get(name.statistic, (name.statistic, False))
    unit = next(role.unit for role in spec.roles if role.code == name.code)
    factor, shift = 1.0, 0.0
    if name.statistic in OF_SENSOR:
        if normal is None:
            return name.statistic, _figure
        factor, shift = normal.spread, normal.center if is_moved else 0.0
    if statistic == "slope":
        factor, unit = factor * spec.steps_per_day, f"{unit} a day".strip()
    return statistic, lambda value: f"{_figure(value * factor + shift)} {unit}".strip()


def _role_name(spec: ClassSpec, name: FeatureName) -> str:
    return next(role.name for role in spec.roles if role.code == name.code)


def _figure(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 1_000 else f"{value:.0f}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"
