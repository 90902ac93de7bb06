"""The ledger: append-only points. What turns out wrong is taken back by a reversal, never edited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Double, Select, case, cast, delete, func, insert, select

from capture.db import Base, JsonObject, is_sqlite, session
from capture.leads import leads
from capture.leads.models import Lead
from capture.scoring import standings
from capture.scoring.counting import Due
from capture.scoring.decay import MOST_HALVINGS
from capture.scoring.models import Axis, ScoreEntry

STRUCK = "struck"  # the rule key of a reversal that a person made: what he struck is not counted again


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger. It stays with the lead that it was written for, whatever that one is merged into."""

    id: int
    lead_id: int
    axis: Axis
    rule_key: str
    points: int
    because: str
    occurred_at: datetime
    recorded_at: datetime
    half_life_days: int | None
    event_id: int | None
    reverses_id: int | None


def of(lead_id: int, version: int) -> list[Entry]:
    """Every entry of a person under one version of the rules, in the order in which they were written."""
    return of_people(leads.members([lead_id]), version)[lead_id]


def of_people(whose: Mapping[int, int], version: int) -> dict[int, list[Entry]]:
    """The same for many, by `leads.members`, in one query."""
    found: dict[int, list[Entry]] = {lead_id: [] for lead_id in whose.values()}
    query = select(*_COLUMNS).where(ScoreEntry.lead_id.in_(whose), ScoreEntry.rule_version == version)
    for cells in session().execute(query.order_by(ScoreEntry.id)):
        entry = Entry(*cells)
        found[whose[entry.lead_id]].append(entry)
    return found


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
    known = of_people(whose, version)
    rows = [
        row for lead_id, wanted in due.items() for row in _settling(lead_id, version, wanted, known[lead_id], at=at)
    ]
    if rows:
        session().execute(_INSERT, rows)
        standings.keep(sorted({whose[int(row["lead_id"])] for row in rows}), version)


def _settling(
    lead_id: int, version: int, due: Mapping[Axis, Sequence[Due]], entries: Sequence[Entry], *, at: datetime
) -> list[JsonObject]:
    """The rows that one lead's ledger lacks."""
    standing_now = sorted(standing(entries), key=lambda entry: entry.lead_id != lead_id)  # its own before merged ones
    stands = {(entry.axis, entry.rule_key, entry.event_id): entry for entry in reversed(standing_now)}
    struck = _struck(entries)
    wanted = {(axis, one.rule_key, one.event_id): one for axis in due for one in due[axis]}
    wrong = [entry for key, entry in stands.items() if key not in wanted or wanted[key].points != entry.points]
    wrong += [entry for entry in standing_now if stands[entry.axis, entry.rule_key, entry.event_id] is not entry]
    gone = {entry.id for entry in wrong}
    missing = [
        (key, one) for key, one in wanted.items() if key not in struck and (key not in stands or stands[key].id in gone)
    ]
    rows = [_reversal(version, entry, because=f"No longer so: {entry.because}", at=at) for entry in wrong]
    own = [entry for entry in entries if entry.lead_id == lead_id and not entry.reverses_id]
    for key, one in missing:
        times = sum((entry.axis, entry.rule_key, entry.event_id) == key for entry in own)
        rows.append(_entry(lead_id, version, key[0], one, times, at=at))
    return rows


def begun(lead_ids: Sequence[int], version: int) -> set[int]:
    """Those of these leads that have entries under a version."""
    whose = leads.members(lead_ids)
    theirs = ScoreEntry.lead_id.in_(whose), ScoreEntry.rule_version == version
    return {whose[lead_id] for lead_id in session().scalars(select(ScoreEntry.lead_id).where(*theirs).distinct())}


def strike(entry: Entry, lead_id: int, version: int, *, because: str, at: datetime) -> None:
    """A person takes an entry back, with his reason; it stays taken back."""
    row = _reversal(version, entry, because=because, at=at)
    session().execute(insert(ScoreEntry), [row | {"rule_key": STRUCK}])
    standings.keep([lead_id], version)


def forget(lead_ids: Sequence[int]) -> None:
    """These leads go altogether."""
    mine = ScoreEntry.lead_id.in_(lead_ids)
    session().execute(delete(ScoreEntry).where(mine, ScoreEntry.reverses_id.is_not(None)))
    session().execute(delete(ScoreEntry).where(mine))
    standings.forget(lead_ids)


def sums(lead_ids: Sequence[int], version: int, *, at: datetime) -> Select[int, Axis, float]:
    """One query: for each person and axis, the decayed points recorded by `at`."""
    mine = ScoreEntry.lead_id.in_(leads.of_person(lead_ids))
    return (
        select(leads.whose(), ScoreEntry.axis, func.sum(_left(at), type_=Double()))
        .join(ScoreEntry, ScoreEntry.lead_id == Lead.id)
        .where(mine, ScoreEntry.rule_version == version, ScoreEntry.recorded_at <= at)
        .group_by(leads.whose(), ScoreEntry.axis)
    )


_COLUMNS = (
    ScoreEntry.id,
    ScoreEntry.lead_id,
    ScoreEntry.axis,
    ScoreEntry.rule_key,
    ScoreEntry.points,
    ScoreEntry.because,
    ScoreEntry.occurred_at,
    ScoreEntry.recorded_at,
    ScoreEntry.half_life_days,
    ScoreEntry.event_id,
    ScoreEntry.reverses_id,
)


# Into the table, not the mapped class: the unit of work would look at every row on its own.
_INSERT = insert(Base.metadata.tables[ScoreEntry.__tablename__])


def _left(at: datetime) -> ColumnElement[float]:
    """`decay.left` in SQL."""
    age = standings.days_between(ScoreEntry.occurred_at, at)
    halvings = func.coalesce(age / ScoreEntry.half_life_days, 0.0)
    least = func.min if is_sqlite() else func.least
    most = func.max if is_sqlite() else func.greatest
    power = standings.power(-least(most(halvings, 0.0), MOST_HALVINGS))
    return case((ScoreEntry.half_life_days.is_(None), cast(ScoreEntry.points, Double)), else_=ScoreEntry.points * power)


def _struck(entries: Sequence[Entry]) -> set[tuple[Axis, str, int | None]]:
    by_id = {entry.id: entry for entry in entries}
    reversed_by_hand = (by_id[entry.reverses_id] for entry in entries if entry.rule_key == STRUCK and entry.reverses_id)
    return {(entry.axis, entry.rule_key, entry.event_id) for entry in reversed_by_hand}


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
        "dedupe_key": f"reverses:{entry.id}",
    }
