"""Who may run a night: leases, fencing, one night per site and date, wishes of the pages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.training import RequestKind, RunKind, RunState, Stage, TrainingRequest, TrainingRun
from app.domain.errors import NotFound, RuleBroken
from app.domain.roles import Actor, system
from app.services import runs
from app.services.runs import LEASE, LeaseLost, NightDone, OpenRun, RunBusy, Wanted
from tests.plant import Plant

BY = system("night")
SECOND = timedelta(seconds=1)

Open = Callable[..., OpenRun]


@pytest.fixture
def manual(now: datetime) -> Wanted:
    return Wanted(
        kind=RunKind.MANUAL,
        site_id=None,
        local_date=now.date(),
        as_of=now,
        is_refit=True,
        engine="loky",
        workers=2,
    )


@pytest.fixture
def nightly(manual: Wanted, make: Plant) -> Wanted:
    return replace(manual, kind=RunKind.NIGHTLY, site_id=make.site().id)


@pytest.fixture
def open_run(database: Database, now: datetime) -> Open:
    """Opens a run in a transaction of its own; `wall` is the real time."""

    def opened(wanted: Wanted, wall: datetime = now) -> OpenRun:
        with database.transaction() as session:
            return runs.open_run(session, wanted=wanted, now=now, wall=wall, by=BY)

    return opened


def close(database: Database, run: OpenRun, now: datetime, **more: Any) -> None:
    given = {"state": RunState.FINISHED, "counts": {"trained": 1}, "note": "", **more}
    with database.transaction() as session:
        runs.close_run(session, run=run, now=now, by=BY, **given)


def owner_dies(database: Database, run: OpenRun) -> None:
    """The run's holder was a process of this host that has ended."""
    child = subprocess.Popen([sys.executable, "-c", ""])
    child.wait()
    host = runs.owner().rsplit(":", 2)[0]
    with database.transaction() as session:
        session.get_one(TrainingRun, run.id).lease_owner = f"{host}:{child.pid}:12345"


# --- opening


def test_a_new_run_is_at_work_and_audited(make, manual, open_run: Open, now) -> None:
    run = open_run(manual)

    row = make.get(TrainingRun, run.id)
    assert (run.token, run.is_resumed, run.as_of) == (1, False, now)
    assert (row.state, row.stage, row.lease_token) == (RunState.RUNNING, Stage.OPENING, 1)
    assert row.lease_expires_at == now + LEASE
    assert [line.action for line in make.all(AuditRow, entity="training_run")] == ["opened"]


def test_nobody_opens_a_run_while_another_trainer_is_alive(
    make, manual, nightly, open_run: Open, now
) -> None:
    open_run(manual)

    for wanted in (manual, nightly, replace(manual, as_of=now - timedelta(days=1))):
        with pytest.raises(RunBusy, match="still at work"):
            open_run(wanted, now + LEASE - SECOND)

    assert len(make.all(TrainingRun)) == 1


def test_a_lease_that_ran_out_lets_the_next_trainer_resume(
    make, manual, open_run: Open, now
) -> None:
    first = open_run(manual)

    second = open_run(manual, now + LEASE)

    assert (second.id, second.token, second.is_resumed) == (first.id, 2, True)
    assert make.get(TrainingRun, first.id).lease_expires_at == now + LEASE + LEASE


def test_a_trainer_that_died_here_is_resumed_at_once(database, manual, open_run: Open, now) -> None:
    first = open_run(manual)
    owner_dies(database, first)

    second = open_run(manual, now + SECOND)

    assert (second.id, second.token) == (first.id, 2)


def test_a_pid_that_was_given_to_another_process_does_not_keep_the_lease(
    database, manual, open_run: Open, now
) -> None:
    first = open_run(manual)
    host = runs.owner().rsplit(":", 2)[0]
    with database.transaction() as session:
        session.get_one(TrainingRun, first.id).lease_owner = f"{host}:{os.getpid()}:1"

    assert open_run(manual, now + SECOND).is_resumed


