"""A mapping of a CRM's statuses that nobody changed goes with an update; one that somebody changed stays."""

from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import text

from capture import schema
from capture.db import db
from capture.handoff import outcomes
from tests.migrations.test_back_and_forward import an_installation


@pytest.mark.parametrize("changed", [{}, {"connected": "qualified"}, {"our own": "won"}])
def test_who_never_changed_what_statuses_mean_reads_them_as_they_ship(tmp_path: Path, changed: dict[str, str]) -> None:
    with an_installation(tmp_path).app_context():
        schema.upgrade()
        revisions = ScriptDirectory.from_config(schema.configuration()).walk_revisions()
        revision = next(one for one in revisions if one.path.endswith("0075_statuses_as_shipped.py"))
        kept = revision.module.SHIPPED | changed
        command.downgrade(schema.configuration(), str(revision.down_revision))
        with db.engine.begin() as connection:
            rows = [{"status": status, "means": means} for status, means in kept.items()]
            connection.execute(text("INSERT INTO crm_status (status, means) VALUES (:status, :means)"), rows)

        schema.upgrade()

        told = outcomes.kept_meanings()
        db.session.remove()
        db.engine.dispose()
    assert told == ("".join(f"{status} = {means}\n" for status, means in kept.items()) if changed else outcomes.USUAL)
