"""Label reviews: nothing is a label before somebody said so, and everything can be taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.db import Database
from app.db.audit import AuditRow
from app.db.equipment import Component, DataVersion
from app.db.label_reviews import LabelReview, ReviewState
from app.db.records import Failure, ServiceRecord
from app.db.work_orders import Finding, WorkOrder, WorkOrderHistory
from app.domain.errors import InvalidInput, NotAllowed, RuleBroken, Stale
from app.domain.order_labels import Yield
from app.domain.roles import EVERYWHERE, Actor, system
from app.domain.work_orders import Function, OrderType, Outcome
from app.inputs.label_reviews import (
    AcceptLabels,
    ChangeProposals,
    ImportWorkOrder,
    RejectLabels,
    ReviewFilters,
)
from app.inputs.records import Known
from app.queries import label_reviews as questions
from app.queries.invariants import violations
from app.queries.training_sets import TrainingSet, training_set
from app.services import label_reviews
from app.services.work_orders.importing import import_orders
from tests.plant import Plant

DAY = datetime(2025, 6, 2, tzinfo=UTC)
Waiting = Callable[..., int]


@pytest.fixture
def waiting(make: Plant, database: Database, now: datetime) -> Waiting:
    """Imports one order and gives the id of its review."""

    def imported(
        text: str = "bearing failed",
        component: Component | None = None,
        function: Function = Function.LOST,
        *,
        tag: str = "P-101",
        site: str = "north",
        at: datetime = DAY,
        known: Known = Known.AT,
        **more: Any,
    ) -> int:
        order = ImportWorkOrder(
            equipment_id=make.equipment(tag, site=site).id,
            at=at,
            title=text,
            type=OrderType.CORRECTIVE,
            component_id=component.id if component else None,
            function=function,
            confidence=more.pop("confidence", 0.8),
            evidence="bearing",
            **more,
        )
        by = system("import")
        with database.transaction() as session:
            counts = import_orders(session, orders=[order], known=known, note="", now=now, by=by)
        assert counts.accepted == 1
        return make.all(LabelReview)[-1].id

    return imported


@pytest.fixture
def learnt(make: Plant, database: Database) -> Callable[..., TrainingSet]:
    """What the night knows of P-101 at a moment."""

    def known(until: datetime = datetime(2026, 6, 1, tzinfo=UTC)) -> TrainingSet:
        with database.reading() as session:
            machine = make.equipment("P-101").id
            return training_set(session, equipment_id=machine, until=until, is_hourly=True)

    return known


def accept(database: Database, now: datetime, by: Actor, *decisions: dict[str, Any]) -> Yield:
    with database.transaction() as session:
        labels = AcceptLabels.parse({"decisions": list(decisions)})
        return label_reviews.accept(session, labels=labels, now=now, by=by)


def accept_all(database: Database, now: datetime, by: Actor, **filters: Any) -> Yield:
    with database.transaction() as session:
        given = ReviewFilters(**filters)
        return label_reviews.accept_all(session, filters=given, now=now, by=by)


def take_back(database: Database, now: datetime, by: Actor) -> int:
    with database.transaction() as session:
        last = questions.last_decision(session, scope=by.scope)
        return label_reviews.take_back(
            session, decision_id=last.id if last else None, now=now, by=by
        )


def test_an_accepted_loss_of_function_is_a_failure_of_its_day(
    waiting, make, database, learnt, ann, now
):
    review = waiting(component=make.component("bearing"), facts="Failure mode: Noise")
    assert learnt().failures == ()

    written = accept(database, now, ann, {"review_id": review})

    failure, order = make.all(Failure)[0], make.all(WorkOrder)[0]
    assert (written.failures, written.orders) == (1, 1)
    assert (failure.at, failure.recorded_at, failure.mode) == (DAY, DAY, "NOI")
    assert failure.work_order_id == order.id
    assert order.mode == "bearing"
    assert [mode for _, mode in learnt().failures] == ["bearing"]
    # History was known when it happened: a night of that time may know it, too.
    assert len(learnt(DAY + timedelta(days=1)).failures) == 1


def test_history_that_counts_from_now_on_is_known_when_it_is_accepted(
    waiting, make, database, learnt, ann, now
):
    review = waiting(component=make.component("bearing"), known=Known.NOW)

    accept(database, now, ann, {"review_id": review})

    assert make.all(Failure)[0].recorded_at == now
    assert learnt(DAY + timedelta(days=1)).failures == ()
    assert len(learnt().failures) == 1


def test_an_accepted_degradation_is_a_confirmed_fault(waiting, make, database, learnt, ann, now):
    waiting("bearing noisy", make.component("bearing"), Function.DEGRADED)

    written = accept_all(database, now, ann)

    finding = make.all(Finding)[0]
    assert (written.failures, written.faults) == (0, 1)
    assert (finding.outcome, finding.function, finding.at) == (
        Outcome.OTHER_FAULT,
        Function.DEGRADED,
        DAY,
    )
    assert [row[1:] for row in learnt().outcomes] == [("bearing", "other_fault")]


def test_planned_work_is_a_renewal_only_if_it_renewed_the_component(
    waiting, make, database, learnt, ann, now
):
    bearing = make.component("bearing")
    waiting("replace bearing", bearing, Function.NONE)
    waiting("grease bearing", bearing, Function.NONE, at=DAY + timedelta(days=1))

    written = accept_all(database, now, ann)

    assert (written.accepted, written.services) == (2, 1)
    assert [(row.at, row.is_planned) for row in make.all(ServiceRecord)] == [(DAY, True)]
    assert len(learnt().services) == 1


def test_the_planner_changes_what_was_proposed(waiting, make, database, ann, now):
    review = waiting(component=make.component("bearing"))
    seal = make.component("seal")

    accept(
        database,
        now,
        ann,
        {"review_id": review, "component": seal.id, "function": Function.DEGRADED},
    )

    kept = make.get(LabelReview, review)
    assert (kept.state, kept.component_id, kept.function) == (
        ReviewState.ACCEPTED,
        seal.id,
        Function.DEGRADED,
    )
    assert (kept.reviewed_at, kept.reviewed_by_id) == (now, ann.id)
    assert make.all(Failure) == []


def test_without_a_component_a_failure_waits_unless_it_was_the_whole_machine(
    waiting, make, database, ann, now
):
    first, second = waiting("stopped"), waiting("stopped again")

    untold = accept(database, now, ann, {"review_id": first})
    told = accept(database, now, ann, {"review_id": second, "component": "whole"})

    assert (untold.accepted, untold.undecided) == (0, 1)
    assert make.get(LabelReview, first).state is ReviewState.WAITING
    assert (told.failures, make.all(Failure)[0].component_id) == (1, None)


def test_two_orders_of_one_failure_write_one(waiting, make, database, ann, now):
    bearing = make.component("bearing")
    waiting("bearing failed", bearing)
    waiting("replace failed bearing", bearing)
    with database.reading() as session:
        promised = questions.outlook(session, scope=EVERYWHERE, filters=ReviewFilters())

    written = accept_all(database, now, ann)

    assert (promised.failures, written.failures) == (1, 1)
    assert (len(make.all(Failure)), len(make.all(Finding))) == (1, 2)


@pytest.mark.parametrize(
    ("filters", "accepted"),
    [
        ({"function": Function.LOST}, 2),
        ({"at_least": 0.6}, 2),
        ({"text": "NOISY"}, 1),
        ({"component": "unknown"}, 1),
        ({}, 4),
    ],
)
def test_in_bulk_exactly_what_the_filters_show_is_accepted(
    waiting, make, database, ann, now, filters, accepted
):
    bearing = make.component("bearing")
    waiting("bearing failed", bearing)
    waiting("bearing seized", bearing, confidence=0.5)
    waiting("bearing noisy", bearing, Function.DEGRADED)
    waiting("painted", None, Function.NONE, confidence=0.2)
    with database.reading() as session:
        given = ReviewFilters(**filters)
        shown = questions.reviews(session, scope=EVERYWHERE, filters=given)
        promised = questions.outlook(session, scope=EVERYWHERE, filters=given)

    written = accept_all(database, now, ann, **filters)

    assert len(shown.rows) == written.accepted == promised.accepted == accepted
    assert (written.failures, written.faults) == (promised.failures, promised.faults)


def test_a_planner_reviews_the_orders_of_their_own_site_only(waiting, make, database, ann, now):
    make.user("bea", "planner", site="south")
    waiting(component=make.component("bearing"))
    foreign = waiting(component=make.component("bearing"), tag="S-1", site="south")

    assert accept_all(database, now, ann).accepted == 1
    assert accept(database, now, ann, {"review_id": foreign}).accepted == 0
    assert make.get(LabelReview, foreign).state is ReviewState.WAITING


def test_only_planners_review(waiting, make, database, tom, now):
    review = waiting()

    with pytest.raises(NotAllowed):
        accept(database, now, tom, {"review_id": review})
    with pytest.raises(NotAllowed):
        take_back(database, now, tom)


def test_a_component_of_another_class_is_refused(waiting, make, database, ann, now):
    review = waiting()
    foreign = make.component("blade", "fan")

    with pytest.raises(InvalidInput, match="class"):
        accept(database, now, ann, {"review_id": review, "component": foreign.id})
    changes = ChangeProposals(review_ids=(review,), component=foreign.id)
    with pytest.raises(InvalidInput, match="class"), database.transaction() as session:
        label_reviews.change(session, changes=changes, now=now, by=ann)


def test_a_changed_proposal_waits_and_is_sure(waiting, make, database, ann, now):
    review = waiting("stopped", confidence=0.3)
    seal = make.component("seal")

    with database.transaction() as session:
        changes = ChangeProposals(review_ids=(review,), component=seal.id)
        label_reviews.change(session, changes=changes, now=now, by=ann)

    kept = make.get(LabelReview, review)
    assert (kept.state, kept.proposed_component_id, kept.confidence) == (
        ReviewState.WAITING,
        seal.id,
        1.0,
    )
    assert kept.proposed_function is Function.LOST


def test_a_rejected_order_teaches_nothing(waiting, make, database, learnt, ann, now):
    review = waiting(component=make.component("bearing"))
    before = learnt()

    with database.transaction() as session:
        refusal = RejectLabels(review_ids=(review,))
        label_reviews.reject(session, refusal=refusal, now=now, by=ann)

    assert make.get(LabelReview, review).state is ReviewState.REJECTED
    assert learnt() == before
    assert accept(database, now, ann, {"review_id": review}).accepted == 0


def test_what_was_accepted_last_is_taken_back_whole(waiting, make, database, learnt, ann, now):
    bearing = make.component("bearing")
    waiting(component=bearing)
    waiting("bearing noisy", bearing, Function.DEGRADED, at=DAY + timedelta(days=3))
    waiting("replace bearing", bearing, Function.NONE, at=DAY + timedelta(days=6))
    before = learnt()
    accept_all(database, now, ann)
    assert learnt() != before

    assert take_back(database, now, ann) == 3

    assert learnt() == before
    assert make.all(Finding) == make.all(Failure) == make.all(ServiceRecord) == []
    assert {row.state for row in make.all(LabelReview)} == {ReviewState.WAITING}
    assert {row.mode for row in make.all(WorkOrder)} == {"any"}
    with database.reading() as session:
        assert violations(session) == []


def test_decisions_are_taken_back_one_by_one_even_when_the_clock_stands_still(
    waiting, make, database, ann, now
):
    bearing = make.component("bearing")
    first = waiting("bearing failed", bearing)
    second = waiting("bearing failed, replaced", bearing)
    accept(database, now, ann, {"review_id": first})
    accept(database, now, ann, {"review_id": second})

    assert take_back(database, now, ann) == 1
    # The second order had written nothing: the first had told of the same failure.
    assert len(make.all(Failure)) == 1

    assert take_back(database, now, ann) == 1
    assert make.all(Failure) == []

    with pytest.raises(RuleBroken):
        take_back(database, now, ann)


def test_a_second_click_takes_nothing_else_back(waiting, make, database, ann, now):
    bearing = make.component("bearing")
    for number in range(2):
        review = waiting(f"bearing failed {number}", bearing, at=DAY + timedelta(days=number))
        accept(database, now, ann, {"review_id": review})
    with database.reading() as session:
        seen = questions.last_decision(session, scope=ann.scope)
    take_back(database, now, ann)

    with pytest.raises(Stale), database.transaction() as session:
        label_reviews.take_back(session, decision_id=seen.id, now=now, by=ann)

    assert len(make.all(Failure)) == 1


def test_every_step_is_in_the_order_s_history_and_in_the_log(waiting, make, database, ann, now):
    waiting(component=make.component("bearing"))
    version = {row.equipment_id: row.version for row in make.all(DataVersion)}
    accept_all(database, now, ann)

    lines = [(row.action, row.note) for row in make.all(WorkOrderHistory)]
    assert lines == [("imported", ""), ("labelled", "Function lost, Bearing")]
    assert make.all(AuditRow, entity="label_review")[0].changes["failures"] == 1
    assert {row.equipment_id: row.version for row in make.all(DataVersion)} != version
    with database.reading() as session:
        assert violations(session) == []


def test_the_queue_is_counted_by_component_and_function_and_paged_by_key(
    waiting, make, database, ann
):
    bearing = make.component("bearing")
    for number in range(5):
        waiting(f"bearing failed {number}", bearing, confidence=0.5 + number / 10)
    waiting("bearing noisy", bearing, Function.DEGRADED)
    waiting("stopped")
    with database.reading() as session:
        every = ReviewFilters()
        groups = questions.groups(session, scope=ann.scope, filters=every)
        pages, after = [], None
        while not pages or after:
            found = questions.reviews(session, scope=ann.scope, filters=every, after=after, limit=3)
            pages.append([row.confidence for row in found.rows])
            after = found.after

    assert [(group.component, group.counts) for group in groups] == [
        ("Bearing", {Function.LOST: 5, Function.DEGRADED: 1}),
        ("", {Function.LOST: 1}),
    ]
    flat = [share for one in pages for share in one]
    assert [len(one) for one in pages] == [3, 3, 1]
    assert flat == sorted(flat, reverse=True)
