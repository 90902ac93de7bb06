"""Days, counted: closed days are kept as figures, the day that goes on is counted when somebody looks."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any, NamedTuple
from typing import cast as cast_to
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Date,
    Insert,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute

from capture.attribution.campaigns import COUNTED_AS
from capture.attribution.models import KeptLink, Touch
from capture.catalogue.models import Magnet
from capture.db import Base, JsonObject, session
from capture.delivery.models import Grant
from capture.engagement.models import DOWNLOADS, EngagementEvent, FormStart, Verdict
from capture.handoff.models import Disposition, Mql, Outcome
from capture.handoff.mqls import FIRST_CYCLE
from capture.leads import ours
from capture.leads.models import Lead, LeadVisitor, Submission
from capture.pages.models import Page
from capture.reports.models import DailyFigure, DailyTotal, MonthlyWay, Tally, WeeklyTotal
from capture.reports.pages import by_prospects

MOST_DAYS_AT_ONCE = 31
MEASURES = ("visits", "fills", "leads", "ripened", "mqls", "accepted", "rejected", "sqls")

EVER = date(1971, 1, 1), date(2999, 1, 1)  # before the first day, and after the last
_DOWNLOADED = "magnet_downloaded:"  # and the key of the grant: the key of the event, as capture.journey.reader keeps it

STEPS = ("starts", "downloads")
COUNTED = (*MEASURES, *STEPS)
"""All of a day; closed months keep MEASURES alone."""

LINK = "link"  # a dimension of its own: few ways have one, and no figure of a way tells it
BY_LINK = ("visits", "fills", "downloads", "mqls")
ALL, CAMPAIGN = "all", "campaign"
DIMENSIONS = {ALL: "", "channel": "channel", "source": "source", CAMPAIGN: "campaign", "page": "page_id"}
"""By what a day is added up, and the column of its rows that says it."""

# Later outcomes include the earlier ones: what was won had been qualified, and accepted before.
QUALIFIED = (Outcome.QUALIFIED, Outcome.OPPORTUNITY, Outcome.WON, Outcome.LOST)
ACCEPTED = (Outcome.ACCEPTED, *QUALIFIED)


class Way(NamedTuple):
    """Where something came from, and which page it came to; page 0 is none."""

    page_id: int
    channel: str
    source: str
    campaign: str


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the zone as instants: from `begin` to before `end`; 23 to 25 hours."""

    day: date
    begin: datetime
    end: datetime

    @property
    def instants(self) -> JsonObject:
        """What a statement about A_DAY is told when it is about this one."""
        return {"begin": self.begin, "end": self.end}


