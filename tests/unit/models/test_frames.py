"""Histories from and to pandas frames."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from models.frames import history_from_frames, history_to_frames
from models.history import HistoryError

FEBRUARY = pd.Timestamp("2026-02-01", tz="UTC")


def test_frames_there_and_back_are_the_same_history(small_history):
    until = pd.Timestamp(small_history.until, unit="us", tz="UTC")

    back = history_from_frames(
        "P-101", "pump", until.tz_convert("Europe/Berlin"), history_to_frames(small_history)
    )

    assert back.until == small_history.until
    for role, series in small_history.readings.items():
        assert np.array_equal(back.readings[role].at, series.at)
        assert np.array_equal(back.readings[role].value, series.value)
    for name in ("events", "services", "failures"):
        old, new = getattr(small_history, name), getattr(back, name)
        for column in old.__dataclass_fields__:
            assert getattr(old, column).tolist() == getattr(new, column).tolist()


def test_a_frame_without_a_time_zone_is_refused():
    failures = pd.DataFrame({"at": pd.to_datetime(["2026-01-01"]), "component": ["seal"]})

    with pytest.raises(HistoryError, match="zone"):
        history_from_frames("P-1", "pump", FEBRUARY, {"failures": failures})


def test_until_without_a_time_zone_is_refused():
    with pytest.raises(HistoryError, match="zone"):
        history_from_frames("P-1", "pump", pd.Timestamp("2026-02-01"), {})


def test_rows_may_come_in_any_order():
    at = pd.to_datetime(["2026-01-02", "2026-01-01"], utc=True)
    readings = pd.DataFrame({"at": at, "role": "vibration", "value": [2.0, 1.0]})

    history = history_from_frames("P-1", "pump", FEBRUARY, {"readings": readings})

    history.check()
    assert history.readings["vibration"].value.tolist() == [1.0, 2.0]


def test_absent_frames_are_empty_tables():
    history = history_from_frames("P-1", "pump", FEBRUARY, {})

    history.check()
    assert history_to_frames(history) == {}
