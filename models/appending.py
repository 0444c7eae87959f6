"""Yesterday's sample brought up to today: only the new rows are made, from the newest readings.

A row depends on nothing later than its own time, so rows older than the first change stay as they
are. The others are made by the one pass that makes all rows. It needs all records, which are few,
but of the readings only those in the reach of a window and those a healthy normal was or is being
formed from. Labels and lives are told anew for every row: each day some of them come to an end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from models.features import RoleNow, build_features, feature_names
from models.history import Flags, Instants, MachineHistory, Series
from models.outcomes import Clock, clocks_of
from models.samples import Sample, decision_times, sample_of
from models.spec import ClassSpec, RoleSpec

ALL = -(2**62)  # later than this is every reading


class WholePassNeeded(ValueError):
    """The sample cannot be continued: make it anew from the whole history; the message says why."""


@dataclass(frozen=True, slots=True)
class Reach:
    """Which rows are to be made, and the readings they need.

    Rows older than `changed_from` stay. `since` by role: readings later than this are needed.
    `normals` by role: those in (after, upto] too, the healthy normal was formed from them.
    """

    changed_from: int
    since: Mapping[str, int]
    normals: Mapping[str, tuple[int, int]]

    def needs(self, role: str, at: Instants) -> Flags:
        """Return which readings of a role are needed; the first tells since when it is watched."""
        after, upto = self.normals.get(role, (0, 0))
        needed: Flags = (at > self.since[role]) | ((at > after) & (at <= upto))
        needed[:1] = True
        return needed

    def cut(self, history: MachineHistory) -> MachineHistory:
        """Return the history with the needed readings only."""
        kept = {
            role: _only(series, self.needs(role, series.at))
            for role, series in history.readings.items()
            if role in self.since
        }
        return replace(history, readings=kept)


def reach_of(
    sample: Sample, history: MachineHistory, spec: ClassSpec, changed_from: int | None = None
) -> Reach:
    """Return what must be read to continue a sample up to `history.until`.

    Of `history` only the records are looked at. changed_from: the earliest instant of anything
    entered, corrected or deleted since the sample was made, late readings too; None = nothing
    but what came after it. Raise WholePassNeeded when no row can stay or nothing can be appended.
    """
    first_changed = min(_changed_from(sample, changed_from), _running_changed_at(sample, history))
    _check(sample, history, spec, first_changed)
    at = _row_times(sample, history, spec)
    first_row = int(at[_staying(sample, at, first_changed)])
    clocks = clocks_of(history, spec.mode_codes)
    since = first_row - spec.windows[-1] * spec.step_us
    read_from, normals = dict[str, int](), dict[str, tuple[int, int]]()
    for role in spec.roles:
        boundaries = _boundaries(role, history, clocks)
        read_from[role.code] = _read_from(sample, role.code, boundaries, first_row, since, spec)
        baseline = sample.baselines[role.code]
        if baseline is not None:
            normals[role.code] = (baseline.from_at - spec.step_us, baseline.to_at)
    return Reach(first_changed, read_from, normals)


def append_rows(sample: Sample, history: MachineHistory, spec: ClassSpec, reach: Reach) -> Sample:
    """Return the sample up to `history.until`: as `build_sample` would make it, but for rounding.

    `history` holds every record and at least the readings in `reach`. Raise HistoryError as
    `build_sample` does.
    """
    history.check()
    clocks = clocks_of(history, spec.mode_codes)
    at = _row_times(sample, history, spec)
    stays = _staying(sample, at, reach.changed_from)
    new = build_features(history, spec, clocks, at[stays:])
    now = {
        code: told if reach.since[code] == ALL else _now(told, sample, history, code)
        for code, told in new.now.items()
    }
    X = np.concatenate([sample.X[:stays], new.X])
    return sample_of(history, spec, clocks, at, replace(new, X=X, now=now))


def _changed_from(sample: Sample, changed_from: int | None) -> int:
    """A row at the sample's end knows every reading up to it: a change begins after it."""
    after = sample.until + 1
    return after if changed_from is None else min(changed_from, after)


