"""The list of leads: filtered, searched, the newest or the best first; read in parts of an index, however many."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, Select, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased

from capture.attribution.campaigns import COUNTED_AS
from capture.attribution.models import KeptLink, Touch
from capture.db import distinct_values, exists_for_each, is_sqlite, session
from capture.handoff import returning
from capture.handoff.models import Mql
from capture.leads import leads
from capture.leads.models import (
    LEADS_OF_A_BLOCK,
    Lead,
    LeadAddress,
    LeadBlock,
    LeadImport,
    LeadImportRow,
    Submission,
)
from capture.pages.models import Page
from capture.reports import behind, campaigns, daily, spelling
from capture.reports.behind import Behind, Counted
from capture.reports.kpis import By
from capture.scoring import rulesets, scores, standings
from capture.scoring.models import Axis, ScoreSum
from capture.scoring.scores import Score

PAGE_SIZE = 50
EXPORTED_AT_ONCE = 1000
FEW = 2000  # leads: so many are looked at one by one
MOST_RANKED = 500  # leads in the order of a score


class Handed(StrEnum):
    """Whether a lead is in the hands of sales."""

    YES = "yes"
    NO = "no"
    WRONG = "wrong"  # sales gave it back since something that is known is wrong


class Order(StrEnum):
    """Which score decides who stands first; without one, the newest does."""

    ENGAGEMENT = "engagement"
    FIT = "fit"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which leads a list is about, and who comes first; what is empty does not matter.

    `text` has words that all stand in name, address or company. `page` is the slug of a page that the lead filled;
    `since` and `until` are days on which the lead was new, both included; `source`, `campaign` and `link` (the public
    id of a kept one) are those of its first touch. With `counted`, all but text, handed and order are about what a
    figure counts: see `Behind`; `reason`, `rule` and `owner` say nothing without. `brought` is the public id of a list
    by which the lead became one.
    """

    text: str = ""
    channel: str = ""
    source: str = ""
    campaign: str = ""
    page: str = ""
    counted: Counted | None = None
    handed: Handed | None = None
    since: date | None = None
    until: date | None = None
    order: Order | None = None
    link: str = ""
    brought: str = ""
    reason: str = ""
    rule: str = ""
    owner: str = ""

    @property
    def is_all(self) -> bool:
        """Whether every lead is meant."""
        return replace(self, order=None) == Sought()

    @property
    def behind(self) -> Behind | None:
        """The figure that is asked about, if it is one."""
        if self.counted is None:
            return None
        names = [field.name for field in fields(Behind)]
        return Behind(**{name: getattr(self, name) for name in names})


@dataclass(frozen=True, slots=True)
class Place:
    """Where a part of the list begins: behind a lead or before one, by public id; by score, its number from 1."""

    behind: str = ""
    before: str = ""
    number: int = 1


@dataclass(frozen=True, slots=True)
class LeadRow:
    """A lead in the list."""

    public_id: str
    name: str
    email: str
    company: str
    job_title: str
    channel: str
    source: str
    created_at: datetime
    score: Score
    is_mql: bool


@dataclass(frozen=True, slots=True)
class LeadList:
    """A part of the list, and what the address of each next one says.

    `total` is how many leads are in the list; with `and_more`, at least.
    """

    rows: Sequence[LeadRow]
    total: int
    and_more: bool
    newer: Mapping[str, str] | None
    older: Mapping[str, str] | None


def listing(sought: Sought, *, zone: ZoneInfo, place: Place | None = None, at: datetime) -> LeadList:
    """These leads, the newest or the best first. As many queries, however many leads."""
    found, place = _Found(_conditions(sought, zone), _few(sought, zone)), place or Place()
    if sought.order is not None:
        return _ranked(found, sought.order, place.number, at=at)
    total = None
    if replace(sought, since=None, until=None).is_all:
        total = _living(_within(sought, zone))
    elif found.ids is not None:
        total = _number(found.all_of_it())
    return _newest(found, place, total, at=at)


def _living(days: Sequence[ColumnElement[bool]]) -> int:
    """How many leads of these days a list may show: all of them, without those who are gone, and both by an index."""
    merged = Lead.merged_into_id.is_not(None) & Lead.erased_at.is_(None)
    return _number(days) - _number([Lead.erased_at.is_not(None), *days]) - _number([merged, *days])


