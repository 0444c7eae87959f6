"""What each reason to dismiss a suggestion does to the next nights, in half a sentence.

By the outcome table of the prediction library: a sensor fault takes the readings out of all
learning, a stopped machine the time; after any other reason the machine is taken to have run on
with such readings. Every dismissal starts the order rule's cooldown.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.work_orders import Dismissal

CONSEQUENCES: dict[Dismissal, Any] = {
    Dismissal.KNOWN_CAUSE: _("nights learn that it runs on with such readings"),
    Dismissal.WATCHED: _("nights learn that it runs on so far; a failure still counts"),
    Dismissal.RUN_TO_FAILURE: _("a failure soon after counts as dismissed, not as missed"),
    Dismissal.CANNOT_RELEASE: _("comes again after the quiet days if the risk stays"),
    Dismissal.DUPLICATE: _("what the other order finds will teach the nights"),
    Dismissal.SENSOR_FAULT: _("these readings are left out of all learning"),
    Dismissal.MACHINE_STOPPED: _("the time since the suggestion counts as standing, not as run"),
    Dismissal.PLANNED_SHUTDOWN: _("comes again after the quiet days: plan the work into the stop"),
    Dismissal.FALSE_ALARM: _("nights learn that such readings meant nothing"),
    Dismissal.OTHER: _("nights learn that it runs on; say why in the note"),
}
