"""Which leads stand behind a figure: the facts by which days are counted, one by one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, FromClause, Select, false, func, select
from sqlalchemy.orm import aliased

from capture.attribution import campaigns
from capture.attribution.models import KeptLink, Touch
from capture.attribution.patterns import APART
from capture.db import distinct_values, exists_for_each, session
from capture.languages import say
from capture.leads import leads as people
from capture.leads.models import Lead
from capture.pages.models import Page
from capture.reports import daily, responses
from capture.reports.daily import EVER, Day
from capture.reports.kpis import By, Line, Report
from capture.reports.models import DailyTotal
from capture.reports.responses import OfRule, Responses

NONE = "-"  # what came without a source, a campaign or a page
DIRECT = "Direct"  # what came by no channel


class Counted(StrEnum):
    """What of the leads a figure counts."""

    LEADS = "leads"
    RIPENED = "ripened"
    FILLS = "fills"
    DOWNLOADS = "downloads"
    MQLS = "mqls"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    SQLS = "sqls"
    FIRST = "first"
    ANSWERED = "answered"
    IN_TIME = "in_time"


WORDS: Mapping[Counted, str] = MappingProxyType(
    {
        Counted.LEADS: say("Leads captured"),
        Counted.RIPENED: say("Leads captured that became MQLs"),
        Counted.FILLS: say("Fills"),
        Counted.DOWNLOADS: say("Downloads"),
        Counted.MQLS: say("MQLs handed over"),
        Counted.ACCEPTED: say("MQLs that sales took"),
        Counted.REJECTED: say("MQLs that sales rejected"),
        Counted.SQLS: say("MQLs that sales qualified"),
        Counted.FIRST: say("First hand-overs"),
        Counted.ANSWERED: say("MQLs that sales answered"),
        Counted.IN_TIME: say("MQLs that sales answered in time"),
    }
)

# No report has a column of them.
OF_NO_COLUMN = (Counted.FIRST, Counted.DOWNLOADS, Counted.ANSWERED, Counted.IN_TIME)
OF_LEADS = (Counted.LEADS, Counted.RIPENED, Counted.FILLS, Counted.DOWNLOADS)  # and of no MQL

# The leads behind each figure; of a share or a cost, those of its part.
OF_FIGURES: Mapping[str, Counted] = MappingProxyType(
    {
        **{counted.value: counted for counted in Counted if counted not in OF_NO_COLUMN},
        "fill_rate": Counted.FILLS,
        "spent": Counted.LEADS,
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

    `page` is a slug, `link` the public id of a kept one. NONE stands for what came without; empty is everything. Of
    MQLs `reason` is the key of that of a rejection, `rule` that of a rule which had given points, and `owner` is who
    has them now, by public id.
    """

    counted: Counted
    since: date | None = None
    until: date | None = None
    channel: str = ""
    source: str = ""
    campaign: str = ""
    page: str = ""
    link: str = ""
    reason: str = ""
    rule: str = ""
    owner: str = ""


MANY = 5_000  # facts: so many are looked at one by one
SPARSE = 20_000  # visits: from so few the leads behind a figure are found, else from the days


@dataclass(frozen=True, slots=True)
class Total:
    """How often it happened, to how many leads, and how many of them are still listed: an erased one is not.

    Of more than MANY the number alone, as it is kept; leads are not told apart then.
    """

    number: int
    leads: int | None
    listed: int | None


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
    """The keys of these leads, of some as often as it happened to them."""
    facts = _facts(behind, zone)
    counted = aliased(Lead)  # and whoever was merged since is listed as the lead that he is now
    now = select(func.coalesce(counted.merged_into_id, counted.id)).join(facts, facts.c.lead_id == counted.id)
    return now.where(*_about(behind, facts, zone))


