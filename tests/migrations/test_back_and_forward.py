"""An SQLite database with handoffs and a list in it goes back and forward again, and keeps its rows.

Once to the revision of an installation that is to be updated, once to before owners' hours.

What followed from an answer by the list of reasons that was fixed is written into it on the way forward. Packed
entries of the ledger become rows on the way back.
"""

from pathlib import Path

from alembic import command
from flask import Flask
from sqlalchemy import text

from capture import schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db, session, transaction
from capture.engagement.models import EventKind
from capture.handoff.dispositions import Decision, Teller
from capture.handoff.models import Outcome, Source
from capture.journey import importing, sales
from capture.leads.models import Lead
from capture.scoring import ledger, preset, rulesets, scores
from tests.factories import NOON, a_salesperson, a_touch, an_event, an_mql


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
        told, mql, touch = Decision(Outcome.REJECTED, reason="no_need"), an_mql(), a_touch()
        sales.decide(mql.public_id, told, Teller("cli", Source.API), at=NOON)
        an_event(EventKind.FORM_SUBMITTED, session().get_one(Lead, mql.lead_id))
        importing.look_at("Fair", b"email\nada@alder.example\n", actor="cli", at=NOON)
        with transaction():
            session().get_one(Lead, mql.lead_id).first_touch_id = touch.id
            session().get_one(Lead, mql.lead_id).name = "Byron, Áda"
            number = rulesets.create(preset.DEFAULT, at=NOON)
            scores.prepare(number, [mql.lead_id], at=NOON)
        packed = ledger.of(mql.lead_id, number)
        db.session.remove()

        command.downgrade(schema.configuration(), "0037")
        schema.upgrade()
        with db.engine.connect() as connection:
            rows = "SELECT name, cells FROM lead_import_row JOIN lead_import ON lead_import.id = import_id"
            listed = connection.execute(text(rows)).all()
            first = "SELECT count(*) FROM lead JOIN touch ON touch.id = first_touch_id"
            came = connection.execute(text(first)).scalar()
            named = connection.execute(text("SELECT name_key FROM lead WHERE name <> ''")).scalars().all()
            sought = connection.execute(text("SELECT count(*) FROM lead_block WHERE text LIKE '%byron,%'")).scalar()
        command.downgrade(schema.configuration(), "0014")
        schema.upgrade()

        assert ledger.of(mql.lead_id, number) == packed
        assert {entry.because for entry in packed} > {"Filled in the form for “something of ours”"}
        db.session.remove()
        with db.engine.connect() as connection:
            kept = connection.execute(text("SELECT count(*) FROM feed_entry JOIN mql ON mql.id = mql_id")).scalar()
            follows = connection.execute(text("SELECT follows, follows_days FROM disposition")).all()
            broken = connection.execute(text("PRAGMA foreign_key_check")).all()
        db.engine.dispose()
    assert (kept, follows, broken) == (2, [("later", 90)], [])
    assert (named, sought) == (["ada byron"], 1)
    assert (listed, came) == ([("Fair", '["ada@alder.example"]')], 1)
