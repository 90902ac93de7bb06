"""Closing a month: its figures are kept as they are, once its leads have had their time."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, insert, select

from capture.attribution import campaigns
from capture.attribution.patterns import Aliases
from capture.db import JsonObject, insert_once, session
from capture.reports import closed, daily, nurtures, responses, spending
from capture.reports.daily import MEASURES, Way
from capture.reports.kpis import RIPE_AFTER
from capture.reports.models import ClosedCost, ClosedFigure, ClosedMonth, ClosedWay, DailyFigure
from capture.reports.spending import Rates

CLOSES_AFTER = RIPE_AFTER  # its last day


def due(*, today: date) -> list[date]:
    """The months to close now, each by its first day, the oldest first: over for so long, and counted to the end."""
    counted, month = daily.counted_until(), _first()
    found: list[date] = []
    while month is not None and _is_counted(month, counted) and closes_on(month) <= today:
        found.append(month)
        month = following(month)
    return found


def ready() -> date | None:
    """The month that may be closed by hand, by its first day: the first open one, where it is counted to the end."""
    month = _first()
    return month if month is not None and _is_counted(month, daily.counted_until()) else None


def closes_on(month: date) -> date:
    """The day on which a month is closed by itself."""
    return following(month) + CLOSES_AFTER


def _is_counted(month: date, until: date | None) -> bool:
    return until is not None and until >= following(month) - timedelta(days=1)


def following(month: date) -> date:
    """The first day of the month after this one."""
    return (month.replace(day=1) + timedelta(days=31)).replace(day=1)


def _first() -> date | None:
    newest = closed.newest()
    if newest is not None:
        return following(newest)
    first = session().scalar(select(func.min(DailyFigure.day)))
    return first.replace(day=1) if first else None


def close(month: date, *, zone: ZoneInfo, rates: Rates, at: datetime) -> bool:
    """Keep the figures of the month as they are; False where that was done before."""
    until = following(month) - timedelta(days=1)
    nurture = responses.nurture_days(month, until, zone=zone)
    told = ClosedMonth(
        month=month,
        closed_at=at,
        nurture_days=nurture,
        keeps_nurtures=True,
        keeps_answers=True,
        currency=rates.currency,
    )
    if not insert_once(told):
        return False
    names = campaigns.aliases()
    nurtures.close(month, until, names)
    responses.close(month, until)
    figures = _figures(month, until, names)
    kept = (
        (ClosedFigure, figures),
        (ClosedWay, _ways(month, figures)),
        (ClosedCost, _costs(month, until, names, rates)),
    )
    for table, rows in kept:
        if rows:
            session().execute(insert(table), rows)
    return True


def _figures(month: date, until: date, names: Aliases) -> list[JsonObject]:
    """The days as they are counted, by the campaigns that take their raw values now."""
    told: dict[tuple[date, Way], list[int]] = {}
    for row in session().scalars(select(DailyFigure).where(DailyFigure.day >= month, DailyFigure.day <= until)):
        campaign = names.label_of(row.campaign)
        way = Way(row.page_id, row.channel, row.source, campaign)
        have = told.setdefault((row.day, way), [0] * len(MEASURES))
        have[:] = [one + getattr(row, measure) for one, measure in zip(have, MEASURES, strict=True)]
    return [
        {"day": day, **way._asdict(), **dict(zip(MEASURES, numbers, strict=True))}
        for (day, way), numbers in told.items()
    ]


def _ways(month: date, figures: Sequence[JsonObject]) -> list[JsonObject]:
    """What the month brought by each way: by this its costs are shared."""
    told: dict[Way, list[int]] = {}
    for row in figures:
        have = told.setdefault(Way(*(row[name] for name in Way._fields)), [0, 0])
        have[:] = have[0] + row["visits"], have[1] + row["leads"]
    return [
        {"month": month, **way._asdict(), "visits": visits, "leads": leads}
        for way, (visits, leads) in told.items()
        if visits or leads
    ]


def _costs(month: date, until: date, names: Aliases, rates: Rates) -> list[JsonObject]:
    return [
        {
            "day": cost.day,
            "source": cost.source,
            "campaign": names.name_of(cost.campaign) or cost.campaign,
            "amount": cost.amount,
            "kind": cost.kind,
        }
        for cost in spending.between(month, until, rates)
    ]