def is_one(behind: Behind, zone: ZoneInfo) -> ColumnElement[bool]:
    """Whether a lead is one of them: for a list that goes through its leads and stops when it is full.

    Nothing is counted of a lead before it was there: who is newer than the span is passed over by the index. Only a
    lead into which an older one was merged may be newer.
    """
    facts, merged = _facts(behind, zone), aliased(Lead)
    mine = select(facts.c.lead_id).where(*_about(behind, facts, zone))
    own = exists_for_each(mine.where(facts.c.lead_id == Lead.id).correlate(Lead))
    of_another = mine.join(merged, merged.id == facts.c.lead_id).where(merged.merged_into_id == Lead.id)
    counted = own | exists_for_each(of_another.correlate(Lead))
    if behind.until is None:
        return counted
    end = daily.a_day(behind.until, zone).end
    kept = select(merged.merged_into_id).where(merged.merged_into_id.is_not(None))
    newer = session().scalars(select(Lead.id).where(Lead.id.in_(kept), Lead.created_at >= end)).all()
    was_there = Lead.created_at < end
    return (was_there | Lead.id.in_(newer) if newer else was_there) & counted


def total(behind: Behind, zone: ZoneInfo) -> Total:
    """The number of the figure, and of the leads behind it."""
    if (kept := _in_kept_days(behind, zone)) is not None and kept > MANY:
        return Total(_number(behind, zone), None, None)
    facts = _facts(behind, zone)
    query = select(people.whose(), Lead.erased_at.is_(None)).select_from(facts)
    query = query.join(Lead, Lead.id == facts.c.lead_id).where(*_about(behind, facts, zone))
    found = session().execute(query.limit(MANY + 1)).all()
    if len(found) > MANY:
        return Total(_number(behind, zone), None, None)
    return Total(len(found), len({key for key, _ in found}), len({key for key, is_there in found if is_there}))


def _number(behind: Behind, zone: ZoneInfo) -> int:
    """Added up from the days that are kept, by one thing at the most; all else is counted."""
    if not any(_ways(behind).values()) and (told := _answered(behind, zone)) is not None:
        return told
    kept, later = _in_kept_days(behind, zone), _later(behind)
    if kept is None:
        return _count(behind, zone)
    return kept + (_count(later, zone) if later else 0)


def _in_kept_days(behind: Behind, zone: ZoneInfo) -> int | None:
    """How much of it lies in the days that are kept; None where they do not tell it."""
    asked = [(by, value) for by, value in _ways(behind).items() if value]
    [(by, value)] = asked[:1] or [(daily.ALL, "")]
    is_kept = behind.counted in daily.BY_LINK if by == daily.LINK else behind.counted not in OF_NO_COLUMN
    if not is_kept or len(asked) > 1 or behind.reason or behind.rule or behind.owner:
        return None
    later = _later(behind)
    kept = select(func.sum(getattr(DailyTotal, behind.counted.value))).where(
        DailyTotal.dimension == by,
        DailyTotal.value.in_(_values(by, value, behind, zone)),
        DailyTotal.day >= (behind.since or EVER[0]),
        DailyTotal.day <= (behind.until or EVER[1]) if later is None else DailyTotal.day < later.since,
    )
    return int(session().scalar(kept) or 0)


def _answered(behind: Behind, zone: ZoneInfo) -> int | None:
    """The number as the days of answers keep it; None where they keep none."""
    keeps: Mapping[tuple[Counted, bool, bool], Callable[[Responses], int]] = {
        (Counted.ANSWERED, False, False): lambda told: len(told.first_answers),
        (Counted.IN_TIME, False, False): lambda told: told.in_time,
        (Counted.REJECTED, True, False): lambda told: told.rejections[behind.reason],
        (Counted.MQLS, False, True): lambda told: told.rules.get(behind.rule, OfRule()).mqls,
        (Counted.ACCEPTED, False, True): lambda told: told.rules.get(behind.rule, OfRule()).accepted,
    }
    kept = keeps.get((behind.counted, bool(behind.reason), bool(behind.rule)))
    if kept is None or behind.owner or behind.since is None or behind.until is None:
        return None
    return kept(responses.between(behind.since, behind.until, zone=zone))


def _count(behind: Behind, zone: ZoneInfo) -> int:
    facts = _facts(behind, zone)
    return session().scalar(select(func.count()).select_from(facts).where(*_about(behind, facts, zone))) or 0


def _ways(behind: Behind) -> Mapping[str, str]:
    """What is asked of the way, by the name that the kept days have for it."""
    return {name: getattr(behind, name) for name in ("channel", "source", "campaign", "page", daily.LINK)}


