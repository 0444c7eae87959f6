"""The class stage: operating regimes, samples of every machine, then the fits of each class."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import TypeVar

import sqlalchemy as sa

from app.db.predictions import Artifact, ClassVersion
from app.db.training import Stage
from app.domain.instants import to_micros
from app.services import runs
from app.services.retraining import contests, machines
from app.services.retraining.machines import BY
from app.services.retraining.plan import ClassPlan, key
from app.services.retraining.store import store_class
from app.services.retraining.work import Work
from models import (
    ClassModel,
    Failed,
    Regimes,
    Sample,
    Survey,
    artifacts,
    fit_classes,
    fit_regimes,
    sample_machines,
    survey_machines,
)
from models.engines import Lost
from models.recipes import Contests

# How many stored versions are tried before a class counts as having learned nothing.
LAST_GOOD = 3
log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


class ClassModels(dict[str, tuple[ClassModel, int]]):
    """Class code -> its model and the id of the version it is stored as."""


def fit_or_load(work: Work, plans: Sequence[ClassPlan]) -> ClassModels:
    """Give every class with something to do a model: fitted tonight, or the newest stored one."""
    busy = [plan for plan in plans if plan.todo]
    if work.order.is_refit:
        return _fit(work, busy)
    return _load(work, busy)


def as_learned(
    plans: Sequence[ClassPlan], models: Mapping[str, tuple[ClassModel, int]]
) -> tuple[ClassPlan, ...]:
    """The plans with the operating regimes their classes' models were fitted in."""
    known = {code: model.regimes for code, (model, _) in models.items()}
    return tuple(_in_regimes(plan, known.get(plan.settings.code)) for plan in plans)


def _in_regimes(plan: ClassPlan, regimes: Regimes | None) -> ClassPlan:
    return replace(plan, spec=replace(plan.spec, regimes=regimes))


def _surveyed(work: Work, plans: Sequence[ClassPlan]) -> list[ClassPlan]:
    """The plans with the operating regimes found in all machines of each class."""
    tasks = [plan.task(m, work.database.url) for plan in plans for m in plan.machines]
    found: dict[str, list[Survey]] = {}
    surveys = survey_machines(tasks, work.engine, deadline_s=work.order.deadline_s)
    for survey in _unless_cancelled(work, surveys):
        found.setdefault(survey.class_code, []).append(survey)
    return [
        _in_regimes(plan, fit_regimes(plan.spec, found.get(plan.settings.code, [])))
        for plan in plans
    ]


def _fit(work: Work, plans: Sequence[ClassPlan]) -> ClassModels:
    plans = _surveyed(work, plans)
    samples = _samples(work, plans)
    specs = {plan.settings.code: plan.spec for plan in plans}
    by_code = {plan.settings.code: plan for plan in plans}
    fitted = ClassModels()

    def tell(done: int, total: int) -> None:
        work.check()
        work.tell(Stage.CLASSES, done, total)

    stream = fit_classes(
        samples,
        specs,
        work.engine,
        tell,
        folds=work.order.folds,
        contests=_contests(work, plans),
    )
    for code, model in stream:
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
            contests.keep(
                session,
                class_id=by_code[code].settings.id,
                run_id=work.run.id,
                model=model,
                at=by_code[code].settings.until,
            )
        fitted[code] = (model, version_id)
    return fitted


def _contests(work: Work, plans: Sequence[ClassPlan]) -> dict[str, Contests]:
    """Who competes in each class tonight, after what the forecasts as issued have decided."""
    found: dict[str, Contests] = {}
    with work.writing() as session:
        for plan in plans:
            class_id, at = plan.settings.id, plan.settings.until
            contests.promote(session, class_id=class_id, at=at, by=BY)
            session.flush()
            found[plan.settings.code] = contests.contests(
                session,
                class_id=class_id,
                predictor=plan.spec.predictor,
                at=at,
                is_light=work.order.folds is not None,
            )
    return found


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


def _unless_cancelled(work: Work, answers: Iterator[Answer]) -> Iterator[Answer]:
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
    """Verified before it is parsed; a refused one is named in the run and the one before serves."""
    with work.reading() as session:
        rows = session.execute(_stored(plan)).all()
    found, refused = None, list[str]()
    for version_id, as_of, digest, content in rows:
        try:
            found = _opened(content, digest, work.order.key, plan.settings.code, as_of), version_id
            break
        except artifacts.ArtifactRefused as trouble:
            log.error("class version %s is refused: %s", version_id, trouble)
            refused.append(f"version {version_id}: {trouble.reason}")
    if refused:
        _tell_refused(work, plan, refused, None if found is None else found[1])
    return found


def _tell_refused(work: Work, plan: ClassPlan, refused: Sequence[str], serving: int | None) -> None:
    """Where planners look: on the page of the run."""
    code = plan.settings.code
    text = f"Stored predictors of class {code} were refused ({'; '.join(refused)}). "
    if serving is None:
        text += "None is left to forecast with: train the class again."
    else:
        text += f"Version {serving}, the last good one, serves until the class is trained again."
    with work.writing() as session:
        runs.remark(session, run=work.run, text=text)


# A process that lives through many nights forecasts most of them with the same predictors.
@lru_cache(maxsize=16)
def _opened(content: bytes, digest: str, key: bytes, code: str, as_of: datetime) -> ClassModel:
    """Raise ArtifactRefused for anything but the very bytes that were stored for this night."""
    if artifacts.digest(content) != digest:
        raise artifacts.ArtifactRefused(_why_not(content, key))
    expected = {"kind": "class", "code": code, "trained_until": to_micros(as_of)}
    stored = artifacts.unpack(content, key=key, expect=expected)
    try:
        return ClassModel.from_parts(stored.manifest, stored.arrays, stored.blobs)
    except (KeyError, TypeError, ValueError) as trouble:  # signed by us, so of another shape only
        found = f"{type(trouble).__name__}: {trouble}"
        raise artifacts.ArtifactRefused(artifacts.Reason.OTHER_RELEASE, found) from trouble


def _why_not(content: bytes, key: bytes) -> artifacts.Reason:
    """What is wrong with bytes that are not the stored ones; they may be sound, and another's."""
    try:
        artifacts.unpack(content, key=key)
    except artifacts.ArtifactRefused as refused:
        return refused.reason
    return artifacts.Reason.REPLACED


def _stored(plan: ClassPlan) -> sa.Select[int, datetime, str, bytes]:
    return (
        sa.select(ClassVersion.id, ClassVersion.as_of, Artifact.digest, Artifact.content)
        .join(Artifact, Artifact.digest == ClassVersion.artifact_digest)
        .where(
            ClassVersion.equipment_class_id == plan.settings.id,
            ClassVersion.as_of <= plan.settings.until,
        )
        .order_by(ClassVersion.as_of.desc(), ClassVersion.id.desc())
        .limit(LAST_GOOD)
    )
