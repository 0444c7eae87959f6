"""What somebody may put in place of a stored predictor: nothing of it is ever used or run.

A class's newest stored predictor is replaced in the database. The next night only forecasts: the
last good one serves, and the page of the run says why.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import pickle
import random
import struct
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import joblib
import pytest
import sqlalchemy as sa

from app.cli.train import artifact_key
from app.db import Database
from app.db.clock import PlantClock
from app.db.equipment import EquipmentClass, SensorRole
from app.db.predictions import Artifact, ClassVersion
from app.db.training import MachineOutcome, MachineStatus, TrainingRun
from models.artifacts import ArtifactRefused, Reason, digest, pack, unpack
from tests.small_plants import (
    MORNING,
    PUMPS,
    SECRET,
    Installation,
    night,
    pumps_after_a_night,
    told,
)

pytestmark = pytest.mark.fault

DAY = timedelta(days=1)
KEY = artifact_key(SECRET)
MUTATIONS = 200
HEADER_BYTES = 8 + 4 + 8 + 32 + 32

_looked_up: list[str] = []
sys.addaudithook(
    lambda event, given: _looked_up.append(str(given)) if event == "pickle.find_class" else None
)


class Hostile:
    """Touches *marker* when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


@contextmanager
def no_class_is_looked_up() -> Iterator[None]:
    """What an unpickler does first of all is heard by the interpreter itself."""
    _looked_up.clear()
    yield
    assert _looked_up == []


def carriers(marker: Path) -> dict[str, bytes]:
    """The same hostile object in every wrapping that a careless loader would open."""
    plain = pickle.dumps(Hostile(marker))
    by_joblib, zipped = io.BytesIO(), io.BytesIO()
    joblib.dump(Hostile(marker), by_joblib, compress=3)
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("data.pkl", plain)
    return {
        "pickle": plain,
        "joblib": by_joblib.getvalue(),
        "gzip": gzip.compress(plain),
        "zip": zipped.getvalue(),
        "nested": gzip.compress(zipped.getvalue()),
    }


def mutated(blob: bytes, others: list[bytes], chance: random.Random) -> bytes:
    """The artifact after one accident or attack of many kinds."""
    at, other = chance.randrange(len(blob)), chance.choice(others)
    flipped = bytes([blob[at] ^ (1 << chance.randrange(8))])
    kinds: list[Callable[[], bytes]] = [
        lambda: blob[:at] + flipped + blob[at + 1 :],
        lambda: blob[:at],
        lambda: blob + chance.randbytes(1 + at % 40),
        lambda: blob[:at] + blob[at + 1 + at % 300 :],
        lambda: other,
        lambda: other[:HEADER_BYTES] + blob[HEADER_BYTES:],
        lambda: blob[:HEADER_BYTES] + other[HEADER_BYTES:],
        lambda: chance.randbytes(len(blob)),
        lambda: b"",
    ]
    return chance.choice(kinds)()


def resealed(blob: bytes, header: dict[str, Any]) -> bytes:
    """The artifact with another header, sealed with the right key as only we can."""
    (length,) = struct.unpack_from("<Q", blob, HEADER_BYTES)
    text = json.dumps(header).encode()
    body = struct.pack("<Q", len(text)) + text + blob[HEADER_BYTES + 8 + length :]
    start = struct.pack("<8sIQ", blob[:8], 1, len(body))
    seal = hashlib.sha256(start + body).digest()
    return start + seal + hmac.new(KEY, start + seal + body, "sha256").digest() + body


