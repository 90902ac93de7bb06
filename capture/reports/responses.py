"""What sales made of the MQLs of a day: kept of the days that are over, counted of the others, added up over many.

A median has no sum: of each day the durations themselves are kept, packed, so that many days are merged exactly.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from itertools import chain
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import CTE, ColumnElement, Select, case, delete, exists, func, insert, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from capture.accounts.models import Staff
from capture.db import JsonObject, session
from capture.handoff.models import Disposition, Mql, Outcome
from capture.handoff.mqls import FIRST_CYCLE
from capture.leads import ours
from capture.leads.models import Lead, LeadMerge
from capture.reports import daily
from capture.reports.daily import Day
from capture.reports.durations import MICROSECOND, median, median_days, packed, unpacked
from capture.reports.models import ClosedMonth, ClosedResponse, DailyResponse
from capture.scoring.models import Axis, ScoreEntry

MOST_STRETCHES = 100  # of days that are not kept; where there are more, all is counted from the facts


@dataclass(slots=True)
class OfRule:
    """MQLs that a rule had given points: how many, how many sales accepted, and how many it accepted or rejected.

    `because` are the words of one entry, for a rule that is no more.
    """

    because: str = ""
    mqls: int = 0
    accepted: int = 0
    answered: int = 0

    def add(self, because: str, mqls: int, accepted: int, answered: int) -> None:
        self.because = max(self.because, because)
        self.mqls += mqls
        self.accepted += accepted
        self.answered += answered


@dataclass(slots=True)
class Responses:
    """What sales made of some MQLs. Durations are in microseconds; `rejections` by the key of the reason."""

    handed_over: int = 0
    in_time: int = 0  # by what was promised at the hand-over, whoever owns it now
    first_answers: list[int] = field(default_factory=list)  # from the hand-over, of each that was answered
    nurtures: list[int] = field(default_factory=list)  # from when a lead became known to the first hand-over
    rejections: Counter[str] = field(default_factory=Counter)
    rules: dict[str, OfRule] = field(default_factory=dict)

    def take(self, row: DailyResponse | ClosedResponse) -> None:
        """Add a day that is kept."""
        self.handed_over += row.handed_over
        self.in_time += row.in_time
        self.first_answers += unpacked(row.first_answers)
        self.rejections.update(row.rejections)
        for key, numbers in row.rules.items():
            self.rules.setdefault(key, OfRule()).add(*numbers)
        if isinstance(row, DailyResponse):
            self.nurtures += unpacked(row.nurtures)

    def add(self, other: "Responses") -> None:
        """Add the same of other MQLs."""
        self.handed_over += other.handed_over
        self.in_time += other.in_time
        self.first_answers += other.first_answers
        self.nurtures += other.nurtures
        self.rejections.update(other.rejections)
        for key, one in other.rules.items():
            self.rules.setdefault(key, OfRule()).add(one.because, one.mqls, one.accepted, one.answered)


def between(since: date, until: date, *, zone: ZoneInfo) -> Responses:
    """Of the MQLs of these days, both included. As many queries for a year as for a day."""
    rows, others = _known(since, until, zone)
    return _together(others, rows)


def as_closed(since: date, until: date, shut: Sequence[ClosedMonth], *, zone: ZoneInfo) -> tuple[Responses, Responses]:
    """The same, where days of months that are `shut` stay as they were then; and by what is known now.

    Of months that were closed before their answers were kept, what is known now is told twice.
    """
    kept = [one for one in shut if one.keeps_answers]
    if not kept:
        now = between(since, until, zone=zone)
        return now, now

    def is_closed(day: date) -> bool:
        return any(one.month <= day <= one.last_day for one in kept)

    rows, others = _known(since, until, zone, is_closed)
    still_open, now = (
        _together(
            [one for one in others if is_closed(one.day) == of], [one for one in rows if is_closed(one.day) == of]
        )
        for of in (False, True)
    )
    query = select(ClosedResponse).where(ClosedResponse.day >= since, ClosedResponse.day <= until)
    then = _together([], session().scalars(query))
    for told in (then, now):
        told.add(still_open)
    return then, now


def close(since: date, until: date) -> None:
    """Keep these days as they are."""
    names = "day", "handed_over", "in_time", "first_answers", "rejections", "rules"
    columns = (getattr(DailyResponse, name) for name in names)
    days = select(*columns).where(DailyResponse.day >= since, DailyResponse.day <= until)
    session().execute(insert(ClosedResponse).from_select(names, days))


def _together(others: Sequence[Day], rows: Iterable[DailyResponse | ClosedResponse]) -> Responses:
    told = count(others)
    for row in rows:
        told.take(row)
    return told


def nurture_days(since: date, until: date, *, zone: ZoneInfo) -> float | None:
    """From when a lead became known to the first hand-over: the median of those handed over on these days."""
    rows, others = _known(since, until, zone)
    told = _durations(others)
    return median_days(chain(told.nurtures, *(unpacked(row.nurtures) for row in rows)))


def keep(day: Day) -> None:
    """Count a day and keep it, in the place of what was kept of it before."""
    told = count([day])
    session().execute(delete(DailyResponse).where(DailyResponse.day == day.day))
    row: JsonObject = {
        "day": day.day,
        "handed_over": told.handed_over,
        "in_time": told.in_time,
        "first_answers": packed(told.first_answers),
        "nurtures": packed(told.nurtures),
        "rejections": dict(told.rejections),
        "rules": {key: [one.because, one.mqls, one.accepted, one.answered] for key, one in told.rules.items()},
    }
    session().execute(insert(DailyResponse), [row])


def _known(
    since: date, until: date, zone: ZoneInfo, is_closed: Callable[[date], bool] = lambda _: False
) -> tuple[Sequence[DailyResponse], list[Day]]:
    """The days that are kept as they are known now, and all others of the span, each stretch of them as one.

    No stretch has both days that are closed and others. What is news is asked first: a day that is counted meanwhile
    is then counted here too, and not missed.
    """
    news = {daily.day_of(instant, zone) for instant in daily.news_of_mqls()}
    query = select(DailyResponse).where(DailyResponse.day >= since, DailyResponse.day <= until)
    rows = [row for row in session().scalars(query) if row.day not in news]
    kept = {row.day for row in rows}
    days = [since + timedelta(days=number) for number in range((until - since).days + 1)]
    others = _stretches([day for day in days if day not in kept], zone, is_closed)
    return (rows, others) if len(others) <= MOST_STRETCHES else ([], _stretches(days, zone, is_closed))


def _stretches(days: Iterable[date], zone: ZoneInfo, is_closed: Callable[[date], bool]) -> list[Day]:
    found: list[Day] = []
    for day in (daily.a_day(day, zone) for day in days):
        last = found[-1] if found else None
        if last and last.end == day.begin and is_closed(last.day) == is_closed(day.day):
            found[-1] = Day(last.day, last.begin, day.end)
        else:
            found.append(day)
    return found


@dataclass(frozen=True, slots=True)
class OfOwner:
    """What became of the MQLs that somebody has now, by public id and name; of nobody's both are empty."""

    public_id: str
    name: str
    handed_over: int
    answered: int
    in_time: int
    median: float | None  # microseconds from the hand-over to the first answer, of those that were answered