def _number(which: Sequence[ColumnElement[bool]]) -> int:
    return session().scalar(select(func.count()).select_from(Lead).where(*which)) or 0


@dataclass(frozen=True, slots=True)
class _Found:
    """Who is meant: what is true of each; and who they may be, where these are FEW."""

    conditions: list[ColumnElement[bool]]
    ids: set[int] | None

    def all_of_it(self) -> list[ColumnElement[bool]]:
        return self.conditions if self.ids is None else [Lead.id.in_(self.ids), *self.conditions]


def _newest(found: _Found, place: Place, total: int | None, *, at: datetime) -> LeadList:
    which = found.all_of_it()
    beside = (
        session()
        .execute(select(Lead.created_at, Lead.id).where(Lead.public_id == (place.behind or place.before)))
        .one_or_none()
    )
    turned = bool(place.before and beside)
    query = _rows().where(*which)
    if beside is not None:
        query = query.where(_is_before(*beside, turned=turned))
    columns = (Lead.created_at, Lead.id)
    query = query.order_by(*(column.asc() if turned else column.desc() for column in columns))
    rows = session().execute(query.limit(PAGE_SIZE + 1)).all()
    goes_on, rows = len(rows) > PAGE_SIZE, rows[:PAGE_SIZE]
    if turned:
        rows = rows[::-1]
    has_newer, has_older = (goes_on, True) if turned else (beside is not None, goes_on)
    return LeadList(
        rows=_told(rows, at=at),
        total=len(rows) if total is None else total,
        and_more=total is None and (has_newer or has_older),
        newer={"before": rows[0][0].public_id} if rows and has_newer else None,
        older={"behind": rows[-1][0].public_id} if rows and has_older else None,
    )


def _is_before(created_at: datetime, key: int, *, turned: bool) -> ColumnElement[bool]:
    """Whether a lead stands behind this one in the list; `turned`, in front of it. The first part is for the index."""
    if turned:
        return (Lead.created_at >= created_at) & ((Lead.created_at > created_at) | (Lead.id > key))
    return (Lead.created_at <= created_at) & ((Lead.created_at < created_at) | (Lead.id < key))


def _ranked(found: _Found, order: Order, number: int, *, at: datetime) -> LeadList:
    """By a score. Of many leads only the best MOST_RANKED have a place: who leads in no half-life is not among them."""
    version = rulesets.in_force(at=at).number
    ids = list(session().scalars(select(Lead.id).where(*found.all_of_it()).limit(FEW + 1)))
    is_cut = len(ids) > FEW
    if is_cut:
        ids = standings.leading(version, Axis(order.value), _is_one(found), most=MOST_RANKED, at=at)
    best = standings.scores(version, at=at, lead_ids=ids)
    query = _rows().outerjoin(best, best.c.lead_id == Lead.id).where(Lead.id.in_(ids))
    query = query.order_by(func.coalesce(best.c[order.value], 0.0).desc(), Lead.created_at.desc(), Lead.id.desc())
    most = MOST_RANKED if is_cut else len(ids)
    begin = (number - 1) * PAGE_SIZE
    rows = session().execute(query.offset(begin).limit(min(PAGE_SIZE, max(0, most - begin)))).all()
    return LeadList(
        rows=_told(rows, at=at),
        total=most,
        and_more=is_cut,
        newer={"page": str(number - 1)} if number > 1 else None,
        older={"page": str(number + 1)} if begin + PAGE_SIZE < most else None,
    )


def _is_one(found: _Found) -> ColumnElement[bool]:
    """Whether the lead of a sum is meant."""
    mine = select(Lead.id).where(Lead.id == ScoreSum.lead_id, *found.all_of_it())
    return mine.correlate(ScoreSum).exists()


def _rows() -> Select[Lead, Touch, bool]:
    is_mql = _of_person(select(Mql.id), Mql.lead_id)
    return select(Lead, Touch, is_mql).outerjoin(Touch, Touch.id == Lead.first_touch_id)


