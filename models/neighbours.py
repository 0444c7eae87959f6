"""What came of machines that looked like this one: counted times, and the most similar failure.

Technicians read frequencies and precedents, not probabilities. Both are learned once a night per
class and kept as a few numbers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.health import day_text
from models.metrics import CLIP
from models.predictors.base import Bools, Floats

MIN_EPISODES, MOST_EPISODES = 10, 50
# Alike are risks whose odds differ by a factor of two at most.
BAND = float(np.log(2.0))
GRID = np.arange(-9.0, 9.01, 0.25)

MOST_FAILURES = 200
# Below this the usual distance between failures says nothing.
MIN_FAILURES = 3
# Columns are in spreads of the own normal; more than this apart is simply far.
FARTHEST = 5.0
MIN_SHARE = 0.5
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Seen:
    """Times a machine of the class looked so and how many failed within the horizon (steps).

    unknown: further times of which that cannot be said, because work or today came first.
    """

    times: int
    failed: int
    unknown: int
    horizon: int

    def sentence(self, within: str) -> str:
        """Say it; `within` is the horizon in words ("14 days")."""
        said = (
            f"Of {self.times} times a machine like this looked so, {self.failed} failed within "
            f"{within}."
        )
        if not self.unknown:
            return said
        return f"{said} Of {self.unknown} more it cannot be said: work or today came first."


@dataclass(frozen=True, slots=True)
class SeenTable:
    """What was seen at each log-odds of `GRID`; None = fewer than `MIN_EPISODES` times."""

    rows: tuple[Seen | None, ...]

    def at(self, risk: float) -> Seen | None:
        """Return what was seen around tonight's risk (0..1)."""
        return self.rows[int(np.abs(GRID - _logit(np.array([risk]))[0]).argmin())]

    def to_json(self) -> list[dict[str, Any] | None]:
        """Return plain dictionaries; `from_json` takes them back."""
        return [None if row is None else asdict(row) for row in self.rows]

    @staticmethod
    def from_json(said: Sequence[Mapping[str, Any] | None]) -> SeenTable:
        """Return the table that was stored."""
        return SeenTable(tuple(None if row is None else Seen(**row) for row in said))


def seen_table(
    risk: Floats,
    machine: NDArray[np.intp],
    at: NDArray[np.int64],
    failed: Bools,
    known: Bools,
    *,
    horizon: int,
    step_us: int,
) -> SeenTable:
    """Return what came of the class's out-of-fold rows (n,) by their risk within `horizon` steps.

    failed, known: from `known_within`. Counted are episodes, not rows: of one machine no two rows
    less than a horizon apart, the one nearest in log-odds taken first, whatever came of it.
    """
    odds = _logit(risk)
    order = np.argsort(odds, kind="stable")
    rows = []
    for here in GRID:
        low, high = np.searchsorted(odds[order], [here - BAND, here + BAND], side="left")
        near = order[low:high]
        near = near[np.lexsort((at[near], np.abs(odds[near] - here)))]
        picked = episodes(machine[near], at[near], horizon * step_us)
        rows.append(_seen(failed[near[picked]], known[near[picked]], horizon))
    return SeenTable(tuple(rows))


def episodes(machine: NDArray[np.intp], at: NDArray[np.int64], apart: int) -> list[int]:
    """Return the first rows, at most `MOST_EPISODES`, of which none of one machine are nearer
    than `apart` microseconds."""
    taken: dict[int, list[int]] = {}
    picked: list[int] = []
    for row, (who, when) in enumerate(zip(machine.tolist(), at.tolist(), strict=True)):
        mine = taken.setdefault(who, [])
        if all(abs(when - other) >= apart for other in mine):
            mine.append(when)
            picked.append(row)
            if len(picked) == MOST_EPISODES:
                break
    return picked


@dataclass(frozen=True, slots=True)
class PastFailure:
    """A failure at `at`, and how many days before it the machine looked as remembered."""

    tag: str
    at: int
    mode: str
    days_before: float


@dataclass(frozen=True, slots=True)
class Similar:
    """The past failure nearest to tonight; distance in spreads, share of columns compared."""

    failure: PastFailure
    distance: float
    share: float

    def sentence(self, mode_name: str) -> str:
        """Say it; `mode_name` is what people call the failure's mode."""
        days = round(self.failure.days_before)
        before = "the day before" if days <= 1 else f"{days} days before"
        return (
            f"Looks most like {self.failure.tag} {before} its failure of "
            f"{day_text(self.failure.at)} ({mode_name})."
        )


