"""Writing a new version's entries for everybody, a few hundred leads at a time, while fills go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, union

from capture.db import JsonObject, session
from capture.engagement.models import EngagementEvent
from capture.leads.models import Lead, Submission
from capture.scoring import rulesets, scores
from capture.scoring.models import RuleSet, ScoreEntry

BATCH = 500  # leads in one transaction: a fill waits for one of them at most


@dataclass(frozen=True, slots=True)
class Progress:
    """How many leads have their entries."""

    done: int
    total: int


def marks() -> JsonObject:
    """Where the tables end now: what comes after has to be looked at again before the switch."""
    tables = (ScoreEntry, EngagementEvent, Submission)
    return {table.__tablename__: session().scalar(select(func.max(table.id))) or 0 for table in tables}


def batch(number: int, *, at: datetime) -> bool:
    """Write the entries of the next leads; False when nobody is left. Broken off, it goes on where it was."""
    row = rulesets.held(number)
    ids = _after(row.prepared_to or 0)
    if not ids:
        return False
    scores.prepare(number, ids, at=at)
    row.prepared_to = ids[-1]
    session().flush()
    return True


def catch_up(number: int, since: JsonObject, *, at: datetime) -> JsonObject:
    """Write the entries of those who did something after these marks; gives the marks of now."""
    now = marks()
    changed = (
        session()
        .scalars(
            union(
                *(
                    select(table.lead_id).where(
                        table.id > since.get(table.__tablename__, 0), table.lead_id.is_not(None)
                    )
                    for table in (EngagementEvent, Submission)
                ),
                select(ScoreEntry.lead_id).where(
                    ScoreEntry.id > since.get(ScoreEntry.__tablename__, 0), ScoreEntry.rule_version != number
                ),
            )
        )
        .all()
    )
    for first in range(0, len(changed), BATCH):
        scores.prepare(number, sorted(changed)[first : first + BATCH], at=at)
    return now


def progress(row: RuleSet) -> Progress:
    """How far a version is."""
    total = session().scalar(select(func.count()).select_from(Lead)) or 0
    done = session().scalar(select(func.count()).select_from(Lead).where(Lead.id <= (row.prepared_to or 0))) or 0
    return Progress(done, total)


def _after(lead_id: int) -> Sequence[int]:
    return session().scalars(select(Lead.id).where(Lead.id > lead_id).order_by(Lead.id).limit(BATCH)).all()
