"""The data-only container: what goes in comes out, and nothing else ever does."""

from __future__ import annotations

import gzip
import hashlib
import hmac
import io
import json
import pickle
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from models.artifacts import (
    ArtifactRefused,
    Reason,
    container,
    digest,
    inflate_estimator,
    members,
    pack,
    unpack,
)

KEY = b"k" * 32
MANIFEST = {"tag": "P-101", "kind": "machine", "metrics": {"brier": 0.015}}
PARTS = {"centre": np.array([2.1, 0.4]), "counts": np.arange(6).reshape(2, 3), "raw": b"\x00\xff"}
HEADER_BYTES = 8 + 4 + 8 + 32 + 32

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
arrays = hnp.arrays(
    dtype=st.sampled_from(sorted(members.DTYPES)),
    shape=hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


class Hostile:
    """Touches *marker* when it is unpickled."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.marker,))


def refusal(blob: bytes, key: bytes = KEY, **more: Any) -> Reason:
    with pytest.raises(ArtifactRefused) as caught:
        unpack(blob, key=key, **more)
    return caught.value.reason


def sealed(body: bytes, key: bytes = KEY, version: int = 1) -> bytes:
    """A container with right digest and signature around any body, written from the format."""
    start = struct.pack("<8sIQ", b"\x89FWRN\r\n\x1a", version, len(body))
    seal = hashlib.sha256(start + body).digest()
    return start + seal + hmac.new(key, start + seal + body, "sha256").digest() + body


def body_of(header: Any, payload: bytes = b"") -> bytes:
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + payload


def header_of(blob: bytes) -> dict[str, Any]:
    (length,) = struct.unpack_from("<Q", blob, HEADER_BYTES)
    return dict(json.loads(blob[HEADER_BYTES + 8 : HEADER_BYTES + 8 + length]))


@given(
    manifest=st.dictionaries(st.text(max_size=8), json_values, max_size=4),
    parts=st.dictionaries(st.text(max_size=8), arrays | st.binary(max_size=20), max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_what_is_packed_comes_out_again(manifest, parts):
    artifact = unpack(pack(manifest, parts, key=KEY), key=KEY)

    assert artifact.manifest == manifest
    assert artifact.arrays.keys() | artifact.blobs.keys() == parts.keys()
    for name, part in parts.items():
        if isinstance(part, bytes):
            assert artifact.blobs[name] == part
        else:
            np.testing.assert_array_equal(artifact.arrays[name], part, strict=True)


def test_arrays_of_any_layout_come_out_plain():
    odd = {
        "big": np.array([1.5, np.nan], dtype=">f8"),
        "fortran": np.asfortranarray([[1, 2], [3, 4]]),
    }

    artifact = unpack(pack({}, odd, key=KEY), key=KEY)

    assert artifact.arrays["big"].dtype == np.dtype("<f8")
    np.testing.assert_array_equal(artifact.arrays["big"], [1.5, np.nan])
    np.testing.assert_array_equal(artifact.arrays["fortran"], [[1, 2], [3, 4]])
    assert all(array.flags.writeable and array.flags.aligned for array in artifact.arrays.values())


def test_equal_contents_give_equal_bytes_and_digest():
    turned = dict(reversed(PARTS.items()))

    first, second = pack(MANIFEST, PARTS, key=KEY), pack(MANIFEST, turned, key=KEY)

    assert first == second
    assert digest(first) == hashlib.sha256(first).hexdigest()


def test_the_layout_is_the_documented_one():
    blob = pack(MANIFEST, PARTS, key=KEY)

    assert blob == sealed(blob[HEADER_BYTES:])
    assert header_of(blob)["members"][0] == {
        "name": "centre",
        "length": 16,
        "dtype": "<f8",
        "shape": [2],
    }


def test_an_artifact_cut_off_anywhere_is_refused():
    blob = pack(MANIFEST, PARTS, key=KEY)

    reasons = {refusal(blob[:length]) for length in range(len(blob))}

    assert reasons == {Reason.TRUNCATED}


def test_an_artifact_with_bytes_to_spare_is_refused():
    assert refusal(pack(MANIFEST, PARTS, key=KEY) + b"\x00") is Reason.WRONG_LENGTH


@pytest.mark.parametrize("sixty_fourth", range(64))
def test_a_flipped_bit_is_refused(sixty_fourth):
    blob = bytearray(pack(MANIFEST, PARTS, key=KEY))
    bit = sixty_fourth * (8 * len(blob) - 1) // 63
    blob[bit // 8] ^= 1 << bit % 8

    assert refusal(bytes(blob)) is not Reason.MALFORMED, "refused before the body is read"


def test_every_byte_of_the_fixed_part_counts():
    blob = pack(MANIFEST, PARTS, key=KEY)

    for at in range(HEADER_BYTES):
        refusal(blob[:at] + bytes([blob[at] ^ 0xFF]) + blob[at + 1 :])


def test_the_artifact_of_another_machine_is_refused():
    blob = pack(MANIFEST, PARTS, key=KEY)

    assert (
        unpack(blob, key=KEY, expect={"tag": "P-101", "kind": "machine"}).blobs["raw"] == b"\0\xff"
    )
    assert refusal(blob, expect={"tag": "P-102"}) is Reason.WRONG_IDENTITY
    assert refusal(blob, expect={"tag": "P-101", "kind": "class"}) is Reason.WRONG_IDENTITY
    assert refusal(blob, expect={"class_code": None}) is Reason.WRONG_IDENTITY


def test_the_refusal_says_what_was_found():
    blob = pack(MANIFEST, PARTS, key=KEY)

    with pytest.raises(
        ArtifactRefused, match=r"wrong machine or class \(tag is 'P-101', not 'P-102'\)"
    ):
        unpack(blob, key=KEY, expect={"tag": "P-102"})


def test_another_key_is_refused():
    assert refusal(pack(MANIFEST, PARTS, key=KEY), key=b"x" * 32) is Reason.WRONG_SIGNATURE


def test_a_forger_with_the_right_digest_is_refused():
    forged = sealed(pack(MANIFEST, PARTS, key=KEY)[HEADER_BYTES:] + b"more", key=b"x" * 32)

    assert refusal(forged) is Reason.WRONG_SIGNATURE


def test_a_signature_cannot_be_moved_to_another_body():
    first, second = pack({"tag": "A"}, {}, key=KEY), pack({"tag": "B"}, {}, key=KEY)

    assert refusal(first[:HEADER_BYTES] + second[HEADER_BYTES:]) is Reason.WRONG_DIGEST
    assert refusal(second[:52] + first[52:84] + second[84:]) is Reason.WRONG_SIGNATURE


def test_a_later_format_version_is_refused():
    assert refusal(sealed(body_of({}), version=2)) is Reason.UNKNOWN_VERSION


def test_an_artifact_of_another_scikit_learn_is_refused(monkeypatch):
    blob = pack(MANIFEST, PARTS, key=KEY)
    header = header_of(blob)
    header["libraries"]["scikit-learn"] = "1.8.0"
    payload = blob[-sum(entry["length"] for entry in header["members"]) :]

    assert refusal(sealed(body_of(header, payload))) is Reason.OTHER_LIBRARIES


ENTRY = {"name": "x", "length": 16, "dtype": "<f8", "shape": [2]}


@pytest.mark.parametrize(
    "table",
    [
        pytest.param([{**ENTRY, "length": 8}], id="length and shape disagree"),
        pytest.param([{**ENTRY, "shape": [2, 2]}], id="shape asks for more than there is"),
        pytest.param([{**ENTRY, "shape": [-1, -2]}], id="negative shape"),
        pytest.param([{**ENTRY, "shape": [2.0]}], id="shape of no integers"),
        pytest.param([{**ENTRY, "shape": [2, *[1] * 8]}], id="too many dimensions"),
        pytest.param([{**ENTRY, "dtype": "|O"}], id="objects"),
        pytest.param([{**ENTRY, "dtype": "<U2"}], id="text"),
        pytest.param([{**ENTRY, "dtype": ["<f8"]}], id="dtype of no text"),
        pytest.param([{"name": "x", "length": 17}], id="longer than the payload"),
        pytest.param([{"name": "x", "length": 15}], id="shorter than the payload"),
        pytest.param([{"name": "x", "length": True}], id="length of no number"),
        pytest.param([{"name": "x", "length": 8}, {"name": "x", "length": 8}], id="one name twice"),
        pytest.param([{"length": 16}], id="no name"),
        pytest.param(["x"], id="no table"),
        pytest.param([{"name": str(n), "length": 0} for n in range(5000)], id="too many"),
    ],
)
def test_a_member_table_that_lies_is_refused(table):
    good = header_of(pack({}, {}, key=KEY))

    assert refusal(sealed(body_of({**good, "members": table}, b"\0" * 16))) is Reason.MALFORMED


@pytest.mark.parametrize(
    "body", [b"", b"\0" * 8, b"\xff" * 16, body_of([]), body_of({"manifest": {}})]
)
def test_a_body_without_a_header_is_refused(body):
    assert refusal(sealed(body)) is Reason.MALFORMED


def test_a_length_beyond_the_limit_is_refused_before_it_is_believed():
    start = struct.pack("<8sIQ", b"\x89FWRN\r\n\x1a", 1, 2**63)

    assert refusal(start + b"\0" * 64) is Reason.TOO_LARGE


def _zipped(data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("data.pkl", data)
    return buffer.getvalue()


def _by_joblib(hostile: Hostile) -> bytes:
    buffer = io.BytesIO()
    joblib.dump(hostile, buffer, compress=3)
    return buffer.getvalue()


def _by_numpy(hostile: Hostile) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.array([hostile], dtype=object), allow_pickle=True)
    return buffer.getvalue()


CODE_CARRIERS = {
    "pickle": pickle.dumps,
    "joblib": _by_joblib,
    "numpy": _by_numpy,
    "gzip": lambda hostile: gzip.compress(pickle.dumps(hostile)),
    "zlib": lambda hostile: zlib.compress(pickle.dumps(hostile)),
    "zip": lambda hostile: _zipped(pickle.dumps(hostile)),
    "nested": lambda hostile: zlib.compress(_zipped(gzip.compress(pickle.dumps(hostile)))),
    "skops zip": lambda hostile: zlib.compress(_zipped(pickle.dumps(hostile))),
}


def test_the_hostile_object_would_run_code(tmp_path):
    pickle.loads(pickle.dumps(Hostile(tmp_path / "ran")))  # noqa: S301

    assert (tmp_path / "ran").exists()


@pytest.mark.parametrize("carrier", sorted(CODE_CARRIERS))
def test_a_file_that_carries_code_is_refused_and_never_run(carrier, tmp_path):
    marker = tmp_path / "ran"
    hostile = CODE_CARRIERS[carrier](Hostile(marker))

    assert refusal(hostile) is Reason.NOT_AN_ARTIFACT
    assert refusal(sealed(hostile)) is Reason.MALFORMED
    assert refusal(sealed(hostile, key=b"x" * 32)) is Reason.WRONG_SIGNATURE
    with pytest.raises(ArtifactRefused):
        inflate_estimator(hostile)

    assert not marker.exists()


@pytest.mark.parametrize(
    "part",
    [
        np.array([object()]),
        np.array(["P-101"]),
        np.array(["2026-01-01"], dtype="M8[us]"),
        np.zeros(1, dtype=[("a", "f8")]),
        np.zeros((1,) * 9),
    ],
)
def test_only_plain_numbers_are_packed(part):
    with pytest.raises(ValueError, match="is refused"):
        pack({}, {"x": part}, key=KEY)


def test_a_manifest_that_is_not_json_is_not_packed():
    with pytest.raises(ValueError, match="not JSON compliant"):
        pack({"brier": float("nan")}, {}, key=KEY)


def test_more_than_the_limit_is_not_packed(monkeypatch):
    monkeypatch.setattr(container, "MAX_BYTES", 1000)

    with pytest.raises(ValueError, match="at most 1000 bytes"):
        pack({}, {"x": b"\0" * 1000}, key=KEY)


def test_a_short_key_is_no_key():
    with pytest.raises(ValueError, match="at least 16 bytes"):
        pack({}, {}, key=b"short")
    with pytest.raises(ValueError, match="at least 16 bytes"):
        unpack(pack({}, {}, key=KEY), key=b"")
