"""What a page, or all of them, brought in the last weeks: day by day, and by channel. A fixed number of queries."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from capture.catalogue.models import Edition
from capture.db import session
from capture.engagement import form_starts
from capture.languages import say
from capture.pages import pages
from capture.pages.models import Page
from capture.reports import daily
from capture.reports.kpis import By, Definition, Figures
from capture.reports.models import DailyFigure, DailyTotal

DAYS = 28
_MEASURES = ("visits", "starts", "fills", "downloads", "leads", "mqls")

DEFINITIONS: Mapping[str, Definition] = MappingProxyType(
    {
        "visits": Definition(
            say("Visits"),
            say(
                "Arrivals at the page by something that does not say it is a machine, or that fills in the form, by "
                "their own touch."
            ),
        ),
        "starts": Definition(
            say("Forms begun"),
            say(
                "Forms in which something was answered, sent or not, where scripts run; by the touch by which a fill "
                "would go. Nobody knows by whom, so that our own people count."
            ),
        ),
        "fills": Definition(say("Fills"), say("Accepted fills, by their own touch.")),
        "downloads": Definition(
            say("Downloads"),
            say(
                "Copies fetched to the last byte, each copy once, by the touch of the fill that it was given for; "
                "known machines are left out."
            ),
        ),
        "leads": Definition(
            say("Leads"), say("New leads, by the lead's first touch and the page that he filled first.")
        ),
        "mqls": Definition(
            say("MQLs"),
            say("Hand-overs to sales on that day, by the lead's first touch and the page that he filled first."),
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Days:
    """The days, the oldest first, without a gap; and the channels, the one with the most visits first."""

    title: str
    slug: str  # empty: all pages
    whole: Figures
    left_at: Sequence[tuple[str, int]]  # of one page: the last field before a form was left, and how often it was
    days: Sequence[tuple[date, Figures]]
    channels: Sequence[tuple[str, Figures]]
    uncounted: int  # closed days that are still being counted


def of(slug: str | None, *, zone: ZoneInfo, at: datetime) -> Days | None:
    """The last DAYS days, today included, of the page with this slug (None: of all). None where there is none."""
    page = session().scalar(select(Page).where(Page.slug == slug)) if slug else None
    if slug and page is None:
        return None
    today = daily.day_of(at, zone)
    since = today - timedelta(days=DAYS - 1)
    by_day: dict[date, list[int]] = {since + timedelta(days=number): [0] * len(_MEASURES) for number in range(DAYS)}
    by_channel: dict[str, list[int]] = {}
    for day, channel, numbers in _rows(page, since, today, zone):
        for row in (by_day[day], by_channel.setdefault(channel, [0] * len(_MEASURES))):
            row[:] = [have + more for have, more in zip(row, numbers, strict=True)]
    channels = [(channel, _figures(numbers)) for channel, numbers in by_channel.items()]
    begin = daily.a_day(since, zone).begin
    return Days(
        title=_title(page) if page else say("All pages"),
        slug=page.slug if page else "",
        whole=_figures([sum(numbers) for numbers in zip(*by_day.values(), strict=True)]),
        left_at=_named(page, form_starts.left(page.id, since=begin, at=at)) if page else (),
        days=[(day, _figures(numbers)) for day, numbers in by_day.items()],
        channels=sorted(channels, key=lambda line: (-line[1].visits, -line[1].fills, line[0])),
        uncounted=daily.uncounted(since, today, today=today, zone=zone),
    )


def _named(page: Page, left: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
    """Fields by what stands beside them on the page; one that is no more, by its key."""
    live = pages.by_id(page.id)
    fields = {field.key: field.label or field.wording for field in live.definition.fields} if live else {}
    return [(fields.get(key) or key, number) for key, number in left]


def _rows(page: Page | None, since: date, today: date, zone: ZoneInfo) -> Sequence[tuple[date, str, list[int]]]:
    """Day, channel and numbers: the days that are over as they are kept, today as it is."""
    rows = [(day, channel, [int(number) for number in numbers]) for day, channel, *numbers in _kept(page, since, today)]
    for row in daily.count(daily.a_day(today, zone)):
        if page is None or row["page_id"] == page.id:
            rows.append((today, row["channel"], [row[measure] for measure in _MEASURES]))
    return rows


def _kept(page: Page | None, since: date, today: date) -> Iterable[Sequence[Any]]:
    if page is None:
        told = select(DailyTotal.day, DailyTotal.value, *(getattr(DailyTotal, measure) for measure in _MEASURES))
        of_all = told.where(DailyTotal.dimension == By.CHANNEL.value, DailyTotal.day >= since, DailyTotal.day < today)
        return session().execute(of_all)
    sums = [func.sum(getattr(DailyFigure, measure)) for measure in _MEASURES]
    query = select(DailyFigure.day, DailyFigure.channel, *sums).where(DailyFigure.day >= since, DailyFigure.day < today)
    of_one = query.where(DailyFigure.page_id == page.id).group_by(DailyFigure.day, DailyFigure.channel)
    return session().execute(of_one)


def _figures(numbers: Sequence[int]) -> Figures:
    return Figures(**dict(zip(_MEASURES, numbers, strict=True)))


def _title(page: Page) -> str:
    newest = select(Edition.title).where(Edition.magnet_id == page.magnet_id).order_by(Edition.number.desc()).limit(1)
    return session().scalar(newest) or page.slug
