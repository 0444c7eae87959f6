"""The night, from opening the run to closing it. Each outcome is a transaction of its own.

A killed trainer costs unfinished machines only: the next start finds the run by its kind and
as-of, skips what has an outcome, and decides once at the end.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError

from app.db.training import RunState, Stage
from app.domain.roles import system
from app.queries.fleet import last_decision, require_tags
from app.services import conditions, forecast_scores, inspections, predictions, runs
from app.services.retraining import classes, drifts, health, machines
from app.services.retraining.night import NightOrder, NightReport
from app.services.retraining.plan import ClassPlan, plan_night
from app.services.retraining.work import NightCancelled, Work
from models import ClassModel, engines

log = logging.getLogger(__name__)
BY = system(predictions.NIGHT)
HEARTBEAT_S = 10.0


def run_night(order: NightOrder, *, started: float | None = None) -> NightReport:
    """Run (or resume) one night and return its report; *started* is a `time.monotonic` reading.

    1. open the run, 2. samples and class fits, 3. machines, 4. former forecasts judged,
    5. drift of whole classes told, decisions and orders, 6. close.
    Raise RunBusy, NightDone or NotFound before anything was changed.
    """
    begun = time.monotonic() if started is None else started
    work = _open(order)
    try:
        with _beating(work):
            plans = _plan(work)
            models = classes.fit_or_load(work, plans)
            plans = classes.as_learned(plans, models)
            machines.train(work, plans, models)
            _judge(work)
            _decide(work, plans, models)
    except NightCancelled:
        work.report.is_cancelled = True
    work.report.seconds = time.monotonic() - begun
    work.report.task_cpu_seconds = work.engine.cpu_seconds
    _close(work)
    return work.report


def _open(order: NightOrder) -> Work:
    engine = engines.create(order.engine, order.workers)
    with order.database.transaction() as session:
        require_tags(session, site_id=order.site_id, tags=order.tags)
        now = order.plant_now()
        as_of = order.as_of or last_decision(session, at=now, site_id=order.site_id)
        wanted = runs.Wanted(
            kind=order.kind,
            site_id=order.site_id,
            local_date=order.local_date or as_of.date(),
            as_of=as_of,
            is_refit=order.is_refit,
            engine=order.engine,
            workers=engine.workers,
        )
        run = runs.open_run(session, wanted=wanted, now=now, wall=order.wall(), by=BY)
    report = NightReport(run_id=run.id, as_of=run.as_of, workers=engine.workers)
    return Work(order=order, run=run, as_of=run.as_of, engine=engine, report=report)


def _plan(work: Work) -> tuple[ClassPlan, ...]:
    with work.reading() as session:
        return plan_night(
            session,
            run_id=work.run.id,
            site_id=work.order.site_id,
            as_of=work.as_of,
            tags=work.order.tags,
            is_refit=work.order.is_refit,
            is_forced=work.order.is_forced,
        )


def _judge(work: Work) -> None:
    work.check()
    with work.writing() as session:
        forecast_scores.score(session, run_id=work.run.id, now=work.now())


def _decide(
    work: Work, plans: tuple[ClassPlan, ...], models: Mapping[str, tuple[ClassModel, int]]
) -> None:
    work.check()
    work.tell(Stage.ORDERS, 0, 1)
    judged = health.judged(work, plans)
    work.report.class_drift = drifts.class_drifts(work, plans, models)
    machine_ids = [m.id for plan in plans for m in plan.machines if m.is_wanted]
    with work.writing() as session:
        decided = predictions.decide(
            session,
            run_id=work.run.id,
            equipment_ids=machine_ids,
            drifts={drift["class_id"]: drift["sentence"] for drift in work.report.class_drift},
            now=work.now(),
            by=BY,
        )
        watched = conditions.watch(
            session, equipment_ids=machine_ids, as_of=work.as_of, now=work.now(), by=BY
        )
        inspected = inspections.decide(
            session, run_id=work.run.id, health=judged, now=work.now(), by=BY
        )
    work.report.inspections_raised = inspected.raised
    work.report.inspections_held_back = inspected.held_back
    work.report.orders_raised = decided.raised
    work.report.orders_updated = decided.updated
    work.report.orders_held_back = decided.held_back
    work.report.orders_withheld = decided.withheld
    work.report.orders_absorbed = decided.absorbed
    work.report.orders_held_by_storm = decided.held_by_storm
    work.report.limits_raised = watched.raised
    work.report.limits_absorbed = watched.absorbed
    work.report.limits_held_back = watched.held_back


def _close(work: Work) -> None:
    cancelled = work.report.is_cancelled
    state = RunState.CANCELLED if cancelled else RunState.FINISHED
    with work.writing() as session:
        machines.count(session, work)
        runs.close_run(
            session,
            run=work.run,
            state=state,
            counts=work.report.counts(),
            note="Cancelled from a page." if cancelled else "",
            now=work.now(),
            by=BY,
        )
    work.tell(Stage.DONE, work.report.machines, work.report.machines)


@contextmanager
def _beating(work: Work) -> Iterator[None]:
    """Keep the lease alive while the night works, and notice a wish to cancel."""
    stop = Event()
    thread = Thread(target=_beat, args=(work, stop.wait), daemon=True, name="lease")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(work: Work, wait: Callable[[float], bool]) -> None:
    while not wait(HEARTBEAT_S):
        try:
            work.beat()
        except runs.LeaseLost:
            log.warning("training run %s was taken over", work.run.id)
            work.cancelled.set()
            return
        except DBAPIError:  # a database that was busy for once; the lease outlives several beats
            log.warning("the lease of training run %s was not extended", work.run.id, exc_info=True)