def by_owner(since: date, until: date, *, zone: ZoneInfo) -> list[OfOwner]:
    """Of the MQLs of these days, both included, whoever has the most first. Two queries, however many."""
    span = Day(since, daily.a_day(since, zone).begin, daily.a_day(until, zone).end)
    handed = _handed_over([span])
    is_in_time = case((Mql.answered_at <= Mql.promised_at, 1), else_=0)
    counted = select(Mql.owner_id, func.count(), func.count(Mql.answered_at), func.sum(is_in_time))
    numbers = session().execute(counted.where(*handed).group_by(Mql.owner_id)).all()
    middle: dict[int | None, list[int]] = {}
    for owner_id, qualified_at, answered_at in session().execute(_in_the_middle(handed)):
        middle.setdefault(owner_id, []).append((answered_at - qualified_at) // MICROSECOND)
    known = select(Staff.id, Staff.public_id, Staff.name)
    people = {key: (public_id, name) for key, public_id, name in session().execute(known)}
    found = [
        OfOwner(*people.get(owner_id or 0, ("", "")), of_all, answered, int(in_time), median(middle.get(owner_id, [])))
        for owner_id, of_all, answered, in_time in numbers
    ]
    return sorted(found, key=lambda one: (-one.handed_over, one.name))


def _in_the_middle(handed: Sequence[ColumnElement[bool]]) -> Select[int | None, datetime, datetime]:
    """Of each owner's answered MQLs the one with the middle time to the answer, or the two; by owner."""
    took = Mql.answered_at - Mql.qualified_at
    place = func.row_number().over(partition_by=Mql.owner_id, order_by=took).label("place")
    number = func.count().over(partition_by=Mql.owner_id).label("number")
    query = select(Mql.owner_id, Mql.qualified_at, Mql.answered_at, place, number)
    each = query.where(Mql.answered_at.is_not(None), *handed).subquery()
    is_middle = (each.c.place * 2 >= each.c.number) & (each.c.place * 2 <= each.c.number + 2)
    return select(each.c.owner_id, each.c.qualified_at, each.c.answered_at).where(is_middle)


# --- counting from the facts --------------------------------------------------------------------------------------


def count(spans: Sequence[Day]) -> Responses:
    """Of the MQLs of these stretches of time, from the facts. Three queries, however many; one where there are none."""
    told = _durations(spans)
    if told.handed_over:
        told.rejections.update(dict(_asked(_rejections, spans)))
        for key, *numbers in _asked(_by_rule, spans):
            told.rules[key] = OfRule(*numbers)
    return told


Question = Callable[[Sequence[ColumnElement[bool]]], Any]  # of the MQLs for which all of this is so


def _asked(question: Question, spans: Sequence[Day]) -> Sequence[Any]:
    """The answer about the MQLs of these stretches; what is asked of a single one is put into words once."""
    if len(spans) == 1:
        return session().execute(_of_one(question), spans[0].instants).all()
    return session().execute(question(_handed_over(spans))).all()


@cache
def _of_one(question: Question) -> Any:
    return question(_handed_over([daily.A_DAY]))


def _durations(spans: Sequence[Day]) -> Responses:
    told = Responses()
    if not spans:
        return told
    for qualified_at, answered_at, promised_at, cycle, created_at in _asked(_times, spans):
        told.handed_over += 1
        if answered_at is not None:
            told.first_answers.append((answered_at - qualified_at) // MICROSECOND)
            told.in_time += answered_at <= promised_at
        if cycle == FIRST_CYCLE:
            told.nurtures.append((qualified_at - created_at) // MICROSECOND)
    return told


def _times(handed: Sequence[ColumnElement[bool]]) -> Select[datetime, datetime | None, datetime, int, datetime]:
    query = select(Mql.qualified_at, Mql.answered_at, Mql.promised_at, Mql.cycle, Lead.created_at)
    return query.join(Lead, Lead.id == Mql.lead_id).where(*handed)


def _handed_over(spans: Sequence[Day]) -> Sequence[ColumnElement[bool]]:
    one_of = or_(*((Mql.qualified_at >= one.begin) & (Mql.qualified_at < one.end) for one in spans))
    asked = one_of, Mql.lead_id.not_in(ours.leads())
    if len(spans) == 1:
        return asked
    return Mql.qualified_at >= min(one.begin for one in spans), Mql.qualified_at < max(one.end for one in spans), *asked


def _rejections(handed: Sequence[ColumnElement[bool]]) -> Select[str, int]:
    query = select(func.coalesce(Disposition.reason, ""), func.count()).join(Mql, Mql.id == Disposition.mql_id)
    return query.where(*_stands(), *handed).group_by(Disposition.reason)


def _stands() -> Sequence[ColumnElement[bool]]:
    """Whether a disposition of an MQL is the one that stands, and a rejection."""
    later = aliased(Disposition)
    is_later = (later.at > Disposition.at) | ((later.at == Disposition.at) & (later.id > Disposition.id))
    return Disposition.outcome == Outcome.REJECTED, ~exists().where(later.mql_id == Disposition.mql_id, is_later)


def _by_rule(handed: Sequence[ColumnElement[bool]]) -> Select[Any]:
    told, behind = _told(handed).subquery(), _rules_behind(handed).subquery()
    accepted, answered = (func.coalesce(func.sum(column), 0) for column in (told.c.accepted, told.c.answered))
    query = select(behind.c.rule_key, func.max(behind.c.because), func.count(), accepted, answered)
    return query.outerjoin(told, told.c.mql_id == behind.c.mql_id).group_by(behind.c.rule_key)


def rejected_for(reason: str) -> ColumnElement[bool]:
    """Whether an MQL is rejected, by what stands, with this reason."""
    mine = select(Disposition.id).where(Disposition.mql_id == Mql.id, func.coalesce(Disposition.reason, "") == reason)
    return mine.where(*_stands()).correlate(Mql).exists()


def is_of(owner: str) -> ColumnElement[bool]:
    """Whether somebody has an MQL now, by public id; empty: nobody."""
    if not owner:
        return Mql.owner_id.is_(None)
    return Mql.owner_id == select(Staff.id).where(Staff.public_id == owner).scalar_subquery()


def had_points_of(rule_key: str) -> ColumnElement[bool]:
    """Whether a rule had given points of an MQL when it was handed over, as they are counted by rule."""
    its = ScoreEntry.rule_key == rule_key, ScoreEntry.points > 0
    own = select(ScoreEntry.id).where(ScoreEntry.lead_id == Mql.lead_id, *its, *_given())
    _, merged = _entries(Mql.id)
    return own.correlate(Mql).exists() | Mql.id.in_(merged.where(*its, *_given()).correlate(None))


def _told(handed: Sequence[ColumnElement[bool]]) -> Select[int, int, int]:
    """Each MQL that was accepted or rejected, and whether it was accepted; of both, what stands."""
    is_accepted = daily.came_to(daily.ACCEPTED)
    accepted = case((is_accepted, 1), else_=0).label("accepted")
    query = select(Mql.id.label("mql_id"), accepted, literal(1).label("answered"))
    return query.where(is_accepted | (Mql.outcome == Outcome.REJECTED), *handed)


def _rules_behind(handed: Sequence[ColumnElement[bool]]) -> Select[int, str, str]:
    """Each MQL with each rule that had given points in the ledger when it was handed over.

    What had been taken back by then does not count, by whomever; what leads did who had been merged into this one by
    then does. Of those who were handed over under a version no entry of it is packed (`mqls.qualify`).
    """
    columns = Mql.id.label("mql_id"), ScoreEntry.rule_key, ScoreEntry.because, ScoreEntry.points
    given = union_all(*(query.where(*handed, *_given()) for query in _entries(*columns))).subquery()
    query = select(given.c.mql_id, given.c.rule_key, func.max(given.c.because).label("because"))
    return query.group_by(given.c.mql_id, given.c.rule_key).having(func.sum(given.c.points) > 0)


def _entries(*columns: Any) -> tuple[Select[Any], Select[Any]]:
    """MQLs with the entries of their leads, and with those of the leads who had become one with these by then."""
    reached = _reached()
    own = select(*columns).select_from(Mql).join(ScoreEntry, ScoreEntry.lead_id == Mql.lead_id)
    merged = select(*columns).select_from(reached)
    merged = merged.join(Mql, (Mql.lead_id == reached.c.kept_id) & (reached.c.at <= Mql.qualified_at))
    return own, merged.join(ScoreEntry, ScoreEntry.lead_id == reached.c.merged_id)


def _reached() -> CTE:
    """Which lead became which other one, over whichever between, and when the last merge of that way was."""
    joined = select(LeadMerge.merged_id, LeadMerge.kept_id, LeadMerge.at).where(LeadMerge.undone_at.is_(None))
    reached, further = joined.cte("reached", recursive=True), aliased(LeadMerge)
    last = case((further.at > reached.c.at, further.at), else_=reached.c.at)
    over = select(reached.c.merged_id, further.kept_id, last).join(further, further.merged_id == reached.c.kept_id)
    return reached.union_all(over.where(further.undone_at.is_(None)))


def _given() -> Sequence[ColumnElement[bool]]:
    """Whether an entry is of an MQL's version, and gave points that stood when it was handed over."""
    back = aliased(ScoreEntry)
    of_the_lead = back.lead_id == ScoreEntry.lead_id, back.rule_version == Mql.rule_version  # an index, always narrow
    taken_back = select(back.id).where(
        *of_the_lead, back.reverses_id == ScoreEntry.id, back.recorded_at <= Mql.qualified_at
    )
    return (
        ScoreEntry.rule_version == Mql.rule_version,
        ScoreEntry.recorded_at <= Mql.qualified_at,
        ScoreEntry.axis != Axis.BAR,
        ScoreEntry.reverses_id.is_(None),
        ~taken_back.correlate(ScoreEntry, Mql).exists(),
    )
