"""Every feature told twice more, by plain loops and by SQL, from the same random small histories.

Neither oracle shares a line with the library: both begin at the readings. Everything happens on
and off the ends of steps: readings and events count at their own instant, services only after it.
"""

from __future__ import annotations

import math
import sqlite3
import statistics
from collections.abc import Iterator

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import build_features
from models.history import Events, MachineHistory, Series, Services
from models.outcomes import clocks_of
from models.spec import ClassSpec, RoleSpec

STEP = 10
TOLERANCE = 2e-6
SPEC = ClassSpec(
    "pump",
    (RoleSpec("own", "Vibration", "mm/s"), RoleSpec("raw", "Heat", "°C", is_comparable=True)),
    step_us=STEP,
    decision_us=0,
    review_steps=1,
    windows=(1, 3, 7),
    horizons=(1,),
    modes=("bearing",),
    event_codes=("alarm",),
    baseline_steps=4,
)
RAW = ("mean", "std", "min", "max", "slope")

instants = st.integers(1, 250)
values = st.one_of(st.integers(-400, 400).map(lambda n: n / 8), st.just(math.nan))
readings = st.dictionaries(instants, values, min_size=1, max_size=60)
some = st.lists(instants, max_size=3, unique=True).map(sorted)


@st.composite
def histories(draw: st.DrawFn) -> MachineHistory:
    """A machine of up to 25 steps; its last reading ends the last of them."""

    def series() -> Series:
        known = sorted(draw(readings).items())
        return Series(np.array([at for at, _ in known]), np.array([value for _, value in known]))

    def at(found: list[int]) -> np.ndarray:
        return np.array(found, dtype=np.int64)

    work, alarms = draw(some), draw(some)
    return MachineHistory(
        "P-1",
        "pump",
        until=260,
        readings={"own": series(), "raw": series()},
        installed_at=draw(st.sampled_from([-35, 0, None])),
        events=Events(at(alarms), np.full(len(alarms), "alarm")),
        services=Services(
            at(work),
            np.full(len(work), "bearing"),
            np.ones(len(work), bool),
            np.full(len(work), ""),
        ),
        restarts=at(draw(some)[:1]),
        role_restarts={"own": at(draw(some)[:2])},
    )


def exchanges(history: MachineHistory, role: str) -> list[int]:
    """Exchanges of the unit and of the role's sensor."""
    of_role = history.role_restarts.get(role, history.restarts)
    return sorted({*history.restarts.tolist(), *of_role.tolist()})


