"""Exports as a plant's own programs write them: odd headers, semicolons, decimal commas."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta
from pathlib import Path

POINTS = ("Schwingung A [mm/s]", "Lagertemperatur [°C]", "Motorstrom [A]")
SHORT = ("VIB_A", "TEMP_L", "STROM")
WORN_DAYS = 10


def write_exports(folder: Path, *, machines: int, days: int, last: datetime) -> None:
    """An equipment list, trends wide and long, and one failure of the first machine."""
    dice = random.Random(4)
    tags = [f"P-{1001 + n}" for n in range(machines)]
    half = machines // 2
    _write(
        folder / "Anlagenliste.csv",
        ["Anlagennummer;Bezeichnung;Maschinentyp;Halle;Inbetriebnahme;ABC;Kostenstelle"]
        + [
            f"{tag};Pumpe {n};Kreiselpumpe (Wasser);Halle {n};0{1 + n}.03.2015;B;47{n}"
            for n, tag in enumerate(tags)
        ],
        "cp1252",
    )
    hours = [last - timedelta(hours=n) for n in reversed(range(24 * days))]
    failed = hours[len(hours) * 2 // 3]
    wide = [";".join(["Zeitstempel", *(f"{tag} {name}" for tag in tags[:half] for name in POINTS)])]
    long = ["TagName;Zeitstempel;Wert;Qualität"]
    for at in hours:
        values = [_values(dice, at, failed if n == 0 else None) for n in range(machines)]
        cells = [_comma(value) for row in values[:half] for value in row]
        wide.append(";".join([f"{at:%d.%m.%Y %H:%M}", *cells]))
        long += [
            f"{tag.replace('-', '')}.{name};{at:%d.%m.%Y %H:%M};{_comma(value)};Good"
            for tag, row in zip(tags[half:], values[half:], strict=True)
            for name, value in zip(SHORT, row, strict=True)
        ]
    long.append(f"{tags[-1]}.VIB_A;{last:%d.%m.%Y %H:%M};Bad;Bad")
    _write(folder / "Trend_breit.csv", wide, "utf-8-sig")
    _write(folder / "Trend_lang.csv", long, "utf-8")
    _write(
        folder / "Stoerungen.csv",
        [
            "Technischer Platz;Störungsbeginn Datum;Uhrzeit;Bauteil",
            f"{tags[0]};{failed:%d.%m.%Y};{failed:%H:%M};Lager",
        ],
        "cp1252",
    )


def _values(dice: random.Random, at: datetime, failed: datetime | None) -> tuple[float, ...]:
    """Vibration, temperature, current of one hour; the wear of the days before a failure."""
    wear = 0.0
    if failed is not None and at < failed:
        left = (failed - at) / timedelta(days=WORN_DAYS)
        wear = max(0.0, 1 - left) ** 2
    day = math.sin(math.tau * at.hour / 24)
    return (
        2 + 4 * wear + 0.2 * day + dice.gauss(0, 0.1),
        55 + 20 * wear + 3 * day + dice.gauss(0, 0.6),
        32 + 2 * day + dice.gauss(0, 0.4),
    )


def _comma(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")


def _write(path: Path, lines: list[str], encoding: str) -> None:
    path.write_bytes(("\r\n".join(lines) + "\r\n").encode(encoding))
