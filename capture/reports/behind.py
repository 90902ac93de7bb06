"""Which leads stand behind a figure: the facts by which days are counted, one by one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause, Select, func, select
from sqlalchemy.orm import aliased

from capture.attribution import campaigns
from capture.db import session
from capture.languages import say
from capture.leads import leads as people
from capture.leads.models import Lead
from capture.pages.models import Page
from capture.reports import daily
from capture.reports.daily import Day
from capture.reports.kpis import By, Line, Report

NONE = "-"  # what came without a source, a campaign or a page
_EVER = date(1971, 1, 1), date(2999, 1, 1)


class Counted(StrEnum):
    """What of the leads a figure counts."""

    LEADS = "leads"
    RIPENED = "ripened"
    FILLS = "fills"
    MQLS = "mqls"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SQLS = "sqls"
    FIRST = "first"


WORDS: Mapping[Counted, str] = MappingProxyType(
    {
        Counted.LEADS: say("Leads captured"),
        Counted.RIPENED: say("Leads captured that became MQLs"),
        Counted.FILLS: say("Fills"),
        Counted.MQLS: say("MQLs handed over"),
        Counted.ACCEPTED: say("MQLs that sales took"),
        Counted.REJECTED: say("MQLs that sales rejected"),
        Counted.SQLS: say("MQLs that sales qualified"),
        Counted.FIRST: say("First hand-overs"),
    }
)

# The leads behind each figure; of a share or a cost, those of its part.
OF_FIGURES: Mapping[str, Counted] = MappingProxyType(
    {
        **{counted.value: counted for counted in Counted if counted is not Counted.FIRST},
        "fill_rate": Counted.FILLS,
        "to_mql": Counted.RIPENED,
        "to_sql": Counted.SQLS,
        "cost_per_lead": Counted.LEADS,
        "cost_per_mql": Counted.MQLS,
        "nurture_days": Counted.FIRST,
    }
)


@dataclass(frozen=True, slots=True)
class Behind:
    """What a figure counts: of days, both included, and of a row where something is given.

    `page` is a slug. NONE stands for what came without; empty is everything.
    """

    counted: Counted
    since: date | None = None
    until: date | None = None
    channel: str = ""
    source: str = ""
    campaign: str = ""
    page: str = ""


@dataclass(frozen=True, slots=True)
class Total:
    """How often it happened, to how many leads, and how many of them are still listed: an erased one is not."""

    number: int
    leads: int
    listed: int


def of_line(report: Report, line: Line | None, counted: Counted, slugs: Mapping[str, str]) -> Behind:
    """What stands behind a figure of a report: of one line, or (None) of all of it. `slugs` are those of `slugs()`."""
    found = Behind(counted, report.since, report.until)
    if line is None:
        return found
    if report.by is By.WEEK:
        monday = date.fromisoformat(line.key)
        days = max(report.since, monday), min(report.until, monday + timedelta(days=6))
        return replace(found, since=days[0], until=days[1])
    key = slugs.get(line.key, NONE) if report.by is By.PAGE else line.key or NONE
    return Behind(counted, report.since, report.until, **{report.by.value: key})


def slugs(report: Report) -> Mapping[str, str]:
    """The slugs of the pages of a report, by the keys of its lines."""
    if report.by is not By.PAGE:
        return {}
    keys = [int(line.key) for line in report.lines]
    return {str(key): slug for key, slug in session().execute(select(Page.id, Page.slug).where(Page.id.in_(keys)))}


def leads(behind: Behind, zone: ZoneInfo) -> Select[int]:
    """The keys of these leads."""
    facts = _facts(behind, zone)
    counted = aliased(Lead)  # and whoever was merged since is listed as the lead that he is now
    now = select(func.coalesce(counted.merged_into_id, counted.id)).join(facts, facts.c.lead_id == counted.id)
    return now.where(*_about(behind, facts))


def total(behind: Behind, zone: ZoneInfo) -> Total:
    """The number of the figure, and of the leads behind it."""
    facts = _facts(behind, zone)
    person = people.whose()
    listed = func.count(person.distinct()).filter(Lead.erased_at.is_(None))
    query = (
        select(func.count(), func.count(person.distinct()), listed)
        .select_from(facts)
        .join(Lead, Lead.id == facts.c.lead_id)
    )
    return Total(*session().execute(query.where(*_about(behind, facts))).one())


def _facts(behind: Behind, zone: ZoneInfo) -> FromClause:
    first, last = behind.since or _EVER[0], behind.until or _EVER[1]
    span = Day(first, daily.a_day(first, zone).begin, daily.a_day(last, zone).end)
    return daily.facts(behind.counted.value, span).subquery()


def _about(behind: Behind, facts: FromClause) -> list[ColumnElement[bool]]:
    """What is asked of the way to which a fact belongs, told as `daily.count` tells it."""
    found: list[ColumnElement[bool]] = []
    if behind.channel:
        found.append(func.coalesce(func.nullif(facts.c.channel, ""), "Direct") == behind.channel)
    if behind.source:
        found.append(func.coalesce(facts.c.source, "") == _told(behind.source))
    if behind.campaign:
        found.append(func.coalesce(facts.c.campaign, "").in_(_raw(facts, _told(behind.campaign))))
    if behind.page:
        page = session().scalar(select(Page.id).where(Page.slug == behind.page)) or -1
        found.append(func.coalesce(facts.c.page_id, 0) == (0 if behind.page == NONE else page))
    return found


def _told(value: str) -> str:
    return "" if value == NONE else value


def _raw(facts: FromClause, name: str) -> list[str]:
    """The raw values that stand under this name, by the aliases as they are now."""
    names = campaigns.aliases()
    raw = session().scalars(select(func.coalesce(facts.c.campaign, "")).distinct())
    return [value for value in raw if names.label_of(value) == name]