def rows(history: MachineHistory) -> np.ndarray:
    """A decision at the end of every step."""
    first = min(int(series.at[0]) for series in history.readings.values())
    return np.arange(-(-first // STEP) * STEP, history.until + 1, STEP, dtype=np.int64)


def found(history: MachineHistory) -> dict[str, list[float]]:
    """What the library tells, by column."""
    features = build_features(history, SPEC, clocks_of(history, SPEC.mode_codes), rows(history))
    return {str(name): features.X[:, k].tolist() for k, name in enumerate(features.names)}


def assert_agrees(told: list[float], expected: list[float], column: str) -> None:
    size = max((abs(x) for x in expected if not math.isnan(x)), default=0.0)
    np.testing.assert_allclose(
        told, expected, rtol=TOLERANCE, atol=TOLERANCE * max(size, 1e-3), err_msg=column
    )


# --- by plain loops


def steps_of(history: MachineHistory, role: str) -> dict[int, list[float]]:
    """End of a step -> its readings; a step in which an exchange falls has none."""
    series, steps = history.readings[role], dict[int, list[float]]()
    for at, value in zip(series.at.tolist(), series.value.tolist(), strict=True):
        end = -(-at // STEP) * STEP
        if not math.isnan(value) and not any(
            end - STEP < x < end for x in exchanges(history, role)
        ):
            steps.setdefault(end, []).append(value)
    return steps


def window(
    history: MachineHistory, role: str, t: int, length: int
) -> list[tuple[int, list[float]]]:
    """The steps in the window of a row that lie behind no exchange."""
    behind = max((x for x in exchanges(history, role) if x < t), default=-(10**9))
    ends = range(t - (length - 1) * STEP, t + 1, STEP)
    steps = steps_of(history, role)
    return [(end // STEP, steps[end]) for end in ends if end in steps and end - STEP >= behind]


def by_loop(history: MachineHistory, role: str, t: int, length: int) -> dict[str, float]:
    """Statistics of one window of one row."""
    inside = window(history, role, t, length)
    y = [statistics.fmean(values) for _, values in inside]
    every = [value for _, values in inside for value in values]
    told = {
        "mean": statistics.fmean(y) if y else math.nan,
        "min": min(every, default=math.nan),
        "max": max(every, default=math.nan),
        "std": statistics.stdev(y) if len(y) > 1 else math.nan,
        "slope": math.nan,
    }
    if len(y) > 1:
        told["slope"] = statistics.linear_regression([k for k, _ in inside], y).slope
        if min(every) == max(every):
            told["std"] = told["slope"] = 0.0
    return told


def normal(history: MachineHistory, role: str, t: int) -> tuple[float, float]:
    """Centre and spread of the first four steps since the exchange before t, when it has four."""
    inside = [s for s in window(history, role, t, 10**3) if s[0] * STEP <= t][: SPEC.baseline_steps]
    y = [statistics.fmean(values) for _, values in inside]
    if len(y) < SPEC.baseline_steps:
        return math.nan, math.nan
    center = statistics.median(y)
    spread = 1.4826 * statistics.median([abs(v - center) for v in y]) or statistics.pstdev(y)
    return center, spread if spread > 1e-12 * abs(center) else math.nan


def own_by_loop(history: MachineHistory, role: str, t: int, length: int) -> dict[str, float]:
    """The same in spreads of the own normal, cut off where a number says nothing more."""
    raw, (center, spread) = by_loop(history, role, t, length), normal(history, role, t)
    told = {
        "deviation": (raw["mean"] - center) / spread,
        "own_std": raw["std"] / spread,
        "own_min": (raw["min"] - center) / spread,
        "own_max": (raw["max"] - center) / spread,
        "own_slope": raw["slope"] / spread,
    }
    return {
        name: max(min(value, 1e6), -1e6) if value == value else value
        for name, value in told.items()
    }


def all_by_loop(history: MachineHistory) -> Iterator[tuple[str, list[float]]]:
    """Every column of the class."""
    at = rows(history).tolist()
    for length in SPEC.windows:
        for role in SPEC.role_codes:
            plain = [by_loop(history, role, t, length) for t in at]
            own = [own_by_loop(history, role, t, length) for t in at]
            kinds = (
                {**dict.fromkeys(RAW, plain), "deviation": own}
                if role == "raw"
                else dict.fromkeys(own[0], own)
            )
            for name, told in kinds.items():
                yield f"{role}.{name}.{length}", [row[name] for row in told]
        alarms = history.events.at.tolist()
        counts = [sum(t - length * STEP < x <= t for x in alarms) for t in at]
        yield f"alarm.count.{length}", [float(n) for n in counts]
    born = history.installed_at
    work = [*history.services.at.tolist(), *history.restarts.tolist()]
    since = [[x for x in (*work, *([] if born is None else [born])) if x < t] for t in at]
    # Before the first record of a life only the installation tells an age.
    yield (
        "bearing.age",
        [(t - max(x)) / STEP if x else math.nan for t, x in zip(at, since, strict=True)],
    )
    yield (
        "installed.since",
        [(t - born) / STEP if born is not None and t > born else math.nan for t in at],
    )
    for role in SPEC.role_codes:
        longest = SPEC.windows[-1]
        yield (
            f"{role}.missing.{longest}",
            [1 - len(window(history, role, t, longest)) / longest for t in at],
        )


@settings(max_examples=40, deadline=None)
@given(history=histories())
def test_every_column_agrees_with_plain_loops(history):
    told, expected = found(history), dict(all_by_loop(history))

    assert told.keys() == expected.keys()
    for column, numbers in expected.items():
        assert_agrees(told[column], numbers, column)


# --- by SQL

STEPS = """
    WITH RECURSIVE tick(t) AS (SELECT :first UNION ALL SELECT t + :step FROM tick WHERE t < :last),
    told AS (
      SELECT (at + :step - 1) / :step * :step AS t, avg(value) AS y, min(value) AS low,
             max(value) AS high
      FROM reading WHERE value IS NOT NULL GROUP BY 1
    )
    SELECT tick.t, tick.t / :step AS x, y, low, high,
           (SELECT count(*) FROM exchange WHERE at < tick.t) AS stretch
    FROM tick LEFT JOIN told ON told.t = tick.t AND NOT EXISTS (
      SELECT 1 FROM exchange WHERE at > tick.t - :step AND at < tick.t)
"""
WINDOWED = """
    SELECT avg(y) OVER w, min(low) OVER w, max(high) OVER w, count(y) OVER w,
           sum(y * y) OVER w, sum(y) OVER w, sum(x * y) OVER w,
           sum(CASE WHEN y IS NOT NULL THEN x END) OVER w,
           sum(CASE WHEN y IS NOT NULL THEN x * x END) OVER w
    FROM step
    WINDOW w AS (PARTITION BY stretch ORDER BY x RANGE BETWEEN {before} PRECEDING AND CURRENT ROW)
    ORDER BY t
"""
COUNTED = """
    SELECT (SELECT count(*) FROM alarm WHERE at > t - :span AND at <= t) FROM step ORDER BY t
"""
AGED = "SELECT (t - (SELECT max(at) FROM renewal WHERE at < t)) * 1.0 / :step FROM step ORDER BY t"


def database(history: MachineHistory, role: str) -> sqlite3.Connection:
    """The history in tables, and its steps as a table of their own."""
    tables = sqlite3.connect(":memory:")
    series, born = history.readings[role], history.installed_at
    renewals = [*history.services.at.tolist(), *history.restarts.tolist()]
    for name, at in {
        "exchange": exchanges(history, role),
        "alarm": history.events.at.tolist(),
        "renewal": renewals if born is None else [*renewals, born],
    }.items():
        tables.execute(f"CREATE TABLE {name} (at INTEGER)")
        tables.executemany(f"INSERT INTO {name} VALUES (?)", [(x,) for x in at])
    tables.execute("CREATE TABLE reading (at INTEGER, value REAL)")
    known = zip(series.at.tolist(), series.value.tolist(), strict=True)
    tables.executemany("INSERT INTO reading VALUES (?, ?)", known)  # NaN becomes NULL
    ends = rows(history)
    span = {"first": int(ends[0]), "last": int(ends[-1]), "step": STEP}
    tables.execute(f"CREATE TABLE step AS {STEPS}", span)
    return tables


def by_sql(row: tuple[float | None, ...]) -> dict[str, float]:
    """The statistics from a row of window aggregates; the database has no deviation, no slope."""
    mean, low, high, n, syy, sy, sxy, sx, sxx = (math.nan if x is None else x for x in row)
    told = {"mean": mean, "min": low, "max": high, "std": math.nan, "slope": math.nan}
    if n > 1:
        told["std"] = math.sqrt(max(syy - sy * sy / n, 0.0) / (n - 1))
        told["slope"] = (sxy - sx * sy / n) / (sxx - sx * sx / n)
        if low == high:
            told["std"] = told["slope"] = 0.0
    return told


@settings(max_examples=40, deadline=None)
@given(history=histories())
def test_windows_events_and_ages_agree_with_sql(history):
    told, tables = found(history), database(history, "raw")

    for length in SPEC.windows:
        windowed = tables.execute(WINDOWED.format(before=length - 1)).fetchall()
        for name in RAW:
            expected = [by_sql(row)[name] for row in windowed]
            assert_agrees(told[f"raw.{name}.{length}"], expected, f"{name} over {length}")
        counts = [n for (n,) in tables.execute(COUNTED, {"span": length * STEP})]
        assert told[f"alarm.count.{length}"] == counts
    ages = [math.nan if age is None else age for (age,) in tables.execute(AGED, {"step": STEP})]
    assert_agrees(told["bearing.age"], ages, "age")
