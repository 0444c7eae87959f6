"""What is not a code of the tables: events of a history, rungs, forecasters, doers."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.work_orders import Action

# What the history of an order says happened: moves, and what changes an order without moving it.
EVENTS: dict[str, Any] = {
    "raised": _("Raised"),
    "assigned": _("Assigned"),
    "commented": _("Note"),
    "imported": _("Imported"),
    "labelled": _("Label accepted"),
    "unlabelled": _("Label taken back"),
    "updated": _("Evidence updated"),
    "escalated": _("Priority raised"),
    "withdrawal_proposed": _("Withdrawal proposed"),
    "forecast_agrees": _("A forecast agrees"),
    "limit_passed": _("Limit passed"),
    Action.ACCEPT: _("Accepted"),
    Action.PLAN: _("Planned"),
    Action.TAKE: _("Taken"),
    Action.START: _("Started"),
    Action.HOLD: _("Put on hold"),
    Action.RESUME: _("Resumed"),
    Action.COMPLETE: _("Completed"),
    Action.UNDO: _("Completion undone"),
    Action.CLOSE: _("Closed"),
    Action.REWORK: _("Sent back"),
    Action.CANCEL: _("Cancelled"),
    Action.DISMISS: _("Dismissed"),
    Action.SNOOZE: _("Decision put off"),
    Action.ABSORB: _("Joined to other work"),
    Action.INSPECT: _("Look asked for"),
    "absorbed": _("Took a suggestion in"),
    "inspected": _("Somebody looked"),
}

# Rungs of the prediction ladder are plain text in the tables; new ones are shown as they are.
RUNGS = {
    "not_enough_data": _("Not enough data yet"),
    "health": _("Watched against its own normal"),
    "reference": _("Knows its age only"),
    "class_hazard": _("Learned from its class"),
    "own_level": _("Learned from its class and its own history"),
    "own_hazard": _("Learned from its own history alone"),
}

FORECASTERS = {
    "hazard": _("Forewarn, class hazard"),
    "class_hazard": _("Forewarn, class hazard"),
    "own_level": _("Forewarn, own level"),
    "deep": _("Forewarn, deep"),
    "served": _("Forewarn, as served"),
    "shadow": _("Shadow recipe"),
    "own_hazard": _("Forewarn, own history alone"),
    "limit": _("Best single-sensor limit"),
    "reference": _("Age rule"),
    "base": _("Base rate"),
}

# How the reason of a choice names what it chose from; codes as the prediction library writes them.
CANDIDATES = {
    "reference": _("age rule"),
    "class_hazard": _("class"),
    "own_level": _("class and own level"),
    "own_hazard": _("own history alone"),
}

# Who acts when nobody is at the keyboard.
DOERS = {
    "night": _("Forewarn, at night"),
    "daily": _("Forewarn, by schedule"),
    "generate": _("Forewarn, by schedule"),
    "demo": _("Sample plant"),
    "shell": _("Command line"),
    "import": _("Import"),
}
