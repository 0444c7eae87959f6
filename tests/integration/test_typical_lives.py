"""What a planner enters about a component: kept, audited, and known to the next night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.db.audit import AuditRow
from app.db.equipment import DataVersion
from app.db.typical_lives import TypicalLife
from app.domain.errors import InvalidInput, NotFound, Stale
from app.inputs.typical_lives import EnterTypicalLife
from app.queries.fleet import fleet
from app.queries.typical_lives import component_life, lives_by_mode
from app.services import typical_lives
from app.services.retraining.specs import class_spec

DAY = timedelta(days=1)
BELT = EnterTypicalLife(life_days=400, spread_days=100, warning_days=14)


def enter(make, by, component, life=BELT, version=None) -> int:
    with make.database.transaction() as session:
        return typical_lives.enter(
            session,
            component_id=component.id,
            life=life,
            expected_version=version,
            now=make.now,
            by=by,
        )


def test_it_says_who_entered_it_and_the_class_is_learned_anew(make, ann) -> None:
    machine, bearing = make.equipment(), make.component()

    enter(make, ann, bearing)

    with make.database.reading() as session:
        found = component_life(session, scope=ann.scope, component_id=bearing.id)
    assert found.life is not None
    assert (found.life.life_days, found.life.by_name, found.life.version) == (400, "Ann", 1)
    assert [row.version for row in make.all(DataVersion, equipment_id=machine.id)] == [1]
    (audited,) = make.all(AuditRow, entity="typical_life")
    assert (audited.action, audited.by_name) == ("enter", "ann")
    assert audited.changes["life_days"] == [None, 400.0]


def test_the_night_takes_it_as_steps_of_the_class_and_as_another_setting(make, ann, now) -> None:
    make.equipment()
    enter(make, ann, make.component("bearing"))
    with make.database.reading() as session:
        (settings,) = fleet(session, site_id=None, as_of=now).classes
        lives = lives_by_mode(session, class_id=settings.id)

        before, after = class_spec(settings), class_spec(settings, lives)

    assert after.typical_lives["bearing"].life_steps == 400 * 24
    assert after.typical_lives["bearing"].warning_steps == 14 * 24
    assert before.settings_hash() != after.settings_hash()


def test_the_second_of_two_people_is_told_that_the_first_was_faster(make, ann) -> None:
    make.equipment()
    bearing = make.component()
    enter(make, ann, bearing)

    with pytest.raises(Stale, match="Bearing"):
        enter(make, ann, bearing, EnterTypicalLife(life_days=10))
    enter(make, ann, bearing, EnterTypicalLife(life_days=10), version=1)

    (row,) = make.all(TypicalLife)
    assert (row.life_days, row.spread_days, row.version) == (10, None, 2)


def test_it_can_be_taken_back(make, ann, now) -> None:
    make.equipment()
    bearing = make.component()
    enter(make, ann, bearing)

    with make.database.transaction() as session:
        typical_lives.withdraw(
            session, component_id=bearing.id, expected_version=1, now=now + DAY, by=ann
        )

    assert make.all(TypicalLife) == []
    assert [row.action for row in make.all(AuditRow, entity="typical_life")] == [
        "enter",
        "withdraw",
    ]


def test_a_class_of_another_site_is_not_there(make, ann) -> None:
    make.equipment("B-1", site="south", class_code="boiler")

    with pytest.raises(NotFound):
        enter(make, ann, make.component("bearing", "boiler"))


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"life_days": "0"},
        {"life_days": "nan"},
        {"life_days": "400", "spread_days": "-1"},
        {"life_days": "400", "warning_days": "400"},
    ],
)
def test_what_cannot_be_a_life_is_refused(given: dict[str, str]) -> None:
    with pytest.raises(InvalidInput):
        EnterTypicalLife.parse(given)