def header_of(blob: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<Q", blob, HEADER_BYTES)
    return dict(json.loads(blob[HEADER_BYTES + 8 : HEADER_BYTES + 8 + length]))


def test_the_audit_hook_hears_an_unpickler(tmp_path: Path) -> None:
    _looked_up.clear()

    pickle.loads(carriers(tmp_path / "ran")["pickle"])  # noqa: S301

    assert _looked_up
    assert (tmp_path / "ran").exists()


def test_two_hundred_mutations_of_an_artifact_and_none_is_loaded(tmp_path: Path) -> None:
    identity = {"kind": "machine", "tag": "P-101", "as_of": 2}
    parts = {"newest_row": b"\x01" * 400, "estimator": bytes(range(256)) * 4}
    blob = pack(identity, parts, key=KEY)
    others = [
        pack({**identity, "tag": "P-102"}, parts, key=KEY),
        pack({**identity, "as_of": 1}, parts, key=KEY),
        pack(identity, {"newest_row": parts["newest_row"]}, key=b"x" * 32),
        *carriers(tmp_path / "ran").values(),
    ]
    chance, reasons = random.Random(49), set[Reason]()

    with no_class_is_looked_up():
        for _ in range(MUTATIONS):
            with pytest.raises(ArtifactRefused) as caught:
                unpack(mutated(blob, others, chance), key=KEY, expect=identity)
            reasons.add(caught.value.reason)

    assert not (tmp_path / "ran").exists()
    assert unpack(blob, key=KEY, expect=identity).manifest == identity, "the sound one is loaded"
    assert reasons >= {
        Reason.NOT_AN_ARTIFACT,
        Reason.TRUNCATED,
        Reason.WRONG_LENGTH,
        Reason.WRONG_DIGEST,
        Reason.WRONG_SIGNATURE,
        Reason.WRONG_IDENTITY,
    }


# --- in the database


@pytest.fixture(scope="module")
def two_nights(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """The small plant with two stored predictors of its class; the plant's clock is a day on."""
    installation, _ = pumps_after_a_night(tmp_path_factory.mktemp("plant"))
    with installation.database.transaction() as session:
        session.get_one(PlantClock, 1).now_at = MORNING + DAY
    night(installation.database, now=MORNING + DAY, folds=1)
    return installation


@pytest.fixture
def plant(two_nights: Installation) -> Iterator[Database]:
    """Given back as it was: what is stored and which version points to it."""
    database = two_nights.database
    with database.reading() as session:
        stored = {row.digest: row.content for row in session.scalars(sa.select(Artifact))}
        pointed = {row.id: row.artifact_digest for row in session.scalars(sa.select(ClassVersion))}
    yield database
    with database.transaction() as session:
        for row in session.scalars(sa.select(Artifact)):
            row.content = stored.get(row.digest, row.content)
        for version in session.scalars(sa.select(ClassVersion)):
            version.artifact_digest = pointed[version.id]


def versions(database: Database, code: str = "pump") -> list[tuple[int, str, bytes]]:
    """The stored versions of a class, the newest first: id, digest, bytes."""
    found = (
        "SELECT v.id, a.digest, a.content FROM class_version v JOIN equipment_class c"
        " ON c.id = v.equipment_class_id JOIN artifact a ON a.digest = v.artifact_digest"
        " WHERE c.code = :code ORDER BY v.as_of DESC, v.id DESC"
    )
    with database.reading() as session:
        return [tuple(row) for row in session.execute(sa.text(found), {"code": code})]


def put(database: Database, content: bytes) -> None:
    """Write other bytes over the newest stored predictor of the pumps."""
    newest = versions(database)[0][1]
    with database.transaction() as session:
        session.get_one(Artifact, newest).content = content


def point_to(database: Database, content: bytes) -> None:
    """Store bytes under their own digest and let the newest version point to them."""
    version_id = versions(database)[0][0]
    with database.transaction() as session:
        if session.get(Artifact, digest(content)) is None:
            row = Artifact(digest=digest(content), size=len(content), content=content)
            session.add(row)
            session.flush()
        session.get_one(ClassVersion, version_id).artifact_digest = digest(content)


def forecast_only(database: Database, days: int = 2) -> tuple[str, set[str]]:
    """A night that only forecasts: its note, and which machines it forecast."""
    with no_class_is_looked_up():
        report = night(database, now=MORNING + days * DAY, is_refit=False)
    with database.reading() as session:
        note = session.get_one(TrainingRun, report.run_id).note
    return note, {tag for tag, _ in told(database, report.run_id)}


def test_a_sound_predictor_leaves_no_remark(plant: Database) -> None:
    note, forecast = forecast_only(plant)

    assert (note, forecast) == ("", set(PUMPS))


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("pickle", Reason.NOT_AN_ARTIFACT),
        ("joblib", Reason.NOT_AN_ARTIFACT),
        ("nested", Reason.NOT_AN_ARTIFACT),
        ("truncated", Reason.TRUNCATED),
        ("extended", Reason.WRONG_LENGTH),
        ("one bit", Reason.WRONG_DIGEST),
        ("forged", Reason.WRONG_SIGNATURE),
        ("of the fans", Reason.REPLACED),
        ("older", Reason.REPLACED),
    ],
)
def test_a_replaced_predictor_is_refused_by_name_and_the_last_good_one_serves(
    plant: Database, tmp_path: Path, kind: str, reason: Reason
) -> None:
    (newest, _, content), (older, _, before) = versions(plant)[:2]
    replacements = {
        **carriers(tmp_path / "ran"),
        "truncated": content[: len(content) // 2],
        "extended": content + b"more",
        "one bit": content[:-1] + bytes([content[-1] ^ 1]),
        "forged": pack(unpack(content, key=KEY).manifest, {}, key=b"x" * 32),
        "of the fans": versions(plant, "fan")[0][2],
        "older": before,
    }
    put(plant, replacements[kind])

    note, forecast = forecast_only(plant)

    assert f"class pump were refused (version {newest}: {reason})" in note
    assert f"Version {older}, the last good one, serves" in note
    assert forecast == set(PUMPS)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("kind", ["of the fans", "older", "other scikit-learn", "other release"])
def test_a_version_that_points_elsewhere_is_refused(plant: Database, kind: str) -> None:
    (newest, _, content), (older, _, before) = versions(plant)[:2]
    header = header_of(content)
    header["libraries"]["scikit-learn"] = "1.0.0"
    earlier = header_of(content)
    del earlier["manifest"]["groups"][0]["references"]
    wanted = {
        "of the fans": (versions(plant, "fan")[0][2], Reason.WRONG_IDENTITY),
        "older": (before, Reason.WRONG_IDENTITY),
        "other scikit-learn": (resealed(content, header), Reason.OTHER_LIBRARIES),
        "other release": (resealed(content, earlier), Reason.OTHER_RELEASE),
    }
    replacement, reason = wanted[kind]
    point_to(plant, replacement)

    note, forecast = forecast_only(plant)

    assert f"(version {newest}: {reason})" in note
    assert f"Version {older}, the last good one, serves" in note
    assert forecast == set(PUMPS)


def test_when_none_is_left_there_is_no_prediction_and_the_run_says_so(plant: Database) -> None:
    with plant.transaction() as session:
        for row in session.scalars(sa.select(Artifact)):
            row.content = b""

    note, forecast = forecast_only(plant)

    assert "None is left to forecast with: train the class again." in note
    assert forecast == set()


@pytest.mark.parametrize("change", ["renamed", "added", "dropped"])
def test_a_predictor_of_other_signals_is_not_used_and_the_machines_say_so(
    plant: Database, change: str
) -> None:
    with plant.transaction() as session:
        role = session.scalars(sa.select(SensorRole).where(SensorRole.code == "vibration")).first()
        role_id, class_id = role.id, role.equipment_class_id
        if change == "added":
            session.add(SensorRole(equipment_class_id=class_id, code="flow", name="Flow"))
        else:
            role.code = "shaking"
        if change == "dropped":
            role.equipment_class_id = session.scalar(sa.select(sa.func.max(EquipmentClass.id)))
    try:
        with no_class_is_looked_up():
            report = night(plant, now=MORNING + 2 * DAY, is_refit=False)
        with plant.reading() as session:
            rows = session.scalars(
                sa.select(MachineOutcome).where(MachineOutcome.run_id == report.run_id)
            ).all()
        failed = [row for row in rows if row.status is MachineStatus.FAILED]
        assert told(plant, report.run_id) == {}
        assert len(failed) == len(PUMPS)
        assert all(row.reason.startswith("Incompatible: class") for row in failed)
    finally:
        with plant.transaction() as session:
            role = session.get_one(SensorRole, role_id)
            role.code, role.equipment_class_id = "vibration", class_id
            session.execute(sa.delete(SensorRole).where(SensorRole.code == "flow"))
