"""The ledger: append-only points. What turns out wrong is taken back by a reversal, never edited.

An entry is a row of its own, or packed with the others that a lead had when a version was prepared (`openings`): who
reads the ledger here sees no difference. Before anything is added to packed entries, they become rows.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Double,
    Integer,
    Select,
    bindparam,
    case,
    cast,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import aliased

from capture.db import Base, JsonObject, is_sqlite, session
from capture.languages import kept
from capture.leads import leads
from capture.leads.models import Lead
from capture.scoring import decay, openings, rules, standings
from capture.scoring.counting import Due
from capture.scoring.decay import MOST_HALVINGS
from capture.scoring.models import Axis, ScoreEntry, ScoreOpening, ScoreSum
from capture.scoring.openings import Entry, Opening

NO_LONGER = kept("No longer so: %(because)s")
ONCE_FOR_BOTH = kept("Counted once for both: %(because)s")

STRUCK = (
    rules.STRUCK
)  # the rule key of a reversal that a person made: what he struck is not counted again, by no version


def of(lead_id: int, version: int) -> list[Entry]:
    """Every entry of a person under one version of the rules, in the order in which they were written."""
    return of_people(leads.members([lead_id]), version)[lead_id]


def of_people(whose: Mapping[int, int], version: int) -> dict[int, list[Entry]]:
    """The same for many, by `leads.members`. One query; where there are packed entries, another."""
    return _read(whose, version)[0]


def _read(whose: Mapping[int, int], version: int) -> tuple[dict[int, list[Entry]], list[Opening]]:
    """Every entry of these people; and the openings in which packed ones lie."""
    found: dict[int, list[Entry]] = {lead_id: [] for lead_id in whose.values()}
    opened = []
    both: Iterable[Any] = session().execute(_entries_of(), {"whose": [*whose], "version": version})
    for key, lead_id, recorded_at, *cells, known, done in both:
        if known is None:
            found[whose[lead_id]].append(Entry(key, lead_id, recorded_at, *cells))
        else:
            opened.append(Opening(key, lead_id, version, recorded_at, known, done))
    why = openings.reasons(opened)
    for one in opened:
        found[whose[one.lead_id]] += one.entries(why)
    return {lead_id: sorted(entries, key=lambda entry: entry.id) for lead_id, entries in found.items()}, opened


@cache
def _entries_of() -> CompoundSelect[*tuple[Any, ...]]:
    """Rows, and openings in the same columns."""
    whose, version = bindparam("whose", expanding=True, type_=BigInteger()), bindparam("version", type_=Integer())
    rows = select(*_COLUMNS, null(), null()).where(ScoreEntry.lead_id.in_(whose), ScoreEntry.rule_version == version)
    packed = select(
        ScoreOpening.id,
        ScoreOpening.lead_id,
        ScoreOpening.recorded_at,
        *(null() for _ in _COLUMNS[3:]),
        ScoreOpening.known,
        ScoreOpening.done,
    ).where(ScoreOpening.lead_id.in_(whose), ScoreOpening.rule_version == version)
    return union_all(rows, packed)


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that count: those taken back are left out, and so are the reversals that did it."""
    kept = list(entries)
    reversed_ids = {entry.reverses_id for entry in kept}
    return [entry for entry in kept if entry.reverses_id is None and entry.id not in reversed_ids]


def settle(
    version: int, due: Mapping[int, Mapping[Axis, Sequence[Due]]], whose: Mapping[int, int], *, at: datetime
) -> None:
    """Append what the ledger lacks and take back what it should not hold, lead by lead. Twice changes nothing.

    The leads' rows must be held: two settlements of one lead would both see the same thing missing. `whose` are their
    `leads.members`.
    """
    (known, opened), struck = _read(whose, version), _struck(whose)
    rows = [
        row
        for lead_id, wanted in due.items()
        for row in _settling(lead_id, version, wanted, known[lead_id], struck[lead_id], at=at)
    ]
    if rows:
        changed = {whose[int(row["lead_id"])] for row in rows}
        _unpack([one for one in opened if whose[one.lead_id] in changed])
        session().execute(_INSERT, rows)
        standings.keep(sorted(changed), version)


