"""What campaigns brought, and the values that no campaign takes yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, or_, select

from capture.attribution import campaigns
from capture.attribution.models import Touch
from capture.db import distinct_values, session
from capture.reports import daily, kpis
from capture.reports.kpis import By, Figures
from capture.reports.models import DailyTotal, Spend
from capture.reports.spending import Rates

LOOKED_BACK = timedelta(days=365)
MOST_UNMATCHED = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """A campaign with what it brought in its days, or in the last year where it has none."""

    public_id: str
    name: str
    begins: date | None
    ends: date | None
    budget: int | None
    figures: Figures


@dataclass(frozen=True, slots=True)
class Unmatched:
    """A raw value that no campaign takes: how many visits carried it, and whether costs name it."""

    raw: str
    visits: int
    has_costs: bool


def standings(*, zone: ZoneInfo, rates: Rates, at: datetime) -> list[Standing]:
    """Every campaign with the figures of the last year as known now. As many queries for a hundred as for one."""
    today = daily.day_of(at, zone)
    brought = kpis.by_campaign(today - LOOKED_BACK, today, zone=zone, rates=rates, at=at)
    return [
        Standing(one.public_id, one.name, one.begins, one.ends, one.budget, brought.get(one.name, Figures()))
        for one in campaigns.listed()
    ]


def unmatched() -> list[Unmatched]:
    """Raw values that wait for a decision, the most visited first."""
    names = campaigns.aliases()
    carried = select(DailyTotal.value, func.sum(DailyTotal.visits)).where(
        DailyTotal.dimension == By.CAMPAIGN.value, DailyTotal.value != ""
    )
    visits = {raw: int(number) for raw, number in session().execute(carried.group_by(DailyTotal.value))}
    costs = set(session().scalars(select(Spend.campaign).where(Spend.campaign != "").distinct()))
    found = [
        Unmatched(raw, visits.get(raw, 0), raw in costs)
        for raw in sorted(visits.keys() | costs)
        if names.name_of(raw) is None
    ]
    return sorted(found, key=lambda one: (-one.visits, one.raw))[:MOST_UNMATCHED]


def raw_values(name: str) -> list[str]:
    """The raw values that stand under this name in reports, itself among them."""
    names = campaigns.aliases()
    raw = session().scalars(distinct_values(DailyTotal.value, DailyTotal.dimension == By.CAMPAIGN.value))
    return [name, *(value for value in raw if names.name_of(value) == name)]


def unfilled(*, since: datetime) -> Sequence[tuple[str, int]]:
    """Landing paths that were reached with macros which the platform left unfilled, and how often since then."""
    macro = or_(*(Touch.raw_query.contains(sign, autoescape=True) for sign in ("{", "%7B", "%7b", "[", "%5B", "__")))
    query = (
        select(Touch.landing_path, func.count())
        .where(Touch.at >= since, Touch.campaign == "", Touch.raw_query.contains("utm_campaign="), macro)
        .group_by(Touch.landing_path)
        .order_by(func.count().desc())
        .limit(20)
    )
    return [(path, number) for path, number in session().execute(query)]
