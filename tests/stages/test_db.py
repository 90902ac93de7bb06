import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from capture.attribution.models import Visitor
from capture.db import db, insert_once, install, is_sqlite, journey, public_id, repeatable, session, transaction
from capture.errors import StorageUnavailable

AT = datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC)


def visitors() -> int:
    return session().scalar(select(func.count()).select_from(Visitor)) or 0


def test_an_instant_keeps_its_microseconds_and_its_zone_is_utc(app: Flask) -> None:
    berlin = AT.astimezone(timezone(timedelta(hours=1)))
    with transaction() as writing:
        writing.add(Visitor(cookie_hash="a", created_at=berlin))

    kept = session().scalars(select(Visitor)).one()

    assert kept.created_at == AT
    assert kept.created_at.tzinfo is UTC


def test_a_journey_that_fails_leaves_nothing(app: Flask) -> None:
    @journey
    def story() -> None:
        session().add(Visitor(cookie_hash="a", created_at=AT))
        session().flush()
        raise LookupError

    with pytest.raises(LookupError):
        story()

    assert visitors() == 0


def test_a_journey_never_calls_another(app: Flask) -> None:
    inner = journey(lambda: None)

    with pytest.raises(RuntimeError, match="never calls another"):
        journey(lambda: inner())()


def test_the_second_insert_of_one_key_is_told_apart_and_spoils_nothing(app: Flask) -> None:
    with transaction():
        assert insert_once(Visitor(cookie_hash="a", created_at=AT))
        assert not insert_once(Visitor(cookie_hash="a", created_at=AT))
        assert insert_once(Visitor(cookie_hash="b", created_at=AT))

    assert visitors() == 2


@pytest.mark.real_commits
def test_what_is_read_after_a_journey_is_what_it_wrote(app: Flask) -> None:
    before = visitors()
    journey(lambda: session().add(Visitor(cookie_hash="a", created_at=AT)))()

    assert (before, visitors()) == (0, 1)


@pytest.mark.real_commits
def test_what_is_made_again_where_it_got_lost_does_not_wait_for_the_disk_and_all_else_does(app: Flask) -> None:
    asked = "PRAGMA synchronous" if is_sqlite() else "SHOW synchronous_commit"

    def story() -> str:
        session().add(Visitor(cookie_hash=public_id(), created_at=AT))
        return str(session().scalar(text(asked)))

    waits, does_not = ("2", "1") if is_sqlite() else (journey(story)(), "off")

    told = [kind(story)() for kind in (journey, repeatable, journey, repeatable, journey)]

    assert told == [waits, does_not, waits, does_not, waits]
    assert visitors() == len(told) + (not is_sqlite())


def test_who_writes_much_and_lets_go_for_moments_starves_nobody(tmp_path: Path) -> None:
    """Another process holds SQLite's file for 60 ms at a time: whoever wants to write has his turn within a few."""
    file, over, held = tmp_path / "data.sqlite", threading.Event(), [0]
    app = Flask(__name__)
    install(app, f"sqlite:///{file}")

    def hold() -> None:
        with closing(sqlite3.connect(file, isolation_level=None, timeout=15)) as other:
            while not over.is_set():
                time.sleep(0.0003)
                other.execute("BEGIN IMMEDIATE")
                time.sleep(0.06)
                other.execute("COMMIT")
                held[0] += 1

    with app.app_context(), ThreadPoolExecutor(1) as pool:
        with transaction() as writing:
            writing.execute(text("CREATE TABLE counted (number INTEGER)"))
        holding = pool.submit(hold)
        try:
            for _ in range(8):
                time.sleep(0.05)
                with transaction() as writing:
                    writing.execute(text("INSERT INTO counted VALUES (1)"))
        finally:
            over.set()
        holding.result()
        db.engine.dispose()

    assert held[0] < 60


def test_a_file_that_stays_locked_is_no_storage_for_a_journey(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("capture.db._PATIENCE", 0.05)
    app = Flask(__name__)
    install(app, f"sqlite:///{tmp_path / 'data.sqlite'}")
    with closing(sqlite3.connect(tmp_path / "data.sqlite", isolation_level=None)) as other, app.app_context():
        other.execute("PRAGMA journal_mode=WAL")
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageUnavailable):
            journey(lambda: session().execute(text("CREATE TABLE counted (number INTEGER)")))()
        other.execute("ROLLBACK")
        journey(lambda: session().execute(text("CREATE TABLE counted (number INTEGER)")))()
        db.engine.dispose()


def test_no_public_id_reads_as_an_option_of_a_command() -> None:
    assert not any(public_id().startswith("-") for _ in range(2000))