def _of_person(
    rows: Select[int], lead_id: InstrumentedAttribute[int] | InstrumentedAttribute[int | None]
) -> ColumnElement[bool]:
    """Whether there are such rows of a lead, or of one that was merged into it."""
    merged = aliased(Lead)
    own, others = rows.where(lead_id == Lead.id), rows.join(merged, merged.id == lead_id)
    of_merged = others.where(merged.merged_into_id == Lead.id)
    return exists_for_each(own.correlate(Lead)) | exists_for_each(of_merged.correlate(Lead))


def _told(found: Sequence[Row[Lead, Touch, bool]], *, at: datetime) -> list[LeadRow]:
    scored = scores.for_leads([lead.id for lead, _, _ in found], at=at)
    return [
        LeadRow(
            public_id=lead.public_id,
            name=lead.full_name,
            email=lead.email,
            company=lead.company,
            job_title=lead.job_title,
            channel=touch.channel if touch else "",
            source=touch.source if touch else "",
            created_at=lead.created_at,
            score=scored[lead.id],
            is_mql=is_mql,
        )
        for lead, touch, is_mql in found
    ]


COLUMNS = (
    "E-mail",
    "Name",
    "Company",
    "Job title",
    "Phone",
    "Country",
    "Company size",
    "Website",
    "Channel",
    "Source",
    "Campaign",
    "Lead since",
    "E-mail confirmed",
)


def export(sought: Sought, *, zone: ZoneInfo) -> Iterator[tuple[str, ...]]:
    """These leads, the oldest first, in cells of COLUMNS; read in parts, so that memory stays flat."""
    query = (
        select(Lead, Touch)
        .outerjoin(Touch, Touch.id == Lead.first_touch_id)
        .where(*_conditions(sought, zone))
        .order_by(Lead.id)
        .limit(EXPORTED_AT_ONCE)
    )
    last = 0
    while rows := session().execute(query.where(Lead.id > last)).all():
        for lead, touch in rows:
            yield _cells(lead, touch)
        last = rows[-1][0].id
        session().expunge_all()


def count(sought: Sought, *, zone: ZoneInfo) -> int:
    """How many leads these are."""
    return _number(_Found(_conditions(sought, zone), _few(sought, zone)).all_of_it())


def channels() -> Sequence[str]:
    """Every channel by which somebody came, by name."""
    return session().scalars(distinct_values(Touch.channel)).all()


def _cells(lead: Lead, touch: Touch | None) -> tuple[str, ...]:
    known = (lead.email, lead.full_name, lead.company, lead.job_title, lead.phone, lead.country)
    came = (touch.channel, touch.source, touch.campaign) if touch else ("", "", "")
    since = lead.created_at.isoformat(timespec="seconds")
    more = (lead.company_size, lead.website, *came, since, "yes" if lead.verified_at else "no")
    return tuple(cell or "" for cell in (*known, *more))


def _few(sought: Sought, zone: ZoneInfo) -> set[int] | None:
    """Whom the filters leave, where one of them leaves FEW: then its index names them. None where each leaves many."""
    queries: list[Select[int]] = []
    if sought.behind:
        queries.append(behind.leads(sought.behind, zone))
        sought = replace(sought, channel="", page="", link="")
    if sought.brought:
        brought = select(leads.whose()).join(LeadImportRow, LeadImportRow.lead_id == Lead.id)
        queries.append(brought.where(*_made_by(sought.brought)))
    if sought.channel:
        came = Lead.first_touch_id == Touch.id
        queries.append(select(Lead.id).join(Touch, came).where(Touch.channel == sought.channel))
    if sought.page:
        filled = select(leads.whose()).join(Submission, Submission.lead_id == Lead.id)
        queries.append(filled.join(Page, Page.id == Submission.page_id).where(Page.slug == sought.page))
    if sought.handed is Handed.YES:
        queries.append(select(leads.whose()).join(Mql, Mql.lead_id == Lead.id))
    if sought.handed is Handed.WRONG:
        queries.append(returning.to_mend())
    words = _words(sought)
    few = _of_addresses(words)
    if words and few is None:
        queries.append(_saying(sorted(words, key=len, reverse=True)))
    for query in queries:
        found = session().scalars(query.limit(FEW + 1)).all()
        if len(found) <= FEW:
            few = set(found) if few is None else few & set(found)
    return few


