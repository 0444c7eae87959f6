"""A folder for `benchmarks.fleet`: what is missing is said with the file, and what to do."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks.fleet import command, nights
from benchmarks.measuring.empty_plants import BadFolder, files_of

FILES = ("equipment.csv", "sensors.csv", "readings-1.csv", "readings-2.csv", "failures.csv")
DAYS = ["--from", "2026-01-01", "--to", "2026-03-01"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in FILES:
        (tmp_path / name).write_text("tag,class\n")
    return tmp_path


def test_files_come_in_the_order_of_taking_in(folder: Path) -> None:
    (folder / "services.csv.gz").write_bytes(gzip.compress(b"equipment,at\n"))

    names = [(kind, path.name) for kind, path in files_of(folder)]

    assert names == [
        ("equipment", "equipment.csv"),
        ("sensors", "sensors.csv"),
        ("readings", "readings-1.csv"),
        ("readings", "readings-2.csv"),
        ("failures", "failures.csv"),
        ("services", "services.csv.gz"),
    ]


@pytest.mark.parametrize("missing", ["equipment", "sensors", "readings", "failures"])
def test_a_missing_file_is_named_with_what_it_should_hold(folder: Path, missing: str) -> None:
    for path in folder.glob(f"{missing}*"):
        path.unlink()

    with pytest.raises(BadFolder, match=rf"has no {missing}.*\.csv .*add it, .*equipment|tag"):
        files_of(folder)


def test_services_may_be_left_out(folder: Path) -> None:
    assert "services" not in dict(files_of(folder))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--from", "2026-03-01", "--to", "2026-01-01"], "lies before"),
        ([*DAYS, "--horizon", "3"], "must be shorter"),
        ([*DAYS, "--every", "0"], "--every"),
        (["--to", "2026-01-01"], "--from"),
    ],
)
def test_a_wrong_question_is_refused(folder: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(command, [str(folder), *words])

    assert done.exit_code == 2
    assert said in done.output


def test_nights_stop_at_the_last_day() -> None:
    found = nights(datetime(2026, 1, 1), datetime(2026, 1, 20), 7)  # noqa: DTZ001

    assert found == [datetime(2026, 1, day, 12, tzinfo=UTC) for day in (1, 8, 15)]
