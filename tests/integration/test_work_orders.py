"""Deeds on work orders: what each one writes, and what it refuses."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from threading import Barrier, Thread

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import DataVersion
from app.db.work_orders import WorkOrder, WorkOrderHistory
from app.domain.errors import InvalidInput, NotAllowed, NotFound, RuleBroken, Stale
from app.domain.roles import Actor
from app.domain.work_orders import Action, Priority, Source, State
from app.inputs.work_orders import (
    AssignWorkOrder,
    CommentWorkOrder,
    RaiseWorkOrder,
    ReportBreakdown,
)
from app.services import work_orders
from tests.plant import Plant


class Shop:
    """Does actions at a moment, each in a transaction of its own."""

    def __init__(self, database: Database, now: datetime) -> None:
        self.database = database
        self.now = now

    def do(
        self, action: str, order_id: int, by: Actor, version: int | None = None, **data: object
    ) -> None:
        with self.database.transaction() as session:
            work_orders.act(
                session,
                action=Action(action),
                work_order_id=order_id,
                data=data,
                expected_version=version,
                now=self.now,
                by=by,
            )


@pytest.fixture
def shop(database: Database, now: datetime) -> Shop:
    return Shop(database, now)


def test_a_planners_order_is_open_and_goes_to_the_machines_crew(make: Plant, ann: Actor) -> None:
    pump = make.equipment()

    order = make.get(WorkOrder, make.order(pump, by=ann))

    assert (order.state, order.source, order.number) == (State.OPEN, Source.PERSON, "WO-00001")
    assert order.team_id == pump.team_id


def test_a_technicians_order_waits_for_a_planner(
    make: Plant, shop: Shop, ann: Actor, tom: Actor
) -> None:
    order_id = make.order(by=tom)
    assert make.get(WorkOrder, order_id).state is State.REQUESTED

    shop.do("accept", order_id, ann)

    assert make.get(WorkOrder, order_id).state is State.OPEN


def test_a_viewer_raises_nothing(make: Plant, eve: Actor) -> None:
    with pytest.raises(NotAllowed):
        make.order(by=eve)

    assert make.all(WorkOrder) == []


def test_a_component_of_another_class_is_refused(make: Plant, ann: Actor) -> None:
    foreign = make.component("belt", "conveyor")

    with pytest.raises(InvalidInput, match="no such component"):
        make.order(by=ann, component_id=foreign.id)


def test_a_prediction_is_not_raised_by_hand() -> None:
    with pytest.raises(InvalidInput, match="raised by the night"):
        RaiseWorkOrder.parse({"equipment_id": 1, "title": "Inspect", "type": "predictive"})


def test_a_breakdown_is_in_progress_at_once(
    database: Database, make: Plant, tom: Actor, now: datetime
) -> None:
    report = ReportBreakdown(equipment_id=make.equipment().id)

    with database.transaction() as session:
        order_id = work_orders.breakdown(session, report=report, now=now, by=tom)

    order = make.get(WorkOrder, order_id)
    assert (order.state, order.priority) == (State.IN_PROGRESS, Priority.URGENT)
    assert (order.assignee_id, order.is_break_in, order.started_at) == (tom.id, True, now)


def test_an_order_is_planned_started_held_resumed_completed_and_closed(
    make: Plant, shop: Shop, ann: Actor, tom: Actor, now: datetime
) -> None:
    order_id = make.order(by=ann)

    shop.do("plan", order_id, ann, planned_start_at=now, assignee_id=tom.id, estimated_hours=2)
    shop.do("start", order_id, tom)
    shop.do("hold", order_id, tom, hold="parts", note="seal on order")
    held = make.get(WorkOrder, order_id)
    shop.do("resume", order_id, tom)
    shop.do("complete", order_id, tom, function="none", labour_hours=1.5)
    shop.do("close", order_id, ann)

    order = make.get(WorkOrder, order_id)
    assert held.hold is not None
    assert (order.state, order.hold, order.estimated_hours) == (State.CLOSED, None, 2.0)
    assert (order.started_at, order.completed_at, order.closed_at) == (now, now, now)


def test_every_deed_leaves_one_line_of_history_and_one_audit_row(
    make: Plant, shop: Shop, ann: Actor, tom: Actor
) -> None:
    order_id = make.order(by=ann)

    shop.do("take", order_id, tom)
    shop.do("hold", order_id, tom, hold="access", note="production runs")

    lines = make.all(WorkOrderHistory, work_order_id=order_id)
    audits = make.all(AuditRow, entity="work_order", entity_id=str(order_id))
    assert [(line.action, line.from_state, line.to_state, line.by_name) for line in lines] == [
        ("raised", None, "open", "ann"),
        ("take", "open", "in_progress", "tom"),
        ("hold", "in_progress", "on_hold", "tom"),
    ]
    assert lines[-1].note == "production runs"
    assert [row.action for row in audits] == ["raised", "take", "hold"]


def test_work_cannot_start_without_anybody(make: Plant, shop: Shop, ann: Actor) -> None:
    order_id = make.order(by=ann)

    with pytest.raises(RuleBroken, match="needs somebody assigned"):
        shop.do("start", order_id, ann)


def test_another_teams_order_is_not_a_technicians(
    make: Plant, shop: Shop, ann: Actor, tom: Actor
) -> None:
    order_id = make.order(by=ann, team_id=make.team("electricians").id)

    with pytest.raises(NotAllowed, match="another team"):
        shop.do("take", order_id, tom)


def test_a_foreign_sites_order_looks_like_a_missing_one(
    make: Plant, shop: Shop, tom: Actor
) -> None:
    foreign = make.order(make.equipment("P-9", site="south"))

    with pytest.raises(NotFound) as hidden:
        shop.do("take", foreign, tom)
    with pytest.raises(NotFound) as missing:
        shop.do("take", foreign + 1, tom)

    assert str(hidden.value).replace(str(foreign), "N") == str(missing.value).replace(
        str(foreign + 1), "N"
    )


def test_the_second_of_two_editors_is_told_and_nothing_is_overwritten(
    make: Plant, shop: Shop, ann: Actor, tom: Actor
) -> None:
    order_id = make.order(by=ann)
    seen = make.get(WorkOrder, order_id).version
    shop.do("take", order_id, tom, version=seen)

    with pytest.raises(Stale, match="you saw version 1, it is now version 2"):
        shop.do("cancel", order_id, ann, version=seen, reason="not needed")

    assert make.get(WorkOrder, order_id).state is State.IN_PROGRESS


def test_a_comment_disturbs_nobodys_edit(
    database: Database, make: Plant, shop: Shop, ann: Actor, tom: Actor, now: datetime
) -> None:
    order_id = make.order(by=ann)
    seen = make.get(WorkOrder, order_id).version

    with database.transaction() as session:
        note = CommentWorkOrder(note="gasket is in the store")
        work_orders.comment(session, work_order_id=order_id, comment=note, now=now, by=tom)
    shop.do("take", order_id, tom, version=seen)

    assert make.get(WorkOrder, order_id).state is State.IN_PROGRESS


def test_a_planner_assigns_and_only_what_was_sent_changes(
    database: Database, make: Plant, ann: Actor, tom: Actor, now: datetime
) -> None:
    order_id = make.order(by=ann)
    team_before = make.get(WorkOrder, order_id).team_id

    with database.transaction() as session:
        work_orders.assign(
            session,
            work_order_id=order_id,
            assignment=AssignWorkOrder.parse({"assignee_id": tom.id}),
            expected_version=None,
            now=now,
            by=ann,
        )

    order = make.get(WorkOrder, order_id)
    assert (order.assignee_id, order.team_id) == (tom.id, team_before)


def test_nobody_of_another_site_is_assigned(
    database: Database, make: Plant, ann: Actor, now: datetime
) -> None:
    order_id = make.order(by=ann)
    stranger = make.user("tim", "technician", site="south")

    with pytest.raises(InvalidInput, match="Nobody active"), database.transaction() as session:
        work_orders.assign(
            session,
            work_order_id=order_id,
            assignment=AssignWorkOrder(assignee_id=stranger.id),
            expected_version=None,
            now=now,
            by=ann,
        )


def test_a_dismissed_suggestion_leaves_its_reason_and_a_snooze(
    make: Plant, shop: Shop, ann: Actor, now: datetime
) -> None:
    pump = make.equipment()
    order_id = make.predicted_order(pump)
    until = now + timedelta(days=14)

    shop.do("dismiss", order_id, ann, dismissal="watched", snoozed_until=until)

    order = make.get(WorkOrder, order_id)
    assert (order.state, order.snoozed_until, order.closed_at) == (State.CANCELLED, until, now)
    assert make.get(DataVersion, pump.id).version >= 1


def test_a_persons_order_is_cancelled_not_dismissed(make: Plant, shop: Shop, ann: Actor) -> None:
    with pytest.raises(RuleBroken, match="cancel it instead"):
        shop.do("dismiss", make.order(by=ann), ann, dismissal="other")


def test_a_snooze_ends_in_the_future(make: Plant, shop: Shop, ann: Actor, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="must lie in the future"):
        shop.do("dismiss", make.predicted_order(), ann, dismissal="other", snoozed_until=now)


def test_a_cancellation_needs_a_reason(make: Plant, shop: Shop, ann: Actor) -> None:
    with pytest.raises(InvalidInput, match="reason"):
        shop.do("cancel", make.order(by=ann, due_on=date(2026, 3, 9)), ann)


def test_a_reworked_prediction_does_not_reopen_beside_a_newer_one(
    make: Plant, shop: Shop, ann: Actor, tom: Actor
) -> None:
    pump = make.equipment()
    first = make.predicted_order(pump, state=State.OPEN)
    shop.do("take", first, tom)
    shop.do("complete", first, tom, outcome="nothing_found", function="none")
    second = make.predicted_order(pump, run=make.run(on=date(2026, 3, 3)))

    with pytest.raises(RuleBroken, match="WO-00002 is already requested"):
        shop.do("rework", first, ann, reason="look again")

    assert make.get(WorkOrder, second).state is State.REQUESTED


def test_of_two_who_take_an_order_at_once_one_gets_it(
    make: Plant, shop: Shop, ann: Actor, tom: Actor
) -> None:
    tim = make.user("tim", "technician", team="mechanics")
    for _ in range(10):
        order_id, gate = make.order(by=ann), Barrier(2)
        outcomes: list[str] = []
        threads = [
            Thread(target=_take, args=(shop, order_id, person, gate, outcomes))
            for person in (tom, tim)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        lines = make.all(WorkOrderHistory, work_order_id=order_id)
        assert outcomes.count("told") == 1
        assert [line.by_name for line in lines[1:]] == [n for n in outcomes if n != "told"]


def _take(shop: Shop, order_id: int, by: Actor, gate: Barrier, outcomes: list[str]) -> None:
    gate.wait()
    try:
        shop.do("take", order_id, by, version=1)
    except Stale:
        outcomes.append("told")
    else:
        outcomes.append(by.name)