def _of_addresses(words: Sequence[str]) -> set[int] | None:
    """Whose whole addresses are among the words: then nobody else is meant. None where no word is one that is known."""
    whole = [word.lower() for word in words if "@" in word]
    mine = select(LeadAddress.lead_id).where(LeadAddress.address_key.in_(whole))
    return set(session().scalars(mine)) or None if whole else None


def _words(sought: Sought) -> list[str]:
    return sought.text.split()[:5]


def _saying(words: Sequence[str]) -> Select[int]:
    """The leads of whom each word is said; SQLite looks for them in whole blocks, and then in those that have all."""
    found = select(Lead.id).where(*says(words))
    if not is_sqlite():
        return found
    first = LeadBlock.id * LEADS_OF_A_BLOCK
    of_block = (Lead.id >= first) & (Lead.id < first + LEADS_OF_A_BLOCK)
    return found.select_from(LeadBlock).join(Lead, of_block).where(*says(words, LeadBlock.text))


def says(
    words: Sequence[str], text: InstrumentedAttribute[str] | InstrumentedAttribute[str | None] = Lead.sought
) -> list[ColumnElement[bool]]:
    """Whether each word is part of a lead's name, address or company. No word has a space, which parts these there."""
    parts = (f"%{word.replace('/', '//').replace('%', '/%').replace('_', '/_')}%" for word in words)
    return [text.like(func.lower(part), escape="/") for part in parts]


def said(text: str) -> list[ColumnElement[bool]]:
    """Whether the words of a search are said of a lead."""
    return [*map(_is_said, _words(Sought(text=text)))]


def _is_said(word: str) -> ColumnElement[bool]:
    """The same of one word, or that it is one of the lead's other addresses."""
    [told] = says([word])
    mine = select(LeadAddress.lead_id).where(LeadAddress.address_key == word.lower())
    return told | Lead.id.in_(mine) if "@" in word else told


def _conditions(sought: Sought, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """What is true of each of them. A filter that many pass is asked of one lead after the other."""
    found = [
        Lead.erased_at.is_(None),
        Lead.merged_into_id.is_(None),
        *said(sought.text),
    ]
    if sought.brought:
        found.append(_of_person(select(LeadImportRow.id).where(*_made_by(sought.brought)), LeadImportRow.lead_id))
    if sought.behind:
        found.append(behind.is_one(sought.behind, zone))
        sought = Sought(handed=sought.handed)
    # Subqueries of their own: the list joins the same tables.
    told = [Touch.channel == sought.channel] if sought.channel else []
    if sought.source:
        sources = spelling.carried(By.SOURCE, Touch.source, zone)
        told.append(Touch.source.in_(spelling.alike(sought.source, sources)))
    if sought.campaign:
        told.append(COUNTED_AS.in_(campaigns.raw_values(sought.campaign, zone)))
    if sought.link:
        told.append(Touch.link_id == select(KeptLink.id).where(KeptLink.public_id == sought.link).scalar_subquery())
    if told:
        came = select(Touch.id).where(Touch.id == Lead.first_touch_id, *told)
        found.append(exists_for_each(came.correlate(Lead)))
    if sought.page:
        page = select(Page.id).where(Page.slug == sought.page).scalar_subquery()
        filled = select(Submission.id).where(Submission.page_id == page)
        found.append(_of_person(filled, Submission.lead_id))
    if sought.handed is Handed.WRONG:
        found.append(Lead.id.in_(returning.to_mend()))
    elif sought.handed is not None:
        handed = _of_person(select(Mql.id), Mql.lead_id)
        found.append(handed if sought.handed is Handed.YES else ~handed)
    return [*found, *_within(sought, zone)]


def _made_by(list_id: str) -> tuple[ColumnElement[bool], ...]:
    """Of a row of a list from elsewhere: whether it is of this list, and made somebody a lead."""
    one = select(LeadImport.id).where(LeadImport.public_id == list_id).scalar_subquery()
    return LeadImportRow.import_id == one, LeadImportRow.made.is_(True)


def _within(sought: Sought, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    """Whether a lead was new on these days."""
    found: list[ColumnElement[bool]] = []
    if sought.since is not None:
        found.append(Lead.created_at >= daily.a_day(sought.since, zone).begin)
    if sought.until is not None:
        found.append(Lead.created_at < daily.a_day(sought.until, zone).end)
    return found
