"""A machine's back-test: packed and opened, refused when damaged, kept once and only as far as no
forecast was issued."""

from __future__ import annotations

import json
import struct
import zlib
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa

from app.db import Database
from app.db.back_tests import BackTest
from app.db.equipment import Equipment
from app.db.predictions import Forecast, PredictorVersion
from app.db.training import RunKind, TrainingRun
from app.domain.instants import DAY_US, from_micros, to_micros
from app.queries.back_tests import (
    BackTestGroup,
    BackTestRefused,
    Refusal,
    digest_of,
    pack,
    unpack,
)
from app.services import back_tests
from tests.plant import Plant
from tests.small_plants import AS_OF, FAN, PUMPS, pumps_after_a_night, settle
from tests.small_plants import night as run_night

DAY = timedelta(days=1)
EDGES = (24.0, 336.0)
NIGHTS = 30


def group(first: int = 0, nights: int = NIGHTS, rung: str = "class_hazard") -> BackTestGroup:
    """So many nights from the *first* day of 1970 on."""
    at = (np.arange(nights) + first) * DAY_US
    falling = np.sort(np.random.default_rng(first).random((nights, 2)), axis=1)[:, ::-1]
    return BackTestGroup(("bearing", "seal"), (0.75, 0.25), rung, at, falling.astype(np.float32))


def test_what_was_packed_comes_back_number_for_number() -> None:
    by_age = replace(group(rung="reference"), survival=np.empty((NIGHTS, 0), np.float32))
    content = pack(EDGES, [group(), by_age])

    opened = unpack(content, digest_of(content))

    assert opened.edges_hours == EDGES
    assert content == pack(EDGES, [group(), by_age])
    for one, other in zip(opened.groups, (group(), by_age), strict=True):
        assert (one.modes, one.shares, one.rung) == (other.modes, other.shares, other.rung)
        assert one.at.tobytes() == other.at.tobytes()
        assert one.survival.tobytes() == other.survival.tobytes()
        assert one.survival.shape == other.survival.shape


def test_any_changed_byte_is_refused_before_it_is_read() -> None:
    content = pack(EDGES, [group()])

    for place in range(0, len(content), 7):
        changed = content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]
        with pytest.raises(BackTestRefused) as refused:
            unpack(changed, digest_of(content))
        assert refused.value.reason is Refusal.CHANGED


def header(**changed: object) -> bytes:
    told = {"modes": ["any"], "shares": [1.0], "rung": "class_hazard", "shape": [1, 2], **changed}
    text = json.dumps({"edges_hours": EDGES, "groups": [told]}).encode()
    return struct.pack("<I", len(text)) + text


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xff\xff\xff",
        header(),
        header(shape=[-1, 2]),
        header(shape=[1, 3]) + bytes(8 + 12),
        header(shares=[]) + bytes(8 + 8),
        header() + bytes(8 + 8 + 1),
        header() + bytes(8) + np.array([[2.0], [np.nan]], "<f4").tobytes(),
        bytes(2**25),
    ],
    ids=["nothing", "long", "cut", "below 0", "edges", "shares", "more", "no chance", "bomb"],
)
def test_what_no_release_wrote_is_refused_with_its_reason(raw: bytes) -> None:
    content = zlib.compress(raw)

    with pytest.raises(BackTestRefused) as refused:
        unpack(content, digest_of(content))

    assert refused.value.reason is Refusal.MALFORMED
    assert str(refused.value)


def test_bytes_that_are_not_compressed_are_refused() -> None:
    with pytest.raises(BackTestRefused):
        unpack(b"forecasts", digest_of(b"forecasts"))


