"""What happened next, told by hand: steps of 10, records and decisions at small instants."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.history import Failures, Intervals, MachineHistory, Outcomes, Series, Services
from models.labels import CENSORED, CONFIRMED_FAULT, FAILURE, Lives, ModeLabel, lives_of, mode_label
from models.outcomes import OUTCOME_EFFECTS, Effect, UnknownOutcome, clocks_of, effect_of
from models.spec import ClassSpec, RoleSpec

SPEC = ClassSpec(
    "pump",
    (RoleSpec("v", "Vibration", "mm/s"),),
    step_us=10,
    decision_us=0,
    review_steps=1,
    windows=(1, 3),
    horizons=(1, 7),
    lead_steps=1,
    horizon_steps=7,
    modes=("bearing", "seal"),
)
UNTIL = 200


def instants(*at: int) -> np.ndarray:
    return np.array(at, dtype=np.int64)


def texts(*of: str) -> np.ndarray:
    return np.array(of, dtype=np.str_)


def machine(
    failures: dict[int, str] | None = None,
    services: dict[int, tuple[str, str]] | None = None,
    outcomes: dict[int, tuple[str, str]] | None = None,
    **parts,
) -> MachineHistory:
    """Watched from 0 to 200; records as {at: component} or {at: (component, found or outcome)}."""
    failures, services, outcomes = failures or {}, services or {}, outcomes or {}
    return MachineHistory(
        "P-1",
        "pump",
        UNTIL,
        readings={"v": Series(instants(0, UNTIL), np.zeros(2))},
        failures=Failures(instants(*failures), texts(*failures.values())),
        services=Services(
            instants(*services),
            texts(*(component for component, _ in services.values())),
            np.ones(len(services), bool),
            texts(*(found for _, found in services.values())),
        ),
        outcomes=Outcomes(
            instants(*outcomes),
            texts(*(component for component, _ in outcomes.values())),
            texts(*(outcome for _, outcome in outcomes.values())),
        ),
        **parts,
    )


def label(history: MachineHistory, *at: int, mode: str = "bearing") -> ModeLabel:
    clock = clocks_of(history, (mode,))[mode]
    return mode_label(history, SPEC, mode, clock, instants(*at))


def lives(history: MachineHistory, mode: str = "bearing") -> Lives:
    return lives_of(history, SPEC, clocks_of(history, (mode,))[mode])


def test_a_life_ends_at_its_failure():
    told = label(machine(failures={100: "bearing"}), 60, 90)

    assert told.duration.tolist() == [4.0, 1.0]
    assert told.kind.tolist() == [FAILURE, FAILURE]


def test_a_failure_of_another_component_neither_ends_nor_censors():
    told = label(machine(failures={100: "seal"}), 60)

    assert told.duration.tolist() == [(UNTIL - 60) / 10]
    assert told.kind.tolist() == [CENSORED]


@pytest.mark.parametrize("component", ["", "any"])
def test_a_failure_of_the_whole_machine_ends_every_life(component):
    history = machine(failures={100: component})

    for mode in SPEC.modes:
        assert label(history, 60, mode=mode).kind.tolist() == [FAILURE]


def test_a_planned_replacement_censors():
    told = label(machine(services={100: ("bearing", "")}), 60)

    assert (told.duration[0], told.kind[0]) == (4.0, CENSORED)


def test_a_failure_and_its_own_replacement_at_one_instant_are_a_failure():
    history = machine(failures={100: "bearing"}, services={100: ("bearing", "")})

    assert label(history, 60).kind.tolist() == [FAILURE]
    assert lives(history).events.tolist() == [True, False]


def test_the_row_at_the_very_instant_of_an_end_is_not_at_risk():
    told = label(machine(failures={100: "bearing"}), 90, 100, 110)

    assert told.at_risk.tolist() == [True, False, True]


def test_the_newest_row_has_no_label_yet():
    told = label(machine(), UNTIL)

    assert (told.duration[0], told.kind[0], told.at_risk[0]) == (0.0, CENSORED, True)


def test_the_age_counts_from_the_renewal_strictly_before():
    told = label(machine(services={100: ("bearing", "")}, installed_at=-50), 90, 100, 110)

    assert told.age.tolist() == [14.0, 15.0, 1.0]


def test_an_unknown_age_counts_from_when_the_machine_was_first_seen():
    assert label(machine(), 90).age.tolist() == [9.0]


def test_standing_time_neither_ages_nor_is_at_risk():
    stood = Intervals(instants(0, 80), instants(40, UNTIL))

    told = label(machine(failures={100: "bearing"}, running=stood), 30, 60, 90)

    assert told.duration.tolist() == [3.0, 2.0, 1.0]
    assert told.age.tolist() == [3.0, 4.0, 5.0]
    assert told.at_risk.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("outcome", "duration", "kind"),
    [
        ("fault_as_predicted", 4.0, CONFIRMED_FAULT),
        ("other_fault", 4.0, CONFIRMED_FAULT),
        ("nothing_found", 14.0, CENSORED),
        ("nothing_found_replaced", 4.0, CENSORED),
        ("not_inspected", 14.0, CENSORED),
        ("dismissed:known_cause", 14.0, CENSORED),
    ],
)
def test_an_outcome_does_to_the_life_what_the_table_says(outcome, duration, kind):
    told = label(machine(outcomes={100: ("bearing", outcome)}), 60)

    assert (told.duration[0], told.kind[0]) == (duration, kind)


def test_a_part_found_degraded_in_planned_work_is_a_confirmed_fault():
    told = label(machine(services={100: ("bearing", "degraded")}), 60)

    assert told.kind.tolist() == [CONFIRMED_FAULT]


def test_a_sensor_fault_takes_the_rows_whose_windows_saw_it_out():
    history = machine(outcomes={100: ("bearing", "dismissed:sensor_fault")})

    told = label(history, 60, 70, 100, 110)

    assert told.at_risk.tolist() == [True, False, False, True]
    assert told.duration.tolist() == [14.0, 13.0, 10.0, 9.0]


def test_an_exchange_of_the_unit_censors_every_life():
    history = machine(restarts=instants(100))

    for mode in SPEC.modes:
        told = label(history, 60, mode=mode)
        assert (told.duration[0], told.kind[0]) == (4.0, CENSORED)


def test_a_code_that_is_not_in_the_table_is_refused():
    with pytest.raises(UnknownOutcome, match="lucky"):
        label(machine(outcomes={100: ("bearing", "lucky")}), 60)


@pytest.mark.parametrize("code", sorted(OUTCOME_EFFECTS))
def test_every_code_of_the_table_has_an_effect(code):
    assert isinstance(effect_of(code), Effect)


def test_as_of_an_origin_an_end_at_or_after_it_is_unknown():
    told = label(machine(failures={100: "bearing", 150: "bearing"}), 60, 90, 120)

    then = told.as_of(150, remaining=np.array([9.0, 6.0, 3.0]))

    assert then.duration.tolist() == [4.0, 1.0, 3.0]
    assert then.kind.tolist() == [FAILURE, FAILURE, CENSORED]


@given(
    failures=st.sets(st.integers(min_value=1, max_value=UNTIL - 1), max_size=6),
    origin=st.integers(min_value=1, max_value=UNTIL),
)
def test_labels_as_of_an_origin_are_those_of_the_history_cut_there(failures, origin):
    history = machine(failures=dict.fromkeys(sorted(failures), "bearing"))
    at = np.arange(0, origin + 1, 10)

    then = label(history, *at).as_of(origin, remaining=(origin - at) / 10)

    cut = label(history.as_of(origin), *at)
    assert then.duration.tolist() == cut.duration.tolist()
    assert then.kind.tolist() == cut.kind.tolist()


def test_a_life_that_began_before_the_watch_enters_late():
    told = lives(machine(failures={100: "bearing"}, installed_at=-50))

    assert told.entry.tolist() == [5.0, 0.0]
    assert told.durations.tolist() == [15.0, 10.0]
    assert told.events.tolist() == [True, False]


def test_a_life_that_ended_before_the_watch_is_not_counted():
    told = lives(machine(services={-30: ("bearing", "")}, installed_at=-50))

    assert told.entry.tolist() == [3.0]
    assert told.durations.tolist() == [23.0]


def test_lives_as_of_an_origin_are_those_of_the_history_cut_there():
    history = machine(failures={40: "bearing", 100: "bearing"}, installed_at=-50)

    then = lives(history).as_of(70, since=(lives(history).ended_at - 70) / 10)

    cut = lives(history.as_of(70))
    assert then.durations.tolist() == cut.durations.tolist() == [9.0, 3.0]
    assert then.events.tolist() == cut.events.tolist() == [True, False]


def test_a_class_without_modes_counts_every_failure():
    history = replace(machine(failures={60: "seal", 100: "bearing"}))

    assert label(history, 50, 90, mode="any").kind.tolist() == [FAILURE, FAILURE]