def _settling(
    lead_id: int,
    version: int,
    due: Mapping[Axis, Sequence[Due]],
    entries: Sequence[Entry],
    struck: "Sequence[_Struck]",
    *,
    at: datetime,
) -> list[JsonObject]:
    """The rows that one lead's ledger lacks."""
    standing_now = sorted(standing(entries), key=lambda entry: entry.lead_id != lead_id)  # its own before merged ones
    stands = {(entry.axis, entry.rule_key, entry.event_id): entry for entry in reversed(standing_now)}
    before = dict.fromkeys((entry, one.because) for one in struck for entry in standing_now if one.is_of(entry))
    by_hand = {entry.id for entry, _ in before}
    not_again = {one.key for one in struck}
    wanted = {(axis, one.rule_key, one.event_id): one for axis in due for one in due[axis]}
    wrong = [
        entry
        for key, entry in stands.items()
        if entry.id not in by_hand and (key not in wanted or wanted[key].points != entry.points)
    ]
    twice = [
        entry
        for entry in standing_now
        if entry.id not in by_hand and stands[entry.axis, entry.rule_key, entry.event_id] is not entry
    ]
    gone = {entry.id for entry in wrong}
    missing = [
        (key, one)
        for key, one in wanted.items()
        if key not in not_again and (key not in stands or stands[key].id in gone)
    ]
    rows = [_reversal(version, entry, because=because, at=at) | {"rule_key": STRUCK} for entry, because in before]
    rows += [_reversal(version, entry, because=NO_LONGER % {"because": entry.because}, at=at) for entry in wrong]
    rows += [_reversal(version, entry, because=ONCE_FOR_BOTH % {"because": entry.because}, at=at) for entry in twice]
    own = [entry for entry in entries if entry.lead_id == lead_id and not entry.reverses_id]
    for key, one in missing:
        times = sum((entry.axis, entry.rule_key, entry.event_id) == key for entry in own)
        rows.append(_entry(lead_id, version, key[0], one, times, at=at))
    return rows


def begun(which: ColumnElement[bool], version: int) -> set[int]:
    """Those who have entries under a version: sums follow the ledger. `which` is asked of the sums."""
    return {*session().scalars(select(ScoreSum.lead_id).where(ScoreSum.rule_version == version, which).distinct())}


def unpack(lead_ids: Sequence[int], version: int | None = None) -> None:
    """Make packed entries of these leads rows of their own, under the same keys; of a version, or of all.

    The leads' rows must be held. Nothing changes for whoever reads the ledger here.
    """
    which = [ScoreOpening.lead_id.in_(lead_ids), *([] if version is None else [ScoreOpening.rule_version == version])]
    _unpack(openings.of(*which))


def packed_of(lead_ids: Sequence[int]) -> list[JsonObject]:
    """The packed entries of these leads, as the rows that they would be."""
    return _rows(openings.of(ScoreOpening.lead_id.in_(lead_ids)))


def _unpack(opened: Sequence[Opening]) -> None:
    if opened:
        session().execute(_INSERT, _rows(opened))
        openings.forget([one.id for one in opened])


def strike(entry: Entry, lead_id: int, version: int, *, because: str, at: datetime) -> None:
    """A person takes an entry back, with his reason; it stays taken back."""
    row = _reversal(version, entry, because=because, at=at)
    unpack(list(leads.members([lead_id])), version)
    session().execute(insert(ScoreEntry), [row | {"rule_key": STRUCK}])
    standings.keep([lead_id], version)


def forget(lead_ids: Sequence[int]) -> None:
    """These leads go altogether."""
    mine = ScoreEntry.lead_id.in_(lead_ids)
    session().execute(delete(ScoreEntry).where(mine, ScoreEntry.reverses_id.is_not(None)))
    session().execute(delete(ScoreEntry).where(mine))
    session().execute(delete(ScoreOpening).where(ScoreOpening.lead_id.in_(lead_ids)))
    standings.forget(lead_ids)


def sums(lead_ids: Sequence[int], version: int, *, at: datetime) -> Mapping[tuple[int, Axis], float]:
    """For each person and axis, the decayed points recorded by `at`. One query; for packed entries, another."""
    asked = {"people": [*lead_ids], "version": version, "at": at, "now": standings.told(at)}
    found: dict[tuple[int, Axis], float] = defaultdict(float)
    opened = []
    for lead_id, axis, points, key, recorded_at, known, done in session().execute(_sums_of(is_sqlite()), asked):
        if known is None:
            found[lead_id, axis] += points
        else:
            opened.append(Opening(key, lead_id, version, recorded_at, known, done))
    why = openings.reasons(opened)
    for one in opened:
        for entry in one.entries(why):
            found[one.lead_id, entry.axis] += decay.left(entry.points, entry.occurred_at, entry.half_life_days, at=at)
    return found


