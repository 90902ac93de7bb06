"""The ledger: append-only points. What turns out wrong is taken back by a reversal, never edited."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Double, Select, case, cast, delete, func, insert, select

from capture.db import Base, JsonObject, is_sqlite, session
from capture.scoring import standings
from capture.scoring.counting import Due
from capture.scoring.decay import MOST_HALVINGS
from capture.scoring.models import Axis, ScoreEntry

STRUCK = "struck"  # the rule key of a reversal that a person made: what he struck is not counted again


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger."""

    id: int
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
    """Every entry of a lead under one version of the rules, in the order in which they were written."""
    return of_leads([lead_id], version)[lead_id]


def of_leads(lead_ids: Sequence[int], version: int) -> dict[int, list[Entry]]:
    """The same for many leads, in one query."""
    found: dict[int, list[Entry]] = {lead_id: [] for lead_id in lead_ids}
    query = select(ScoreEntry.lead_id, *_COLUMNS).where(
        ScoreEntry.lead_id.in_(lead_ids), ScoreEntry.rule_version == version
    )
    for lead_id, *cells in session().execute(query.order_by(ScoreEntry.id)):
        found[lead_id].append(Entry(*cells))
    return found


def standing(entries: Iterable[Entry]) -> list[Entry]:
    """The entries that count: those taken back are left out, and so are the reversals that did it."""
    kept = list(entries)
    reversed_ids = {entry.reverses_id for entry in kept}
    return [entry for entry in kept if entry.reverses_id is None and entry.id not in reversed_ids]


def settle(version: int, due: Mapping[int, Mapping[Axis, Sequence[Due]]], *, at: datetime) -> None:
    """Append what the ledger lacks and take back what it should not hold, lead by lead. Twice changes nothing.

    The leads' rows must be held: two settlements of one lead would both see the same thing missing.
    """
    known = of_leads(list(due), version)
    rows = [
        row for lead_id, wanted in due.items() for row in _settling(lead_id, version, wanted, known[lead_id], at=at)
    ]
    if rows:
        session().execute(_INSERT, rows)
        standings.keep(sorted({int(row["lead_id"]) for row in rows}), version)


def _settling(
    lead_id: int, version: int, due: Mapping[Axis, Sequence[Due]], entries: Sequence[Entry], *, at: datetime
) -> list[JsonObject]:
    """The rows that one lead's ledger lacks."""
    stands = {(entry.axis, entry.rule_key, entry.event_id): entry for entry in standing(entries)}
    struck = _struck(entries)
    wanted = {(axis, one.rule_key, one.event_id): one for axis in due for one in due[axis]}
    wrong = [entry for key, entry in stands.items() if key not in wanted or wanted[key].points != entry.points]
    gone = {entry.id for entry in wrong}
    missing = [
        (key, one) for key, one in wanted.items() if key not in struck and (key not in stands or stands[key].id in gone)
    ]
    rows = [_reversal(lead_id, version, entry, because=f"No longer so: {entry.because}", at=at) for entry in wrong]
    for key, one in missing:
        times = sum((entry.axis, entry.rule_key, entry.event_id) == key for entry in entries if not entry.reverses_id)
        rows.append(_entry(lead_id, version, key[0], one, times, at=at))
    return rows


def begun(lead_ids: Sequence[int], version: int) -> set[int]:
    """Those of these leads that have entries under a version."""
    theirs = ScoreEntry.lead_id.in_(lead_ids), ScoreEntry.rule_version == version
    return set(session().scalars(select(ScoreEntry.lead_id).where(*theirs).distinct()))


def strike(entry: Entry, lead_id: int, version: int, *, because: str, at: datetime) -> None:
    """A person takes an entry back, with his reason; it stays taken back."""
    row = _reversal(lead_id, version, entry, because=because, at=at)
    session().execute(insert(ScoreEntry), [row | {"rule_key": STRUCK}])
    standings.keep([lead_id], version)


def forget(lead_ids: Sequence[int]) -> None:
    """These leads go altogether."""
    mine = ScoreEntry.lead_id.in_(lead_ids)
    session().execute(delete(ScoreEntry).where(mine, ScoreEntry.reverses_id.is_not(None)))
    session().execute(delete(ScoreEntry).where(mine))
    standings.forget(lead_ids)


def sums(lead_ids: Sequence[int], version: int, *, at: datetime) -> Select[int, Axis, float]:
    """One query: for each lead and axis, the decayed points recorded by `at`."""
    return (
        select(ScoreEntry.lead_id, ScoreEntry.axis, func.sum(_left(at), type_=Double()))
        .where(ScoreEntry.lead_id.in_(lead_ids), ScoreEntry.rule_version == version, ScoreEntry.recorded_at <= at)
        .group_by(ScoreEntry.lead_id, ScoreEntry.axis)
    )


_COLUMNS = (
    ScoreEntry.id,
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


def _reversal(lead_id: int, version: int, entry: Entry, *, because: str, at: datetime) -> JsonObject:
    """Decays as what it takes back, so that the two come to nothing at every moment."""
    return {
        "lead_id": lead_id,
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
