"""A machine as the learners see it: one row of features and labels per decision time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from models.features import Baseline, FeatureName, Features, RoleNow, build_features
from models.history import HistoryError, Instants, Intervals, MachineHistory, Numbers
from models.labels import Lives, ModeLabel, lives_of, mode_label
from models.outcomes import Clock, clocks_of
from models.spec import ClassSpec


class NoReadings(HistoryError):
    """A machine without a single reading has no sample."""

    def __init__(self, tag: str) -> None:
        super().__init__(f"{tag} has no readings yet.")


@dataclass(frozen=True, slots=True)
class Sample:
    """n decision rows of one machine, rising in `at`; the last row is the one to forecast.

    X: float32 (n, d), NaN = missing; `names` say what each column is, the same for every machine
    of the class. `labels` and `lives` by mode. `baselines` by role: the newest healthy normal,
    None until it is complete. `now` by role: value and slope at the last row, raw units.
    """

    tag: str
    at: Instants
    X: NDArray[np.float32]
    names: tuple[FeatureName, ...]
    labels: Mapping[str, ModeLabel]
    lives: Mapping[str, Lives]
    baselines: Mapping[str, Baseline | None]
    now: Mapping[str, RoleNow]
    attributes: Mapping[str, float | str]
    until: int
    step_us: int
    standing_since: int | None
    running: Intervals | None

    @property
    def newest(self) -> int:
        """Index of the row to forecast from."""
        return len(self.at) - 1

    def elapsed_steps(self, at: Instants) -> Numbers:
        """Return running steps at each instant; only differences mean anything."""
        clock = at.astype(np.float64) if self.running is None else self.running.elapsed(at)
        return clock / self.step_us

    def as_of(self, origin: int) -> Sample:
        """Return the rows up to `origin` with labels and lives as they were known then.

        This is what a back-test trains on. `baselines` and `now` stay those of the newest row.
        """
        rows = self.at <= origin
        then = self.elapsed_steps(np.array([origin]))
        left = then - self.elapsed_steps(self.at)
        labels = {mode: label.as_of(origin, left) for mode, label in self.labels.items()}
        lives = {
            mode: known.as_of(origin, self.elapsed_steps(known.ended_at) - then)
            for mode, known in self.lives.items()
        }
        return replace(
            self,
            at=self.at[rows],
            X=self.X[rows],
            labels={mode: label.take(rows) for mode, label in labels.items()},
            lives=lives,
            until=min(origin, self.until),
        )


def build_sample(history: MachineHistory, spec: ClassSpec) -> Sample:
    """Return the sample of one machine: a row for every decision time since its first reading.

    Raise HistoryError when the history holds anything later than its `until`, and NoReadings.
    """
    history.check()
    at = decision_times(history, spec)
    clocks = clocks_of(history, spec.mode_codes)
    return sample_of(history, spec, clocks, at, build_features(history, spec, clocks, at))


def sample_of(
    history: MachineHistory,
    spec: ClassSpec,
    clocks: Mapping[str, Clock],
    at: Instants,
    features: Features,
) -> Sample:
    """Return the sample of these rows, with everything that is told from records."""
    return Sample(
        tag=history.tag,
        at=at,
        X=features.X,
        names=features.names,
        labels={m: mode_label(history, spec, m, clock, at) for m, clock in clocks.items()},
        lives={m: lives_of(history, spec, clock) for m, clock in clocks.items()},
        baselines=features.baselines,
        now=features.now,
        attributes=dict(history.attributes),
        until=history.until,
        step_us=spec.step_us,
        standing_since=_standing_since(history),
        running=history.running,
    )


def decision_times(history: MachineHistory, spec: ClassSpec) -> Instants:
    """Return every decision time from the first reading to `until`.

    When `until` itself is not a decision time (a run by hand), the end of the last whole step is
    added as the row to forecast.
    """
    if history.first_at is None:
        raise NoReadings(history.tag)
    review = spec.review_steps * spec.step_us
    first = history.first_at + (spec.decision_us - history.first_at) % review
    at = np.arange(first, history.until + 1, review, dtype=np.int64)
    last_step = history.until - (history.until - spec.decision_us) % spec.step_us
    if not len(at) or at[-1] < last_step:
        at = np.append(at, last_step)
    return at


def at_normal(
    row: NDArray[np.float32],
    names: tuple[FeatureName, ...],
    group: str,
    baselines: Mapping[str, Baseline | None],
) -> NDArray[np.float32]:
    """Return the row (d,) as it would look were one group at the machine's healthy normal.

    Deviations and slopes 0, raw values at the baseline's centre, no events, age 0. A raw value
    without a baseline stays as it is.
    """
    changed = row.copy()
    for column, name in enumerate(names):
        if name.group == group:
            changed[column] = name.normal(float(row[column]), baselines.get(name.code))
    return changed


def role_now(sample: Sample, role: str) -> RoleNow:
    """Return a role's present value (mean of the shortest window) and slope per day, raw units."""
    return sample.now[role]


def _standing_since(history: MachineHistory) -> int | None:
    """The instant of the last stop when the machine stands at `until`, else None."""
    running = history.running
    if running is None or not len(running.end) or int(running.end[-1]) >= history.until:
        return None
    return int(running.end[-1])
