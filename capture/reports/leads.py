"""Who the leads are: the list with its search, and everything known about one."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, or_, select

from capture.attribution.models import Touch
from capture.catalogue.models import Edition
from capture.db import session
from capture.engagement import timeline
from capture.engagement.timeline import TimelineItem
from capture.handoff import permissions
from capture.handoff.models import Mql
from capture.handoff.permissions import Permissions
from capture.leads import consents, leads, submissions
from capture.leads.models import Consent, Lead, LeadVisitor, Submission
from capture.pages import countries, pages, questions
from capture.pages.fields import Field, FieldKind
from capture.pages.models import Page
from capture.pages.questions import Result
from capture.reports import daily
from capture.scoring import rulesets, scores, standings
from capture.scoring.scores import Explanation, Score

PAGE_SIZE = 50
EXPORTED_AT_ONCE = 1000


class Handed(StrEnum):
    """Whether a lead is in the hands of sales."""

    YES = "yes"
    NO = "no"


class Order(StrEnum):
    """Which score decides who stands first; without one, the newest does."""

    ENGAGEMENT = "engagement"
    FIT = "fit"


@dataclass(frozen=True, slots=True)
class Sought:
    """Which leads a list is about, and who comes first; what is empty does not matter.

    `text` has words that all stand in name, address or company. `page` is the slug of a page that the lead filled;
    `since` and `until` are days on which the lead was new, both included.
    """

    text: str = ""
    channel: str = ""
    page: str = ""
    handed: Handed | None = None
    since: date | None = None
    until: date | None = None
    order: Order | None = None

    @property
    def is_all(self) -> bool:
        """Whether every lead is meant."""
        return replace(self, order=None) == Sought()


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
    """One page of the list; `number` counts from 1."""

    rows: Sequence[LeadRow]
    total: int
    number: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least 1."""
        return max(1, -(-self.total // PAGE_SIZE))


def listing(sought: Sought, *, zone: ZoneInfo, number: int = 1, at: datetime) -> LeadList:
    """These leads, the newest or the best first. As many queries, however many leads."""
    matching = _matching(sought, zone)
    total = session().scalar(select(func.count()).select_from(Lead).where(*matching)) or 0
    query = (
        select(Lead, Touch, Mql.id)
        .outerjoin(Touch, Touch.id == Lead.first_touch_id)
        .outerjoin(Mql, (Mql.lead_id == Lead.id) & (Mql.cycle == 1))
        .where(*matching)
    )
    if sought.order is not None:
        best = standings.scores(rulesets.in_force(at=at).number, at=at)
        query = query.outerjoin(best, best.c.lead_id == Lead.id)
        query = query.order_by(func.coalesce(best.c[sought.order.value], 0.0).desc())
    newest = query.order_by(Lead.created_at.desc(), Lead.id.desc())
    found = session().execute(newest.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)).all()
    scored = scores.for_leads([lead.id for lead, _, _ in found], at=at)
    rows = [
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
            is_mql=mql is not None,
        )
        for lead, touch, mql in found
    ]
    return LeadList(rows, total, number)


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
        .where(*_matching(sought, zone))
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
    return session().scalar(select(func.count()).select_from(Lead).where(*_matching(sought, zone))) or 0


def channels() -> list[str]:
    """Every channel by which leads came, by name."""
    came = select(Touch.channel).join(Lead, Lead.first_touch_id == Touch.id).distinct().order_by(Touch.channel)
    return list(session().scalars(came))


def _cells(lead: Lead, touch: Touch | None) -> tuple[str, ...]:
    known = (lead.email, lead.full_name, lead.company, lead.job_title, lead.phone, lead.country)
    came = (touch.channel, touch.source, touch.campaign) if touch else ("", "", "")
    since = lead.created_at.isoformat(timespec="seconds")
    more = (lead.company_size, lead.website, *came, since, "yes" if lead.verified_at else "no")
    return tuple(cell or "" for cell in (*known, *more))