def _values(by: str, asked: str, behind: Behind, zone: ZoneInfo) -> Sequence[str]:
    """What the kept days call it."""
    if by in (By.CAMPAIGN, By.SOURCE):
        return _raw(By(by), behind, zone)
    if by == daily.LINK:
        return [str(session().scalar(select(KeptLink.id).where(KeptLink.public_id == asked)))]
    return [str(_page(asked))] if by == By.PAGE.value else [_told(asked)]


def _facts(behind: Behind, zone: ZoneInfo) -> FromClause:
    first, last = behind.since or EVER[0], behind.until or EVER[1]
    span = Day(first, daily.a_day(first, zone).begin, daily.a_day(last, zone).end)
    is_news = behind == _later(behind)  # of few days: soon read through
    if behind.counted is Counted.DOWNLOADS and behind.link and not is_news:
        return daily.fetched_by_fill(span).subquery()
    which = []
    if behind.counted not in OF_LEADS:
        which += [responses.rejected_for(behind.reason)] if behind.reason else []
        which += [responses.had_points_of(behind.rule)] if behind.rule else []
        which += [responses.is_of("" if behind.owner == NONE else behind.owner)] if behind.owner else []
    return daily.facts(behind.counted.value, span, *which).subquery()


def _about(behind: Behind, facts: FromClause, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """What is asked of the way to which a fact belongs, told as `daily.count` tells it.

    Columns stand as they are where they may: an index knows nothing of what a function makes of them.
    """
    found: list[ColumnElement[bool]] = []
    if behind.channel:
        direct = func.coalesce(func.nullif(facts.c.channel, ""), DIRECT) == DIRECT
        found.append(direct if behind.channel == DIRECT else facts.c.channel == behind.channel)
    for column, by, asked in (("source", By.SOURCE, behind.source), ("campaign", By.CAMPAIGN, behind.campaign)):
        if asked:
            told = _raw(by, behind, zone)
            found.append(_is_among(facts.c[column], told))
            begins = [value.partition(APART)[0] for value in told]  # what the index of the touches knows
            if "" not in begins and _visits(by, told) <= SPARSE:
                found.append(facts.c.touch_id.in_(select(Touch.id).where(getattr(Touch, column).in_(begins))))
    if behind.page:
        page = _page(behind.page)
        found.append(facts.c.page_id == page if page else func.coalesce(facts.c.page_id, 0) == 0)
    if behind.link:
        came = select(Touch.id).join(KeptLink, KeptLink.id == Touch.link_id)
        found.append(facts.c.touch_id.in_(came.where(KeptLink.public_id == behind.link)))
    return found


def _is_among(column: ColumnElement[str], values: Sequence[str]) -> ColumnElement[bool]:
    if not values:
        return false()
    return func.coalesce(column, "").in_(values) if "" in values else column.in_(values)


def _visits(by: By, values: Sequence[str]) -> int:
    kept = select(func.sum(DailyTotal.visits)).where(DailyTotal.dimension == by.value, DailyTotal.value.in_(values))
    return int(session().scalar(kept) or 0)


def _page(slug: str) -> int:
    """The key of a page; 0 for none, and one that nobody has where there is none of this address."""
    return 0 if slug == NONE else session().scalar(select(Page.id).where(Page.slug == slug)) or -1


def _told(value: str) -> str:
    return "" if value == NONE else value


def _raw(by: By, behind: Behind, zone: ZoneInfo) -> list[str]:
    """The raw values that stand under the name of a source or a campaign, by the aliases as they are now.

    Those that the kept days carry, and those of facts on days that are not kept yet; capitals do not count.
    """
    name = _told(getattr(behind, by.value)).casefold()
    called = campaigns.aliases().label_of if by is By.CAMPAIGN else str
    carried = set(session().scalars(distinct_values(DailyTotal.value, DailyTotal.dimension == by.value)))
    later = _later(behind)
    if later is not None:
        facts = _facts(later, zone)
        carried |= set(session().scalars(select(func.coalesce(facts.c[by.value], "")).distinct()))
    return sorted(value for value in carried if called(value).casefold() == name)


def _later(behind: Behind) -> Behind | None:
    """The days of the span that are not kept yet; None where all are."""
    since, last, kept = behind.since or EVER[0], behind.until or EVER[1], daily.counted_until()
    first = since if kept is None else max(since, kept + timedelta(days=1))
    return replace(behind, since=first, until=last) if first <= last else None
