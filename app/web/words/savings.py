"""The words of the savings page: fields with their hints, where numbers come from, terms."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _

from app.queries.savings import Origin


class FieldWords(NamedTuple):
    """A field's name and, where the name does not say it all, a hint."""

    text: Any
    hint: Any = ""


FIELDS: dict[str, FieldWords] = {
    "machines": FieldWords(_("Machines")),
    "failures_per_machine_year": FieldWords(_("Failures a machine and year")),
    "downtime_cost_per_hour": FieldWords(_("Cost of an hour down")),
    "repair_hours_unplanned": FieldWords(_("Hours down, unplanned")),
    "repair_hours_planned": FieldWords(
        _("Hours down, planned"), _("0 when the work waits for a stop anyway.")
    ),
    "unplanned_repair_cost": FieldWords(_("Repair after a failure"), _("Labour and parts.")),
    "planned_repair_cost": FieldWords(_("Planned repair"), _("Labour and parts.")),
    "detection_percent": FieldWords(_("Found in time, %"), _("Of 100 coming failures.")),
    "would_have_failed_percent": FieldWords(
        _("Would have broken down, %"),
        _("Of 100 faults found: before the next planned stop."),
    ),
    "false_alarms_per_machine_year": FieldWords(_("False alarms a machine and year")),
    "inspection_cost": FieldWords(_("An inspection for nothing")),
    "life_given_up_percent": FieldWords(
        _("Life given up, %"), _("Share of a planned repair: the part would have run on.")
    ),
    "system_cost_per_year": FieldWords(_("The system, a year")),
    "set_up_cost": FieldWords(_("Set-up, once"), _("Sensors, connection, training.")),
}

GROUPS: tuple[tuple[Any, tuple[str, ...]], ...] = (
    (_("The plant"), ("machines", "failures_per_machine_year")),
    (
        _("A failure"),
        ("downtime_cost_per_hour", "repair_hours_unplanned", "unplanned_repair_cost"),
    ),
    (_("The same, planned"), ("repair_hours_planned", "planned_repair_cost")),
    (
        _("What predictions do"),
        (
            "detection_percent",
            "would_have_failed_percent",
            "false_alarms_per_machine_year",
            "inspection_cost",
            "life_given_up_percent",
        ),
    ),
    (_("What they cost"), ("system_cost_per_year", "set_up_cost")),
)

ORIGINS: dict[Origin, Any] = {
    Origin.EXAMPLE: _("an example, put in your own"),
    Origin.MACHINES: _("machines on file, none retired"),
    Origin.FAILURES: _("from %(n)s failures on record in the last %(days)s days"),
    Origin.EQUIPMENT: _("mean of %(n)s machines that have it on file"),
    Origin.RULES: _("from the order rules, mean over the machines"),
    Origin.ORDERS: _("mean of %(n)s completed orders"),
    Origin.RECORD: _("from this plant's record, %(n)s events"),
    Origin.STATED: _("as assumed for the ledger"),
}

# What the sensitivity varies, as its chart names it.
TERMS: dict[str, Any] = {
    "failures_per_machine_year": _("Failures a machine and year"),
    "downtime_cost_per_hour": _("Cost of an hour down"),
    "repair_hours_unplanned": _("Hours down, unplanned"),
    "detection_share": _("Found in time"),
    "would_have_failed": _("Would have broken down"),
    "false_alarms_per_machine_year": _("False alarms"),
    "planned_repair_cost": _("Planned repair"),
    "life_given_up_share": _("Life given up"),
    "system_cost_per_year": _("The system, a year"),
}

UNITS: dict[str, str] = {
    "repair_hours_unplanned": "h",
    "detection_share": "%",
    "would_have_failed": "%",
    "life_given_up_share": "%",
}
