"""One machine's own back-test: how each rung did on the rows its class never saw."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.classes import ClassModel
from models.group_models import Curves, GroupModel
from models.metrics import known_within, log_score
from models.pools import first_end
from models.predictors.base import survival_at
from models.samples import Sample
from models.spec import ClassSpec


def own_scores(sample: Sample, spec: ClassSpec, class_model: ClassModel) -> dict[str, Any]:
    """Return, per group, the log score of each rung on this machine's out-of-fold rows."""
    known = class_model.curves.get(sample.tag, {})
    return {
        model.group.name: _scores(sample, spec, model, known[model.group.name])
        for model in class_model.groups
        if model.group.name in known
    }


def _scores(sample: Sample, spec: ClassSpec, model: GroupModel, curves: Curves) -> dict[str, Any]:
    label = first_end([sample.labels[mode] for mode in model.group.modes])
    _, row, tested = np.intersect1d(sample.at, curves.at, return_indices=True)
    failed, known = known_within(label.duration[row], label.kind[row], spec.risk_steps)
    if not known.any():
        return {"rows": 0}
    candidates = {
        "reference": curves.reference[tested].astype(float),
        "class_hazard": curves.hazard[tested].astype(float),
        "own_level": curves.hazard[tested].astype(float) ** curves.level[tested, None],
    }
    risks = {
        name: 1.0 - survival_at(curve[known], spec.edges, spec.risk_steps)
        for name, curve in candidates.items()
    }
    return {
        "rows": int(known.sum()),
        "failed": int(failed[known].sum()),
        "log_score": {name: log_score(risk, failed[known]) for name, risk in risks.items()},
    }
