"""Since when forecasts were issued, and which nights rest on back-tests instead."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from app.domain.instants import from_micros
from app.queries.rule_previews.back_tests import first_nights
from app.queries.rule_previews.issued import Refused
from app.queries.rule_previews.past import Past


@dataclass(frozen=True, slots=True)
class Coverage:
    """`issued_since` is the first night that issued a forecast (None: none did), `by_all_since`
    the one from which on no back-test stands in for any machine (None: for some it still does).

    `back_test_since` is the first night of a back-test (None: there is none), `nights` and
    `nights_back_test` count all nights, and those no forecast was issued in. `refused` are
    back-tests that are left out.
    """

    issued_since: datetime | None
    by_all_since: datetime | None
    back_test_since: datetime | None
    nights: int
    nights_back_test: int
    refused: tuple[Refused, ...]


def coverage(past: Past) -> Coverage:
    """What the answers on this past rest on."""
    as_issued = past.nights_as_issued
    keys, moments = past.issued.told
    here = past.issued.told_back_test
    back_tested = {past.keys[key].equipment_id for key in set(keys[here].tolist())}
    first = first_nights(past.issued, past.keys)
    borders = [first.get(machine) for machine in back_tested]
    known = [border for border in borders if border is not None]
    return Coverage(
        issued_since=from_micros(int(as_issued[0])) if len(as_issued) else None,
        by_all_since=from_micros(max(known)) if known and len(known) == len(borders) else None,
        back_test_since=from_micros(int(moments[here].min())) if here.any() else None,
        nights=len(past.nights),
        nights_back_test=len(past.nights) - len(as_issued),
        refused=past.issued.refused,
    )
