"""Every column against a plain loop over the readings, and by hand where that is clearer."""

from __future__ import annotations

import math
import statistics
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.features import Features, build_features, feature_names
from models.history import Events, MachineHistory, Series, Services
from models.outcomes import clocks_of
from models.spec import ClassSpec, RoleSpec

SPEC = ClassSpec(
    "pump",
    (RoleSpec("own", "Vibration", "mm/s"), RoleSpec("raw", "Heat", "°C", is_comparable=True)),
    step_us=10,
    decision_us=0,
    review_steps=1,
    windows=(1, 3, 6),
    horizons=(1,),
    modes=("bearing",),
    event_codes=("alarm", "trip"),
    baseline_steps=4,
)


def instants(*at: int) -> np.ndarray:
    return np.array(at, dtype=np.int64)


def texts(*of: str) -> np.ndarray:
    return np.array(of, dtype=np.str_)


def machine(values: list[float], **parts) -> MachineHistory:
    """One reading per step, at its end: 10, 20, ...; both roles see the same values."""
    at = 10 * np.arange(1, len(values) + 1, dtype=np.int64)
    series = Series(at, np.array(values, dtype=float))
    return MachineHistory(
        "P-1", "pump", int(at[-1]), readings={"own": series, "raw": series}, **parts
    )


def told(history: MachineHistory, spec: ClassSpec = SPEC) -> Features:
    at = np.arange(10, history.until + 1, 10, dtype=np.int64)
    return build_features(history, spec, clocks_of(history, spec.mode_codes), at)


def column(features: Features, name: str) -> np.ndarray:
    return features.X[:, [str(n) for n in features.names].index(name)]


def loop(values: list[float], row: int, window: int, restart: int = 0) -> dict[str, float]:
    """The oracle: the statistics of one window, in the standard library's words."""
    inside = [
        (k, values[k])
        for k in range(max(row + 1 - window, restart), row + 1)
        if not math.isnan(values[k])
    ]
    y = [v for _, v in inside]
    nan = math.nan
    several = len(y) >= 2
    return {
        "mean": statistics.fmean(y) if y else nan,
        "min": min(y, default=nan),
        "max": max(y, default=nan),
        "std": statistics.stdev(y) if several else nan,
        "slope": statistics.linear_regression(*zip(*inside, strict=True)).slope if several else nan,
    }


readings = st.lists(
    st.one_of(st.floats(min_value=-1000, max_value=1000, width=32), st.just(math.nan)),
    min_size=1,
    max_size=20,
)


@settings(max_examples=60)
@given(values=readings)
def test_every_window_agrees_with_a_plain_loop(values):
    features = told(machine(values))

    for window in SPEC.windows:
        for row in range(len(values)):
            for statistic, expected in loop(values, row, window).items():
                got = column(features, f"raw.{statistic}.{window}")[row]
                assert got == pytest.approx(expected, rel=1e-5, abs=1e-3, nan_ok=True)


@settings(max_examples=60)
@given(values=st.lists(st.integers(min_value=-50, max_value=50), min_size=5, max_size=20))
def test_the_own_normal_is_median_and_scaled_mad_of_the_first_steps(values):
    features = told(machine(values))
    first = values[:4]
    center = statistics.median(first)
    spread = 1.4826 * statistics.median([abs(v - center) for v in first])
    spread = spread or statistics.pstdev(first) or math.nan

    for row in range(len(values)):
        mean = loop(values, row, 3)["mean"]
        expected = (mean - center) / spread if row >= 3 else math.nan
        got = column(features, "own.deviation.3")[row]
        assert got == pytest.approx(expected, rel=1e-5, abs=1e-5, nan_ok=True)


@settings(max_examples=40)
@given(values=readings, keep=st.integers(min_value=1, max_value=20))
def test_deleting_the_future_changes_nothing(values, keep):
    events = Events(instants(5, 25, 60), texts("alarm", "alarm", "trip"))
    services = Services(instants(15, 55), texts("bearing", ""), np.ones(2, bool), texts("", ""))
    keep = min(keep, len(values))
    until = 10 * len(values)
    full = machine(values)
    full = replace(full, until=1000, events=events, services=services).as_of(until)

    now, then = told(full), told(full.as_of(10 * keep))

    assert np.array_equal(now.X[:keep], then.X, equal_nan=True)


def test_a_role_that_is_not_comparable_is_told_in_own_spreads_only():
    names = [str(name) for name in feature_names(SPEC)]

    assert "own.mean.3" not in names
    assert {"own.deviation.3", "own.own_slope.3", "raw.mean.3", "raw.deviation.3"} <= set(names)


def test_a_deviation_counts_spreads_from_the_centre():
    features = told(machine([1.0, 2.0, 3.0, 4.0, 9.0]))  # centre 2.5, MAD 1

    assert column(features, "own.deviation.1")[4] == pytest.approx((9 - 2.5) / 1.4826)


