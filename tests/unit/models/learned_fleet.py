"""Eight pumps, sampled and learned once for all tests of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, partial

from models.classes import ClassModel
from models.engines import Lost, SerialEngine
from models.fleet import fit_classes
from models.history import MachineHistory
from models.samples import Sample, build_sample
from models.spec import ClassSpec, RoleSpec
from models.training import MachineTask
from tests.unit.models.conftest import STEP, STEPS_PER_DAY, pump

PUMPS = 8
DAYS = 160

SPEC = ClassSpec(
    code="pump",
    roles=(
        RoleSpec("vibration", "Vibration", "mm/s"),
        RoleSpec("temperature", "Bearing temperature", "°C", is_comparable=True),
    ),
    step_us=STEP,
    decision_us=STEP,
    review_steps=STEPS_PER_DAY,
    windows=(4, 12),
    horizons=(4, 28),
    lead_steps=4,
    horizon_steps=28,
    modes=("bearing", "seal"),
    event_codes=("alarm",),
    baseline_steps=40,
)


@dataclass(frozen=True)
class Stored:
    """A picklable loader: hands out one history."""

    history: MachineHistory

    def __call__(self) -> MachineHistory:
        return self.history


@cache
def histories() -> tuple[MachineHistory, ...]:
    return tuple(pump(f"P-{100 + k}", DAYS, seed=k) for k in range(PUMPS))


@cache
def samples() -> tuple[Sample, ...]:
    return tuple(build_sample(history, SPEC) for history in histories())


@cache
def class_model() -> ClassModel:
    return learn(samples())


def learn(found: Sequence[Sample], spec: ClassSpec = SPEC) -> ClassModel:
    """Return the class model of these samples, learned in this process."""
    ((code, model),) = fit_classes({spec.code: found}, {spec.code: spec}, SerialEngine())
    assert code == spec.code
    assert not isinstance(model, Lost), model
    return model


def task(history: MachineHistory, spec: ClassSpec = SPEC) -> MachineTask:
    return MachineTask(history.tag, Stored(history), spec)


def renamed(history: MachineHistory, tag: str) -> MachineHistory:
    return replace(history, tag=tag)


young = partial(pump, days=9, seed=99)