def test_a_trainer_of_another_host_is_believed_until_its_lease_ends(
    database, manual, open_run: Open, now
) -> None:
    first = open_run(manual)
    with database.transaction() as session:
        session.get_one(TrainingRun, first.id).lease_owner = "elsewhere:1:1"

    with pytest.raises(RunBusy):
        open_run(manual, now + LEASE - SECOND)
    assert open_run(manual, now + LEASE).is_resumed


def test_a_resumed_night_keeps_the_cut_off_it_was_opened_with(nightly, open_run: Open, now) -> None:
    open_run(nightly)

    later = open_run(replace(nightly, as_of=now + timedelta(hours=4)), now + LEASE)

    assert (later.is_resumed, later.as_of) == (True, now)


def test_a_manual_run_for_another_time_gives_the_dead_one_up(
    make, manual, open_run: Open, now
) -> None:
    dead = open_run(manual)

    fresh = open_run(replace(manual, as_of=now + timedelta(days=1)), now + LEASE)

    given_up = make.get(TrainingRun, dead.id)
    assert fresh.id != dead.id
    assert (given_up.state, given_up.lease_token) == (RunState.FAILED, 2)
    assert "died" in given_up.note


def test_a_run_by_hand_leaves_a_dead_night_to_the_scheduler(
    make, manual, nightly, open_run: Open, now
) -> None:
    night = open_run(nightly)

    by_hand = open_run(manual, now + LEASE)

    assert by_hand.id != night.id
    assert make.get(TrainingRun, night.id).state is RunState.RUNNING


# --- one night per site and date


def test_a_night_runs_once_per_site_and_date(database, make, nightly, open_run: Open, now) -> None:
    close(database, open_run(nightly), now)

    with pytest.raises(NightDone, match="2026-03-02 has already run"):
        open_run(nightly)

    open_run(replace(nightly, local_date=date(2026, 3, 3)))
    assert len(make.all(TrainingRun)) == 2


def test_two_sites_have_nights_of_their_own(database, make, nightly, open_run: Open, now) -> None:
    close(database, open_run(nightly), now)

    other = open_run(replace(nightly, site_id=make.site("south").id))

    assert not other.is_resumed


def test_a_night_left_half_done_gives_way_to_the_next_date(
    make, nightly, open_run: Open, now
) -> None:
    old = open_run(nightly)

    new = open_run(replace(nightly, local_date=date(2026, 3, 3)), now + timedelta(days=1))

    assert make.get(TrainingRun, old.id).state is RunState.FAILED
    assert new.id != old.id


