"""What left its range is told by name, in hours and days, and in the sensor's own unit."""

from __future__ import annotations

import pytest

from models.drift import ClassDrift, Moved, Outside
from models.drift_words import class_drift_sentence, drift_sentence
from models.features import Baseline, FeatureName, feature_names
from models.spec import ClassSpec, RoleSpec

SPEC = ClassSpec(
    code="pump",
    roles=(
        RoleSpec("heat", "Bearing temperature", "degC", is_comparable=True),
        RoleSpec("shake", "Vibration", "mm/s"),
    ),
    windows=(3, 72),
    modes=("seal",),
    mode_names={"seal": "Shaft seal"},
    event_codes=("trip",),
)
NORMAL = {"shake": Baseline(center=2.0, spread=0.5, from_at=0, to_at=1, count=720), "heat": None}


def column(code: str, statistic: str, window: int = 0) -> FeatureName:
    (found,) = (
        name
        for name in feature_names(SPEC)
        if (name.code, name.statistic, name.window) == (code, statistic, window)
    )
    return found


def said(code: str, statistic: str, window: int, value: float, low: float, high: float) -> str:
    name = column(code, statistic, window)
    sentence = drift_sentence([Outside(name, value, low, high)], SPEC, NORMAL)
    return sentence.removeprefix("Outside what it learned from: ")


@pytest.mark.parametrize(
    ("code", "statistic", "window", "values", "words"),
    [
        (
            "heat",
            "mean",
            72,
            (92.14, 41.0, 78.0),
            "Bearing temperature (mean over the last 3 days 92.1 degC, "
            "learned from 41 to 78 degC).",
        ),
        (
            "heat",
            "slope",
            3,
            (0.5, -0.05, 0.05),
            "Bearing temperature (trend over the last 3 h 12 degC a day, "
            "learned from -1.2 to 1.2 degC a day).",
        ),
        (
            "shake",
            "own_std",
            3,
            (4.0, 0.1, 1.0),
            "Vibration (scatter over the last 3 h 2 mm/s, learned from 0.05 to 0.5 mm/s).",
        ),
        (
            "shake",
            "own_max",
            72,
            (10.0, -1.0, 4.0),
            "Vibration (highest value over the last 3 days 7 mm/s, learned from 1.5 to 4 mm/s).",
        ),
        (
            "heat",
            "deviation",
            3,
            (9.0, -2.0, 3.0),
            "Bearing temperature (mean against its own normal over the last 3 h 9, "
            "learned from -2 to 3).",
        ),
        ("trip", "count", 72, (5.0, 0.0, 2.0), "trip (5 in the last 3 days, learned from 0 to 2)."),
        (
            "seal",
            "age",
            0,
            (2400.0, 20.0, 216.0),
            "running time since Shaft seal was new (100 days, learned from 20 h to 9 days).",
        ),
        (
            "heat",
            "missing",
            72,
            (0.8, 0.0, 0.1),
            "Bearing temperature (share missing over the last 3 days 80 %, "
            "learned from 0 to 10 %).",
        ),
    ],
)
def test_a_value_stands_against_its_range(
    code: str, statistic: str, window: int, values: tuple[float, float, float], words: str
) -> None:
    assert said(code, statistic, window, *values) == words


def test_no_statistic_and_no_window_is_told_by_its_code() -> None:
    labels = [name.label for name in feature_names(SPEC)]

    assert "Vibration, scatter against its own normal over the last 3 h" in labels
    assert not [label for label in labels if "own_" in label or "std" in label or "steps" in label]


def test_each_quantity_is_named_once_and_a_long_list_is_counted() -> None:
    hot = [Outside(column("heat", s, 3), 90.0, 40.0, 80.0) for s in ("mean", "max", "min")]
    spec = ClassSpec("pump", tuple(RoleSpec(f"r{k}", f"R{k}", "") for k in range(8)), windows=(3,))
    names = [name for name in feature_names(spec) if name.statistic == "own_std"]

    assert drift_sentence(hot, SPEC, NORMAL).count("Bearing temperature") == 1
    assert drift_sentence([], SPEC, NORMAL) == ""
    assert drift_sentence([Outside(n, 9.0, 0.0, 1.0) for n in names], spec, {}).endswith(
        "R4 (scatter against its own normal over the last 3 h 9, learned from 0 to 1), 3 more."
    )


def test_a_class_is_told_how_many_of_its_machines_moved_and_how_far() -> None:
    moved = (
        Moved(column("heat", "mean", 72), 2.414, "higher"),
        Moved(column("trip", "count", 72), 0.41, "lower"),
    )

    assert class_drift_sentence(ClassDrift(6, 5, moved)) == (
        "Readings of 5 of 6 machines have left what their class learned. Bearing temperature, mean "
        "over the last 3 days: higher than nearly ever before (PSI 2.41); trip in the last 3 days: "
        "lower than nearly ever before (PSI 0.41)."
    )
    assert class_drift_sentence(ClassDrift(6, 0, ())) == ""
    assert class_drift_sentence(ClassDrift(6, 5, moved[:1] * 5)).endswith("(PSI 2.41); 2 more.")
