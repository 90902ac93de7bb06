"""New entries for everybody, on either database: killed in the middle it goes on, and forms are filled in meanwhile."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from capture.config import Settings
from capture.db import db, session, transaction
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.journey import rules as rules_journey
from capture.leads.models import Lead
from capture.scoring import rescoring, rulesets
from capture.scoring.models import ScoreSum
from tests import stories
from tests.factories import NOON
from tests.faults.test_rescoring import OTHERS, entries, sums
from tests.web.test_landing import fill

pytestmark = pytest.mark.real_commits

LEADS = 300
RESCORE = """
import sys
from pathlib import Path
from capture.app import create_app
from capture.config import Settings
from capture.journey import rules
from capture.scoring import rescoring
rescoring.BATCH = rescoring.AHEAD = 5
rules.BREATH = 0.02
settings = Settings(data=Path(sys.argv[1]), database_url=sys.argv[2], secret_keys=("k" * 64,), base_url="http://a.example")
with create_app(settings).app_context():
    rules.rescore(settings, {"version": int(sys.argv[3])})
"""


def a_version() -> int:
    """A version whose entries are to be written, for leads of whom every third one did something."""
    with transaction() as writing:
        if not session().scalar(select(func.count()).select_from(Lead)):
            leads = [
                Lead(email=f"person{number}@alder.example", created_at=NOON, company="Alder", job_title="CTO")
                for number in range(LEADS)
            ]
            writing.add_all(leads)
            writing.flush()
            for lead in leads[::3]:
                events.record(
                    EventKind.FORM_SUBMITTED, at=NOON, verdict=Verdict.HUMAN, reason="as the test says", lead_id=lead.id
                )
        return rulesets.create(OTHERS, at=NOON, handover={"marks": rescoring.marks()})


def prepared_to(number: int) -> int:
    """Read in no transaction that stays: on PostgreSQL who writes would wait for it."""
    db.session.remove()
    reached = rulesets.prepared_to(number)
    db.session.remove()
    return reached


@contextmanager
def being_written(number: int, settings: Settings, *, beyond: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that writes the entries, and is past some leads."""
    command = [sys.executable, "-c", RESCORE, str(settings.data), settings.database_url, str(number)]
    with subprocess.Popen(command) as writer:
        try:
            while prepared_to(number) <= beyond:
                assert writer.poll() is None
                time.sleep(0.005)
            yield writer
        finally:
            writer.kill()


def test_killed_while_it_writes_a_version_it_goes_on_where_it_was(app: Flask, settings: Settings) -> None:
    number, reached = a_version(), [0]
    alone = a_version()
    for _ in range(2):
        with being_written(number, settings, beyond=reached[-1]) as writer:
            writer.send_signal(signal.SIGKILL)
            writer.wait()
        reached.append(prepared_to(number))
    last = session().scalar(select(func.max(Lead.id)))
    assert 0 < reached[1] < reached[2] < (last or 0)

    for version in (number, alone):
        rules_journey.rescore(settings, {"version": version})

    assert prepared_to(number) == last
    assert rules_journey.is_in_force(number)
    assert len({lead for lead, told in entries(number).items() if told}) == LEADS
    assert entries(number) == entries(alone)
    assert sums(number) == sums(alone)


def test_a_form_is_filled_in_while_a_version_is_written_and_the_fill_counts_under_it(
    app: Flask, settings: Settings, client: FlaskClient
) -> None:
    stories.a_page()
    number = a_version()

    with being_written(number, settings) as writer:
        given = fill(client)
        is_there = rules_journey.is_in_force(number)
        assert writer.wait(60) == 0

    assert given
    assert not is_there
    assert rules_journey.is_in_force(number)
    newest = session().scalars(select(Lead).order_by(Lead.id.desc())).first()
    assert newest
    assert not newest.email.endswith("@alder.example")
    assert {"form_submitted", "work_email"} <= {told[1] for told in entries(number)[newest.id]}
    assert session().scalar(select(func.count()).where(ScoreSum.rule_version == number, ScoreSum.lead_id == newest.id))