class Kept:
    """A pump and what is kept of it."""

    def __init__(self, make: Plant) -> None:
        self.make, self.pump = make, make.equipment()
        make.forecast(self.pump)
        self.version = make.all(PredictorVersion)[0].id

    def keep(self, *groups: BackTestGroup, is_light: bool = False) -> None:
        with self.make.database.transaction() as session:
            back_tests.keep(
                session,
                equipment_id=self.pump.id,
                version_id=self.version,
                edges_hours=EDGES,
                groups=groups,
                is_light=is_light,
                now=self.make.now,
            )

    def issue(self, at: datetime, *, late: timedelta = timedelta(0)) -> None:
        """A night that issues a forecast."""
        with self.make.database.transaction() as session:
            session.execute(
                sa.update(TrainingRun).values(kind=RunKind.NIGHTLY, local_date=at.date())
            )
            session.execute(sa.update(Forecast).values(mode="any", as_of=at, issued_at=at + late))

    @property
    def stretch(self) -> list[tuple[int, int]]:
        """The days the stored back-tests reach from and to."""
        rows = self.make.all(BackTest)
        return [(to_micros(row.since) // DAY_US, to_micros(row.until) // DAY_US) for row in rows]


@pytest.fixture
def kept(make: Plant) -> Kept:
    """Nothing was issued by a night yet: the only run was one by hand."""
    made = Kept(make)
    with make.database.transaction() as session:
        session.execute(sa.update(TrainingRun).values(kind=RunKind.MANUAL))
    return made


def test_a_new_one_takes_the_place_of_the_one_before(kept: Kept) -> None:
    kept.keep(group())
    kept.keep(group(first=5), group(first=2))

    assert kept.stretch == [(2, 5 + NIGHTS - 1)]


def test_only_what_lies_before_the_first_punctual_forecast_is_kept(kept: Kept) -> None:
    kept.issue(from_micros(10 * DAY_US))
    kept.keep(group())

    assert kept.stretch == [(0, 9)]


def test_a_forecast_issued_too_late_is_no_border(kept: Kept) -> None:
    kept.issue(from_micros(10 * DAY_US), late=2 * DAY)
    kept.keep(group())

    assert kept.stretch == [(0, NIGHTS - 1)]


def test_the_row_goes_when_all_of_its_time_has_forecasts(kept: Kept) -> None:
    kept.keep(group())
    kept.issue(from_micros(0))
    kept.keep(group())

    assert kept.stretch == []


def test_a_light_one_never_takes_the_place_of_another(kept: Kept) -> None:
    kept.keep(group(first=20, nights=3), is_light=True)
    first = kept.stretch
    kept.keep(group())
    kept.keep(group(first=20, nights=3), is_light=True)

    assert (first, kept.stretch) == ([(20, 22)], [(0, NIGHTS - 1)])


# --- the night


def rows(database: Database) -> dict[str, BackTest]:
    """What is kept, by tag."""
    with database.reading() as session:
        found = session.execute(
            sa.select(Equipment.tag, BackTest).join(BackTest, BackTest.equipment_id == Equipment.id)
        )
        return dict(found.all())


def test_the_night_keeps_a_back_test_of_every_machine_it_forecasts_on_both_databases(
    database: Database, tmp_path: Path
) -> None:
    with database.transaction() as session:
        settle(session)
    by_two_workers = rows(pumps_after_a_night(tmp_path / "after")[0].database)

    run_night(database)

    kept = rows(database)
    assert sorted(kept) == sorted(by_two_workers) == sorted(PUMPS)
    assert FAN not in kept
    for tag, row in kept.items():
        opened = unpack(row.content, row.digest)
        # Equal for one worker and two, on both databases.
        assert row.content == by_two_workers[tag].content
        assert row.until < AS_OF
        assert [told.modes for told in opened.groups] == [("bearing",)]
        assert len(row.content) < 6_000


def test_a_night_that_only_forecasts_leaves_it_alone_and_a_refit_replaces_it(
    tmp_path: Path,
) -> None:
    plant = pumps_after_a_night(tmp_path)[0].database
    before = {tag: (row.predictor_version_id, row.digest) for tag, row in rows(plant).items()}

    run_night(plant, is_refit=False, is_forced=True)
    between = {tag: (row.predictor_version_id, row.digest) for tag, row in rows(plant).items()}
    run_night(plant, is_forced=True)
    after = rows(plant)

    assert between == before
    assert {tag: row.digest for tag, row in after.items()} == {t: d for t, (_, d) in before.items()}
    assert all(after[tag].predictor_version_id > version for tag, (version, _) in before.items())
