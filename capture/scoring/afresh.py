"""The ledger of leads that have no entries under a version yet: in columns, packed, as the driver takes rows.

What is written is what `scores.settle` would write for them (a test holds the two together).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import insert, select

from capture.db import Base, db, insert_plainly, is_sqlite, session
from capture.scoring import counting, openings, reading, rulesets, standings
from capture.scoring.columns import MICROS, Acts, Flags, Floats, Ints, Scorer
from capture.scoring.decay import MOST_HALVINGS
from capture.scoring.judging import Judge
from capture.scoring.models import STAYS, Axis, RuleSet, ScoreOpening, ScoreReason, ScoreSum
from capture.scoring.openings import Reason
from capture.scoring.people import People
from capture.scoring.reading import Offers
from capture.scoring.rules import asked_for
from capture.scoring.rulesets import Version

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SUM = "<i8, <f8"  # of `Due.sums`: as in `ScoreSum`


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows about some leads, lead after lead."""

    who: Ints  # the place of each row's lead
    cells: NDArray[Any]  # with several columns

    def only(self, chosen: Flags) -> "Rows":
        """Those of the chosen leads."""
        which = chosen[self.who]
        return Rows(self.who[which], self.cells[which])

    def between(self, first: int, last: int) -> "Rows":
        """Those of the leads from one place to before another, which are counted from 0 then."""
        begin, end = np.searchsorted(self.who, (first, last)).tolist()
        return Rows(self.who[begin:end] - first, self.cells[begin:end])


@dataclass(frozen=True, slots=True)
class Due:
    """What some leads' ledgers are to open with: all with keys after one and up to another."""

    after: int
    upto: int
    zero: int  # what the sums count from, in microseconds since 1970
    leads: Ints
    known: Rows  # as in `ScoreOpening`, but for the reasons: places in `reasons`
    done: Rows
    sums: Rows
    reasons: Sequence[Reason]  # all that are named

    def parts(self, most: int) -> Iterator["Due"]:
        """The same, of so many leads each."""
        after = self.after
        for first in range(0, len(self.leads), most):
            leads = self.leads[first : first + most]
            known, done, sums = (rows.between(first, first + len(leads)) for rows in (self.known, self.done, self.sums))
            upto = int(leads[-1]) if first + most < len(self.leads) else self.upto
            yield replace(self, after=after, upto=upto, leads=leads, known=known, done=done, sums=sums)
            after = upto


class Reckoner:
    """Reckons what ledgers are to open with under a version. What one value of a field comes to is looked at once."""

    def __init__(self, version: Version) -> None:
        self._rules, self._version = version.rules, version.number
        self._judge = Judge(version.rules)
        self._asked = asked_for(version.rules)

    def of(self, lead_ids: Sequence[int]) -> Due:
        """Of these leads, as all is now."""
        offers, zero = self._begun()
        return self._due(0, max(lead_ids), zero, *reading.of(lead_ids, self._asked, offers), offers)

    def following(self, after: int, *, upto: int | None = None) -> Due | None:
        """Of the leads with the next keys, some thousand or up to one; None when nobody is left. In no transaction.

        What was read is let go before it is reckoned: whoever reads for long keeps SQLite's log from being used again.
        """
        offers, zero = self._begun()
        found = reading.following(after, self._asked, offers, upto=upto)
        db.session.remove()
        if found is None:
            return None
        last = int(found[0].leads[-1])
        if upto is not None and len(found[0].leads) < reading.AT_ONCE:
            last = upto  # who may have been erased meanwhile
        return self._due(after, last, zero, *found, offers)

    def _begun(self) -> tuple[Offers, int]:
        zero = session().scalars(select(RuleSet.time_zero).where(RuleSet.version == self._version)).one()
        return Offers.of([self._rules]), (zero - _EPOCH) // _MICROSECOND

    def _due(self, after: int, upto: int, zero: int, people: People, acts: Acts, offers: Offers) -> Due:
        by_rule = self._judge.of(people)[2]
        who, rule = np.nonzero(by_rule)
        known = Rows(who, _cells(openings.KNOWN, rule, by_rule[who, rule]))
        scorer = Scorer(self._rules)
        counted = scorer.counted(offers.abouts, acts)
        act, before = counted.act, len(self._rules.fit)
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
        cells = _cells(openings.DONE, counted.match + before, counted.worth, acts.keys[act], acts.at[act])
        done = Rows(acts.who[act], cells)
        reasons = _named([*of_fit, *of_acts], known, done)
        return Due(after, upto, zero, people.leads, known, done, _sums(known, done, reasons, zero), reasons)


