"""What each outcome of an inspected suggestion teaches the next nights, in half a sentence.

By the outcome table of the prediction library; `dismissals` says the same of those that were
dismissed without looking.
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

from app.domain.work_orders import Outcome

LESSONS: dict[Outcome, Any] = {
    Outcome.FAULT_AS_PREDICTED: _("the component's life ended here, as a confirmed fault"),
    Outcome.OTHER_FAULT: _("the life of the component at fault ended here, as a confirmed fault"),
    Outcome.NOTHING_FOUND: _("the component runs on: such readings meant nothing"),
    Outcome.NOTHING_FOUND_REPLACED: _("the old part's life was cut short before it could fail"),
    Outcome.NOT_INSPECTED: _("nothing was learned: nobody looked"),
}
