"""The seven figures that marketing and sales share, each with its one definition, for a span of days."""

import statistics
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute

from capture.attribution import campaigns
from capture.attribution.patterns import Aliases
from capture.catalogue.models import Edition
from capture.db import JsonObject, session
from capture.handoff.models import Mql
from capture.handoff.mqls import FIRST_CYCLE
from capture.leads import ours
from capture.leads.models import Lead
from capture.pages.models import Page
from capture.reports import daily, spending
from capture.reports.daily import MEASURES
from capture.reports.models import DailyFigure
from capture.reports.spending import Cost, Rates

MOST_ROWS = 200
RIPE_AFTER = timedelta(days=14)  # until so long after its end, a week's leads may still become MQLs in numbers


class By(StrEnum):
    """What the rows of a report are."""

    WEEK = "week"
    CHANNEL = "channel"
    SOURCE = "source"
    CAMPAIGN = "campaign"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Definition:
    """How a figure is counted: the same words stand beside it in the studio and in the documentation."""

    title: str
    words: str


DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "leads": Definition(
            "Leads captured",
            "New leads, by the day of their first accepted fill. Somebody who was known before is not counted again.",
        ),
        "fill_rate": Definition(
            "Form fill rate",
            "Accepted fills divided by visits. A visit is an arrival at a page by something that does not say it is a "
            "machine; visits and fills go by their own touch, and known leads count in both.",
        ),
        "to_mql": Definition(
            "Conversion to MQL",
            "Of the leads captured in the span, the share that has become an MQL by now. Weeks that ended less than "
            "14 days ago are marked: their leads may still ripen.",
        ),
        "to_sql": Definition(
            "MQL to SQL",
            "Of the MQLs handed over in the span, the share that sales has qualified by now (SQL, opportunity, won or "
            "lost). No answer is no yes.",
        ),
        "cost_per_lead": Definition(
            "Cost per lead", "What was spent on the days of the span divided by the leads captured in it."
        ),
        "cost_per_mql": Definition(
            "Cost per MQL", "What was spent on the days of the span divided by the MQLs handed over in it."
        ),
        "nurture_days": Definition(
            "Nurture duration",
            "Days from the first accepted fill to the first hand-over, the median of the MQLs handed over in the span.",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a row of a report counts. `spent` is in minor units of the reports' currency; None: nothing was loaded."""

    visits: int = 0
    fills: int = 0
    leads: int = 0
    ripened: int = 0
    mqls: int = 0
    accepted: int = 0
    rejected: int = 0
    sqls: int = 0
    spent: int | None = None

    @property
    def fill_rate(self) -> float | None:
        return _share(self.fills, self.visits)

    @property
    def to_mql(self) -> float | None:
        return _share(self.ripened, self.leads)

    @property
    def to_sql(self) -> float | None:
        return _share(self.sqls, self.mqls)

    @property
    def cost_per_lead(self) -> float | None:
        return None if self.spent is None else _share(self.spent, self.leads)

    @property
    def cost_per_mql(self) -> float | None:
        return None if self.spent is None else _share(self.spent, self.mqls)


@dataclass(frozen=True, slots=True)
class Line:
    """One row: what it is, its figures, and whether its leads have had their time."""

    key: str
    label: str
    figures: Figures
    is_ripe: bool = True


Rows = dict[str, list[int]]  # by row: the MEASURES in their order

_COLUMNS: Mapping[By, InstrumentedAttribute[Any]] = MappingProxyType(
    {
        By.WEEK: DailyFigure.day,
        By.CHANNEL: DailyFigure.channel,
        By.SOURCE: DailyFigure.source,
        By.CAMPAIGN: DailyFigure.campaign,
        By.PAGE: DailyFigure.page_id,
    }
)


@dataclass(frozen=True, slots=True)
class Report:
    """A span of days, both included: all of it, and by what was asked for."""

    since: date
    until: date
    by: By
    whole: Figures
    nurture_days: float | None
    lines: Sequence[Line]
    unmatched: int  # spent for campaigns that no visit carried, in minor units
    uncounted: int  # closed days of the span that are still being counted


def report(
    since: date, until: date, by: By, *, zone: ZoneInfo, rates: Rates, at: datetime, most: int | None = MOST_ROWS
) -> Report:
    """The figures of these days, up to today, in `most` rows. As many queries for a year as for a day."""
    today = daily.day_of(at, zone)
    until = min(until, today)
    rows = _kept(since, until, by)
    names = campaigns.aliases()
    if since <= today <= until:
        _add_today(rows, by, daily.count(daily.a_day(today, zone)))
    costs = spending.between(since, until, rates)
    if by is By.CAMPAIGN:
        rows = _regrouped(rows, names)
    spent = sum(cost.amount for cost in costs) if costs else None
    known = _campaigns() if costs else frozenset()
    return Report(
        since=since,
        until=until,
        by=by,
        whole=_figures(_total(rows.values()), spent),
        nurture_days=_nurture(daily.a_day(since, zone).begin, daily.a_day(until, zone).end),
        lines=_lines(rows, _by_row(costs, by, rows, names), by, today)[:most],
        unmatched=sum(cost.amount for cost in costs if not _is_known(cost.campaign, names, known)),
        uncounted=_uncounted(since, until, today),
    )


def _kept(since: date, until: date, by: By) -> Rows:
    """What the kept days add up to, by row. Weeks are made of days here: databases disagree on where one begins."""
    column = _COLUMNS[by]
    sums = (func.sum(getattr(DailyFigure, measure)) for measure in MEASURES)
    query = select(column, *sums).where(DailyFigure.day >= since, DailyFigure.day <= until).group_by(column)
    rows: Rows = {}
    for value, *numbers in session().execute(query):
        _add(rows, _key(value), [int(number) for number in numbers])
    return rows


def _add_today(rows: Rows, by: By, told: Sequence[JsonObject]) -> None:
    for row in told:
        _add(rows, _key(row[_COLUMNS[by].key]), [row[measure] for measure in MEASURES])


def _add(rows: Rows, key: str, numbers: Sequence[int]) -> None:
    rows[key] = [have + more for have, more in zip(rows.get(key, [0] * len(MEASURES)), numbers, strict=True)]


def _total(rows: Iterable[Sequence[int]]) -> list[int]:
    return [sum(numbers) for numbers in zip([0] * len(MEASURES), *rows, strict=True)]


def _figures(numbers: Sequence[int], spent: int | None) -> Figures:
    return Figures(**dict(zip(MEASURES, numbers, strict=True)), spent=spent)


def _key(value: object) -> str:
    return _monday(value).isoformat() if isinstance(value, date) else str(value)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def _lines(rows: Rows, costs: Mapping[str, int], by: By, today: date) -> list[Line]:
    for key in costs:
        rows.setdefault(key, [0] * len(MEASURES))
    names = _page_titles(rows) if by is By.PAGE else {key: _week(key) for key in rows} if by is By.WEEK else {}
    lines = [
        Line(key, names.get(key, key), _figures(numbers, costs.get(key)), by is not By.WEEK or _is_ripe(key, today))
        for key, numbers in rows.items()
    ]
    if by is By.WEEK:
        return sorted(lines, key=lambda line: line.key, reverse=True)
    return sorted(lines, key=lambda line: (-line.figures.leads, -line.figures.visits, line.label))


def _week(monday: str) -> str:
    """`16 to 22 November 2026`, or with both months where there are two."""
    first = date.fromisoformat(monday)
    last = first + timedelta(days=6)
    return f"{first.day}{'' if first.month == last.month else f' {first:%B}'} to {last.day} {last:%B %Y}"


def _is_ripe(monday: str, today: date) -> bool:
    return date.fromisoformat(monday) + timedelta(days=7) + RIPE_AFTER <= today


def _page_titles(rows: Rows) -> dict[str, str]:
    newest = select(func.max(Edition.number)).where(Edition.magnet_id == Page.magnet_id).correlate(Page)
    query = (
        select(Page.id, Edition.title)
        .join(Edition, Edition.magnet_id == Page.magnet_id)
        .where(Page.id.in_([int(key) for key in rows]), Edition.number == newest.scalar_subquery())
    )
    return {str(page_id): title for page_id, title in session().execute(query)} | {"0": ""}


def _regrouped(rows: Rows, names: Aliases) -> Rows:
    """Raw values under the campaigns that their aliases name; what no alias takes stands for itself."""
    grouped: Rows = {}
    for raw, numbers in rows.items():
        _add(grouped, names.name_of(raw) or raw, numbers)
    return grouped


def _is_known(raw: str, names: Aliases, carried: Set[str]) -> bool:
    return raw.casefold() in carried or names.name_of(raw) is not None


def _by_row(costs: Sequence[Cost], by: By, rows: Iterable[str], names: Aliases) -> dict[str, int]:
    """What was spent for each row: by week and campaign, and by source where the file of costs names one.

    Platforms and links disagree on capitals: a cost goes to the row that differs in nothing else.
    """
    alike = {key.casefold(): key for key in rows}
    spent: dict[str, int] = {}
    for cost in costs:
        campaign = names.name_of(cost.campaign) or cost.campaign
        key = {By.WEEK: _key(cost.day), By.CAMPAIGN: campaign, By.SOURCE: cost.source}.get(by, "")
        if key:
            row = alike.setdefault(key.casefold(), key)
            spent[row] = spent.get(row, 0) + cost.amount
    return spent


def _campaigns() -> frozenset[str]:
    query = select(DailyFigure.campaign).where(DailyFigure.campaign != "").distinct()
    return frozenset(campaign.casefold() for campaign in session().scalars(query))


def _nurture(begin: datetime, end: datetime) -> float | None:
    """The median in days."""
    handed = (
        select(Lead.created_at, Mql.qualified_at)
        .join(Lead, Lead.id == Mql.lead_id)
        .where(Mql.qualified_at >= begin, Mql.qualified_at < end, Mql.cycle == FIRST_CYCLE, ours.is_prospect())
    )
    durations = [(qualified - created).total_seconds() / 86400 for created, qualified in session().execute(handed)]
    return statistics.median(durations) if durations else None


def _uncounted(since: date, until: date, today: date) -> int:
    done = daily.counted_until()
    first = since if done is None else max(since, done + timedelta(days=1))
    return max(0, (min(until, today - timedelta(days=1)) - first).days + 1)


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
