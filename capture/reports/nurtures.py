"""How long leads were nurtured, by row: kept of the days that are over, counted of the one that goes on."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import delete, insert, select

from capture.db import session
from capture.handoff.models import Mql
from capture.handoff.mqls import FIRST_CYCLE
from capture.leads.models import Lead
from capture.reports import daily
from capture.reports.daily import ALL, DIMENSIONS, Day, Way
from capture.reports.durations import MICROSECOND, median_days, packed, unpacked
from capture.reports.models import DailyNurture


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


def by_row(
    since: date, until: date, dimension: str, row: Callable[[date, str], str], *, zone: ZoneInfo, at: datetime
) -> Mapping[str, float]:
    """The medians in days of those who were handed over first on these days. `row` names one by day and value."""
    query = select(DailyNurture.day, DailyNurture.value, DailyNurture.durations)
    query = query.where(DailyNurture.dimension == dimension, DailyNurture.day >= since, DailyNurture.day <= until)
    told: dict[str, list[bytes]] = defaultdict(list)
    for day, value, durations in session().execute(query):
        told[row(day, value)].append(durations)
    today = daily.day_of(at, zone)
    if since <= today <= until:
        for way, lasted in _of(daily.a_day(today, zone)):
            told[row(today, _value(way, dimension))].append(packed([lasted]))
    return {key: found for key, each in told.items() if (found := median_days(unpacked(b"".join(each)))) is not None}


def _value(way: Way, dimension: str) -> str:
    return "" if dimension == ALL else str(getattr(way, DIMENSIONS[dimension]))


def _of(day: Day) -> list[tuple[Way, int]]:
    """Of each who was handed over first on this day: how long after the first fill, in microseconds."""
    handed = daily.each_lead(Mql.qualified_at, Lead.created_at).join(Mql, Mql.lead_id == Lead.id)
    handed = handed.where(Mql.cycle == FIRST_CYCLE, *daily.within(Mql.qualified_at, day))
    rows = session().execute(handed)
    return [(daily.way(row[2:6]), (row.qualified_at - row.created_at) // MICROSECOND) for row in rows]
