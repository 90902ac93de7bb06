"""The ledger of leads that have no entries under a version yet: in columns, packed, as the driver takes rows.

What is written is what `scores.settle` would write for them (a test holds the two together).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select

from capture.db import Base, insert_plainly, is_sqlite, session
from capture.scoring import counting, openings, reading, standings
from capture.scoring.columns import MICROS, Acts, Floats, Ints, Scorer
from capture.scoring.decay import MOST_HALVINGS
from capture.scoring.judging import Judge
from capture.scoring.models import Axis, RuleSet, ScoreOpening, ScoreReason
from capture.scoring.openings import Reason
from capture.scoring.reading import Offers, People
from capture.scoring.rulesets import Version

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Entries:
    """Rows of the ledger in columns, lead after lead."""

    who: Ints  # the place of the lead
    reason: Ints  # a place in a list of reasons
    points: Ints
    event: Ints
    at: Ints


@dataclass(frozen=True, slots=True)
class Due:
    """What some leads' ledgers are to open with. These follow the lead `after`."""

    after: int
    leads: Ints
    known: Entries
    done: Entries
    reasons: Sequence[Reason]


class Reckoner:
    """Reckons what ledgers are to open with under a version. What one value of a field comes to is looked at once."""

    def __init__(self, version: Version) -> None:
        self._rules = version.rules
        self._judge = Judge(version.rules)
        self._asked = {rule.when.field for rule in version.rules.fit}

    def of(self, lead_ids: Sequence[int]) -> Due:
        """Of these leads, as all is now."""
        offers = Offers.of([self._rules])
        return self._due(0, *reading.of(lead_ids, self._asked, offers), offers)

    def following(self, after: int, *, most: int) -> Due | None:
        """Of the leads with the next keys after one, so many of them; None when nobody is left."""
        offers = Offers.of([self._rules])
        found = reading.following(after, self._asked, offers, most=most)
        return self._due(after, *found, offers) if found else None

    def _due(self, after: int, people: People, acts: Acts, offers: Offers) -> Due:
        by_rule = self._judge.of(people)[2]
        who, rule = np.nonzero(by_rule)
        none = np.zeros(0, np.int64)
        known = Entries(who, rule, by_rule[who, rule], none, none)
        scorer = Scorer(self._rules)
        counted = scorer.counted(offers.abouts, acts)
        act, before = counted.act, len(self._rules.fit)
        done = Entries(acts.who[act], counted.match + before, counted.worth, acts.keys[act], acts.at[act])
        of_fit = [
            Reason(Axis.BAR if rule.disqualifies else Axis.FIT, rule.key, rule.because, None)
            for rule in self._rules.fit
        ]
        of_acts = [
            Reason(
                Axis.ENGAGEMENT, rule.key, counting.sentence(rule, about.title), counting.half_life(rule, rule.points)
            )
            for rule, about in scorer.sources(offers.abouts)
        ]
        return Due(after, people.leads, known, done, [*of_fit, *of_acts])


def write(due: Due, lead_ids: Sequence[int], version: Version, *, at: datetime) -> None:
    """Write what those of these leads have that are named. Their rows must be held; they must have no entry of it."""
    chosen = np.isin(due.leads, np.array(lead_ids, np.int64))
    known, done = (_only(entries, chosen) for entries in (due.known, due.done))
    numbers = _numbers(due, (known, done), version.number)
    _open(due, numbers, known, done, version.number, at=at)
    standings.begin(_sums(due, known, done, version.number))


def _only(entries: Entries, chosen: NDArray[np.bool_]) -> Entries:
    if chosen.all():
        return entries
    which = chosen[entries.who]
    cells = (entries.who, entries.reason, entries.points, entries.event, entries.at)
    return Entries(*(cell[which] if len(cell) else cell for cell in cells))


def _numbers(due: Due, several: Sequence[Entries], version: int) -> Ints:
    """Under which numbers the reasons are kept; those that are new to the version are written down."""
    known = {why: number for number, why in openings.reasons_of(version).items()}
    numbers = np.zeros(len(due.reasons), np.int64)
    fresh = []
    for place in np.unique(np.concatenate([entries.reason for entries in several])).tolist():
        why = due.reasons[place]
        if why not in known:
            known[why] = len(known)
            fresh.append(
                {
                    "rule_version": version,
                    "number": known[why],
                    "axis": why.axis,
                    "rule_key": why.rule_key,
                    "because": why.because,
                    "half_life_days": why.half_life_days,
                }
            )
        numbers[place] = known[why]
    if fresh:
        session().execute(insert(Base.metadata.tables[ScoreReason.__tablename__]), fresh)
    return numbers


def _open(due: Due, numbers: Ints, known: Entries, done: Entries, version: int, *, at: datetime) -> None:
    of_known, of_done = _pieces(due, numbers, known, openings.KNOWN), _pieces(due, numbers, done, openings.DONE)
    now: Any = (at - _EPOCH) // _MICROSECOND if is_sqlite() else at
    rows = [
        (lead_id, version, now, first, second)
        for lead_id, first, second in zip(due.leads.tolist(), of_known, of_done, strict=True)
        if first or second
    ]
    insert_plainly(ScoreOpening, ("lead_id", "rule_version", "recorded_at", "known", "done"), rows)


def _pieces(due: Due, numbers: Ints, entries: Entries, cells: str) -> list[bytes]:
    """For each lead, its entries as bytes."""
    rows = np.empty(len(entries.who), cells)
    columns = (numbers[entries.reason], entries.points, entries.event, entries.at)
    for name, column in zip(rows.dtype.names or (), columns, strict=False):
        rows[name] = column
    packed, size = rows.tobytes(), rows.dtype.itemsize
    ends = np.searchsorted(entries.who, np.arange(len(due.leads) + 1)) * size
    return [packed[first:last] for first, last in pairwise(ends.tolist())]


def _sums(due: Due, known: Entries, done: Entries, version: int) -> list[tuple[int, int, str, int, float]]:
    """As `standings.keep` adds up."""
    zero = session().scalars(select(RuleSet.time_zero).where(RuleSet.version == version)).one()
    axes = np.array([why.axis is Axis.BAR for why in due.reasons], np.bool_)[known.reason]
    halves = np.array([why.half_life_days or 0 for why in due.reasons], np.int64)[done.reason]
    halvings = (done.at - (zero - _EPOCH) // _MICROSECOND) / MICROS / np.maximum(halves, 1)
    power = np.exp2(np.clip(halvings, -MOST_HALVINGS, MOST_HALVINGS))
    weighed = np.where(halves > 0, done.points * power, done.points)
    added = _added(due.leads, version)
    return sorted(
        [
            *added(Axis.FIT, 0, known.who[~axes], known.points[~axes]),
            *added(Axis.BAR, 0, known.who[axes], known.points[axes]),
            *(
                row
                for half in np.unique(halves).tolist()
                for row in added(Axis.ENGAGEMENT, half, done.who[halves == half], weighed[halves == half])
            ),
        ]
    )


def _added(leads: Ints, version: int) -> Callable[[Axis, int, Ints, Any], Any]:
    def rows(axis: Axis, half: int, who: Ints, points: Floats) -> Any:
        place = np.unique(who)
        sums = np.bincount(who, points, len(leads))[place]
        return (
            (lead_id, version, axis.value, half, total)
            for lead_id, total in zip(leads[place].tolist(), sums.tolist(), strict=True)
        )

    return rows
