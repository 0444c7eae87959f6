"""The class stage: samples of every machine, then one fit per class, mode and origin."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import sqlalchemy as sa

from app.db.predictions import Artifact, ClassVersion
from app.db.training import Stage
from app.services.retraining import machines
from app.services.retraining.plan import ClassPlan, key
from app.services.retraining.store import store_class
from app.services.retraining.work import Work
from models import ClassModel, Failed, Sample, Skipped, artifacts, fit_classes, sample_machines
from models.engines import Lost

# How many stored versions are tried before a class counts as having learned nothing.
LAST_GOOD = 3
log = logging.getLogger(__name__)


class ClassModels(dict[str, tuple[ClassModel, int]]):
    """Class code -> its model and the id of the version it is stored as."""


def fit_or_load(work: Work, plans: Sequence[ClassPlan]) -> ClassModels:
    """Give every class with something to do a model: fitted tonight, or the newest stored one."""
    busy = [plan for plan in plans if plan.todo]
    if work.order.is_refit:
        return _fit(work, busy)
    return _load(work, busy)


def _fit(work: Work, plans: Sequence[ClassPlan]) -> ClassModels:
    samples = _samples(work, plans)
    specs = {plan.settings.code: plan.spec for plan in plans}
    by_code = {plan.settings.code: plan for plan in plans}
    fitted = ClassModels()

    def tell(done: int, total: int) -> None:
        work.check()
        work.tell(Stage.CLASSES, done, total)

    for code, model in fit_classes(samples, specs, work.engine, tell, folds=work.order.folds):
        if isinstance(model, Lost):
            _fail_class(work, by_code[code], model)
            continue
        with work.writing() as session:
            version_id = store_class(
                session,
                run=work.run,
                plan=by_code[code],
                model=model,
                key=work.order.key,
                now=work.now(),
            )
        fitted[code] = (model, version_id)
    return fitted


def _samples(work: Work, plans: Sequence[ClassPlan]) -> Mapping[str, list[Sample]]:
    """One sample per machine of the class, wanted or not: the hazard is learned from all."""
    owners = {key(m): (plan, m) for plan in plans for m in plan.machines}
    tasks = [plan.task(m, work.database.url) for plan in plans for m in plan.machines]
    found: dict[str, list[Sample]] = {}
    work.tell(Stage.READING, 0, len(tasks))
    answers = sample_machines(tasks, work.engine, deadline_s=work.order.deadline_s)
    for done, answer in enumerate(_unless_cancelled(work, answers), start=1):
        plan, machine = owners[answer.tag]
        if isinstance(answer, Sample):
            found.setdefault(plan.settings.code, []).append(answer)
        elif machine in plan.todo:
            machines.store(work, plan, machine, answer, class_version_id=None)
        work.tell(Stage.READING, done, len(tasks))
    return found


def _unless_cancelled(
    work: Work, answers: Iterator[Sample | Skipped | Failed]
) -> Iterator[Sample | Skipped | Failed]:
    for answer in answers:
        work.check()
        yield answer


def _fail_class(work: Work, plan: ClassPlan, lost: Lost) -> None:
    reason = f"The hazard of class {plan.settings.code} could not be fitted: {lost.reason}"
    for machine in plan.todo:
        machines.store(work, plan, machine, Failed(key(machine), reason), class_version_id=None)


def _load(work: Work, plans: Sequence[ClassPlan]) -> ClassModels:
    """The newest stored class model of each class not later than tonight that can be trusted."""
    loaded = ClassModels()
    for plan in plans:
        found = _newest_good(work, plan)
        if found is not None:
            loaded[plan.settings.code] = found
    return loaded


def _newest_good(work: Work, plan: ClassPlan) -> tuple[ClassModel, int] | None:
    """Verified before it is parsed; a refused one is named in the log and the one before serves."""
    with work.reading() as session:
        rows = session.execute(_stored(plan)).all()
    for version_id, content in rows:
        try:
            return _opened(content, work.order.key, plan.settings.code), version_id
        except artifacts.ArtifactRefused as refused:
            log.error("class version %s is refused: %s", version_id, refused)
    return None


# A process that lives through many nights forecasts most of them with the same predictors.
@lru_cache(maxsize=16)
def _opened(content: bytes, key: bytes, code: str) -> ClassModel:
    stored = artifacts.unpack(content, key=key, expect={"kind": "class", "code": code})
    return ClassModel.from_parts(stored.manifest, stored.arrays, stored.blobs)


def _stored(plan: ClassPlan) -> sa.Select[int, bytes]:
    return (
        sa.select(ClassVersion.id, Artifact.content)
        .join(Artifact, Artifact.digest == ClassVersion.artifact_digest)
        .where(
            ClassVersion.equipment_class_id == plan.settings.id,
            ClassVersion.as_of <= plan.settings.until,
        )
        .order_by(ClassVersion.as_of.desc(), ClassVersion.id.desc())
        .limit(LAST_GOOD)
    )
