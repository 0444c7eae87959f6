"""Codes in words, for pages: `labels` has the codes of the tables, `phrases` everything else."""

from __future__ import annotations

import re
from enum import StrEnum

from app.domain.activities import Activity
from app.domain.work_orders import Action, State
from app.inputs.work_orders import INPUTS
from app.web.words.labels import CODES, FIELDS, LABELS, TONES
from app.web.words.phrases import CANDIDATES, DOERS, EVENTS, FORECASTERS, RUNGS

__all__ = ["CODES", "LABELS"]
_SCORED = re.compile(rf"\b({'|'.join(CANDIDATES)})(?= \d)")


def label(code: StrEnum | None) -> str:
    """A code in words; nothing for no code."""
    return "" if code is None else str(LABELS[type(code)][code])


def tone(code: StrEnum) -> str:
    """The colour of a code's badge; grey when it has none of its own."""
    return TONES.get(type(code), {}).get(code, "grey")


def rung(code: str) -> str:
    """A rung of the prediction ladder in words."""
    return str(RUNGS.get(code, code.replace("_", " ")))


def forecaster(code: str) -> str:
    """Who made a forecast that a back-test compares."""
    return str(FORECASTERS.get(code, code.replace("_", " ")))


def candidates(sentence: str) -> str:
    """A sentence with scores, its candidates by their names."""
    return _SCORED.sub(lambda found: str(CANDIDATES[found[1]]), sentence)


def entered(name: str, text: str) -> str:
    """What was typed or picked in the field *name*, as the form showed it."""
    kind = FIELDS.get(name)
    return label(kind(text)) if kind and text in set(kind) else text


def record(code: str) -> str:
    """What was done or what broke, of a record: an activity or a mechanism."""
    if code in set(Activity):
        return label(Activity(code))
    return code.replace("_", " ").capitalize()


def doer(name: str) -> str:
    """Who did it: a person as they are called, or the part of the system that acted."""
    return str(DOERS.get(name, name))


def event(action: str) -> str:
    """What a line of an order's history says happened."""
    return str(EVENTS.get(action, action.replace("_", " ").capitalize()))


def state(code: str) -> str:
    """A state as the history keeps it, in words."""
    return label(State(code))


def choices(codes: type[StrEnum]) -> list[tuple[str, str]]:
    """(value, label) of every code, for a form."""
    return [(code.value, label(code)) for code in codes]


def has_form(action: Action) -> bool:
    """Whether a move of a work order needs words; the others are one tap."""
    return bool(INPUTS[action].model_fields)
