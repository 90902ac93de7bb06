"""Writing a new version's entries for everybody, some thousand leads at a time, while fills go on."""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from flask import current_app
from sqlalchemy import func, select, union

from capture.db import JsonObject, is_sqlite, let_writers_end, session
from capture.engagement.models import EngagementEvent
from capture.leads.models import Lead, Submission
from capture.scoring import ledger, rulesets, scores
from capture.scoring.ahead import one_ahead
from capture.scoring.models import RuleSet, ScoreEntry

if TYPE_CHECKING:
    from capture.scoring.afresh import Due

BATCH = 500  # leads that are read and written in one transaction: a fill waits for one of them at most
AHEAD = 4_000  # leads that are read before it, and only written in it
AGAIN = 50  # leads that are looked at again in one: to settle one takes far longer than to open its ledger
MANY = 50_000  # leads for which a second process is worth its start


@dataclass(frozen=True, slots=True)
class Progress:
    """How many leads have their entries."""

    done: int
    total: int


_MARKED = (ScoreEntry, EngagementEvent, Submission)


def marks() -> JsonObject:
    """Where the tables end now: what comes after has to be looked at again before the switch."""
    return {table.__tablename__: session().scalar(select(func.max(table.id))) or 0 for table in _MARKED}


def let_others_end() -> None:
    """Wait, in no transaction, for those who may still write below the marks that were set last."""
    let_writers_end(_MARKED)


def ahead(number: int) -> Generator["Due"]:
    """What the next leads' ledgers are to open with, reckoned in no transaction: a fill waits for the writing alone.

    Where many are left, a process of its own reckons, and this one has only to write. What happens between is for
    `catch_up`, like all that happens after the marks. On SQLite it has a higher key than they say; on PostgreSQL a
    lower one may be committed later, so there is nothing here: `batch` reads under the locks.
    """
    if not is_sqlite():
        return
    done_to = rulesets.prepared_to(number)
    left = session().scalar(select(func.count()).select_from(Lead).where(Lead.id > done_to)) or 0
    with closing(one_ahead(_everybody(number, done_to, with_process=left > MANY))) as dues:
        for due in dues:
            yield from due.parts(AHEAD)


def _everybody(number: int, after: int, *, with_process: bool) -> Generator["Due"]:
    """In an application context of its own, as a thread beside whoever writes must have: with it goes a session."""
    from capture.scoring import afresh, beside  # and with them numpy: see reports.simulation

    with current_app.app_context():
        yield from (beside if with_process else afresh).everybody(number, after)


def batch(number: int, *, at: datetime, read: "Due | None" = None) -> bool:
    """Write the entries of the next leads; False when nobody is left. Broken off, it goes on where it was.

    `read` is what `ahead` gave; without it they are read here.
    """
    done_to = rulesets.prepared_to(number)
    if read is not None and read.after == done_to:
        last = read.upto
        scores.prepare_as_read(read, number, at=at)
    elif ids := _after(done_to):
        last = ids[-1]
        scores.prepare(number, ids, at=at)
    else:
        return False
    rulesets.mark_prepared(number, to=last)
    return True


def changed(number: int, since: JsonObject, *, with_struck: bool) -> Sequence[int]:
    """Those who did something after these marks, in the order of their keys: what they have is to be looked at again.

    `with_struck`: and of whom anything was struck before, because it is struck under this version, too.
    """
    of_acts = (
        select(table.lead_id).where(table.id > since.get(table.__tablename__, 0), table.lead_id.is_not(None))
        for table in (EngagementEvent, Submission)
    )
    of_entries = select(ScoreEntry.lead_id).where(
        ScoreEntry.id > since.get(ScoreEntry.__tablename__, 0), ScoreEntry.rule_version != number
    )
    struck = [ledger.with_struck(number)] if with_struck else []
    return sorted(session().scalars(union(*of_acts, of_entries, *struck)))


def progress(row: RuleSet) -> Progress:
    """How far a version is."""
    total = session().scalar(select(func.count()).select_from(Lead)) or 0
    done = session().scalar(select(func.count()).select_from(Lead).where(Lead.id <= (row.prepared_to or 0))) or 0
    return Progress(done, total)


def _after(lead_id: int) -> Sequence[int]:
    return session().scalars(select(Lead.id).where(Lead.id > lead_id).order_by(Lead.id).limit(BATCH)).all()