def _matching(sought: Sought, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    columns = (Lead.email, Lead.first_name, Lead.last_name, Lead.name, Lead.company)
    words = sought.text.split()[:5]
    found = [
        Lead.erased_at.is_(None),
        Lead.merged_into_id.is_(None),
        *(or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words),
    ]
    # Subqueries of their own: the list joins the same tables.
    if sought.channel:
        found.append(Lead.first_touch_id.in_(select(Touch.id).where(Touch.channel == sought.channel)))
    if sought.page:
        filled = select(Submission.lead_id).join(Page, Page.id == Submission.page_id).where(Page.slug == sought.page)
        found.append(Lead.id.in_(filled))
    if sought.handed is not None:
        handed = Lead.id.in_(select(Mql.lead_id))
        found.append(handed if sought.handed is Handed.YES else ~handed)
    if sought.since is not None:
        found.append(Lead.created_at >= daily.a_day(sought.since, zone).begin)
    if sought.until is not None:
        found.append(Lead.created_at < daily.a_day(sought.until, zone).end)
    return found


@dataclass(frozen=True, slots=True)
class Said:
    """One fill: where, when, and what was answered."""

    title: str
    slug: str
    at: datetime
    answers: Sequence[tuple[str, str]]
    result: Result | None


@dataclass(frozen=True, slots=True)
class LeadStory:
    """Everything known about one lead."""

    lead: Lead
    score: Score
    explanation: Sequence[Explanation]
    timeline: Sequence[TimelineItem]
    touches: Sequence[Touch]
    fills: Sequence[Said]
    consents: Mapping[str, bool]
    may: Permissions
    wordings: Sequence[Consent]
    mql: Mql | None

    @property
    def country(self) -> str:
        """The country's name; empty where none is known."""
        return countries.names("en").get(self.lead.country, self.lead.country)


def story(public_id: str, *, at: datetime) -> LeadStory | None:
    """The story of one lead; None where nobody has this id."""
    lead = leads.by_public_id(public_id)
    if lead is None or lead.erased_at is not None:
        return None
    return LeadStory(
        lead=lead,
        score=scores.current(lead.id, at=at),
        explanation=scores.explain(lead.id, at=at),
        timeline=timeline.of(lead.id),
        touches=_touches(lead.id),
        fills=_fills(lead.id),
        consents=consents.state(lead.id),
        may=permissions.of([lead.id])[lead.id],
        wordings=list(session().scalars(select(Consent).where(Consent.lead_id == lead.id).order_by(Consent.id.desc()))),
        mql=session().scalar(select(Mql).where(Mql.lead_id == lead.id).order_by(Mql.cycle.desc()).limit(1)),
    )


def _touches(lead_id: int) -> list[Touch]:
    mine = select(LeadVisitor.visitor_id).where(LeadVisitor.lead_id == lead_id)
    query = select(Touch).where(Touch.visitor_id.in_(mine)).order_by(Touch.at.desc(), Touch.id.desc()).limit(50)
    return list(session().scalars(query))


def _fills(lead_id: int) -> list[Said]:
    filled = submissions.of_lead(lead_id)
    definitions = pages.definitions([fill.page_version_id for fill in filled])
    titles = _titles([fill.page_id for fill in filled])
    return [
        Said(
            title=titles[fill.page_id][0],
            slug=titles[fill.page_id][1],
            at=fill.at,
            answers=[
                (field.label, _text(field, fill.answers[field.key]))
                for field in definitions[fill.page_version_id].fields
                if fill.answers.get(field.key) not in (None, "", [], False)
            ],
            result=questions.result(definitions[fill.page_version_id].assessment, fill.answers),
        )
        for fill in reversed(filled)
    ]


def _titles(page_ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    newest = (
        select(func.max(Edition.number)).where(Edition.magnet_id == Page.magnet_id).correlate(Page).scalar_subquery()
    )
    query = (
        select(Page.id, Edition.title, Page.slug)
        .join(
            Edition,
            (Edition.magnet_id == Page.magnet_id) & (Edition.number == newest.correlate(Page).scalar_subquery()),
        )
        .where(Page.id.in_(page_ids))
    )
    return {page_id: (title, slug) for page_id, title, slug in session().execute(query)}


def _text(field: Field, answer: object) -> str:
    """The answer as the person saw it: the label of an option, the name of a country."""
    if answer is True:
        return "Yes"
    if field.kind is FieldKind.COUNTRY:
        return countries.names("en").get(str(answer), str(answer))
    labels = {option.value: option.label for option in field.options}
    return ", ".join(labels.get(str(one), str(one)) for one in (answer if isinstance(answer, list) else [answer]))
