"""The entries with which a lead's ledger of a version opens, written for everybody before its activation: kept packed.

They are entries of the ledger like any other; only `ledger` knows the difference. What they share with those of other
leads (the axis, the rule, the words, the half-life) is kept once, as a `ScoreReason`. As soon as anything is added to
them they are written out as rows of their own, under the keys that they have had from the beginning.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from struct import Struct
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from capture.db import session
from capture.scoring.models import Axis, ScoreOpening, ScoreReason

KNOWN, DONE = "<i4, <i4", "<i4, <i4, <i8, <i8"  # as numpy names them: see `ScoreOpening`
_KNOWN, _DONE = Struct("<ii"), Struct("<iiqq")
_PLACES = 1 << 24  # more entries than a lead can have: their keys go down from 0, out of the way of those of rows
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the ledger. It stays with the lead that it was written for, whatever that one is merged into."""

    id: int
    lead_id: int
    recorded_at: datetime
    axis: Axis
    rule_key: str
    points: int
    because: str
    occurred_at: datetime
    half_life_days: int | None
    event_id: int | None
    reverses_id: int | None


@dataclass(frozen=True, slots=True)
class Reason:
    """What entries of a version have in common."""

    axis: Axis
    rule_key: str
    because: str
    half_life_days: int | None


@dataclass(frozen=True, slots=True)
class Opening:
    """The packed entries of one lead under one version."""

    id: int
    lead_id: int
    rule_version: int
    recorded_at: datetime
    known: bytes
    done: bytes

    def numbers(self) -> set[int]:
        """Those of the reasons that it names."""
        return {row[0] for row in (*_KNOWN.iter_unpack(self.known), *_DONE.iter_unpack(self.done))}

    def entries(self, reasons: Mapping[tuple[int, int], Reason]) -> list[Entry]:
        """Unpacked, in the order in which they were written."""
        known = ((*cells, None, self.recorded_at) for cells in _KNOWN.iter_unpack(self.known))
        done = (
            (number, points, event_id, _EPOCH + timedelta(microseconds=at))
            for number, points, event_id, at in _DONE.iter_unpack(self.done)
        )
        first, found = -self.id * _PLACES, []
        for place, (number, points, event_id, at) in enumerate((*known, *done)):
            why = reasons[self.rule_version, number]
            found.append(
                Entry(
                    id=first + place,
                    lead_id=self.lead_id,
                    axis=why.axis,
                    rule_key=why.rule_key,
                    points=points,
                    because=why.because,
                    occurred_at=at,
                    recorded_at=self.recorded_at,
                    half_life_days=why.half_life_days,
                    event_id=event_id,
                    reverses_id=None,
                )
            )
        return found


def of(*which: ColumnElement[bool]) -> list[Opening]:
    """These openings, in the order in which they were written."""
    query = select(
        ScoreOpening.id,
        ScoreOpening.lead_id,
        ScoreOpening.rule_version,
        ScoreOpening.recorded_at,
        ScoreOpening.known,
        ScoreOpening.done,
    )
    return [Opening(*row) for row in session().execute(query.where(*which).order_by(ScoreOpening.id))]


def reasons(found: Iterable[Opening]) -> dict[tuple[int, int], Reason]:
    """What these openings name, by version and number. One query; none where there are no openings."""
    named: dict[int, set[int]] = {}
    for one in found:
        named.setdefault(one.rule_version, set()).update(one.numbers())
    if not named:
        return {}
    return _reasons(ScoreReason.rule_version.in_(named), ScoreReason.number.in_(set().union(*named.values())))


def reasons_of(version: int) -> dict[int, Reason]:
    """All that entries of a version have in common, by number."""
    return {number: why for (_, number), why in _reasons(ScoreReason.rule_version == version).items()}


def _reasons(*which: ColumnElement[bool]) -> dict[tuple[int, int], Reason]:
    query = select(
        ScoreReason.rule_version,
        ScoreReason.number,
        ScoreReason.axis,
        ScoreReason.rule_key,
        ScoreReason.because,
        ScoreReason.half_life_days,
    ).where(*which)
    rows: Iterable[Any] = session().connection().execute(query)
    return {(version, number): Reason(*why) for version, number, *why in rows}


def forget(opening_ids: Sequence[int]) -> None:
    """These openings go: their entries were written out, or their leads go altogether."""
    session().execute(delete(ScoreOpening).where(ScoreOpening.id.in_(opening_ids)))