def _check(sample: Sample, history: MachineHistory, spec: ClassSpec, changed_from: int) -> None:
    if sample.names != feature_names(spec) or sample.step_us != spec.step_us:
        raise WholePassNeeded(f"{sample.tag}: the class has other columns or another step now.")
    if dict(sample.attributes) != dict(history.attributes):
        raise WholePassNeeded(f"{sample.tag}: its attributes have changed.")
    if spec.regimes is not None:
        raise WholePassNeeded(f"{sample.tag}: its class has operating regimes.")
    if history.until < sample.until or (int(sample.at[0]) - spec.decision_us) % _review(spec):
        raise WholePassNeeded(f"{sample.tag}: the sample does not begin or end before this one.")
    if changed_from <= int(sample.at[0]):
        raise WholePassNeeded(f"{sample.tag}: something changed before its first row.")


def _staying(sample: Sample, at: Instants, changed_from: int) -> int:
    """How many rows stay. One at least is made; that of a run by hand is no row the day after."""
    older = sample.at[sample.at < changed_from]
    return min(int(np.count_nonzero(np.isin(older, at))), len(at) - 1)


def _row_times(sample: Sample, history: MachineHistory, spec: ClassSpec) -> Instants:
    return decision_times(replace(history, readings={"": _reading_at(int(sample.at[0]))}), spec)


def _reading_at(at: int) -> Series:
    return Series(np.array([at], dtype=np.int64), np.zeros(1))


def _review(spec: ClassSpec) -> int:
    return spec.review_steps * spec.step_us


def _boundaries(role: RoleSpec, history: MachineHistory, clocks: Mapping[str, Clock]) -> Instants:
    """When a normal of the role may have ended or begun to form, rising."""
    renewals = [clocks[role.component].ends] if role.component in clocks else []
    exchanges = history.role_restarts.get(role.code, history.restarts)
    return np.unique(np.concatenate([history.restarts, exchanges, history.overhauls, *renewals]))


def _read_from(
    sample: Sample,
    role: str,
    boundaries: Instants,
    first_row: int,
    since: int,
    spec: ClassSpec,
) -> int:
    """The instant after which all readings of a role are needed.

    At least the longest window. All of them while its normal is being formed, or when the change
    reaches back to before the normal; those since the newest renewal when the normal is older.
    """
    baseline, known_from = sample.baselines[role], sample.now[role].known_from
    if ((boundaries >= first_row) & (boundaries < sample.until)).any():
        return ALL
    if baseline is None:
        return since if known_from is None else ALL
    if first_row <= baseline.to_at:
        return ALL
    renewed = boundaries[boundaries <= since]
    if len(renewed) and baseline.from_at <= renewed[-1]:
        return min(since, int(renewed[-1]) - spec.step_us)
    return since


def _running_changed_at(sample: Sample, history: MachineHistory) -> int:
    """The first instant at which the machine is now known to have run otherwise than it was."""
    was, now = sample.running, history.as_of(sample.until).running
    if was is None or now is None or history.running is None:
        return sample.until + 1 if was is now else 0
    if not len(was.start):  # nobody had seen it run: then it counts as standing, later as running
        return 0 if len(history.running.start) else sample.until + 1
    old, new = (np.stack([ran.start, ran.end], axis=1).ravel() for ran in (was, now))
    same = min(len(old), len(new))
    apart = np.flatnonzero(old[:same] != new[:same])
    if len(apart):
        return int(min(old[apart[0]], new[apart[0]]))
    longer = old[same:] if len(old) > same else new[same:]
    return int(longer[0]) if len(longer) else sample.until + 1


def _now(told: RoleNow, sample: Sample, history: MachineHistory, role: str) -> RoleNow:
    """Since when a role is known was known yesterday, unless it was exchanged since."""
    was = sample.now[role].known_from
    exchanges = np.union1d(history.restarts, history.role_restarts.get(role, history.restarts))
    if was is None or (len(exchanges) and exchanges[-1] >= was):
        return told
    return replace(told, known_from=was)


def _only(series: Series, kept: Flags) -> Series:
    low, high, count = (
        None if part is None else part[kept] for part in (series.low, series.high, series.count)
    )
    return Series(series.at[kept], series.value[kept], low, high, count)
