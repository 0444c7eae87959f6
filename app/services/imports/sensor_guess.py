"""What a measuring point measures, guessed from its unit and its name."""

from __future__ import annotations

import re

from app.domain.sensors import DEFAULT_KIND, SENSOR_KINDS

_BRACKETED = re.compile(r"[\[(]\s*([^\])]{1,12}?)\s*[\])]\s*$")
# Ways people write the units of our kinds, in lower case without blanks.
_UNITS = {
    "mm/s": "mm/s",
    "mm/srms": "mm/s",
    "mm/sec": "mm/s",
    "degc": "degC",
    "°c": "degC",
    "c": "degC",
    "grad": "degC",
    "a": "A",
    "amp": "A",
    "amps": "A",
    "v": "V",
    "volt": "V",
    "kw": "kW",
    "bar": "bar",
    "barg": "bar",
    "bar(g)": "bar",
    "m3/h": "m3/h",
    "m³/h": "m3/h",
    "rpm": "rpm",
    "1/min": "rpm",
    "u/min": "rpm",
    "min-1": "rpm",
    "m/s": "m/s",
    "%": "%",
    "nm": "Nm",
    "n·m": "Nm",
    "s": "s",
    "sec": "s",
    "g": "g",
    "db": "dB",
    "db(a)": "dB",
}
# Words and beginnings of words in names, the more telling first.
_WORDS = (
    ("vibration", ("vib", "schwing", "velocity rms", "vrms", "ve", "vi")),
    ("acceleration", ("accel", "beschleun", "acc")),
    ("temperature", ("temp", "tmp", "ti", "tt", "warm", "therm")),
    ("current", ("curr", "amp", "strom", "amperage")),
    ("voltage", ("volt", "spannung")),
    ("power", ("power", "leistung", "kw")),
    ("pressure", ("press", "druck", "pi", "pt")),
    ("flow", ("flow", "durchfluss", "volumenstrom", "fi", "ft")),
    ("belt_speed", ("belt speed", "bandgeschw")),
    ("speed", ("speed", "rpm", "drehzahl", "rotat")),
    ("level", ("level", "fullstand", "niveau", "li")),
    ("torque", ("torque", "drehmoment", "moment")),
    ("cycle_time", ("cycle", "takt", "zyklus")),
    ("noise", ("noise", "sound", "schall", "gerausch")),
)
_WHOLE_WORD = 2  # instrument codes such as TI or PT are whole words, never beginnings


def guess_unit(text: str) -> str:
    """A unit as we write it; one we do not know stays as it was written."""
    return _UNITS.get(text.strip().lower().replace(" ", ""), text.strip())


def guess_kind(name: str, unit: str = "") -> str:
    """The kind of sensor that has this unit and is called like this; `other` when unsure.

    A unit we know decides, unless two kinds have it; a unit we do not know is of `other`.
    """
    unit = guess_unit(unit)
    by_unit = [kind.code for kind in SENSOR_KINDS.values() if unit and kind.unit == unit]
    if unit and not by_unit:
        return DEFAULT_KIND
    words = _words(name)
    for code, starts in _WORDS:
        if (not by_unit or code in by_unit) and any(_says(words, start) for start in starts):
            return code
    return by_unit[0] if by_unit else DEFAULT_KIND


def unit_in(name: str) -> tuple[str, str]:
    """A column's name and the unit in brackets at its end: `Vib DE [mm/s]`."""
    found = _BRACKETED.search(name)
    if found is None:
        return name.strip(), ""
    return name[: found.start()].strip(), guess_unit(found[1])


def _words(name: str) -> str:
    from app.services.imports.mapping import plain

    return f" {re.sub(r'(?<=[a-z])(?=[0-9])|(?<=[0-9])(?=[a-z])', ' ', plain(name))} "


def _says(words: str, start: str) -> bool:
    return (f" {start} " if len(start) <= _WHOLE_WORD else f" {start}") in words
