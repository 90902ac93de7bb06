"""The ledger of leads that have no entries under a version yet: in columns, and written as the driver takes rows.

What is written is what `scores.settle` would write for them (a test holds the two together).
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np

from capture.db import is_sqlite, session
from capture.scoring import counting, ledger, reading, standings
from capture.scoring.columns import Acts, Ints, Scorer
from capture.scoring.judging import Judge
from capture.scoring.models import Axis, ScoreEntry
from capture.scoring.reading import Offers
from capture.scoring.rulesets import Version

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_CELLS = (
    "lead_id",
    "rule_version",
    "axis",
    "rule_key",
    "points",
    "because",
    "half_life_days",
    "event_id",
    "occurred_at",
    "recorded_at",
    "dedupe_key",
)

# Of an entry, what comes before its instants: lead, version, axis, key, points, because, half-life and event.
_Reason = tuple[int, int, str, str, int, str, int | None, int | None]


def write(lead_ids: Sequence[int], version: Version, *, at: datetime) -> None:
    """Write all entries of these leads under a version. Their rows must be held; they must have no entry of it."""
    if not lead_ids:
        return
    rules = version.rules
    offers = Offers.of([rules])
    people, acts = reading.of(lead_ids, {rule.when.field for rule in rules.fit}, offers)
    now = (at - _EPOCH) // _MICROSECOND
    rows = [(*reason, now) for reason in _known(people.leads, Judge(rules).of(people)[2], version)]
    rows += _done(people.leads, acts, offers, version)
    if rows:
        _put(rows, now)
        standings.keep(sorted({row[0] for row in rows}), version.number)


def _known(leads: Ints, by_rule: Ints, version: Version) -> Iterator[_Reason]:
    """For what is known of leads."""
    number = version.number
    places, which = np.nonzero(by_rule)
    for lead_id, of, points in zip(
        leads[places].tolist(), which.tolist(), by_rule[places, which].tolist(), strict=True
    ):
        rule = version.rules.fit[of]
        axis = Axis.BAR if rule.disqualifies else Axis.FIT
        yield lead_id, number, axis.value, rule.key, points, rule.because, None, None


def _done(leads: Ints, acts: Acts, offers: Offers, version: Version) -> Iterator[tuple[Any, ...]]:
    """For what leads did, with the instant."""
    scorer = Scorer(version.rules)
    counted = scorer.counted(offers.abouts, acts)
    told = [
        (rule.key, counting.sentence(rule, about.title), counting.half_life(rule, rule.points))
        for rule, about in scorer.sources(offers.abouts)
    ]
    cells = (
        leads[acts.who[counted.act]],
        counted.match,
        counted.worth,
        acts.keys[counted.act],
        acts.at[counted.act],
    )
    axis, number = Axis.ENGAGEMENT.value, version.number
    for lead_id, match, points, event_id, instant in zip(*(cell.tolist() for cell in cells), strict=True):
        key, because, half_life = told[match]
        yield lead_id, number, axis, key, points, because, half_life, event_id, instant


def _put(rows: Sequence[tuple[Any, ...]], now: int) -> None:
    """As the driver takes them: of a row for a unit of work, or for types of its own, the database is a small part."""
    mark = "?" if is_sqlite() else "%s"
    once = [ledger.once(row[1], row[0], row[2], row[3], row[7]) for row in rows]
    if is_sqlite():
        full = [(*row, now, key) for row, key in zip(rows, once, strict=True)]
    else:
        recorded = _EPOCH + now * _MICROSECOND
        full = [
            (*row[:-1], _EPOCH + row[-1] * _MICROSECOND, recorded, key) for row, key in zip(rows, once, strict=True)
        ]
    marks = ", ".join([mark] * len(_CELLS))
    put = f"INSERT INTO {ScoreEntry.__tablename__} ({', '.join(_CELLS)}) VALUES ({marks})"  # noqa: S608
    session().connection().exec_driver_sql(put, full)
