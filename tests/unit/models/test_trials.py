"""A trial learns before an origin and is judged after it."""

from __future__ import annotations

import numpy as np

from models.engines import SerialEngine
from models.trials import run_trial
from tests.unit.models.learned_fleet import SPEC, samples

DAY = 86_400_000_000


def test_the_hazard_beats_age_and_limit_on_time_it_never_saw():
    origin = int(samples()[0].at[0]) + 100 * DAY

    trial = run_trial(SPEC, samples(), origin, SerialEngine(), gap_steps=28)
    scores = trial.at_horizon(SPEC.risk_steps)

    assert all((part.rows.at >= origin).all() for part in trial.after)
    assert all((part.rows.at < origin).all() for part in trial.before)
    assert scores["hazard"]["log_score"] < scores["reference"]["log_score"]
    assert scores["hazard"]["f1"] > scores["reference"]["f1"]
    assert scores["base"]["brier_skill"] == 0.0
    assert scores["failed"] == int(np.sum([_failed(part) for part in trial.after]))


def _failed(part) -> int:
    target = part.rows.target
    return int(((target.kind > 0) & (target.duration <= SPEC.risk_steps)).sum())
