"""What advertisers were told of MQLs, so that what has changed since is told once, and never of what was taken back."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, Row, or_, select

from capture.db import JsonObject, session, upsert
from capture.handoff.destinations import scratch
from capture.handoff.destinations.models import ToldConversion
from capture.handoff.models import Disposition, Mql, Outcome
from capture.handoff.rows import FeedRow

_PART = 500  # rows that are kept at a time


class Telling(NamedTuple):
    """What a row of a file tells: of an MQL by its public id, what it was won for, or that it is taken back."""

    mql_id: str
    value: int | None
    currency: str | None
    is_taken_back: bool


class Tellings:
    """The rows of one file, until they are kept; `with_value`: it says what was won. To be closed."""

    def __init__(self, *, with_value: bool) -> None:
        self._with_value = with_value
        self._rows = scratch.opened("told (mql TEXT, value INTEGER, currency TEXT, is_taken_back INTEGER)")

    def add(self, row: FeedRow) -> None:
        """This row stands in the file."""
        is_told = self._with_value and row.outcome == Outcome.WON
        told = (row.outcome_value, row.outcome_currency) if is_told else (None, None)
        self._rows.execute("INSERT INTO told VALUES (?, ?, ?, ?)", (row.mql_id, *told, row.outcome == Outcome.REJECTED))

    def parts(self) -> Iterator[Sequence[Telling]]:
        """A few at a time."""
        found = self._rows.execute("SELECT * FROM told")
        while part := found.fetchmany(_PART):
            yield [Telling(mql, value, currency, bool(back)) for mql, value, currency, back in part]

    def close(self) -> None:
        """Forget them."""
        self._rows.close()


def keep_conversions(part: Sequence[Telling], *, at: datetime) -> None:
    """These were told as conversions. An advertiser counts each once: what was told first stands.

    One that was taken back before it was told is to be taken back once more.
    """
    keys = _keys(part)
    first = ToldConversion.told_at.is_(None)
    _write([_row(keys, one) | _won(one) | {"told_at": at, "retracted_at": None} for one in part], where=first)


def keep_adjustments(part: Sequence[Telling], *, at: datetime) -> None:
    """These were told as adjustments: what was taken back, and what was won for another value than was told."""
    keys = _keys(part)
    _write([_row(keys, one) | {"retracted_at": at} for one in part if one.is_taken_back])
    changed = (one for one in part if not one.is_taken_back)
    _write([_row(keys, one) | _won(one) | {"changed_at": keys[one.mql_id].outcome_at} for one in changed])


def to_adjust(*, once_more: bool) -> ColumnElement[bool]:
    """Which MQLs an advertiser has to hear of again; `once_more`: also of what a file told already.

    Those that sales rejected are taken back, whoever told of them. Another value is told of conversions alone that a
    file of ours told, and of none that was taken back.
    """
    told = ToldConversion
    newest = (
        select(Disposition.id)
        .where(Disposition.mql_id == Mql.id)
        .order_by(Disposition.at.desc(), Disposition.id.desc())
        .limit(1)
        .correlate(Mql)
        .scalar_subquery()
    )
    differs = told.value.is_(None) | (told.value != Disposition.value) | (told.currency != Disposition.currency)
    changed = (
        select(told.mql_id)
        .join(Disposition, Disposition.id == newest)
        .where(
            told.mql_id == Mql.id,
            told.told_at.is_not(None),
            told.retracted_at.is_(None),
            Disposition.value.is_not(None),
            (differs | (told.changed_at == Mql.outcome_at)) if once_more else differs,
        )
    )
    taken_back = select(told.mql_id).where(told.retracted_at.is_not(None))
    rejected = Mql.outcome == Outcome.REJECTED
    return or_(
        rejected if once_more else rejected & Mql.id.not_in(taken_back),
        (Mql.outcome == Outcome.WON) & changed.correlate(Mql).exists(),
    )


Keys = Mapping[str, Row[str, int, datetime | None]]


def _keys(part: Sequence[Telling]) -> Keys:
    query = select(Mql.public_id, Mql.id, Mql.outcome_at).where(Mql.public_id.in_([one.mql_id for one in part]))
    return {row.public_id: row for row in session().execute(query)}


def _row(keys: Keys, one: Telling) -> JsonObject:
    return {"mql_id": keys[one.mql_id].id}


def _won(one: Telling) -> JsonObject:
    return {"value": one.value, "currency": one.currency}


def _write(rows: Sequence[JsonObject], *, where: ColumnElement[bool] | None = None) -> None:
    """Each row as it is told now; with `where`, only over a row of which that is true."""
    if rows:
        insertion = upsert(ToldConversion).values(rows)
        told = {name: insertion.excluded[name] for name in rows[0] if name != "mql_id"}
        session().execute(insertion.on_conflict_do_update(index_elements=["mql_id"], set_=told, where=where))
