"""What campaigns brought, and the values that wait for a decision: no campaign takes them, or they came unfilled."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from capture.attribution import aside, campaigns, macros
from capture.attribution.aside import CAMPAIGN, ID, TAKEN_BY_CAMPAIGNS
from capture.attribution.campaigns import COUNTED_AS
from capture.attribution.models import Touch
from capture.attribution.patterns import APART, Aliases
from capture.db import session
from capture.leads import ours
from capture.reports import daily, kpis, spelling
from capture.reports.kpis import By, Figures
from capture.reports.models import DailyTotal, Spend, WeeklyTotal
from capture.reports.spending import Rates

LOOKED_BACK = timedelta(days=365)
MOST_UNMATCHED = 50
MOST_UNFILLED = 50
MOST_READ = 1000  # ways of being unfilled: macro and page
MOST_PAGES = 3


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
class Waiting:
    """A value that waits for a decision: where it stood, how many visits carried it, and when it was seen last.

    `pages` are paths that were reached with it, the most visited first: of macros that came unfilled.
    """

    parameter: str
    raw: str
    visits: int = 0
    last_seen: date | None = None
    has_costs: bool = False
    pages: tuple[str, ...] = field(default=())

    @property
    def is_id(self) -> bool:
        """Whether a platform sent it as the id of a campaign."""
        return self.parameter == ID

    @property
    def can_be_taken(self) -> bool:
        """Whether it says something of the campaign, so that one may take it."""
        return self.parameter in TAKEN_BY_CAMPAIGNS


def standings(*, zone: ZoneInfo, rates: Rates, at: datetime) -> list[Standing]:
    """Every campaign with the figures of the last year as known now. As many queries for a hundred as for one."""
    today = daily.day_of(at, zone)
    brought = kpis.by_campaign(today - LOOKED_BACK, today, zone=zone, rates=rates, at=at)
    return [
        Standing(one.public_id, one.name, one.begins, one.ends, one.budget, brought.get(one.name, Figures()))
        for one in campaigns.listed()
    ]


def unmatched(zone: ZoneInfo) -> list[Waiting]:
    """Values and platforms' ids that no campaign takes, the most visited first, without those that are left aside."""
    found = _still_waiting(_unmatched(campaigns.aliases(), zone).values())
    return sorted(found, key=lambda one: (-one.visits, one.raw))[:MOST_UNMATCHED]


def _unmatched(names: Aliases, zone: ZoneInfo) -> dict[tuple[str, str], Waiting]:
    """By where it stood and what it is, written as most visits wrote it.

    A visit that carried a value and an id counts for both.
    """
    mine = DailyTotal.dimension == By.CAMPAIGN.value, DailyTotal.value == WeeklyTotal.value
    last = select(func.max(DailyTotal.day)).where(*mine).correlate(WeeklyTotal).scalar_subquery()
    carried = select(WeeklyTotal.value, func.sum(WeeklyTotal.visits), last)
    carried = carried.where(WeeklyTotal.dimension == By.CAMPAIGN.value, WeeklyTotal.value != "")
    told: dict[tuple[str, str], Waiting] = {}
    found = [*session().execute(carried.group_by(WeeklyTotal.value)), *_carried_since(zone)]
    for raw, visits, day in sorted(found, key=lambda row: (-row[1], row[0])):
        if names.name_of(raw) is None:
            for parameter, part in _parts(raw):
                known = told.get(key := (parameter, part.casefold()), Waiting(parameter, part))
                seen = max(day, known.last_seen or day)
                told[key] = replace(known, visits=known.visits + int(visits), last_seen=seen)
    spent = select(Spend.campaign, func.max(Spend.day)).where(Spend.campaign != "").group_by(Spend.campaign)
    for raw, day in session().execute(spent):
        if names.name_of(raw) is None:
            known = told.get(key := (CAMPAIGN, raw.casefold()), Waiting(CAMPAIGN, raw))
            told[key] = replace(known, has_costs=True, last_seen=max(day, known.last_seen or day))
    return told


def _carried_since(zone: ZoneInfo) -> Iterator[tuple[str, int, date]]:
    """The same of the days that are not kept yet."""
    visits = Touch.page_id.is_not(None), ours.is_counted(Touch.visitor_id), COUNTED_AS != ""
    carried = select(COUNTED_AS, func.count(), func.max(Touch.at)).group_by(COUNTED_AS)
    for raw, number, at in session().execute(carried.where(*visits, *daily.within(Touch.at, daily.not_kept(zone)))):
        yield raw, number, daily.day_of(at, zone)


def _parts(raw: str) -> Iterator[tuple[str, str]]:
    value, *others = raw.split(APART)
    if value:
        yield CAMPAIGN, value
    yield from ((ID, one) for one in others if not macros.is_macro(one))


def raw_values(name: str, zone: ZoneInfo) -> list[str]:
    """The raw values that stand under this name in reports, whatever its capitals, and itself."""
    names = campaigns.aliases()
    raw = spelling.carried(By.CAMPAIGN, COUNTED_AS, zone)
    return [name, *(value for value in raw if names.label_of(value).casefold() == name.casefold())]


def unfilled(*, since: datetime, zone: ZoneInfo) -> list[Waiting]:
    """Macros that came instead of values since then, the most visited first, without those that are left aside."""
    names = campaigns.aliases()
    told = _unfilled(since, zone)
    found = [one for one in told.values() if not (one.can_be_taken and names.name_of(one.raw))]
    return sorted(_still_waiting(found), key=lambda one: (-one.visits, one.parameter, one.raw))[:MOST_UNFILLED]


def _unfilled(since: datetime, zone: ZoneInfo) -> dict[tuple[str, str], Waiting]:
    came = select(Touch.unfilled, Touch.landing_path, func.count(), func.max(Touch.at))
    came = came.where(Touch.at >= since, Touch.unfilled != "").group_by(Touch.unfilled, Touch.landing_path)
    told: dict[tuple[str, str], Waiting] = {}
    for lines, path, visits, at in session().execute(came.order_by(func.count().desc()).limit(MOST_READ)):
        for line in lines.split("\n"):
            parameter, _, raw = line.partition("=")
            known = told.get((parameter, raw), Waiting(parameter, raw))
            day = daily.day_of(at, zone)
            told[parameter, raw] = replace(
                known,
                visits=known.visits + visits,
                last_seen=max(day, known.last_seen or day),
                pages=tuple(dict.fromkeys((*known.pages, path)))[:MOST_PAGES],
            )
    return told


def _still_waiting(found: Collection[Waiting]) -> list[Waiting]:
    left = aside.kept()
    return [one for one in found if not left.covers(one.parameter, one.raw, one.last_seen)]
