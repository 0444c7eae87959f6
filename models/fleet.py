"""The night over many machines: samples, class models, machines; three passes over an engine.

One stream of an engine is open at a time, so each pass must be read to its end before the next.
Results depend on no order of tasks, number of workers or name of a machine.
"""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from models.backtests import assemble
from models.class_data import ClassData, prepare
from models.class_fits import FitResult, FitTask, run_fit
from models.classes import ClassModel
from models.engines import Engine, Lost
from models.races import Race
from models.recipes import Contests
from models.samples import NoReadings, Sample, build_sample
from models.spec import ClassSpec
from models.surveys import Survey, condition_codes, steps_each, survey_of
from models.training import Failed, MachineTask, Outcome, Skipped, train_machine

OnProgress = Callable[[int, int], None]


def survey_machines(
    tasks: Sequence[MachineTask], engine: Engine, *, deadline_s: float | None = None
) -> Iterator[Survey]:
    """Yield a bounded look at each machine of the classes with a condition role, unordered.

    `surveys.fit_regimes` makes regimes of them. A machine that cannot be looked at is left out:
    sampling it says why. Machines of other classes are not read.
    """
    ordered = _largest_first(task for task in tasks if condition_codes(task.spec))
    steps = {code: steps_each(n) for code, n in Counter(task.spec.code for task in ordered).items()}
    for _, result in engine.stream(_survey, ordered, shared=steps, deadline_s=deadline_s):
        if isinstance(result, Survey):
            yield result


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
    contests: Mapping[str, Contests] | None = None,
) -> Iterator[tuple[str, ClassModel | Lost]]:
    """Yield (class code, its model) as soon as the fits of a class are done.

    A class one of whose fits was lost yields the Lost instead; the others do not notice. `folds`
    keeps only the newest origins of the back-test (None = all). `contests` by class and group of
    modes: the recipes that compete there; a group without one compares all that are declared.
    """
    classes: dict[str, _Class] = {}
    for code in sorted(code for code, found in samples.items() if found):
        wanted = (contests or {}).get(code)
        prepared = _prepared(specs[code], samples[code], folds, wanted)
        if isinstance(prepared, Lost):
            yield code, prepared
        else:
            classes[code] = _Class(prepared)
    shared = {code: one.data for code, one in classes.items()}
    done = 0
    while tasks := sorted((t for one in classes.values() for t in one.next_tasks()), key=_rank):
        total = done + len(tasks) + sum(one.tasks_left for one in classes.values())
        for index, result in engine.stream(run_fit, tasks, shared=shared, deadline_s=deadline_s):
            classes[tasks[index].class_code].take(tasks[index], result)
            done += 1
            if on_progress is not None:
                on_progress(done, total)
        for code in [code for code, one in classes.items() if one.is_over()]:
            yield code, classes.pop(code).finished()


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


class _Class:
    """The races of one class, group by group, until all are over or a fit was lost."""

    def __init__(self, data: ClassData) -> None:
        self.data = data
        self.races = [Race(data, group) for group in range(len(data.groups))]
        self.lost: Lost | None = None

    def next_tasks(self) -> list[FitTask]:
        """Close the round before and return the tasks of the next one."""
        return [task for race in self.races for task in race.next_tasks()]

    @property
    def tasks_left(self) -> int:
        """How many tasks are still to be handed out."""
        return sum(race.tasks_left for race in self.races)

    def take(self, task: FitTask, result: FitResult | Lost) -> None:
        """Take what became of one task."""
        if isinstance(result, Lost):
            self.lost = result
        else:
            self.races[task.group].take(task, result)

    def is_over(self) -> bool:
        """End the round; whether nothing is left to fit, or nothing can be saved."""
        for race in self.races:
            race.close_round()
        return self.lost is not None or all(race.is_over for race in self.races)

    def finished(self) -> ClassModel | Lost:
        """Return the class model, or what was lost."""
        return self.lost or assemble(self.data, self.races)


def _rank(task: FitTask) -> tuple[float, str, int, int, str]:
    """Largest first; the rest only makes the order the same every time."""
    fold = -1 if task.fold is None else task.fold
    return (-task.weight, task.class_code, task.group, fold, task.recipe)


def _prepared(
    spec: ClassSpec,
    samples: Sequence[Sample],
    folds: int | None,
    contests: Contests | None,
) -> ClassData | Lost:
    try:
        return prepare(spec, samples, folds, contests=contests)
    except Exception as error:  # one class with contradictory samples must not stop the others
        return Lost(f"{type(error).__name__}: {error}", traceback.format_exc())


def _survey(task: MachineTask, steps: Mapping[str, int]) -> Survey | Skipped:
    try:
        return survey_of(task.load(), task.spec, steps[task.spec.code])
    except NoReadings as trouble:
        return Skipped(task.tag, str(trouble))


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