@cache
def _sums_of(_is_sqlite: bool) -> CompoundSelect[*tuple[Any, ...]]:
    """Each database has its own arithmetic."""
    people, version = bindparam("people", expanding=True, type_=BigInteger()), bindparam("version", type_=Integer())
    at = bindparam("at", type_=ScoreOpening.recorded_at.type)
    mine = select(Lead.id).where(Lead.id.in_(people) | Lead.merged_into_id.in_(people))
    empty = type_coerce(null(), ScoreOpening.recorded_at.type)
    left = func.sum(_left(bindparam("now", type_=ScoreEntry.occurred_at.type)), type_=Double())
    rows = (
        select(leads.whose(), ScoreEntry.axis, left, null(), empty, null(), null())
        .join(ScoreEntry, ScoreEntry.lead_id == Lead.id)
        .where(ScoreEntry.lead_id.in_(mine), ScoreEntry.rule_version == version, ScoreEntry.recorded_at <= at)
        .group_by(leads.whose(), ScoreEntry.axis)
    )
    cells = ScoreOpening.id, ScoreOpening.recorded_at, ScoreOpening.known, ScoreOpening.done
    packed = (
        select(leads.whose(), null(), null(), *cells)
        .join(ScoreOpening, ScoreOpening.lead_id == Lead.id)
        .where(ScoreOpening.lead_id.in_(mine), ScoreOpening.rule_version == version, ScoreOpening.recorded_at <= at)
    )
    return union_all(rows, packed)


_COLUMNS = (
    ScoreEntry.id,
    ScoreEntry.lead_id,
    ScoreEntry.recorded_at,
    ScoreEntry.axis,
    ScoreEntry.rule_key,
    ScoreEntry.points,
    ScoreEntry.because,
    ScoreEntry.occurred_at,
    ScoreEntry.half_life_days,
    ScoreEntry.event_id,
    ScoreEntry.reverses_id,
)


# Into the table, not the mapped class: the unit of work would look at every row on its own.
_INSERT = insert(Base.metadata.tables[ScoreEntry.__tablename__])


def _left(at: ColumnElement[datetime]) -> ColumnElement[float]:
    """`decay.left` in SQL."""
    age = standings.days_between(ScoreEntry.occurred_at, at)
    halvings = func.coalesce(age / ScoreEntry.half_life_days, 0.0)
    least = func.min if is_sqlite() else func.least
    most = func.max if is_sqlite() else func.greatest
    power = standings.power(-least(most(halvings, 0.0), MOST_HALVINGS))
    return case((ScoreEntry.half_life_days.is_(None), cast(ScoreEntry.points, Double)), else_=ScoreEntry.points * power)


def _rows(opened: Sequence[Opening]) -> list[JsonObject]:
    """What packed entries are as rows."""
    why = openings.reasons(opened)
    return [
        {
            **asdict(entry),
            "rule_version": one.rule_version,
            "dedupe_key": once(one.rule_version, one.lead_id, entry.axis, entry.rule_key, entry.event_id),
        }
        for one in opened
        for entry in one.entries(why)
    ]


@dataclass(frozen=True, slots=True)
class _Struck:
    """What a person struck, under whichever version: by which rule, for what, of which lead, and why."""

    key: tuple[Axis, str, int | None]
    lead_id: int
    because: str

    def is_of(self, entry: Entry) -> bool:
        """Whether this entry is for the same; what is known was said by each lead for itself."""
        is_same = self.key == (entry.axis, entry.rule_key, entry.event_id)
        return is_same and (entry.event_id is not None or entry.lead_id == self.lead_id)


def _struck(whose: Mapping[int, int]) -> dict[int, list[_Struck]]:
    """What was struck of each of these people, the latest reason for the same alone."""
    rows = session().execute(_struck_of(), {"whose": [*whose]})
    latest = {((axis, rule_key, event_id), lead_id): because for axis, rule_key, event_id, lead_id, because in rows}
    found: dict[int, list[_Struck]] = {lead_id: [] for lead_id in whose.values()}
    for (key, lead_id), because in latest.items():
        found[whose[lead_id]].append(_Struck(key, lead_id, because))
    return found


