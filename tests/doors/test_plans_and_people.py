"""Schedules, training wishes and people through their forms."""

from __future__ import annotations

from datetime import date

from app.db.schedules import PreventiveSchedule
from app.db.training import RequestKind, RunState, Stage, TrainingRequest
from app.db.users import AppUser
from app.domain.roles import Actor
from tests.doors.conftest import Visit
from tests.plant import PASSWORD, Plant

SCHEDULE = {
    "title": "Grease the bearings",
    "every": "3",
    "unit": "month",
    "basis": "floating",
    "lead_days": "7",
    "starts_on": "2026-03-05",
    "is_active": "true",
}


def test_a_planner_adds_and_changes_a_schedule(make: Plant, ann: Actor, visit: Visit) -> None:
    machine = make.equipment()
    visitor = visit(ann)

    assert visitor.send("/schedules", equipment_id=machine.id, **SCHEDULE).status_code == 303
    row = make.all(PreventiveSchedule)[0]
    form = {**SCHEDULE, "every": "6", "activity": "overhaul", "version": row.version}
    assert visitor.send(f"/schedules/{row.id}", **form).status_code == 303

    changed = make.get(PreventiveSchedule, row.id)
    assert (row.activity, changed.every, changed.activity) == ("service", 6, "overhaul")
    assert '<option value="overhaul" selected>' in visitor.text(f"/schedules/{row.id}/edit")
    assert "Overhaul" in visitor.text("/schedules")


def test_a_new_service_that_renews_asks_once_which_component(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    bearing, machine = make.component("bearing"), make.equipment()
    visitor, form = visit(ann), {**SCHEDULE, "equipment_id": machine.id, "activity": "replace"}

    asked = visitor.send("/schedules", **form)
    named = visitor.send("/schedules", **form, component_id=bearing.id)
    whole = visitor.send("/schedules", **{**form, "title": "Swap the unit"}, component_id="")

    assert (asked.status_code, 'id="component_id-problem"' in asked.text) == (422, True)
    assert f'<option value="{bearing.id}"' in asked.text
    assert (named.status_code, whole.status_code) == (303, 303)
    assert [row.component_id for row in make.all(PreventiveSchedule)] == [bearing.id, None]


def test_what_is_emptied_on_a_schedules_form_is_empty_and_what_is_not_sent_stays(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    bearing, machine = make.component("bearing"), make.equipment()
    visitor, form = visit(ann), {**SCHEDULE, "component_id": bearing.id}
    visitor.send("/schedules", equipment_id=machine.id, **form, last_done_on="2026-02-01")
    row = make.all(PreventiveSchedule)[0]

    visitor.send(f"/schedules/{row.id}", **SCHEDULE)
    kept = make.get(PreventiveSchedule, row.id)
    visitor.send(f"/schedules/{row.id}", **SCHEDULE, component_id="", last_done_on="")
    emptied = make.get(PreventiveSchedule, row.id)

    assert (kept.component_id, kept.last_done_on) == (bearing.id, date(2026, 2, 1))
    assert (emptied.component_id, emptied.last_done_on) == (None, None)


def test_a_schedule_without_its_tick_raises_nothing_any_more(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    schedule = make.schedule()
    form = {name: value for name, value in SCHEDULE.items() if name != "is_active"}

    visit(ann).send(f"/schedules/{schedule}", **form)

    assert not make.get(PreventiveSchedule, schedule).is_active


def test_an_interval_of_nothing_is_refused_in_its_field(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    machine = make.equipment()

    answer = visit(ann).send("/schedules", equipment_id=machine.id, **{**SCHEDULE, "every": "0"})

    assert answer.status_code == 422
    assert 'id="every-problem"' in answer.text


def test_the_list_of_schedules_gives_the_reason_of_each_date(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    make.schedule()

    assert "first occurrence, then every 1 month" in visit(ann).text("/schedules")


def test_a_wish_for_a_run_is_written_down_once(make: Plant, ann: Actor, visit: Visit) -> None:
    visitor = visit(ann)

    visitor.send("/training/requests/run_now")
    visitor.send("/training/requests/run_now")

    assert [row.kind for row in make.all(TrainingRequest)] == [RequestKind.RUN_NOW]
    assert "waiting for the trainer" in visitor.text("/training")


def test_a_running_run_asks_again_and_a_finished_one_reloads_the_page(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    running = make.run(state=RunState.RUNNING, stage=Stage.MACHINES, finished_at=None)
    visitor = visit(ann)

    part = visitor.get(f"/training/{running.id}/progress")
    assert "every 2s" in part.text
    assert "HX-Refresh" not in part.headers

    over = make.run("south", state=RunState.FINISHED)
    whole = visit(make.user("adam", "admin", site=None)).get(f"/training/{over.id}/progress")
    assert whole.headers["HX-Refresh"] == "true"


def test_a_run_of_another_site_cannot_be_seen_or_cancelled(
    make: Plant, ann: Actor, visit: Visit
) -> None:
    run = make.run("south", state=RunState.RUNNING)
    visitor = visit(ann)

    assert visitor.get(f"/training/{run.id}").status_code == 404
    assert visitor.send(f"/training/{run.id}/cancel").status_code == 404
    assert make.all(TrainingRequest) == []


def test_an_administrator_adds_a_person_who_can_log_in(
    make: Plant, adam: Actor, visit: Visit
) -> None:
    site = make.site()
    form = {"name": "Paul", "roles": ["technician", "planner"], "site_id": site.id}

    answer = visit(adam).send("/users", **form, password=PASSWORD)

    assert answer.status_code == 303
    assert visit(None).log_in("paul").status_code == 303


def test_a_short_password_is_refused_and_not_shown_again(adam: Actor, visit: Visit) -> None:
    answer = visit(adam).send("/users", name="paul", roles="viewer", password="2short")

    assert answer.status_code == 422
    assert 'id="password-problem"' in answer.text
    assert "2short" not in answer.text


def test_somebody_who_is_shut_out_is_out_at_once(
    make: Plant, adam: Actor, ann: Actor, visit: Visit
) -> None:
    shut_out = visit(ann)

    visit(adam).send(f"/users/{ann.id}", roles="planner", site_id=ann.site_id)

    assert not make.get(AppUser, ann.id).is_active
    assert shut_out.get("/").status_code == 303


def test_rights_cannot_be_had_by_sending_more_fields(make: Plant, ann: Actor, visit: Visit) -> None:
    order = make.order()

    answer = visit(ann).send(f"/work-orders/{order}/comments", note="hello", state="closed")

    assert answer.status_code == 422
