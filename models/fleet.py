"""The night over many machines: samples, class models, machines; three passes over an engine.

One stream of an engine is open at a time, so each pass must be read to its end before the next.
Results depend on no order of tasks, number of workers or name of a machine.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.backtests import assemble
from models.class_fits import ClassData, FitResult, FitTask, fit_tasks, prepare, run_fit
from models.classes import ClassModel
from models.engines import Engine, Lost
from models.samples import NoReadings, Sample, build_sample
from models.spec import ClassSpec
from models.training import Failed, MachineTask, Outcome, Skipped, train_machine

OnProgress = Callable[[int, int], None]


def sample_machines(
    tasks: Sequence[MachineTask], engine: Engine, *, deadline_s: float | None = None
) -> Iterator[Sample | Skipped | Failed]:
    """Yield each machine's sample as it is built, unordered; one without readings is skipped."""
    ordered = _largest_first(tasks)
    for index, result in engine.stream(_sample, ordered, deadline_s=deadline_s):
        yield _failed(ordered[index].tag, result) if isinstance(result, Lost) else result


def fit_classes(
    samples: Mapping[str, Sequence[Sample]],
    specs: Mapping[str, ClassSpec],
    engine: Engine,
    on_progress: OnProgress | None = None,
    *,
    deadline_s: float | None = None,
    folds: int | None = None,
) -> Iterator[tuple[str, ClassModel | Lost]]:
    """Yield (class code, its model) as soon as all fits of a class are back.

    A class one of whose fits was lost yields the Lost instead; the others do not notice. `folds`
    keeps only the newest origins of the back-test (None = all).
    """
    shared: dict[str, ClassData] = {}
    for code in sorted(code for code, found in samples.items() if found):
        prepared = _prepared(specs[code], samples[code], folds)
        if isinstance(prepared, Lost):
            yield code, prepared
        else:
            shared[code] = prepared
    tasks = sorted(
        (task for data in shared.values() for task in fit_tasks(data)),
        key=lambda task: (-task.weight, task.class_code, task.group, task.fold or -1),
    )
    waiting = {code: _Gathering(data) for code, data in shared.items()}
    stream = engine.stream(run_fit, tasks, shared=shared, deadline_s=deadline_s)
    for done, (index, result) in enumerate(stream, start=1):
        task = tasks[index]
        finished = waiting[task.class_code].add(task, result)
        if on_progress is not None:
            on_progress(done, len(tasks))
        if finished is not None:
            yield task.class_code, finished


def train_machines(
    tasks: Sequence[MachineTask],
    class_models: Mapping[str, ClassModel],
    engine: Engine,
    *,
    validate: bool = True,
    deadline_s: float | None = None,
) -> Iterator[Outcome]:
    """Yield each machine's outcome as it finishes, unordered; no machine can stop another."""
    ordered = _largest_first(tasks)
    shared = (dict(class_models), validate)
    for index, result in engine.stream(_train, ordered, shared=shared, deadline_s=deadline_s):
        yield _failed(ordered[index].tag, result) if isinstance(result, Lost) else result


class _Gathering:
    """The results of one class until they are complete."""

    def __init__(self, data: ClassData) -> None:
        self.data = data
        self.missing = len(fit_tasks(data))
        self.results: dict[tuple[int, int | None], FitResult] = {}
        self.lost: Lost | None = None

    def add(self, task: FitTask, result: FitResult | Lost) -> ClassModel | Lost | None:
        """Take one result; return the class model, or what was lost, with the last one."""
        self.missing -= 1
        if isinstance(result, Lost):
            self.lost = result
        else:
            self.results[task.group, task.fold] = result
        if self.missing:
            return None
        return self.lost or assemble(self.data, self.results)


def _prepared(spec: ClassSpec, samples: Sequence[Sample], folds: int | None) -> ClassData | Lost:
    try:
        return prepare(spec, samples, folds)
    except Exception as error:  # one class with contradictory samples must not stop the others
        return Lost(f"{type(error).__name__}: {error}", traceback.format_exc())


def _sample(task: MachineTask, _: Any) -> Sample | Skipped:
    try:
        return build_sample(task.load(), task.spec)
    except NoReadings as trouble:
        return Skipped(task.tag, str(trouble))


def _train(task: MachineTask, shared: tuple[Mapping[str, ClassModel], bool]) -> Outcome:
    class_models, validate = shared
    return train_machine(task, class_models.get(task.spec.code), validate)


def _failed(tag: str, lost: Lost) -> Failed:
    return Failed(tag, "\n".join(part for part in (lost.reason, lost.detail) if part))


def _largest_first(tasks: Iterable[MachineTask]) -> list[MachineTask]:
    return sorted(tasks, key=lambda task: (-task.weight, task.tag))