@cache
def _struck_of() -> Select[Axis, str, int | None, int, str]:
    """Each fill asks it, and to put it into words takes longer than to answer it."""
    back, struck = aliased(ScoreEntry), aliased(ScoreEntry)
    query = select(struck.axis, struck.rule_key, struck.event_id, struck.lead_id, back.because)
    query = query.join(back, back.reverses_id == struck.id).where(_by_hand(back))
    return query.where(back.lead_id.in_(bindparam("whose", expanding=True))).order_by(back.id)


def without_struck(lead_id: int, whose: Mapping[int, int], due: Mapping[Axis, Sequence[Due]]) -> dict[Axis, list[Due]]:
    """What is due to a person but for what was struck of him; `whose` are his `leads.members`."""
    not_again = {one.key for one in _struck(whose)[lead_id]}
    return {
        axis: [one for one in some if (axis, one.rule_key, one.event_id) not in not_again] for axis, some in due.items()
    }


@dataclass(frozen=True, slots=True)
class Strike:
    """What a person took back by hand: by which rule and for what, of whom, and when."""

    axis: Axis
    rule_key: str
    event_id: int | None
    lead_id: int  # whose entry it was
    person: int  # the lead that he is now
    at: datetime


def strikes() -> list[Strike]:
    """All there ever were, under whichever version. One query."""
    back, struck = aliased(ScoreEntry), aliased(ScoreEntry)
    what = struck.axis, struck.rule_key, struck.event_id, struck.lead_id, leads.whose()
    query = select(*what, func.min(back.recorded_at, type_=back.recorded_at.type))
    query = query.join(back, back.reverses_id == struck.id).join(Lead, Lead.id == struck.lead_id)
    rows = session().execute(query.where(_by_hand(back)).group_by(*what))
    return [Strike(*row) for row in rows]


def strikes_made() -> Select[int]:
    """How many there were, as a part of another query."""
    return select(func.count()).select_from(ScoreEntry).where(_by_hand(ScoreEntry))


def _by_hand(entry: Any) -> ColumnElement[bool]:
    by_hand: ColumnElement[bool] = entry.rule_key == literal(STRUCK, literal_execute=True)  # as the index has it
    return by_hand


def with_struck(version: int) -> Select[int]:
    """The people of whom something was struck under another version."""
    struck = select(leads.whose()).join(ScoreEntry, ScoreEntry.lead_id == Lead.id)
    return struck.where(_by_hand(ScoreEntry), ScoreEntry.rule_version != version)


def _entry(lead_id: int, version: int, axis: Axis, due: Due, times: int, *, at: datetime) -> JsonObject:
    again = f"#{times + 1}" if times else ""
    return {
        "lead_id": lead_id,
        "axis": axis,
        "rule_key": due.rule_key,
        "rule_version": version,
        "points": due.points,
        "because": due.because,
        "occurred_at": due.occurred_at or at,
        "recorded_at": at,
        "half_life_days": due.half_life,
        "event_id": due.event_id,
        "reverses_id": None,
        "dedupe_key": once(version, lead_id, axis, due.rule_key, due.event_id) + again,
    }


def once(version: int, lead_id: int, axis: str, rule_key: str, event_id: int | None) -> str:
    """What makes an entry the only one of its kind."""
    return f"{version}:{lead_id}:{axis}:{rule_key}:{event_id or ''}"


def reversal_key(entry_id: int) -> str:
    """What is unique to the entry that takes another back: by it one is found at once."""
    return f"reverses:{entry_id}"


def _reversal(version: int, entry: Entry, *, because: str, at: datetime) -> JsonObject:
    """Decays as what it takes back, so that the two come to nothing at every moment, and stays with its lead."""
    return {
        "lead_id": entry.lead_id,
        "axis": entry.axis,
        "rule_key": entry.rule_key,
        "rule_version": version,
        "points": -entry.points,
        "because": because,
        "occurred_at": entry.occurred_at,
        "recorded_at": at,
        "half_life_days": entry.half_life_days,
        "event_id": entry.event_id,
        "reverses_id": entry.id,
        "dedupe_key": reversal_key(entry.id),
    }
