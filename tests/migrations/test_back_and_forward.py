"""An SQLite database with a handoff in it goes back to before owners' hours and forward again, and keeps its rows.

What followed from an answer by the list of reasons that was fixed is written into it on the way forward.
"""

from pathlib import Path

from alembic import command
from flask import Flask
from sqlalchemy import text

from capture import schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.journey import sales
from tests.factories import NOON, a_salesperson, an_mql


def an_installation(data: Path) -> Flask:
    return create_app(
        Settings(
            data=data,
            base_url="http://localhost:8000",
            secret_keys=("k" * 64,),
            organisation="Northwind Works",
            privacy_url="http://localhost:8000/about/privacy",
            legal_url="http://localhost:8000/about/legal-notice",
            rate_limits="",  # as everywhere in tests: the limiter is one for all applications of a process
        )
    )


def test_a_database_goes_back_and_forward_with_its_handoffs(tmp_path: Path) -> None:
    with an_installation(tmp_path).app_context():
        schema.upgrade()
        a_salesperson()
        told = Decision(Outcome.REJECTED, reason="no_need")
        sales.decide(an_mql().public_id, told, Teller("cli", Source.API), at=NOON)
        db.session.remove()

        command.downgrade(schema.configuration(), "0014")
        schema.upgrade()

        with db.engine.connect() as connection:
            kept = connection.execute(text("SELECT count(*) FROM feed_entry JOIN mql ON mql.id = mql_id")).scalar()
            follows = connection.execute(text("SELECT follows, follows_days FROM disposition")).all()
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        db.engine.dispose()
    assert (kept, follows, broken) == (1, [("later", 90)], [])
