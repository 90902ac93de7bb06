from datetime import UTC, datetime, timedelta, timezone

import pytest
from flask import Flask
from sqlalchemy import func, select

from capture.attribution.models import Visitor
from capture.db import insert_once, journey, public_id, session, transaction

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


def test_no_public_id_reads_as_an_option_of_a_command() -> None:
    assert not any(public_id().startswith("-") for _ in range(2000))
