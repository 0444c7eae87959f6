"""Which sensor a name in a file means: `P-101.vibration`, `P101_VIB_DE`, `Pump 1 Vib [mm/s]`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.queries.registry import Machine
from app.services.imports.codes import code_of
from app.services.imports.sensor_guess import unit_in

# No sensor has this id: the deed will say that it is not known.
NO_SENSOR = 0
_SEPARATORS = " .:_/|-\\"
_SIGNS = re.compile(r"[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Point:
    """A measuring point as a file names it; the id is NO_SENSOR when it is not on record."""

    tag: str
    code: str
    unit: str = ""
    sensor_id: int = NO_SENSOR

    @property
    def name(self) -> str:
        """`P-101.vibration`; the code alone when the machine is not known."""
        return f"{self.tag}.{self.code}" if self.tag else self.code


class Points:
    """The sensors of a site by the names files may give them."""

    def __init__(
        self, machines: Mapping[str, Machine], sensors: Mapping[tuple[int, str], int]
    ) -> None:
        self._machines = machines
        self._sensors = {
            (tag, squeezed(code)): (code, sensor_id)
            for tag, machine in machines.items()
            for (owner, code), sensor_id in sensors.items()
            if owner == machine.id
        }
        self._tags = {squeezed(tag): tag for tag in machines}

    def names(self) -> list[str]:
        """Every sensor on record as `TAG.CODE`."""
        return sorted(f"{tag}.{code}" for (tag, _), (code, _) in self._sensors.items())

    def machine(self, text: str) -> str:
        """The tag of the machine that is meant; "" when there is none."""
        text = text.strip()
        return text if text in self._machines else self._tags.get(squeezed(text), "")

    def machine_in(self, text: str) -> str:
        """The longest tag that stands somewhere in a text such as a file's name; "" for none."""
        whole = squeezed(text)
        fitting = [short for short in self._tags if short and short in whole]
        return self._tags[max(fitting, key=len)] if fitting else ""

    def find(self, text: str, *, machine: str = "") -> Point:
        """The point a name means; *machine* says whose when the name itself does not."""
        bare, unit = unit_in(text)
        if machine:
            return self._point(self.machine(machine), bare, unit)
        tag, _, code = bare.rpartition(".")
        if self.machine(tag):
            return self._point(self.machine(tag), code, unit)
        tag = self._beginning(bare)
        return self._point(tag, _rest(bare, tag), unit)

    def _beginning(self, text: str) -> str:
        """The longest tag the text begins with, whatever signs part its letters."""
        whole = squeezed(text)
        fitting = [short for short in self._tags if short and whole.startswith(short)]
        return self._tags[max(fitting, key=len)] if fitting else ""

    def _point(self, tag: str, code: str, unit: str) -> Point:
        known = self._sensors.get((tag, squeezed(code)))
        if known is not None:
            return Point(tag, known[0], unit, known[1])
        return Point(tag, code_of(code), unit)


def squeezed(text: str) -> str:
    """Letters and digits only, in lower case: `P-101` and `P101` are one machine."""
    return _SIGNS.sub("", text.lower())


def _rest(text: str, tag: str) -> str:
    """What follows the tag in the text."""
    left = len(squeezed(tag))
    for place, sign in enumerate(text):
        if not left:
            return text[place:].strip(_SEPARATORS)
        left -= bool(squeezed(sign))
    return "" if tag else text
