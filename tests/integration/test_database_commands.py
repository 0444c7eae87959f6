"""`forewarn db` and the leader: tables made, checked, copied, put back; one leads at a time."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner

from app.cli import main
from app.config import Settings
from app.db import Database
from app.db.leader import LOCK_FILE, Leader, checkpointing


@pytest.fixture
def home(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def forewarn(home):
    environment = {"FOREWARN_DATA_DIR": str(home)}
    return lambda *words: CliRunner().invoke(main, [str(word) for word in words], env=environment)


def sites(path):
    with closing(sqlite3.connect(path)) as file:
        return [row[0] for row in file.execute("SELECT code FROM site")]


def add_site(path, code):
    with closing(sqlite3.connect(path)) as file:
        file.execute(f"INSERT INTO site (code, name, timezone) VALUES ('{code}', 'x', 'UTC')")
        file.commit()


def test_a_fresh_database_is_in_order_and_may_be_upgraded_again(forewarn):
    assert [forewarn("db", "upgrade").exit_code for _ in range(2)] == [0, 0]

    ended = forewarn("db", "check")

    assert (ended.exit_code, ended.output) == (0, "The database is in order.\n")


def test_a_database_without_tables_is_not_in_order(forewarn):
    ended = forewarn("db", "check")

    assert ended.exit_code == 1
    assert "revision None" in ended.output


def test_a_command_on_a_database_without_tables_says_what_to_do(forewarn, tmp_path):
    file = tmp_path / "failures.csv"
    file.write_text("equipment,at\n")

    ended = forewarn("import", "failures", file)

    assert ended.exit_code == 2
    assert ended.output == "Error: The database is not ready: run `forewarn db upgrade` first.\n"


def test_a_backup_holds_what_was_there_and_can_be_put_back(forewarn, home, tmp_path):
    forewarn("db", "upgrade")
    add_site(home / "forewarn.db", "before")
    assert forewarn("db", "backup", tmp_path / "copy.db").exit_code == 0
    add_site(home / "forewarn.db", "after")

    ended = forewarn("db", "restore", tmp_path / "copy.db")

    assert ended.exit_code == 0
    assert sites(home / "forewarn.db") == ["before"]
    assert (tmp_path / "copy.db").stat().st_mode & 0o077 == 0


def test_a_backup_never_overwrites_a_file(forewarn, tmp_path):
    forewarn("db", "upgrade")
    taken = tmp_path / "taken"
    taken.write_text("mine")

    assert forewarn("db", "backup", taken).exit_code == 2
    assert taken.read_text() == "mine"


def test_what_is_no_backup_of_ours_is_not_put_in_place(forewarn, home, tmp_path):
    forewarn("db", "upgrade")
    add_site(home / "forewarn.db", "mine")
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE something (id)")
    (tmp_path / "text.db").write_text("no database at all")

    for name in ("other.db", "text.db"):
        assert forewarn("db", "restore", tmp_path / name).exit_code == 2
    assert sites(home / "forewarn.db") == ["mine"]


def test_nothing_is_restored_while_another_process_leads(forewarn, home, tmp_path):
    forewarn("db", "upgrade")
    forewarn("db", "backup", tmp_path / "copy.db")
    database = Database(f"sqlite:///{home / 'forewarn.db'}")
    leader = Leader(Settings(data_dir=home), database)

    assert leader.acquire()
    ended = forewarn("db", "restore", tmp_path / "copy.db")
    leader.release()
    database.dispose()

    assert ended.exit_code == 2
    assert "stop it first" in ended.output


def test_one_leads_and_the_next_one_after_it(database, settings):
    first, second = Leader(settings, database), Leader(settings, database)

    assert first.acquire()
    assert first.acquire()
    assert not second.acquire()
    first.release()
    assert second.acquire()
    second.release()


def test_a_leader_that_dies_leaves_no_lock_behind(tmp_path):
    database = Database(f"sqlite:///{tmp_path / 'x.db'}")
    settings = Settings(data_dir=tmp_path)
    lock = str(tmp_path / LOCK_FILE)
    script = (
        "import fcntl, os, signal\n"
        f"fcntl.flock(os.open({lock!r}, os.O_RDWR | os.O_CREAT), fcntl.LOCK_EX)\n"
        "print('held', flush=True)\nsignal.pause()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        was_free = Leader(settings, database).acquire()
        other.kill()

    leader = Leader(settings, database)
    assert not was_free
    assert leader.acquire()
    leader.release()
    database.dispose()


def test_after_much_writing_the_log_of_writes_is_empty(tmp_path):
    path = tmp_path / "x.db"
    database = Database(f"sqlite:///{path}")
    with checkpointing(Settings(data_dir=tmp_path), database):
        with database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE TABLE big AS SELECT randomblob(100000) AS x")
        written = path.with_name("x.db-wal").stat().st_size

    assert written > 100_000
    assert path.with_name("x.db-wal").stat().st_size == 0
    database.dispose()


def test_who_does_not_lead_makes_no_checkpoint(database, settings):
    assert not Leader(settings, database).checkpoint()
