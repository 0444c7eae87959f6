"""How a class's operating regimes are found: a look at every machine before the night samples it.

Condition steps of all machines are grouped by k-means (Lloyd 1982, seeded by k-means++). There is
more than one regime only where the average silhouette (Rousseeuw 1987) shows what Kaufman and
Rousseeuw (1990) call a strong structure, above 0.70, and where fewer steps lie between two
regimes than in either: loads that vary evenly, bell-shaped or with a long tail are one regime.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score
from threadpoolctl import threadpool_limits

from models.grid import Grid, build_grid
from models.history import Instants, MachineHistory
from models.regimes import Regimes, standardised
from models.role_regimes import role_regimes
from models.samples import decision_times
from models.spec import ClassSpec
from models.splits import forward_folds

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

MOST_REGIMES = 8
STRONG = 0.70  # average silhouette of a strong structure
VALLEY = 0.5  # between two regimes at most this share of the steps around the rarer one
AS_GOOD = 0.02  # fewer regimes win when their silhouette is this close to the best
LEAST_SHARE = 0.02  # of the steps; fewer are odd moments, not a way of running
LEAST_STEPS = 200  # a class with fewer known steps has one regime
CLASS_STEPS = 50_000  # looked at, all machines together
MACHINE_STEPS = 4_000
SILHOUETTE_STEPS = 2_000  # its cost grows with the square
CLUSTER_STEPS = 10_000
STARTS = 10
OUTER = (5.0, 95.0)  # percentiles; they do not collapse where most steps are at one set point
OUTER_WIDTH = 3.29  # standard deviations between them, of a normal distribution
SEED = 20_000


@dataclass(frozen=True, slots=True)
class Survey:
    """n steps of one machine, drawn at random over its whole record, rising.

    at: step ends; conditions: (n, c) means of the condition roles, all known; values: (n, r) means
    of the other roles, NaN = missing. first_at: its first decision time.
    """

    class_code: str
    first_at: int
    until: int
    at: Instants
    conditions: Floats
    values: Floats


def condition_codes(spec: ClassSpec) -> tuple[str, ...]:
    """Return the roles that say how hard the machine works."""
    return tuple(role.code for role in spec.roles if role.is_condition)


def steps_each(machines: int) -> int:
    """Return how many steps of each machine are looked at, so that a class stays bounded."""
    return max(1, min(MACHINE_STEPS, CLASS_STEPS // max(machines, 1)))


def survey_of(history: MachineHistory, spec: ClassSpec, steps: int) -> Survey:
    """Return at most `steps` steps of a machine; raise HistoryError as `build_sample` does."""
    history.check()
    at = decision_times(history, spec)
    grid = build_grid(history, spec, int(at[-1]))
    conditions = _means(grid, condition_codes(spec))
    known = np.flatnonzero(np.isfinite(conditions).all(axis=1))
    if len(known) > steps:
        known = np.sort(np.random.default_rng(SEED).choice(known, steps, replace=False))
    others = tuple(role.code for role in spec.roles if not role.is_condition)
    return Survey(
        class_code=spec.code,
        first_at=int(at[0]),
        until=history.until,
        at=grid.first_end + known * grid.step_us,
        conditions=conditions[known],
        values=_means(grid, others)[known],
    )


def fit_regimes(spec: ClassSpec, surveys: Sequence[Survey]) -> Regimes | None:
    """Return the regimes of a class, None when it has one: then nothing has to be steadied.

    Only steps up to the first origin of the class's back-test count where there is one, so that
    no fold is tested on what its regimes were found in; a younger class uses all it has. The
    result is the same whatever the order or the names of the machines.
    """
    ordered = _in_order(_until_first_origin(spec, surveys))
    conditions = np.concatenate([survey.conditions for survey in ordered] or [np.empty((0, 1))])
    if len(conditions) < LEAST_STEPS:
        return None
    middle, scale = _standard(conditions)
    scaled = standardised(conditions, middle, scale)
    with threadpool_limits(1):  # also what makes k-means the same everywhere
        points = _points(scaled)
    if points is None:
        return None
    found = Regimes(
        conditions=condition_codes(spec),
        middle=tuple(middle.tolist()),
        scale=tuple(scale.tolist()),
        points=tuple(tuple(point) for point in points.tolist()),
        roles=(),
    )
    return role_regimes(found, spec, [(s.conditions, s.values) for s in ordered])


def _means(grid: Grid, codes: Sequence[str]) -> Floats:
    """Step means (steps, roles)."""
    means = [grid.roles[code].mean for code in codes]
    return np.array(means).reshape(len(codes), grid.size).T


def _until_first_origin(spec: ClassSpec, surveys: Sequence[Survey]) -> list[Survey]:
    found = [survey for survey in surveys if len(survey.at)]
    if not found:
        return []
    first_at = min(survey.first_at for survey in found)
    folds = forward_folds(spec, first_at, max(survey.until for survey in found))
    if not folds:
        return found
    return [_cut(survey, folds[0].origin) for survey in found]


def _cut(survey: Survey, origin: int) -> Survey:
    upto = int(np.searchsorted(survey.at, origin, side="right"))
    return Survey(
        survey.class_code,
        survey.first_at,
        survey.until,
        survey.at[:upto],
        survey.conditions[:upto],
        survey.values[:upto],
    )


def _in_order(surveys: Sequence[Survey]) -> list[Survey]:
    """Surveys ordered by content."""
    return sorted(surveys, key=_fingerprint)


def _fingerprint(survey: Survey) -> str:
    parts = (survey.at, survey.conditions, survey.values)
    text = b"".join(np.ascontiguousarray(part).tobytes() for part in parts)
    return hashlib.blake2b(text, digest_size=32).hexdigest()


def _standard(conditions: Floats) -> tuple[Floats, Floats]:
    """Median and scale (c,) of each condition; one that never moves gets scale 1."""
    low, high = np.percentile(conditions, OUTER, axis=0)
    scale = (high - low) / OUTER_WIDTH
    scale = np.where(scale > 0.0, scale, conditions.std(axis=0))
    return np.median(conditions, axis=0), np.where(scale > 0.0, scale, 1.0)


def _points(scaled: Floats) -> Floats | None:
    """The centres (k, c) of the regimes in a canonical order; None when there is one."""
    random = np.random.default_rng(SEED)
    rows = _drawn(random, scaled, CLUSTER_STEPS)
    few = _drawn(random, rows, SILHOUETTE_STEPS)
    most = min(MOST_REGIMES, len(np.unique(few, axis=0)))
    fits = {k: _clustered(rows, k) for k in range(2, most + 1)}
    scores = {k: _score(fit, rows, few) for k, fit in fits.items()}
    best = max(scores.values(), default=0.0)
    if best < STRONG:
        return None
    chosen = fits[min(k for k, score in scores.items() if score >= best - AS_GOOD)]
    points = np.asarray(chosen.cluster_centers_)
    return points[np.lexsort(points.T[::-1])]


def _drawn(random: np.random.Generator, rows: Floats, most: int) -> Floats:
    if len(rows) <= most:
        return rows
    return rows[np.sort(random.choice(len(rows), most, replace=False))]


def _clustered(rows: Floats, k: int) -> KMeans:
    return KMeans(k, n_init=STARTS, random_state=SEED).fit(rows)


def _score(fit: KMeans, rows: Floats, few: Floats) -> float:
    """The average silhouette; 0 when a regime is too rare, or not apart from another one."""
    shares = np.bincount(fit.labels_, minlength=fit.n_clusters) / len(rows)
    labels: Labels = fit.predict(few)
    if shares.min() < LEAST_SHARE or len(np.unique(labels)) < fit.n_clusters:
        return 0.0
    pairs = combinations(range(fit.n_clusters), 2)
    if not all(_is_apart(fit, rows, *pair) for pair in pairs):
        return 0.0
    return float(silhouette_score(few, labels))


def _is_apart(fit: KMeans, rows: Floats, a: int, b: int) -> bool:
    """Whether there is a valley between two regimes: their steps on the line that joins them."""
    start, way = fit.cluster_centers_[a], fit.cluster_centers_[b] - fit.cluster_centers_[a]
    along = (rows[np.isin(fit.labels_, (a, b))] - start) @ way / (way @ way)
    here, between, there = (
        np.count_nonzero(np.abs(along - place) <= 0.1) for place in (0.0, 0.5, 1.0)
    )
    return bool(between <= VALLEY * min(here, there))
