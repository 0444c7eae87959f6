"""Why the risk is what it is: each group of inputs put back to the machine's healthy normal."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.features import FeatureName
from models.forecasts import Driver
from models.samples import Sample, at_normal
from models.spec import ClassSpec, duration_text

Floats = NDArray[np.float64]
RiskOf = Callable[[NDArray[np.float32]], Floats]

SHOWN = 5
# A reason must be worth this share of the risk; less reads as "1.2 %, not 1.2 %".
LEAST_EFFECT = 0.05
# What cannot be put back to normal explains nothing a planner could act on.
SILENT_GROUPS = frozenset({"attributes", "quality"})


def drivers(sample: Sample, spec: ClassSpec, mode: str, risk_of: RiskOf) -> tuple[Driver, ...]:
    """Return the groups whose return to normal would lower the risk of `mode` most.

    `risk_of` maps rows (n, d) to risks (n,) in the order rule's window. Ages of other modes are
    left out: their clocks are not this one's.
    """
    row = sample.X[sample.newest]
    groups = _groups(sample.names, mode)
    changed = [at_normal(row, sample.names, group, sample.baselines) for group in groups]
    risks = risk_of(np.stack([row, *changed]))
    effects = sorted(zip(groups, risks[1:], strict=True), key=lambda pair: float(pair[1]))
    told = [_driver(sample, spec, g, float(risks[0]), float(risk)) for g, risk in effects]
    counts = (1.0 - LEAST_EFFECT) * float(risks[0])
    return tuple(driver for driver in told if driver.risk_if_normal < counts)[:SHOWN]


def age_driver(
    spec: ClassSpec, mode: str, age: float, *, risk: float, risk_if_new: float
) -> Driver:
    """Return the only driver the age rule has."""
    name = spec.mode_name(mode)
    words = f"{name} has run {duration_text(age, spec.step_us)}"
    sentence = _sentence(words, risk, risk_if_new, "as good as new")
    days = age / spec.steps_per_day
    return Driver(
        f"age:{mode}", f"age of {name}", "d", days, 0.0, None, None, risk, risk_if_new, sentence
    )


def _groups(names: Sequence[FeatureName], mode: str) -> list[str]:
    """The groups that can be put back, in the order of the columns."""
    groups = dict.fromkeys(name.group for name in names)
    mine = f"age:{mode}"
    return [g for g in groups if g not in SILENT_GROUPS and (g == mine or g[:4] != "age:")]


def _driver(
    sample: Sample, spec: ClassSpec, group: str, risk: float, risk_if_normal: float
) -> Driver:
    kind, _, code = group.partition(":")
    if kind == "role":
        return _role_driver(sample, spec, code, risk, risk_if_normal)
    if kind == "age":
        age = float(sample.labels[code].age[sample.newest])
        return age_driver(spec, code, age, risk=risk, risk_if_new=risk_if_normal)
    return _event_driver(sample, spec, risk, risk_if_normal)


def _role_driver(
    sample: Sample, spec: ClassSpec, code: str, risk: float, risk_if_normal: float
) -> Driver:
    role = next(role for role in spec.roles if role.code == code)
    now, baseline = sample.now[code], sample.baselines.get(code)
    value, slope = _known(now.value), _known(now.slope_per_day)
    words = f"{role.name} " + (_measure(value, role.unit) if value is not None else "unknown now")
    if baseline is not None:
        words += f", normal {baseline.center:.4g} +- {baseline.spread:.2g}"
    if slope is not None and baseline is not None and abs(slope) > baseline.spread / 10:
        words += f", {'rising' if slope > 0 else 'falling'} {abs(slope):.2g}/day"
    return Driver(
        group=f"role:{code}",
        name=role.name,
        unit=role.unit,
        value=value,
        normal=baseline.center if baseline else None,
        spread=baseline.spread if baseline else None,
        slope_per_day=slope,
        risk=risk,
        risk_if_normal=risk_if_normal,
        sentence=_sentence(words, risk, risk_if_normal, "at its normal"),
    )


def _event_driver(sample: Sample, spec: ClassSpec, risk: float, risk_if_normal: float) -> Driver:
    window = spec.windows[-1]
    row = sample.X[sample.newest]
    counts = {
        name.code: float(row[column])
        for column, name in enumerate(sample.names)
        if name.group == "events" and name.window == window
    }
    seen = [f"{code} x {count:.0f}" for code, count in counts.items() if count > 0]
    words = f"{', '.join(seen) or 'no events'} in the last {duration_text(window, spec.step_us)}"
    sentence = _sentence(words, risk, risk_if_normal, "without events")
    total = sum(counts.values())
    return Driver("events", "events", "", total, 0.0, None, None, risk, risk_if_normal, sentence)


def _sentence(words: str, risk: float, risk_if_normal: float, how: str) -> str:
    return f"{words}; {how} the risk would be {_percent(risk_if_normal)}, not {_percent(risk)}"


def _percent(risk: float) -> str:
    return f"{100 * risk:.0f} %" if risk >= 0.1 else f"{100 * risk:.1f} %"


def _measure(value: float, unit: str) -> str:
    return f"{value:.4g} {unit}".strip()


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
