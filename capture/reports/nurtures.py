"""How long leads were nurtured, by row: kept of the days that are over, counted of the one that goes on."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from capture.attribution.patterns import Aliases
from capture.db import session
from capture.handoff.models import Mql
from capture.handoff.mqls import FIRST_CYCLE
from capture.leads.models import Lead
from capture.reports import closed, daily
from capture.reports.daily import ALL, CAMPAIGN, DIMENSIONS, Day, Way
from capture.reports.durations import MICROSECOND, median_days, packed, unpacked
from capture.reports.models import ClosedMonth, ClosedNurture, DailyNurture


def keep(day: Day) -> None:
    """Count a day and keep it, in the place of what was kept of it before."""
    session().execute(delete(DailyNurture).where(DailyNurture.day == day.day))
    told: dict[tuple[str, str], list[int]] = defaultdict(list)
    for way, lasted in _of(day):
        for dimension in DIMENSIONS:
            told[dimension, _value(way, dimension)].append(lasted)
    rows = [
        {"day": day.day, "dimension": dimension, "value": value, "durations": packed(each)}
        for (dimension, value), each in told.items()
    ]
    if rows:
        session().execute(insert(DailyNurture), rows)


def close(since: date, until: date, names: Aliases) -> None:
    """Keep these days as they are, by the campaigns that take their raw values now."""
    told: dict[tuple[date, str, str], list[bytes]] = defaultdict(list)
    query = select(DailyNurture).where(DailyNurture.day >= since, DailyNurture.day <= until)
    for row in session().scalars(query):
        value = names.label_of(row.value) if row.dimension == CAMPAIGN else row.value
        told[row.day, row.dimension, value].append(row.durations)
    rows = [
        {"day": day, "dimension": dimension, "value": value, "durations": b"".join(each)}
        for (day, dimension, value), each in told.items()
    ]
    if rows:
        session().execute(insert(ClosedNurture), rows)


Row = Callable[[date, str], str]
"""The row to which a day and a value belong."""


def by_row(
    since: date,
    until: date,
    dimension: str,
    row: Row,
    *,
    zone: ZoneInfo,
    at: datetime,
    shut: Sequence[ClosedMonth] = (),
    row_then: Row | None = None,
) -> Mapping[str, float]:
    """The medians in days of those who were handed over first on these days.

    Days of `shut` months are told as they were closed, by `row_then`; of months that were closed before there was such
    a thing, as they are known now.
    """
    told: dict[str, list[bytes]] = defaultdict(list)
    kept = [one for one in shut if one.keeps_nurtures]
    now = (DailyNurture, closed.is_open(DailyNurture.day, kept), row)
    then = (ClosedNurture, closed.is_in(ClosedNurture.day, kept), row_then or row)
    for table, which, named in (now, then) if kept else (now,):
        query = select(table.day, table.value, table.durations)
        query = query.where(table.dimension == dimension, table.day >= since, table.day <= until, which)
        for day, value, durations in session().execute(query):
            told[named(day, value)].append(durations)
    today = daily.day_of(at, zone)
    if since <= today <= until:
        for way, lasted in _of(daily.a_day(today, zone)):
            told[row(today, _value(way, dimension))].append(packed([lasted]))
    return {key: found for key, each in told.items() if (found := median_days(unpacked(b"".join(each)))) is not None}


def _value(way: Way, dimension: str) -> str:
    return "" if dimension == ALL else str(getattr(way, DIMENSIONS[dimension]))


def _of(day: Day) -> list[tuple[Way, int]]:
    """Of each who was handed over first on this day: how long after he became known, in microseconds."""
    handed = daily.each_lead(Mql.qualified_at, Lead.created_at).join(Mql, Mql.lead_id == Lead.id)
    handed = handed.where(Mql.cycle == FIRST_CYCLE, *daily.within(Mql.qualified_at, day))
    rows = session().execute(handed)
    return [(daily.way(row[2:6]), (row.qualified_at - row.created_at) // MICROSECOND) for row in rows]