def everybody(number: int, after: int, *, upto: int | None = None) -> Iterator[Due]:
    """Of all leads after one, or up to another, some thousand at a time, as each is when its turn comes."""
    reckoner = Reckoner(rulesets.by_number(number))
    while due := reckoner.following(after, upto=upto):
        yield due
        after = due.upto


def _cells(kinds: str, *columns: Any) -> NDArray[Any]:
    cells = np.empty(len(columns[0]), kinds)
    for name, column in zip(cells.dtype.names or (), columns, strict=True):
        cells[name] = column
    return cells


def _named(reasons: Sequence[Reason], *several: Rows) -> list[Reason]:
    """Those reasons that rows name; from then on the rows name their places among these."""
    used = np.zeros(len(reasons), bool)
    for rows in several:
        used[rows.cells["f0"]] = True
    places = np.cumsum(used) - 1
    for rows in several:
        rows.cells["f0"] = places.take(rows.cells["f0"])
    return [reasons[place] for place in np.flatnonzero(used).tolist()]


def _sums(known: Rows, done: Rows, reasons: Sequence[Reason], zero: int) -> Rows:
    """As `standings.keep` adds up."""
    every = np.array([standings.kind(why.axis, why.half_life_days) for why in reasons], np.int64)
    reason, points, _, at = (done.cells[name] for name in done.cells.dtype.names or ())
    halves = every[reason]
    halvings = (at - zero) / MICROS / np.maximum(halves, 1)
    power = np.exp2(np.clip(halvings, -MOST_HALVINGS, MOST_HALVINGS))
    weighed: Floats = np.where(halves > STAYS, points * power, points)
    who = np.concatenate([known.who, done.who])
    kinds, kind_of = np.unique(every, return_inverse=True)  # few: so many are summed at once
    place = who * len(kinds) + kind_of[np.concatenate([known.cells["f0"], reason])]
    summed = np.bincount(place, np.concatenate([known.cells["f1"], weighed]))
    kept = np.flatnonzero(np.bincount(place))
    many = max(1, len(kinds))
    return Rows(kept // many, _cells(_SUM, kinds[kept % many], summed[kept]))


def write(due: Due, version: int, *, at: datetime, without: Collection[int] = ()) -> None:
    """Write what these leads have, but for some. The others' rows must be held; they must have no entry of it."""
    known, done, sums = due.known, due.done, due.sums
    if without:
        chosen = ~np.isin(due.leads, [*without])
        known, done, sums = (rows.only(chosen) for rows in (known, done, sums))
    _open(due.leads, known, done, _numbers(due.reasons, version), version, at=at)
    _add_up(due.leads[sums.who], sums, version)


def _add_up(leads: Ints, sums: Rows, version: int) -> None:
    kind, points = (sums.cells[name].tolist() for name in sums.cells.dtype.names or ())
    insert_plainly(
        ScoreSum,
        lead_id=leads.tolist(),
        rule_version=[version] * len(leads),
        kind=kind,
        points=points,
    )


def _numbers(reasons: Sequence[Reason], version: int) -> Ints:
    """Under which numbers the reasons are kept; those that are new to the version are written down."""
    known = {why: number for number, why in openings.reasons_of(version).items()}
    fresh = [why for why in dict.fromkeys(reasons) if why not in known]
    known |= {why: number for number, why in enumerate(fresh, len(known))}
    if fresh:
        rows = [{"rule_version": version, "number": known[why], **asdict(why)} for why in fresh]
        session().execute(insert(Base.metadata.tables[ScoreReason.__tablename__]), rows)
    return np.array([known[why] for why in reasons], np.int64)


def _open(leads: Ints, known: Rows, done: Rows, numbers: Ints, version: int, *, at: datetime) -> None:
    ends = [np.searchsorted(rows.who, np.arange(len(leads) + 1)) for rows in (known, done)]
    some = np.flatnonzero(np.diff(ends[0] + ends[1]))
    of_known, of_done = (_pieces(rows.cells, numbers, end, some) for rows, end in zip((known, done), ends, strict=True))
    now: Any = (at - _EPOCH) // _MICROSECOND if is_sqlite() else at
    insert_plainly(
        ScoreOpening,
        lead_id=leads[some].tolist(),
        rule_version=[version] * len(some),
        recorded_at=[now] * len(some),
        known=of_known,
        done=of_done,
    )


def _pieces(cells: NDArray[Any], numbers: Ints, ends: Ints, some: Ints) -> list[bytes]:
    """Of some leads, the entries of each as bytes."""
    numbered = cells.copy()
    numbered["f0"] = numbers.take(cells["f0"])
    packed, places = numbered.tobytes(), ends * cells.dtype.itemsize
    return [packed[first:last] for first, last in zip(places[some].tolist(), places[some + 1].tolist(), strict=True)]