def test_the_own_statistics_are_the_raw_ones_in_spreads():
    values = [1.0, 2.0, 3.0, 4.0, 9.0, 8.0]  # centre 2.5, MAD 1
    raw = loop(values, row=5, window=3)

    features = told(machine(values))

    got = {
        n: column(features, f"own.{n}.3")[5] for n in ("own_std", "own_min", "own_max", "own_slope")
    }
    assert got == pytest.approx(
        {
            "own_std": raw["std"] / 1.4826,
            "own_min": (4.0 - 2.5) / 1.4826,
            "own_max": (9.0 - 2.5) / 1.4826,
            "own_slope": raw["slope"] / 1.4826,
        }
    )


def test_a_broken_transmission_is_missing_and_cannot_break_the_night():
    features = told(machine([1.0, 2.0, 3.0, 4.0, 1e300, 3.0]))

    assert np.isnan(column(features, "raw.mean.1")[4])
    assert not np.isinf(features.X).any()


def test_a_signal_that_never_moved_has_no_deviation():
    features = told(machine([2.0] * 5 + [3.0]))

    assert np.isnan(column(features, "own.deviation.1")).all()


def test_a_constant_signal_after_a_jump_does_not_move():
    features = told(machine([1e9, *[0.1] * 6]))

    assert column(features, "raw.std.6")[6] == 0.0
    assert column(features, "raw.slope.6")[6] == 0.0


def test_an_exchanged_sensor_starts_new_windows_and_a_new_normal():
    values = [1.0, 2.0, 3.0, 4.0, 50.0, 60.0, 70.0, 80.0, 65.0]
    history = machine(values, role_restarts={"own": instants(40)})

    features = told(history)

    deviations = column(features, "own.deviation.3")
    assert np.isnan(deviations).tolist() == [True] * 3 + [False] + [True] * 3 + [False] * 2
    assert deviations[8] == pytest.approx((statistics.fmean([70, 80, 65]) - 65) / 14.826)
    assert features.baselines["own"].center == 65.0
    assert features.baselines["raw"].center == 2.5
    assert column(features, "raw.mean.3")[4] == pytest.approx((3 + 4 + 50) / 3)


def test_the_step_of_an_exchange_belongs_to_no_sensor():
    history = machine([1.0, 2.0, 3.0, 4.0], restarts=instants(25))

    features = told(history)

    assert column(features, "raw.mean.6").tolist()[:2] == [1.0, 1.5]
    assert np.isnan(column(features, "raw.mean.6")[2])
    assert column(features, "raw.mean.6")[3] == 4.0


def test_an_event_counts_from_its_own_instant_until_it_leaves_the_window():
    events = Events(instants(20, 25, 30), texts("alarm", "trip", "alarm"))

    features = told(machine([0.0] * 7, events=events))

    assert column(features, "alarm.count.1").tolist() == [0, 1, 1, 0, 0, 0, 0]
    assert column(features, "alarm.count.3").tolist() == [0, 1, 2, 2, 1, 0, 0]
    assert column(features, "trip.count.3").tolist() == [0, 0, 1, 1, 1, 0, 0]


def test_a_service_at_the_decision_is_not_known_yet():
    services = Services(instants(30), texts("bearing"), np.ones(1, bool), texts(""))

    features = told(machine([0.0] * 4, services=services, installed_at=-20))

    assert column(features, "bearing.age").tolist() == [3.0, 4.0, 5.0, 1.0]
    assert column(features, "installed.since").tolist() == [3.0, 4.0, 5.0, 6.0]


def test_an_age_nobody_knows_is_missing():
    features = told(machine([0.0] * 3))

    assert np.isnan(column(features, "bearing.age")).all()


def test_attributes_are_numbers_or_one_column_per_level():
    spec = replace(
        SPEC, attributes=("power", "make"), attribute_levels={"make": ("north", "south")}
    )
    history = machine([0.0], attributes={"power": 30.0, "make": "south"})

    features = told(history, spec)

    got = [column(features, n)[0] for n in ("power.value", "make.is north", "make.is south")]
    assert got == [30.0, 0.0, 1.0]


def test_the_share_missing_looks_at_the_longest_window():
    features = told(machine([1.0, math.nan, 1.0, 1.0, 1.0, 1.0, 1.0]))

    assert column(features, "own.missing.6")[[5, 6]] == pytest.approx([1 / 6, 1 / 6])


def test_the_present_value_and_slope_are_in_the_roles_own_unit():
    spec = replace(SPEC, step_us=86_400_000_000 // 24)
    at = np.arange(1, 8, dtype=np.int64) * spec.step_us
    history = MachineHistory(
        "P-1", "pump", int(at[-1]), readings={"own": Series(at, 2.0 + 0.5 * np.arange(7))}
    )

    features = build_features(history, spec, clocks_of(history, spec.mode_codes), at)

    assert features.now["own"].value == 5.0
    assert features.now["own"].slope_per_day == pytest.approx(0.5 * 24)
    assert math.isnan(features.now["raw"].value)


def test_the_names_are_those_of_the_class_and_none_tells_the_hour():
    features = told(machine([0.0] * 3))

    names = [str(name) for name in features.names]
    assert features.X.dtype == np.float32
    assert features.names == feature_names(SPEC)
    assert len(set(names)) == len(names) == features.X.shape[1]
    assert not [name for name in names if "hour" in name]