@pytest.mark.parametrize("kind", RunKind)
def test_of_trainers_that_start_together_one_works(
    database, make, manual, nightly, open_run: Open, kind: RunKind
) -> None:
    wanted = {RunKind.MANUAL: manual, RunKind.NIGHTLY: nightly}[kind]
    gate, answers = Barrier(6), []

    def start() -> None:
        gate.wait()
        try:
            answers.append(open_run(wanted))
        except RuleBroken as refusal:
            answers.append(type(refusal))

    threads = [Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(make.all(TrainingRun)) == 1
    assert answers.count(RunBusy) == 5


# --- writing under the lease


def test_a_trainer_that_was_overtaken_writes_nothing_more(
    database, make, manual, open_run: Open, now
) -> None:
    paused = open_run(manual)
    open_run(manual, now + LEASE)

    def tell(run: OpenRun) -> None:
        with database.transaction() as session:
            runs.progress(session, run=run, stage=Stage.MACHINES, done=5, total=9)

    def beat(run: OpenRun) -> None:
        with database.transaction() as session:
            runs.heartbeat(session, run=run, wall=now + timedelta(days=1))

    for write in (tell, beat, lambda run: close(database, run, now)):
        with pytest.raises(LeaseLost):
            write(paused)
    row = make.get(TrainingRun, paused.id)
    assert (row.stage, row.state, row.steps_done) == (Stage.OPENING, RunState.RUNNING, 0)
    assert row.lease_expires_at == now + LEASE + LEASE


def test_a_closed_run_takes_no_more_writes(database, manual, open_run: Open, now) -> None:
    run = open_run(manual)
    close(database, run, now)

    with database.transaction() as session, pytest.raises(LeaseLost):
        runs.hold(session, run=run)


def test_a_heartbeat_extends_the_lease(database, make, manual, open_run: Open, now) -> None:
    run = open_run(manual)
    later = now + timedelta(seconds=50)

    with database.transaction() as session:
        is_cancelled = runs.heartbeat(session, run=run, wall=later)

    assert not is_cancelled
    assert make.get(TrainingRun, run.id).lease_expires_at == later + LEASE


def test_progress_says_where_the_run_stands(database, make, manual, open_run: Open) -> None:
    run = open_run(manual)

    with database.transaction() as session:
        runs.progress(session, run=run, stage=Stage.MACHINES, done=3, total=9)
    with database.transaction() as session:
        runs.progress(session, run=run, stage=Stage.ORDERS)

    row = make.get(TrainingRun, run.id)
    assert (row.stage, row.steps_done, row.steps_total) == (Stage.ORDERS, 3, 9)


def test_a_closed_run_is_done_with_its_counts(database, make, manual, open_run: Open, now) -> None:
    close(database, open_run(manual), now, counts={"trained": 7}, note="All well.")

    (row,) = make.all(TrainingRun)
    assert (row.state, row.stage, row.counts) == (RunState.FINISHED, Stage.DONE, {"trained": 7})
    assert (row.finished_at, row.note) == (now, "All well.")
    assert [line.action for line in make.all(AuditRow, entity="training_run")] == [
        "opened",
        "finished",
    ]


def test_somebody_is_at_work_only_while_its_lease_runs(
    database, manual, open_run: Open, now
) -> None:
    def at_work(wall: datetime) -> bool:
        with database.reading() as session:
            return runs.is_anyone_at_work(session, wall=wall)

    idle = at_work(now)
    run = open_run(manual)

    assert (idle, at_work(now + SECOND), at_work(now + LEASE)) == (False, True, False)
    close(database, run, now)
    assert not at_work(now + SECOND)


# --- wishes of the pages


@pytest.fixture
def wish(database: Database, now: datetime, ann: Actor) -> Callable[..., int]:
    def wished(kind: RequestKind, run_id: int | None = None) -> int:
        with database.transaction() as session:
            return runs.request_run(session, kind=kind, run_id=run_id, now=now, by=ann)

    return wished


def take(database: Database, now: datetime, kind: RequestKind) -> int | None:
    with database.transaction() as session:
        return runs.take_request(session, kind=kind, now=now)


def test_a_wish_is_taken_once(database, make, wish, now, ann: Actor) -> None:
    wish_id = wish(RequestKind.RUN_NOW)

    assert take(database, now, RequestKind.RETRY_FAILED) is None
    assert take(database, now, RequestKind.RUN_NOW) == wish_id
    assert take(database, now, RequestKind.RUN_NOW) is None
    (row,) = make.all(TrainingRequest)
    assert (row.requested_by_id, row.taken_at) == (ann.id, now)


def test_twenty_clicks_are_one_wish(database, make, wish, now) -> None:
    ids = {wish(RequestKind.RUN_NOW) for _ in range(20)}

    assert len(ids) == len(make.all(TrainingRequest)) == 1
    assert len(make.all(AuditRow, entity="training_request")) == 1
    take(database, now, RequestKind.RUN_NOW)
    assert wish(RequestKind.RUN_NOW) not in ids


def test_a_wish_to_cancel_reaches_the_heartbeat_of_its_run_and_ends_with_it(
    database, make, manual, open_run: Open, wish, now
) -> None:
    run = open_run(manual)
    wish(RequestKind.CANCEL, run.id)

    with database.transaction() as session:
        is_cancelled = runs.heartbeat(session, run=run, wall=now)
    close(database, run, now, state=RunState.CANCELLED)

    assert is_cancelled
    assert [row.taken_at for row in make.all(TrainingRequest)] == [now]


def test_only_a_run_at_work_can_be_cancelled(database, manual, open_run: Open, wish, now) -> None:
    run = open_run(manual)
    close(database, run, now)

    with pytest.raises(RuleBroken, match="at work"):
        wish(RequestKind.CANCEL, run.id)
    with pytest.raises(NotFound):
        wish(RequestKind.CANCEL, 99)
