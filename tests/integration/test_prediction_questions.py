"""What pages ask about predictions, the machines' record and the nights."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db.predictions import ClassGate, ClassVersion, Decision, Forecast
from app.db.records import Failure
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from app.db.work_orders import Finding, WorkOrder
from app.domain.errors import InvalidInput, NotFound
from app.domain.risk import Gate, Verdict
from app.domain.roles import EVERYWHERE, Scope
from app.domain.work_orders import Outcome, State
from app.queries import predictions, training
from app.queries.track_record import track_record
from tests.plant import Plant


def test_the_ranking_names_the_riskiest_machine_first(make: Plant) -> None:
    for tag, risk in (("P-101", 0.1), ("P-102", 0.6), ("P-103", 0.3)):
        make.forecast(make.equipment(tag), mode="any", risk=risk)

    with make.database.reading() as session:
        found = predictions.ranking(session, scope=EVERYWHERE, now=make.now)

    assert [row.tag for row in found.rows] == ["P-102", "P-103", "P-101"]
    assert found.after is None


def test_the_newest_forecast_counts_and_not_the_worst(make: Plant) -> None:
    machine = make.equipment()
    today = make.now.date()
    make.forecast(machine, mode="any", risk=0.9, run=_night(make, today - timedelta(days=1)))
    make.forecast(machine, mode="any", risk=0.2, run=_night(make, today))

    with make.database.reading() as session:
        rows = predictions.ranking(session, scope=EVERYWHERE, now=make.now).rows

    assert [row.risk for row in rows] == [0.2]


def test_equal_risks_page_without_losing_or_repeating_a_machine(make: Plant) -> None:
    tags = [f"P-{n}" for n in range(101, 108)]
    for tag in tags:
        make.forecast(make.equipment(tag), mode="any", risk=0.25)

    seen: list[str] = []
    after = None
    with make.database.reading() as session:
        for _ in range(3):
            page = predictions.ranking(
                session, scope=EVERYWHERE, now=make.now, after=after, limit=3
            )
            seen += [row.tag for row in page.rows]
            after = page.after

    assert sorted(seen) == tags
    assert after is None


def test_the_leading_mode_and_its_order_stand_in_the_ranking(make: Plant) -> None:
    machine = make.equipment()
    make.forecast(machine, mode="any", risk=0.5)
    make.forecast(machine, mode="seal", risk=0.1)
    order = make.predicted_order(machine, mode="bearing", risk=0.4)

    with make.database.reading() as session:
        row = predictions.ranking(session, scope=EVERYWHERE, now=make.now).rows[0]

    assert (row.mode_name, row.order_id) == ("Bearing", order)
    assert row.threshold == pytest.approx(1 / 16)
    assert row.is_over


def test_other_sites_are_out_of_sight(make: Plant) -> None:
    make.forecast(make.equipment("P-101", site="north"), mode="any")
    south = make.equipment("P-201", site="south")
    make.forecast(south, mode="any", run=make.run("south"))
    scope = Scope(frozenset({south.site_id}))

    with make.database.reading() as session:
        rows = predictions.ranking(session, scope=scope, now=make.now).rows

    assert [row.tag for row in rows] == ["P-201"]


def test_what_was_held_back_is_listed_with_its_reason(make: Plant) -> None:
    held, raised = make.equipment("P-101"), make.equipment("P-102")
    for machine, verdict in ((held, Verdict.HELD_BUDGET), (raised, Verdict.RAISED)):
        make.forecast(machine, mode="any", risk=0.5)
        _decide(make, make.forecast(machine, mode="bearing", risk=0.4), verdict)

    with make.database.reading() as session:
        rows = predictions.held_back(session, scope=EVERYWHERE, now=make.now)

    assert [(row.tag, row.held[0].reason) for row in rows] == [("P-101", "because")]


def test_the_newest_class_version_says_which_gates_are_open(make: Plant) -> None:
    machine = make.equipment()
    for days, gate in ((1, Gate.UNPROVEN), (0, Gate.OPEN)):
        _judge(make, machine.equipment_class_id, days, gate)

    with make.database.reading() as session:
        found = predictions.gates(session, scope=EVERYWHERE)

    assert [(row.mode_name, row.gate) for row in found] == [("Bearing", Gate.OPEN)]


def test_every_predicted_order_is_counted_once_and_surprises_are_missed(make: Plant) -> None:
    machine = make.equipment()
    make.forecast(machine, mode="any", run=_night(make, make.now.date() - timedelta(days=30)))
    confirmed = make.predicted_order(machine, mode="bearing", state=State.COMPLETED)
    waiting = make.predicted_order(machine, mode="seal")
    with make.database.transaction() as session:
        session.add(
            Finding(
                work_order_id=confirmed,
                equipment_id=machine.id,
                at=make.now,
                outcome=Outcome.FAULT_AS_PREDICTED,
                recorded_at=make.now,
            )
        )
        before = make.now - timedelta(days=3)
        session.add(Failure(equipment_id=machine.id, at=before, recorded_at=before))
        session.get_one(WorkOrder, waiting).created_at = make.now - timedelta(days=1)
        after = make.now - timedelta(hours=1)
        session.add(Failure(equipment_id=machine.id, at=after, recorded_at=after))

    with make.database.reading() as session:
        record = track_record(session, equipment_id=machine.id, now=make.now)

    assert (record.raised, record.as_predicted, record.waiting) == (2, 1, 1)
    assert (record.failures, record.missed) == (2, 1)


def test_a_run_lists_its_machines_and_counts_them(make: Plant) -> None:
    run = make.run()
    for tag, status in (("P-102", MachineStatus.FAILED), ("P-101", MachineStatus.TRAINED)):
        _outcome(make, run, make.equipment(tag).id, status)

    with make.database.reading() as session:
        whole = training.run_page(session, scope=EVERYWHERE, run_id=run.id)
        failed = training.run_page(
            session, scope=EVERYWHERE, run_id=run.id, status=MachineStatus.FAILED
        )

    assert [row.tag for row in whole.outcomes.rows] == ["P-101", "P-102"]
    assert whole.run.outcomes == {MachineStatus.TRAINED: 1, MachineStatus.FAILED: 1}
    assert [row.tag for row in failed.outcomes.rows] == ["P-102"]


def test_a_run_of_another_site_is_not_there(make: Plant) -> None:
    run = make.run("south")
    scope = Scope(frozenset({make.site("north").id}))

    with make.database.reading() as session, pytest.raises(NotFound):
        training.run(session, scope=scope, run_id=run.id)


def test_a_key_made_up_by_hand_is_refused(make: Plant) -> None:
    with make.database.reading() as session, pytest.raises(InvalidInput):
        training.runs(session, scope=EVERYWHERE, after="W10")


def _night(make: Plant, on: object) -> TrainingRun:
    days = (make.now.date() - on).days  # type: ignore[operator]
    return make.run(on=on, as_of=make.now - timedelta(days=days))  # type: ignore[arg-type]


def _decide(make: Plant, forecast: Forecast, verdict: Verdict) -> None:
    with make.database.transaction() as session:
        session.add(
            Decision(
                run_id=forecast.run_id,
                equipment_id=forecast.equipment_id,
                mode=forecast.mode,
                forecast_id=forecast.id,
                verdict=verdict,
                risk=forecast.risk,
                threshold=0.0625,
                reason="because",
            )
        )


def _judge(make: Plant, class_id: int, days: int, gate: Gate) -> None:
    from app.db.predictions import Artifact

    run = _night(make, make.now.date() - timedelta(days=days))
    with make.database.transaction() as session:
        session.merge(Artifact(digest="d" * 64, size=1, content=b"x"))
        version = ClassVersion(
            run_id=run.id,
            equipment_class_id=class_id,
            as_of=run.as_of,
            created_at=run.as_of,
            artifact_digest="d" * 64,
            metrics={},
        )
        session.add(version)
        session.flush()
        session.add(
            ClassGate(class_version_id=version.id, mode="bearing", gate=gate, reason="so", events=9)
        )


def _outcome(make: Plant, run: TrainingRun, equipment_id: int, status: MachineStatus) -> None:
    with make.database.transaction() as session:
        session.add(
            MachineOutcome(
                run_id=run.id, equipment_id=equipment_id, status=status, recorded_at=make.now
            )
        )
