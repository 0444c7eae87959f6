"""How far a machine is from its own healthy normal, decision by decision: the *health* rung.

It needs no failure: only the machine's own normal, complete and frozen. What comes of it (sister
machines, the limit, an alarm) is judged for a whole class at once in `sisters`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from models.history import Flags, Instants
from models.labels import ModeLabel
from models.outcomes import CENSORED
from models.samples import Sample
from models.spec import ClassSpec

# So many newest rows travel home whole, for what moves in a class as one.
NEWEST_ROWS = 14
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RoleNormal:
    """One health role at the newest row, and what is known of its normal (None = not yet).

    known_steps of the steps a normal needs have a value, the first of them at `known_from`.
    """

    code: str
    value: float | None
    center: float | None
    spread: float | None
    known_steps: int
    known_from: int | None

    @property
    def is_known(self) -> bool:
        """Whether a deviation can be told: the normal is complete, and the signal moved in it."""
        return bool(self.spread)


@dataclass(frozen=True, slots=True)
class HealthSeries:
    """One machine's n decision rows over its r health roles; small enough to travel home.

    deviation: (n, r) float32 in spreads of the own normal, NaN = unknown, also while the window
    still reaches back before a failure or work. is_history: rows known to be healthy by today.
    ended_at: every end of a life of a component, rising. `normals` as the columns of `deviation`.
    newest: (at most NEWEST_ROWS, d) float32, the last rows with all their columns.
    """

    tag: str
    as_of: int
    standing_since: int | None
    normals: tuple[RoleNormal, ...]
    at: Instants
    deviation: NDArray[np.float32]
    is_history: Flags
    ended_at: Instants
    newest: NDArray[np.float32]

    @property
    def lives(self) -> NDArray[np.intp]:
        """Number of ends before each row: rows of one number lie between the same two ends."""
        return np.searchsorted(self.ended_at, self.at, side="left")


def health_series(sample: Sample, spec: ClassSpec) -> HealthSeries:
    """Return what the health rung needs of one machine."""
    ended_at = _ends(sample)
    return HealthSeries(
        tag=sample.tag,
        as_of=sample.until,
        standing_since=sample.standing_since,
        normals=own_normals(sample, spec),
        at=sample.at,
        deviation=_deviation(sample, spec, ended_at),
        is_history=_is_history(sample, spec),
        ended_at=ended_at,
        newest=sample.X[-NEWEST_ROWS:].copy(),  # a view would travel with all rows
    )


def own_normals(sample: Sample, spec: ClassSpec) -> tuple[RoleNormal, ...]:
    """Return the normal of every role that tells of health, in the order of the spec."""
    return tuple(_normal(sample, code) for code in health_roles(spec))


def has_normal(normals: Sequence[RoleNormal]) -> bool:
    """Whether at least one role can tell how far the machine is from its normal."""
    return any(normal.is_known for normal in normals)


def health_roles(spec: ClassSpec) -> tuple[str, ...]:
    """Return the roles that tell of health; condition roles tell of the operating point."""
    return tuple(role.code for role in spec.roles if not role.is_condition)


def health_window(spec: ClassSpec) -> int:
    """Return the longest window within one review interval, else the shortest.

    Rows then do not overlap, and hours of the day cancel out where a review is a day.
    """
    return max((w for w in spec.windows if w <= spec.review_steps), default=spec.windows[0])


def missing_normal(normals: Sequence[RoleNormal], spec: ClassSpec, until: int) -> str:
    """Say why no role has a normal, and when one will: "10 of 30 days of its own normal are
    known; the rest comes by about 12 Dec 2026." """
    if not normals:
        return f"Class {spec.code} has no sensor role that tells of health."
    growing = [normal for normal in normals if normal.known_steps < spec.baseline_steps]
    if not growing:
        return "No sensor moved while its normal was learned; what never moves has no normal."
    best = max(growing, key=lambda normal: normal.known_steps)
    if best.known_from is None:
        return "No sensor that tells of health has a reading yet."
    known, needed = (_days(steps, spec) for steps in (best.known_steps, spec.baseline_steps))
    said = f"{known:.0f} of {needed:.0f} days of its own normal are known"
    if needed < 3:
        said = f"{best.known_steps} of {spec.baseline_steps} steps of its own normal are known"
    return f"{said}; the rest comes by about {day_text(_complete_at(best, spec, until))}."


def day_text(at: int) -> str:
    """Return the day of an instant: "2 Dec 2026"."""
    day = EPOCH + timedelta(microseconds=at)
    return f"{day.day} {day:%b %Y}"


def _normal(sample: Sample, code: str) -> RoleNormal:
    baseline, now = sample.baselines.get(code), sample.now[code]
    return RoleNormal(
        code=code,
        value=now.value if np.isfinite(now.value) else None,
        center=baseline.center if baseline else None,
        spread=baseline.spread if baseline else None,
        known_steps=now.known_steps,
        known_from=now.known_from,
    )


def _deviation(sample: Sample, spec: ClassSpec, ended_at: Instants) -> NDArray[np.float32]:
    deviation = sample.X[:, _columns(sample, spec)]
    reach = health_window(spec) * spec.step_us
    before, by_now = (
        np.searchsorted(ended_at, at, side="left") for at in (sample.at - reach, sample.at)
    )
    deviation[before < by_now] = np.nan
    return deviation


def _columns(sample: Sample, spec: ClassSpec) -> list[int]:
    window = health_window(spec)
    column = {
        name.code: k
        for k, name in enumerate(sample.names)
        if name.statistic == "deviation" and name.window == window
    }
    return [column[role] for role in health_roles(spec)]


def _is_history(sample: Sample, spec: ClassSpec) -> Flags:
    """Rows in running time of which nothing bad is known, and will not become known any more.

    Left out: the time before a failure or confirmed fault in which it may have shown, and the
    same length before today. That length is the horizon, or the warning time a planner entered.
    """
    kept = np.ones(len(sample.at), bool)
    for mode, label in sample.labels.items():
        kept &= label.at_risk & ~_may_show(label, _reach(spec, mode), sample.until)
    return kept


def _may_show(label: ModeLabel, reach: float, until: int) -> Flags:
    is_open = label.ends_at >= until
    return np.asarray((label.duration <= reach) & (is_open | (label.kind != CENSORED)))


def _reach(spec: ClassSpec, mode: str) -> float:
    entered = spec.typical_lives.get(mode)
    return max(float(spec.horizon_steps), (entered.warning_steps if entered else None) or 0.0)


def _ends(sample: Sample) -> Instants:
    ends = np.concatenate([label.ends_at for label in sample.labels.values()])
    return np.unique(ends[ends < sample.until])


def _complete_at(normal: RoleNormal, spec: ClassSpec, until: int) -> int:
    """When the normal will be complete if its steps come in as they did so far."""
    since = until - (normal.known_from or until)
    pace = max(since / max(normal.known_steps, 1), float(spec.step_us))
    return until + int(pace * (spec.baseline_steps - normal.known_steps))


def _days(steps: int, spec: ClassSpec) -> float:
    return steps / spec.steps_per_day
