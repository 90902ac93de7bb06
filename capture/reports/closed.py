"""Months that are closed: their figures as they were then, by day. No later change touches them."""

from collections.abc import Iterable, Sequence, Set
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, not_, or_, select
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import ColumnElement

from capture import currencies
from capture.db import session
from capture.languages import Phrase, say
from capture.reports.models import ClosedCost, ClosedMonth
from capture.reports.spending import Cost


def months(since: date, until: date) -> Sequence[ClosedMonth]:
    """The closed months of which some day lies in the span, the oldest first."""
    query = select(ClosedMonth).where(ClosedMonth.month <= until, ClosedMonth.month > since - timedelta(days=31))
    found = session().scalars(query.order_by(ClosedMonth.month))
    return [one for one in found if one.last_day >= since]


def of(days: Set[date]) -> list[date]:
    """The closed months, by their first days, in which some of these lie."""
    found = months(min(days), max(days)) if days else ()
    return [one.month for one in found if any(one.month <= day <= one.last_day for day in days)]


def every() -> Sequence[ClosedMonth]:
    """All closed months, the newest first."""
    return session().scalars(select(ClosedMonth).order_by(ClosedMonth.month.desc())).all()


def words(shut: Sequence[ClosedMonth], *, has_changed: bool, zone: ZoneInfo) -> str:
    """What to say beside figures of these months; empty where there is none."""
    if not shut:
        return ""
    first, last = shut[0].month, shut[-1].month
    day = shut[-1].closed_at.astimezone(zone).date()
    kept = (
        say(
            "%(month)s is closed: its figures stay as they were on %(day)s.",
            month=lambda language: language.month_of(first),
            day=lambda language: language.calendar_day(day),
        )
        if first == last
        else say(
            "%(first)s to %(last)s are closed: their figures stay as they were then.",
            first=lambda language: language.month_of(first),
            last=lambda language: language.month_of(last),
        )
    )
    now = say("What is different by now stands beside them.") if has_changed else say("Nothing is different by now.")
    return Phrase(lambda language: f"{kept.said(language)} {now.said(language)}")


def newest() -> date | None:
    """The first day of the month that was closed last; None before the first one."""
    return session().scalar(select(func.max(ClosedMonth.month)))


def is_in(day: InstrumentedAttribute[date], shut: Iterable[ClosedMonth]) -> ColumnElement[bool]:
    """Whether a day lies in one of these months."""
    return or_(False, *(day.between(one.month, one.last_day) for one in shut))


def is_open(day: InstrumentedAttribute[date], shut: Iterable[ClosedMonth]) -> ColumnElement[bool]:
    """Whether a day lies in none of these months."""
    return not_(is_in(day, shut))


def costs(since: date, until: date, *, currency: str) -> list[Cost]:
    """What was spent on the closed days of the span, by the campaigns of that time.

    The number is that of the currency of that time, in minor units of what is the reports' `currency` now.
    """
    then = {one.month: one.currency or currency for one in months(since, until)}
    query = select(ClosedCost.day, ClosedCost.source, ClosedCost.campaign, ClosedCost.amount, ClosedCost.kind)
    rows = session().execute(query.where(ClosedCost.day >= since, ClosedCost.day <= until))
    return [
        Cost(
            day,
            source,
            campaign,
            currencies.minor(currencies.whole(amount, then.get(day.replace(day=1), currency)), currency),
            kind,
        )
        for day, source, campaign, amount, kind in rows
    ]