_BEGIN: Any = bindparam("begin")
_END: Any = bindparam("end")
A_DAY = Day(EVER[0], _BEGIN, _END)
"""Some day: what is asked of each is put into words once, which takes longer than the answer of a quiet day."""


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day of the zone in which an instant lies."""
    return instant.astimezone(zone).date()


def a_day(day: date, zone: ZoneInfo) -> Day:
    """That day with its instants."""
    return Day(day, datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone))


def count(day: Day) -> list[JsonObject]:
    """The figures of a day from the facts, a row for each way. A fixed number of queries."""
    told: dict[Way, JsonObject] = {}
    none = dict.fromkeys(COUNTED, 0)
    for query, measures in _counted():
        for line in session().connection().execute(query, day.instants).all():
            came = way(line[:4])
            row = told.get(came)
            if row is None:
                row = told[came] = {"day": day.day, **came._asdict(), **none}
            for measure, number in zip(measures, line[4:], strict=True):
                row[measure] += int(number)
    return list(told.values())


def keep(day: Day) -> None:
    """Count a day and keep it, in the place of what was kept of it before.

    The week and the month of a day that brought nothing, and had brought nothing, stay as they are.
    """
    rows, is_quiet = count(day), True
    for table, told in ((DailyFigure, rows), (DailyTotal, [*_totals(day.day, rows), *_link_totals(day)])):
        former = cast_to("CursorResult[object]", session().execute(delete(table).where(table.day == day.day)))
        if told:
            session().execute(insert(table), told)
        is_quiet = is_quiet and not told and not former.rowcount
    if not is_quiet:
        keep_week(monday_of(day.day))
        keep_month(day.day.replace(day=1))


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())


def keep_week(monday: date) -> None:
    """Add up the kept days of a week anew, in the place of what was added up before."""
    session().execute(delete(WeeklyTotal).where(WeeklyTotal.monday == monday))
    session().execute(_a_week(), {"first": monday, "end": monday + timedelta(days=7)})


@cache
def _a_week() -> Insert:
    first, end = bindparam("first", type_=Date()), bindparam("end", type_=Date())
    sums = (func.sum(getattr(DailyTotal, measure)) for measure in COUNTED)
    added = select(first, DailyTotal.dimension, DailyTotal.value, *sums)
    added = added.where(DailyTotal.day >= first, DailyTotal.day < end)
    added = added.group_by(DailyTotal.dimension, DailyTotal.value)
    return insert(Base.metadata.tables[WeeklyTotal.__tablename__]).from_select(
        ["monday", "dimension", "value", *COUNTED], added
    )


def keep_month(month: date) -> None:
    """Add up by which ways its kept days brought visits and leads, in the place of what was added up before."""
    session().execute(delete(MonthlyWay).where(MonthlyWay.month == month))
    session().execute(_a_month(), {"first": month, "end": (month + timedelta(days=31)).replace(day=1)})


@cache
def _a_month() -> Insert:
    first, end = bindparam("first", type_=Date()), bindparam("end", type_=Date())
    sums = func.sum(DailyFigure.visits), func.sum(DailyFigure.leads)
    ways = [getattr(DailyFigure, name) for name in Way._fields]
    added = select(first, *ways, *sums).where(DailyFigure.day >= first, DailyFigure.day < end)
    added = added.group_by(*ways).having((sums[0] > 0) | (sums[1] > 0))
    return insert(Base.metadata.tables[MonthlyWay.__tablename__]).from_select(
        ["month", *Way._fields, "visits", "leads"], added
    )


def way(told: Sequence[Any]) -> Way:
    """The way that four columns tell; what came by no channel came directly."""
    page_id, channel, source, campaign = told
    return Way(page_id or 0, channel or "Direct", source or "", campaign or "")


def _totals(day: date, rows: Sequence[JsonObject]) -> list[JsonObject]:
    """The rows added up by each thing that a report asks for."""
    sums: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: dict.fromkeys(COUNTED, 0))
    for row in rows:
        for dimension, key in DIMENSIONS.items():
            told = sums[dimension, str(row[key]) if key else ""]
            for measure in COUNTED:
                told[measure] += row[measure]
    return [{"day": day, "dimension": by, "value": value, **told} for (by, value), told in sums.items()]


def _link_totals(day: Day) -> list[JsonObject]:
    if session().scalar(select(KeptLink.id).limit(1)) is None:
        return []
    none = dict.fromkeys(COUNTED, 0)
    return [
        {"day": day.day, "dimension": LINK, "value": str(link_id), **none, **told}
        for link_id, told in count_links(day).items()
    ]


def count_links(span: Day, ids: Collection[int] | None = None) -> Mapping[int, Mapping[str, int]]:
    """What kept links brought in a span, each that brought anything, or of some. A fixed number of queries.

    Visits, fills and downloads go by their own touch, MQLs by the first of their lead.
    """
    link = func.coalesce(Touch.link_id, 0)  # a day is found by its time: all touches of a link may be very many
    mine = link != 0 if ids is None else link.in_(ids)
    counted = select(Touch.link_id, func.count()).group_by(Touch.link_id).where(mine)
    seen = ours.is_counted(Touch.visitor_id), *within(Touch.at, span)
    told: dict[int, dict[str, int]] = defaultdict(dict)
    for measure in BY_LINK:
        if measure == "visits":
            query = counted.where(*seen)
        else:
            rows = facts(measure, span).subquery()
            query = counted.select_from(rows).outerjoin(Touch, Touch.id == rows.c.touch_id)  # in this order
        for link_id, number in session().execute(query):
            told[link_id or 0][measure] = int(number)
    return told


def due(*, zone: ZoneInfo, at: datetime) -> list[date]:
    """The closed days to count now, the oldest first.

    All of which something is known since they were counted, and the next MOST_DAYS_AT_ONCE that never were.
    """
    today, tally = day_of(at, zone), session().get(Tally, 1)
    if tally is None:
        first = _first_fact()
        return _days(day_of(first, zone), today)[:MOST_DAYS_AT_ONCE] if first is not None else []
    late = {day_of(instant, zone) for instant in _told_since(tally.looked_at)}
    fresh = _days(tally.counted_until + timedelta(days=1), today)[:MOST_DAYS_AT_ONCE]
    return sorted({day for day in late if day <= tally.counted_until} | set(fresh))


def note_counted(until: date, *, before: date | None, looked_at: datetime) -> None:
    """Every day up to this one is counted, with what was recorded before `looked_at`.

    `before`: up to which day all were when the counting began; if `count_again` asked meanwhile, that stands.
    """
    tally = session().get(Tally, 1, with_for_update=True)
    if tally is None:
        session().add(Tally(id=1, counted_until=until, looked_at=looked_at))
    else:
        is_asked_again = before is not None and tally.counted_until < before
        tally.counted_until = tally.counted_until if is_asked_again else max(tally.counted_until, until)
        tally.looked_at = looked_at


def count_again(since: date) -> None:
    """This day and every later one is counted once more: what it was counted from is another now."""
    tally = session().get(Tally, 1, with_for_update=True)
    if tally is not None:
        tally.counted_until = min(tally.counted_until, since - timedelta(days=1))


def counted_until() -> date | None:
    """The last day of which figures are kept; None before the first one."""
    tally = session().get(Tally, 1)
    return tally.counted_until if tally else None


def not_kept(zone: ZoneInfo) -> Day:
    """Every day after those of which figures are kept, as one span."""
    kept = counted_until()
    first = kept + timedelta(days=1) if kept else EVER[0]
    return Day(first, a_day(first, zone).begin, a_day(EVER[1], zone).end)


def uncounted(since: date, until: date, *, today: date, zone: ZoneInfo) -> int:
    """How many days of the span are over and still to be counted; those before the first fact need no counting."""
    done = counted_until()
    begun = _first_fact() if done is None else None
    first = done + timedelta(days=1) if done else day_of(begun, zone) if begun else today
    return max(0, (min(until, today - timedelta(days=1)) - max(since, first)).days + 1)


def _days(first: date, before: date) -> list[date]:
    return [first + timedelta(days=number) for number in range(max(0, (before - first).days))]


def _first_fact() -> datetime | None:
    firsts = [session().scalar(select(func.min(column))) for column in (Touch.at, Submission.at, Lead.created_at)]
    return min((first for first in firsts if first is not None), default=None)


def _told_since(looked_at: datetime) -> Iterable[datetime]:
    """The instants whose days changed since: of leads who became MQLs, and what changed about MQLs and people."""
    became = select(Lead.created_at).join(Mql, Mql.lead_id == Lead.id).where(Mql.qualified_at >= looked_at)
    return [*session().scalars(became), *_mqls_told_since(looked_at), *_told_apart_since(looked_at)]


def news_of_mqls() -> Sequence[datetime]:
    """When those were handed over of whom something is known that is not in the kept days."""
    tally = session().get(Tally, 1)
    return _mqls_told_since(tally.looked_at) if tally else []


def _mqls_told_since(looked_at: datetime) -> Sequence[datetime]:
    """Of MQLs about which sales decided, and of those whose leads became ours or are so no more."""
    decided = select(Disposition.mql_id).where(Disposition.recorded_at >= looked_at)
    apart = select(Lead.id).where(Lead.ours_told_at >= looked_at)
    queries = (select(Mql.qualified_at).where(mine) for mine in (Mql.id.in_(decided), Mql.lead_id.in_(apart)))
    return session().scalars(union_all(*queries)).all()


def _told_apart_since(looked_at: datetime) -> Iterable[datetime]:
    """Of leads who became ours or are so no more, and of visits by a browser that proved to be one of ours."""
    told = select(Lead.id).where(Lead.ours_told_at >= looked_at)
    theirs = LeadVisitor.lead_id.in_(told) | (LeadVisitor.lead_id.in_(ours.leads()) & (LeadVisitor.at >= looked_at))
    queries = (
        select(Touch.at).where(Touch.visitor_id.in_(select(LeadVisitor.visitor_id).where(theirs))),
        select(Submission.at).where(Submission.lead_id.in_(told)),
        select(EngagementEvent.at).where(DOWNLOADS, EngagementEvent.lead_id.in_(told)),
        select(Lead.created_at).where(Lead.id.in_(told)),
    )
    return [instant for query in queries for instant in session().scalars(query)]


_WAY = (Touch.channel, Touch.source, COUNTED_AS.label("campaign"))

Counted = tuple[Any, tuple[str, ...]]  # a SELECT of a way and numbers, and what the numbers are


@cache
def _counted() -> Sequence[Counted]:
    """The questions that a day's figures answer, each with the measures it gives."""
    return tuple(question(A_DAY) for question in (_visits, _starts, _fills, _downloads, _leads, _mqls))


