"""After the machine stage: whether the newest readings of a class have left what it learned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy import float32
from numpy.typing import NDArray

from app.services.retraining.plan import ClassPlan, key
from app.services.retraining.work import Work
from models import ClassModel
from models.drift import LEAST_MACHINES, class_drift
from models.drift_words import class_drift_sentence
from models.features import FeatureName, event_codes_of, feature_names


def class_drifts(
    work: Work, plans: Sequence[ClassPlan], models: Mapping[str, tuple[ClassModel, int]]
) -> tuple[dict[str, Any], ...]:
    """One entry for each class most machines of which answered tonight, ready for JSON.

    `sentence` is "" where nothing moved. A class too small to compare has no entry.
    """
    known = {code: model for code, (model, _) in models.items()}
    return tuple(
        entry
        for plan in plans
        if (model := known.get(plan.settings.code)) is not None
        for entry in _entries(work, plan, model)
    )


def _entries(work: Work, plan: ClassPlan, model: ClassModel) -> Iterator[dict[str, Any]]:
    names = _columns(plan, model)
    newest = _newest(work, plan, len(names))
    is_most = len(newest) >= LEAST_MACHINES and 2 * len(newest) > len(plan.machines)
    if model.memory is None or not names or not is_most:
        return
    found = class_drift(model.memory.reference, names, newest)
    yield {
        "class_id": plan.settings.id,
        "machines": found.machines,
        "outside": found.outside,
        "sentence": class_drift_sentence(found),
    }


def _columns(plan: ClassPlan, model: ClassModel) -> tuple[FeatureName, ...]:
    """The columns the class was fitted on; nothing when its roles have changed since."""
    names = feature_names(replace(plan.spec, event_codes=event_codes_of(model.names, plan.spec)))
    return names if tuple(str(name) for name in names) == model.names else ()


def _newest(work: Work, plan: ClassPlan, columns: int) -> list[NDArray[float32]]:
    """The newest rows of each machine that answered; one that was read with an event code the
    class has not learned has other columns, and is left out."""
    told = (work.health.get(key(machine)) for machine in plan.machines)
    return [one.newest for one in told if one is not None and one.newest.shape[1] == columns]
