"""What short texts of orders seem to say: a small table checked by hand, and its edges."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.activities import Activity
from app.domain.order_text import (
    candidate,
    failure_mode,
    marked,
    propose,
    renewal,
    same_name,
    type_of,
    usual_systems,
)
from app.domain.work_orders import Function, OrderType

LOST, DEGRADED, NONE = Function.LOST, Function.DEGRADED, Function.NONE
ANYTHING = tuple(map(candidate, usual_systems()))
PUMP = tuple(map(candidate, ("Drive end bearing", "Mechanical seal", "Coupling", "Motor")))

EXCAVATOR_TEXTS = [
    ("Engine will not start", "Engine", LOST),
    ("LH ENG WONT START", "Engine", LOST),
    ("jump start machine", "Engine", LOST),
    ("hyd hose burst at boom foot", "Hydraulic system", LOST),
    ("Replace blown hydraulic hose", "Hydraulic system", LOST),
    ("Hydraulic oil leak, rear manifold", "Hydraulic system", DEGRADED),
    ("Boom cyl leaking at gland", "Hydraulic cylinders", DEGRADED),
    ("reseal leaking RH tilt cylinder", "Hydraulic cylinders", DEGRADED),
    ("Bucket tooth broken off", "Bucket", LOST),
    ("weld crack in bucket floor", "Bucket", DEGRADED),
    ("replace 3 teeth", "Bucket", DEGRADED),
    ("grease line broken on bucket", "Grease system", LOST),
    ("auto lube not working", "Grease system", LOST),
    ("a/c u/s", "Air conditioning", LOST),
    ("aircon blowing hot air", "Air conditioning", DEGRADED),
    ("cab door latch broken", "Cab", LOST),
    ("windscreen cracked", "Cab", DEGRADED),
    ("seat worn out", "Cab", DEGRADED),
    ("LH track come off", "Undercarriage", LOST),
    ("bottom roller seized", "Undercarriage", LOST),
    ("idler worn", "Undercarriage", DEGRADED),
    ("C/O final drive LH", "Final drive", NONE),
    ("final drive leaking oil", "Final drive", DEGRADED),
    ("slew motor noisy", "Slew", DEGRADED),
    ("slew brake failed", "Brakes", LOST),
    ("turbo failure RH engine", "Turbochargers", LOST),
    ("radiator blocked, wash out", "Radiator", DEGRADED),
    ("coolant temp high", "Radiator", DEGRADED),
    ("fuel leak at primary filter", "Fuel system", DEGRADED),
    ("exhaust clamp loose", "Induction and exhaust", DEGRADED),
    ("broken handrail at ladder", "Superstructure", LOST),
    ("work lights u/s", "Electrical", LOST),
    ("low voltage alarm, check battery", "Electrical", DEGRADED),
    ("fire suppression annual inspection", "Fire suppression", NONE),
    ("500 h service engine", "Engine", NONE),
    ("modify walkway", "Superstructure", NONE),
    ("upgrade cab camera", "Cab", NONE),
    ("fix it", None, DEGRADED),
    ("as discussed", None, NONE),
]
PUMP_TEXTS = [
    ("DE bearing noisy and hot", "Drive end bearing", DEGRADED),
    ("brg vibration, drive end", "Drive end bearing", DEGRADED),
    ("seal leak", "Mechanical seal", DEGRADED),
    ("coupling sheared", "Coupling", LOST),
    ("motor tripped, winding burnt", "Motor", LOST),
    ("quarterly inspection of motor", "Motor", NONE),
    ("no flow", None, LOST),
]


@pytest.mark.parametrize(("text", "component", "function"), EXCAVATOR_TEXTS)
def test_a_text_is_read_as_a_person_reads_it(text, component, function):
    said = propose(text, candidates=ANYTHING, kind=OrderType.CORRECTIVE)

    assert (said.component, said.function) == (component, function)


@pytest.mark.parametrize(("text", "component", "function"), PUMP_TEXTS)
def test_a_class_with_components_of_its_own_is_read_by_their_names(text, component, function):
    said = propose(text, candidates=PUMP, kind=OrderType.CORRECTIVE)

    assert (said.component, said.function) == (component, function)


@given(st.text(max_size=60), st.sampled_from(OrderType), st.booleans())
def test_any_text_gets_a_proposal_that_can_be_shown(text, kind, is_suspension):
    said = propose(text, candidates=ANYTHING, kind=kind, is_suspension=is_suspension)

    assert 0 <= said.confidence <= 1
    assert "".join(piece for piece, _ in marked(text, said.evidence)) == text


def test_the_words_that_spoke_are_named_and_marked_where_they_stand():
    said = propose("RH Engine won't start (again)", candidates=ANYTHING, kind=OrderType.CORRECTIVE)

    assert said.evidence == "engine start won't"
    assert marked("RH Engine won't start (again)", said.evidence) == [
        ("RH ", False),
        ("Engine", True),
        (" ", False),
        ("won't", True),
        (" ", False),
        ("start", True),
        (" (again)", False),
    ]


def test_planned_work_is_no_failure_unless_something_broke():
    changeout = {"text": "changeout motor", "candidates": PUMP}
    broken = {"text": "service: found hose burst", "candidates": ANYTHING}

    planned = propose(**changeout, kind=OrderType.PREVENTIVE)
    unplanned = propose(**changeout, kind=OrderType.CORRECTIVE)

    assert (planned.function, unplanned.function) == (NONE, NONE)
    assert planned.confidence > unplanned.confidence
    assert propose(**broken, kind=OrderType.PREVENTIVE).function is LOST


def test_what_the_file_suggests_as_a_suspension_is_no_failure():
    said = propose(
        "engine failed", candidates=ANYTHING, kind=OrderType.CORRECTIVE, is_suspension=True
    )

    assert (said.function, said.confidence >= 0.5) == (NONE, True)


def test_a_hint_of_the_file_decides_where_the_text_does_not():
    alone = propose("replace o-ring", candidates=ANYTHING, kind=OrderType.CORRECTIVE)
    hinted = propose(
        "replace o-ring", candidates=ANYTHING, kind=OrderType.CORRECTIVE, hints=("slew",)
    )

    assert (alone.component, hinted.component) == (None, "Slew")


def test_a_part_or_a_place_is_asked_when_the_text_names_no_component():
    silent = {"text": "no power to key", "candidates": ANYTHING, "kind": OrderType.CORRECTIVE}

    alone = propose(**silent)
    placed = propose(**silent, around=("Misc", "Electrics"))

    assert (alone.component, placed.component) == (None, "Electrical")
    assert placed.evidence == "no power"


def test_of_two_hints_the_text_chooses():
    said = propose(
        "oil leak at engine sump",
        candidates=ANYTHING,
        kind=OrderType.CORRECTIVE,
        hints=("Engine", "Hydraulic System"),
    )

    assert said.component == "Engine"


def test_a_text_about_nothing_known_is_half_as_sure():
    known = propose("motor broken", candidates=PUMP, kind=OrderType.CORRECTIVE)
    unknown = propose("ladder broken", candidates=PUMP, kind=OrderType.CORRECTIVE)

    assert unknown.component is None
    assert unknown.confidence < known.confidence


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("Turbochargers", "turbocharger", True),
        ("Hydraulic System", "hydraulics", True),
        ("drive_end_bearing", "Drive end bearing", True),
        ("Engine", "Engine mount", False),
        ("System", "Assembly", False),
    ],
)
def test_names_mean_the_same_whatever_their_spelling(one, other, is_same):
    assert same_name(one, other) is is_same


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("PM01", OrderType.CORRECTIVE),
        ("pm02", OrderType.PREVENTIVE),
        ("Inspection", OrderType.INSPECTION),
        ("predictive", OrderType.INSPECTION),
        ("ZZ99", OrderType.CORRECTIVE),
        ("", OrderType.CORRECTIVE),
        ("A7", OrderType.SAFETY),
    ],
)
def test_a_code_of_another_system_is_a_type_of_ours(code, kind):
    assert type_of(code, {"a7": OrderType.SAFETY}) is kind


@pytest.mark.parametrize(
    ("text", "mode"),
    [
        ("engine wont start", "FTS"),
        ("oil leak", "ELU"),
        ("bearing noisy", "NOI"),
        ("cracked weld", "STD"),
        ("overheating", "OHE"),
        ("strainer blocked", "PLU"),
        ("new paint", "UNK"),
    ],
)
def test_a_text_names_its_failure_mode(text, mode):
    assert failure_mode(text) == mode


@pytest.mark.parametrize(
    ("text", "component", "activity"),
    [
        ("CHANGEOUT LH FINAL DRIVE", "Final drive", Activity.REPLACE),
        ("Overhaul engine", "Engine", Activity.OVERHAUL),
        ("Replace engine air filter", "Engine", None),
        ("Replace mechanical seal", "Mechanical seal", Activity.REPLACE),
        ("Inspect final drive", "Final drive", None),
        ("Changeout idler", "Engine", None),
    ],
)
def test_only_the_exchange_of_the_component_itself_makes_it_new(text, component, activity):
    assert renewal(text, component) is activity