def _visits(day: Day) -> Counted:
    query = select(Touch.page_id, *_WAY, func.count())
    query = query.where(Touch.page_id.is_not(None), ours.is_counted(Touch.visitor_id), *within(Touch.at, day))
    return query.group_by(Touch.page_id, Touch.channel, Touch.source, COUNTED_AS), ("visits",)


def _starts(day: Day) -> Counted:
    way = (FormStart.channel, FormStart.source, FormStart.campaign)
    query = select(FormStart.page_id, *way, func.count()).where(*within(FormStart.at, day))
    return query.group_by(FormStart.page_id, *way), ("starts",)


def facts(measure: str, span: Day, *which: ColumnElement[bool]) -> Select[Any]:
    """What a measure counts, one by one: the keys of the lead and of the touch, and the way to which it belongs.

    Visits and forms begun have none. `first` are the hand-overs of leads that had not been handed over before;
    `answered` and `in_time` those that sales answered. `which` asks more of the MQLs of a measure.
    """
    rows = _FACTS.get(measure, _handed_over)(span).where(*which).subquery()
    query = select(rows.c.lead_id, rows.c.touch_id, *(rows.c[name] for name in Way._fields))
    return query.where(rows.c[measure] == 1) if measure in rows.c else query


def _fills(day: Day) -> Counted:
    return _summed(_filled(day), count_as="fills")