@dataclass(frozen=True, slots=True, eq=False)
class PastFailures:
    """Rows (k, d) of machines shortly before they failed; bound: nearer is similar."""

    failures: tuple[PastFailure, ...]
    rows: Floats
    bound: float | None

    def most_similar(self, row: Floats) -> Similar | None:
        """Return the failure nearest to tonight's row (d,), or None.

        None, too, when the row is no nearer to it than to the healthy normal (all columns 0): a
        failure that nothing announced would else resemble every healthy machine.
        """
        if self.bound is None:
            return None
        tonight = np.asarray(row, float)
        distance, share = distances(self.rows, tonight)
        nearest = int(distance.argmin())
        compared = np.where(np.isfinite(self.rows[nearest]), tonight, np.nan)
        normal, _ = distances(np.zeros((1, len(tonight))), compared)
        if distance[nearest] > self.bound or distance[nearest] >= normal[0]:
            return None
        return Similar(self.failures[nearest], float(distance[nearest]), float(share[nearest]))

    def to_json(self) -> dict[str, Any]:
        """Return plain values, missing ones as None; `from_json` takes them back."""
        rows = [[v if np.isfinite(v) else None for v in row] for row in self.rows.tolist()]
        failures = [asdict(failure) for failure in self.failures]
        return {"failures": failures, "rows": rows, "bound": self.bound}

    @staticmethod
    def from_json(said: Mapping[str, Any]) -> PastFailures:
        """Return the memory that was stored."""
        failures = tuple(PastFailure(**failure) for failure in said["failures"])
        width = len(said["rows"][0]) if failures else 0
        rows = np.array(said["rows"], dtype=float).reshape(len(failures), width)
        return PastFailures(failures, rows, said["bound"])


def past_failures(
    rows: Mapping[str, tuple[NDArray[np.int64], Floats]],
    failures: Sequence[tuple[str, int, str]],
    *,
    lead_us: int,
    stale_us: int,
) -> PastFailures:
    """Return the memory of the newest `MOST_FAILURES` failures, given as (tag, at, mode).

    rows by tag: (at (n,) rising, columns (n, d) in spreads of the own normal, NaN = missing:
    deviations and slopes only). Remembered is the last row at least `lead_us` before the failure,
    not older than `stale_us` more, and later than the failure before it.
    """
    newest = sorted(set(failures), key=lambda failure: (-failure[1], failure))
    times_of: dict[str, list[int]] = {}
    for tag, at, _ in reversed(newest):
        times_of.setdefault(tag, []).append(at)
    found = []
    for tag, at, mode in newest:
        row = _row_before(rows, times_of[tag], tag, at, lead_us, stale_us)
        if row is not None:
            times, columns = rows[tag]
            days = (at - int(times[row])) / DAY_US
            found.append((PastFailure(tag, at, mode, days), np.asarray(columns[row], float)))
        if len(found) == MOST_FAILURES:
            break
    width = len(found[0][1]) if found else 0
    table = np.array([row for _, row in found]).reshape(len(found), width)
    return PastFailures(tuple(failure for failure, _ in found), table, usual_distance(table))


def usual_distance(rows: Floats) -> float | None:
    """Return the median distance between two of the rows (k, d); None below `MIN_FAILURES`."""
    if len(rows) < MIN_FAILURES:
        return None
    apart = np.array([distances(rows, row)[0] for row in rows])
    between = apart[np.triu_indices(len(rows), k=1)]
    between = between[np.isfinite(between)]
    return float(np.median(between)) if len(between) else None


def distances(rows: Floats, row: Floats) -> tuple[Floats, Floats]:
    """Return (distance, share of columns compared) of each of k rows to one, (k,) each.

    The mean absolute difference over the columns known in both, none counted for more than
    `FARTHEST`; infinite where less than `MIN_SHARE` of the columns is known in both.
    """
    gap = np.minimum(np.abs(rows - row), FARTHEST)
    both = np.isfinite(gap)
    count = both.sum(axis=1)
    share = count / max(len(row), 1)
    mean = np.where(both, gap, 0.0).sum(axis=1) / np.maximum(count, 1)
    return np.where((share >= MIN_SHARE) & (count > 0), mean, np.inf), share


def _row_before(
    rows: Mapping[str, tuple[NDArray[np.int64], Floats]],
    failed_at: list[int],
    tag: str,
    at: int,
    lead_us: int,
    stale_us: int,
) -> int | None:
    """Return the last row a lead before a failure, of the same life and not stale, or None."""
    times = rows[tag][0] if tag in rows else np.empty(0, np.int64)
    latest = at - lead_us
    row = int(np.searchsorted(times, latest, side="right")) - 1
    if row < 0 or times[row] < latest - stale_us:
        return None
    earlier = bisect_left(failed_at, at)
    return row if not earlier or times[row] > failed_at[earlier - 1] else None


def _seen(failed: Bools, known: Bools, horizon: int) -> Seen | None:
    times = int(known.sum())
    if times < MIN_EPISODES:
        return None
    return Seen(times, int((failed & known).sum()), int((~known).sum()), horizon)


def _logit(risk: Floats) -> Floats:
    p = np.clip(np.asarray(risk, float), CLIP, 1 - CLIP)
    return np.asarray(np.log(p / (1 - p)))
