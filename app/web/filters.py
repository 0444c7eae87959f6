"""How templates write dates, lengths of time, numbers and risks."""

from __future__ import annotations

import math
import re
from datetime import UTC, date, datetime
from typing import Any

from flask import Flask
from flask_babel import format_date, format_decimal, gettext, ngettext
from markupsafe import Markup

from app.web import assets, sparkline, words
from app.web.local_time import zone

DAY_HOURS = 24.0
MINUTE = 60.0
UNITS = (("degC", "\N{DEGREE SIGN}C"), ("m3/h", "m\N{SUPERSCRIPT THREE}/h"))
SIGNS = ((" +- ", " \N{PLUS-MINUS SIGN} "), (" x ", " \N{MULTIPLICATION SIGN} "), *UNITS)
SURE = 0.95
ROUGH_HOURS = 10.0
# What sentences of the night hold that a page says in its own way.
LONG_FIGURE = re.compile(r"\b[1-9]\d*\.\d{3,}")
PERCENTAGE = re.compile(r"(\d+(?:\.\d+)?) ?%")
SCORES = re.compile(r" \([^()]*\d\.\d{3,}[^()]*\)")
EARLY_DAY = re.compile(r"\b0(?=\d [A-Z][a-z]{2} \d{4})")
NOTHING = "\N{EN DASH}"


def install(app: Flask) -> None:
    """Give the templates of *app* these filters and names."""
    own = (
        day,
        moment,
        span,
        iso_day,
        instant,
        ago,
        hours,
        seconds,
        count,
        figure,
        percent,
        frequency,
        spoken,
        told,
        unit,
    )
    for function in (
        *own,
        words.label,
        words.tone,
        words.rung,
        words.forecaster,
        words.record,
        words.doer,
        words.event,
        words.state,
        sparkline.spark,
    ):
        app.jinja_env.filters[function.__name__] = function
    app.jinja_env.tests["worded"] = words.has_form
    app.jinja_env.globals.update(
        asset=assets.asset, icon=assets.icon, choices=words.choices, codes=words.CODES
    )


def day(value: date | None) -> str:
    """3 Dec 2026."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = value.astimezone(zone()).date()
    return format_date(value, "d MMM yyyy")


def moment(value: datetime | None) -> Markup | str:
    """3 Dec 2026, 14:05 at the reader's site, as a <time>."""
    if value is None:
        return ""
    local = value.astimezone(zone())
    text = f"{format_date(local.date(), 'd MMM yyyy')}, {local:%H:%M}"
    return Markup('<time datetime="{}">{}</time>').format(value.isoformat(), text)


def span(start: datetime, end: datetime) -> Markup:
    """Sat 6 Dec, 06:00-14:00 at the reader's site; over midnight with both days."""
    first, last = start.astimezone(zone()), end.astimezone(zone())
    text = f"{format_date(first.date(), 'EEE d MMM')}, {first:%H:%M}"
    ends = "" if first.date() == last.date() else f"{format_date(last.date(), 'EEE d MMM')}, "
    return Markup('<time datetime="{}">{}{}{}{:%H:%M}</time>').format(
        start.isoformat(), text, NOTHING, ends, last
    )


def iso_day(value: datetime) -> str:
    """The day it is then at the reader's site, as a form sends it."""
    return value.astimezone(zone()).date().isoformat()


def instant(microseconds: int | None) -> Markup | str:
    """A reading's instant (integer UTC microseconds) as a moment."""
    if microseconds is None:
        return ""
    return moment(datetime.fromtimestamp(microseconds / 1e6, UTC))


def ago(value: date | None, today: date) -> str:
    """today, 3 days ago, in 2 days."""
    if value is None:
        return ""
    days = (today - value).days
    if days == 0:
        return gettext("today")
    if days > 0:
        return ngettext("%(num)d day ago", "%(num)d days ago", days)
    return ngettext("in %(num)d day", "in %(num)d days", -days)


def hours(value: float | None) -> str:
    """A length of time given in hours: 18 h, 4 days."""
    if value is None or not math.isfinite(value):
        return ""
    if abs(value) < 2 * DAY_HOURS:
        return gettext("%(num)s h", num=figure(value, 0 if abs(value) >= ROUGH_HOURS else 1))
    days = round(value / DAY_HOURS)
    return ngettext("%(num)d day", "%(num)d days", days)


def seconds(value: float | None) -> str:
    """0.4 s, 12 s, 3 min 20 s."""
    if value is None:
        return ""
    if value < MINUTE:
        return gettext("%(num)s s", num=figure(value, 1 if value < 10 else 0))
    minutes, rest = divmod(round(value), 60)
    return gettext("%(min)d min %(sec)d s", min=minutes, sec=rest)


def count(value: float | None) -> str:
    """A whole number with separators."""
    return "" if value is None else format_decimal(int(value))


def figure(value: float | None, decimals: int = 2) -> str:
    """A number with at most *decimals* decimals."""
    if value is None or not math.isfinite(value):
        return NOTHING
    pattern = "#,##0" + ("." + "#" * decimals if decimals else "")
    # A little below nothing is nothing, not "-0".
    return str(format_decimal(round(value, decimals) + 0.0, pattern))


def percent(risk: float | None) -> str:
    """A risk for planners: 7 %; below one and above 99 it says so."""
    if risk is None:
        return NOTHING
    if 0 < risk < 0.01:
        return gettext("below 1 %")
    if 0.99 < risk < 1:
        return gettext("above 99 %")
    return gettext("%(num)d %%", num=round(risk * 100))


def frequency(risk: float | None) -> str:
    """A risk as people count it: about 7 of 10, about 1 of 25."""
    if risk is None:
        return NOTHING
    if risk >= SURE:
        return gettext("nearly all of 10")
    if risk >= 0.1:
        return gettext("about %(num)d of 10", num=max(1, round(risk * 10)))
    if risk < 0.005:
        return gettext("less than 1 of 200")
    return gettext("about 1 of %(num)d", num=_round(1 / risk))


def spoken(sentence: str, *, plain: bool = False) -> str:
    """A driver's sentence as print has it; *plain* leaves out what it would do to the risk."""
    text = sentence.partition(";")[0] if plain else sentence
    text = LONG_FIGURE.sub(lambda found: f"{float(found[0]):.2f}", text)
    for written, printed in SIGNS:
        text = text.replace(written, printed)
    return text[:1].upper() + text[1:]


def told(sentence: str, *, plain: bool = False) -> str:
    """What the night wrote down, as pages say it.

    *plain* is for technicians: risks as frequencies, without the scores of a back-test.
    """
    say = frequency if plain else percent
    text = SCORES.sub("", sentence) if plain else sentence
    text = PERCENTAGE.sub(lambda found: say(float(found[1]) / 100), text)
    return words.candidates(EARLY_DAY.sub("", text)).replace("->", "\N{RIGHTWARDS ARROW}")


def unit(code: str) -> str:
    """A unit as print has it."""
    return dict(UNITS).get(code, code)


def _round(value: float) -> int:
    """Rounded as people say it: 12, 25, 130."""
    step: Any = 1 if value < 15 else 5 if value < 100 else 10
    return int(step * round(value / step))