def _filled(day: Day) -> Select[Any]:
    columns: Sequence[Any] = (Submission.lead_id, Submission.touch_id, Submission.page_id, *_WAY)
    query = select(*columns).outerjoin(Touch, Touch.id == Submission.touch_id)
    return query.where(Submission.lead_id.not_in(ours.leads()), *within(Submission.at, day))


def _downloads(day: Day) -> Counted:
    return _summed(_fetched(day), count_as="downloads")


def _fetched(day: Day) -> Select[Any]:
    """A row for each download, with the fill that it was given for; where nobody kept which, the last before it."""
    number = cast(func.substr(EngagementEvent.dedupe_key, len(_DOWNLOADED) + 1), Grant.id.type)
    grant_id = case((EngagementEvent.dedupe_key.startswith(_DOWNLOADED, autoescape=True), number))
    columns: Sequence[Any] = (EngagementEvent.lead_id, Submission.touch_id, Submission.page_id, *_WAY)
    query = select(*columns).select_from(EngagementEvent).outerjoin(Grant, Grant.id == grant_id)
    last = (
        select(Submission.id)
        .join(Page, Page.id == Submission.page_id)
        .where(Submission.lead_id == EngagementEvent.lead_id, Page.magnet_id == EngagementEvent.magnet_id)
        .where(Submission.at <= EngagementEvent.at)
        .order_by(Submission.at.desc(), Submission.id.desc())
        .limit(1)
        .correlate(EngagementEvent)
        .scalar_subquery()
    )
    query = query.outerjoin(Submission, Submission.id == func.coalesce(Grant.submission_id, last))
    query = query.outerjoin(Touch, Touch.id == Submission.touch_id)
    # The index begins with the magnet: the days of one magnet after the other are read.
    theirs = EngagementEvent.magnet_id.in_(select(Magnet.id)), EngagementEvent.lead_id.is_not(None), by_prospects()
    seen = EngagementEvent.verdict != Verdict.MACHINE, *within(EngagementEvent.at, day)
    return query.where(DOWNLOADS, *theirs, *seen)


