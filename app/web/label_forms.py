"""The forms of the label review: what was ticked and changed, and what came of it in words."""

from __future__ import annotations

from typing import Any

from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.domain.errors import InvalidInput
from app.domain.order_labels import Yield
from app.inputs.label_reviews import ReviewFilters

Form = MultiDict[str, str]


def picked(form: Form) -> list[str]:
    """The ticked orders; raise InvalidInput when there are none."""
    found = form.getlist("review")
    if not found:
        raise InvalidInput({"review": _("Tick at least one order.")})
    return found


def decisions(form: Form) -> list[dict[str, Any]]:
    """A decision for each ticked order, with the choices of its row."""
    return [
        {
            "review_id": number,
            "component": form.get(f"component-{number}") or None,
            "function": form.get(f"function-{number}") or None,
        }
        for number in picked(form)
    ]


def proposal(form: Form) -> dict[str, str]:
    """What is to be proposed for all ticked orders; blank choices are left out."""
    names = {"component": form.get("set-component"), "function": form.get("set-function")}
    found = {name: value for name, value in names.items() if value}
    if not found:
        raise InvalidInput({"review": _("Choose a component, or what became of the function.")})
    return found


def addressed(filters: ReviewFilters) -> dict[str, Any]:
    """The filters as they stand in an address."""
    return filters.model_dump(mode="json", exclude_none=True, exclude_defaults=True)


def written(found: Yield) -> str:
    """What accepting writes: 132 failures, 40 confirmed faults, 3 planned renewals."""
    failures, faults, services = found.failures, found.faults, found.services
    n = _number
    parts = [
        (failures, ngettext("%(n)s failure", "%(n)s failures", failures, n=n(failures))),
        (faults, ngettext("%(n)s confirmed fault", "%(n)s confirmed faults", faults, n=n(faults))),
        (
            services,
            ngettext("%(n)s planned renewal", "%(n)s planned renewals", services, n=n(services)),
        ),
    ]
    return ", ".join(text for number, text in parts if number) or _("no label")


def sentence(found: Yield) -> str:
    """What was accepted and written, and what stays."""
    said = ngettext(
        "%(n)s order accepted: ",
        "%(n)s orders accepted: ",
        found.accepted,
        n=_number(found.accepted),
    )
    said += _("%(what)s written. The next night learns from them.", what=written(found))
    if found.undecided:
        said += " " + ngettext(
            "%(n)s stays: nobody has said which component it was about.",
            "%(n)s stay: nobody has said which component they were about.",
            found.undecided,
            n=_number(found.undecided),
        )
    return said


def _number(value: int) -> str:
    return str(format_decimal(value))