def _leads(day: Day) -> Counted:
    return _summed(_captured(day), "ripened", count_as="leads")


def _captured(day: Day) -> Select[Any]:
    is_mql = exists().where(Mql.lead_id == Lead.id)
    return each_lead(_one(is_mql, "ripened")).where(*within(Lead.created_at, day))


def _mqls(day: Day) -> Counted:
    return _summed(_handed_over(day), "accepted", "rejected", "sqls", count_as="mqls")


def _handed_over(day: Day) -> Select[Any]:
    each = each_lead(
        _one(came_to(ACCEPTED), "accepted"),
        _one(Mql.outcome == Outcome.REJECTED, "rejected"),
        _one(came_to(QUALIFIED), "sqls"),
        _one(Mql.cycle == FIRST_CYCLE, "first"),
        _one(Mql.answered_at.is_not(None), "answered"),
        _one(Mql.answered_at <= Mql.promised_at, "in_time"),
    )
    return each.join(Mql, Mql.lead_id == Lead.id).where(*within(Mql.qualified_at, day))


def each_lead(*more: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Select[Any]:
    """A row for each prospect with the way by which he came first, and the page that he filled first."""
    first_page = (
        select(Submission.page_id)
        .where(Submission.lead_id == Lead.id)
        .order_by(Submission.at, Submission.id)
        .limit(1)
        .scalar_subquery()
    )
    keys = Lead.id.label("lead_id"), Lead.first_touch_id.label("touch_id")
    query = select(*keys, first_page.label("page_id"), *_WAY, *more).select_from(Lead)
    return query.outerjoin(Touch, Touch.id == Lead.first_touch_id).where(ours.is_prospect())


def fetched_by_fill(span: Day) -> Select[Any]:
    """The same facts as those of downloads, from the fills on: soon found where only some touches are asked for."""
    key = literal(_DOWNLOADED).concat(cast(Grant.id, String))
    in_span = case((and_(*within(EngagementEvent.at, span)), 1), else_=0) == 1  # keeps SQLite on the index by key
    query = select(Submission.lead_id, Submission.touch_id, Submission.page_id, *_WAY).select_from(Submission)
    query = query.outerjoin(Touch, Touch.id == Submission.touch_id).join(Grant, Grant.submission_id == Submission.id)
    query = query.join(EngagementEvent, EngagementEvent.dedupe_key == key)
    return query.where(EngagementEvent.verdict != Verdict.MACHINE, Submission.lead_id.not_in(ours.leads()), in_span)


_FACTS: Mapping[str, Callable[[Day], Select[Any]]] = {
    "fills": _filled,
    "leads": _captured,
    "ripened": _captured,
    "downloads": _fetched,
}


def _summed(each: Select[Any], *flags: str, count_as: str) -> Counted:
    rows = each.subquery()
    way = [rows.c[name] for name in Way._fields]
    return select(*way, func.count(), *(func.sum(rows.c[flag]) for flag in flags)).group_by(*way), (count_as, *flags)


def _one(is_so: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return case((is_so, 1), else_=0).label(name)


def came_to(outcomes: Sequence[Outcome]) -> ColumnElement[bool]:
    """In a query of MQLs: which came to one of these outcomes, and were not rejected in the end.

    What was recycled or lost later had been accepted; what was rejected after a first call was not meant to be.
    """
    was_ever = exists().where(Disposition.mql_id == Mql.id, Disposition.outcome.in_(outcomes))
    return was_ever & (Mql.outcome != Outcome.REJECTED)


def within(instant: InstrumentedAttribute[datetime], day: Day) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return instant >= day.begin, instant < day.end
