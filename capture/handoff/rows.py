"""A row of the feed: everything that sales needs to call somebody. A thousand rows take as many queries as one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from capture.accounts.models import Staff
from capture.attribution.models import Touch
from capture.catalogue.models import Edition, Magnet
from capture.db import JsonObject, session
from capture.engagement import timeline
from capture.engagement.timeline import Summary
from capture.handoff import cursors, dispositions, kinds, permissions, reps, wording
from capture.handoff.models import Disposition, FeedEntry, Mql, Rep
from capture.handoff.permissions import Permissions
from capture.leads import leads as leads_of
from capture.leads.models import Lead, LeadAddress, Submission
from capture.pages import emails, pages, questions
from capture.pages.definition import Definition
from capture.pages.models import Page

_ERASED = "No, the person was erased"


@dataclass(frozen=True, slots=True)
class Person:
    """Who it is, by what is known now."""

    email: str
    email_verified: bool
    name: str
    first_name: str
    last_name: str
    job_title: str
    phone: str
    country: str
    other_emails: tuple[str, ...]  # of the same person, as a marketer found out


@dataclass(frozen=True, slots=True)
class Company:
    """Where the person works, as answered. `domain` is empty for an address at a free-mail host."""

    name: str
    domain: str
    size: str
    website: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered last to a field of this key, as the form put it."""

    key: str
    label: str
    answer: str


@dataclass(frozen=True, slots=True)
class Measured:
    """A dimension of an assessment with its score from 0 to 100."""

    key: str
    title: str
    score: int


@dataclass(frozen=True, slots=True)
class Assessed:
    """What the newest answers to an assessment come to, from 0 to 100; `level` is its stable name."""

    page: str
    at: datetime
    score: int
    level: str
    level_title: str
    dimensions: tuple[Measured, ...]


@dataclass(frozen=True, slots=True)
class CameFrom:
    """A touch, as sales reads it."""

    at: datetime
    channel: str
    source: str
    medium: str
    campaign: str
    term: str
    content: str
    referrer: str
    landing_path: str
    click_ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """The page that was filled in last before the handoff, and the magnet it gives."""

    page: str
    magnet: str
    kind: str
    title: str


@dataclass(frozen=True, slots=True)
class Why:
    """A reason for the scores, with its points when it happened and at qualification."""

    axis: str
    because: str
    points: int
    points_then: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Axis:
    """One of the two axes at qualification: what there was, and what was needed."""

    points: int
    threshold: int


@dataclass(frozen=True, slots=True)
class Scores:
    """Both axes at qualification, rounded down, and never only their sum."""

    fit: Axis
    engagement: Axis
    rule_version: int
    reasons: tuple[Why, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One thing that the person did, in words."""

    at: datetime
    sentence: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """What the person did so far: counted in a sentence, and the latest five, the newest first. No machines."""

    summary: str
    first_at: datetime | None
    last_at: datetime | None
    latest: tuple[Moment, ...]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose the MQL is. `ids` are those in other systems, by the name of the system in lower case."""

    name: str
    email: str
    ids: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One thing that happened to an MQL, with all that sales needs. Behind its cursor the next row follows."""

    cursor: str
    event: str
    what: str
    happened_at: datetime
    mql_id: str
    lead_id: str
    qualified_at: datetime
    reason: str
    why: str
    priority: int
    due_at: datetime
    owner: Owner | None
    routed_by: str
    person: Person
    company: Company
    scores: Scores
    consent: Permissions
    answers: tuple[Answer, ...]
    first_touch: CameFrom | None
    last_touch: CameFrom | None
    offer: Offer | None
    timeline: Timeline
    assessments: tuple[Assessed, ...]
    outcome: str | None  # what sales said last, by now
    outcome_at: datetime | None
    continues_as: str | None  # the MQL of the same person in which this one goes on, by `mql_id`
    outcome_value: int | None  # in minor units of the currency
    outcome_currency: str | None

    @property
    def position(self) -> int:
        """The place in the feed that the cursor stands for."""
        return cursors.decode(self.cursor)


@dataclass(frozen=True, slots=True)
class _Context:
    """What a window of rows is told from, fetched for all of them at once."""

    mqls: Mapping[int, Mql]
    leads: Mapping[int, Lead]  # by the key with which an MQL names it: the lead that this person is now
    others: Mapping[int, Sequence[str]]
    continues: Mapping[int, str]
    owners: Mapping[int, Owner]
    submissions: Mapping[int, Sequence[Submission]]
    definitions: Mapping[int, Definition]
    offers: Mapping[int, Offer]
    touches: Mapping[int, Touch]
    permissions: Mapping[int, Permissions]
    timelines: Mapping[int, Summary]
    amounts: Mapping[int, Disposition]


def build(entries: Sequence[FeedEntry], *, zone: ZoneInfo) -> list[FeedRow]:
    """The rows of these entries, in their order. Their words tell days of the zone."""
    context = _gather(entries, zone)
    return [_row(entry, context) for entry in entries]


def _gather(entries: Sequence[FeedEntry], zone: ZoneInfo) -> _Context:
    mqls = {mql.id: mql for mql in session().scalars(select(Mql).where(Mql.id.in_({e.mql_id for e in entries})))}
    named = leads_of.now({mql.lead_id for mql in mqls.values()})
    leads = {lead.id: lead for lead in named.values()}
    lead_ids = sorted(leads)
    whose = leads_of.members(lead_ids)
    submissions = _submissions(whose)
    fills = [fill for of_lead in submissions.values() for fill in of_lead]
    return _Context(
        mqls=mqls,
        leads=named,
        others=_others(leads),
        continues=_continues(mqls.values()),
        owners=_owners({mql.owner_id for mql in mqls.values() if mql.owner_id}),
        submissions=submissions,
        definitions=pages.definitions({fill.page_version_id for fill in fills}),
        offers=_offers({fill.page_id for fill in fills}),
        touches=_touches(leads.values()),
        permissions=permissions.of(lead_ids, whose, zone=zone),
        timelines=timeline.summaries_of(whose),
        amounts=dispositions.standing_of([mql.id for mql in mqls.values() if mql.outcome in dispositions.VALUED]),
    )


def _submissions(whose: Mapping[int, int]) -> dict[int, list[Submission]]:
    """Oldest first."""
    found: dict[int, list[Submission]] = {}
    query = select(Submission).where(Submission.lead_id.in_(whose)).order_by(Submission.at, Submission.id)
    for submission in session().scalars(query):
        found.setdefault(whose[submission.lead_id], []).append(submission)
    return found


def _others(leads: Mapping[int, Lead]) -> dict[int, list[str]]:
    """The addresses of each of these leads besides the one that is written to first."""
    found: dict[int, list[str]] = {}
    query = select(LeadAddress.lead_id, LeadAddress.address_key).where(LeadAddress.lead_id.in_(leads))
    for lead_id, address in session().execute(query.order_by(LeadAddress.id)):
        if address != leads[lead_id].email:
            found.setdefault(lead_id, []).append(address)
    return found


def _continues(mqls: Iterable[Mql]) -> dict[int, str]:
    """By the keys of MQLs: the public ids of those that others go on in."""
    further = {mql.continues_id for mql in mqls if mql.continues_id is not None}
    if not further:
        return {}
    return dict(session().execute(select(Mql.id, Mql.public_id).where(Mql.id.in_(further))).all())


def _owners(staff_ids: Iterable[int]) -> dict[int, Owner]:
    query = (
        select(Staff.id, Staff.name, Staff.email, Rep.crm_ids)
        .outerjoin(Rep, Rep.staff_id == Staff.id)
        .where(Staff.id.in_(staff_ids))
    )
    return {row.id: Owner(row.name, row.email, reps.crm_ids(row.crm_ids or "")) for row in session().execute(query)}


def _offers(page_ids: Iterable[int]) -> dict[int, Offer]:
    newest = (
        select(Edition.title)
        .where(Edition.magnet_id == Magnet.id)
        .order_by(Edition.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        select(Page.id, Page.slug, Magnet.slug.label("magnet"), Magnet.kind, newest.label("title"))
        .join(Magnet, Magnet.id == Page.magnet_id)
        .where(Page.id.in_(page_ids))
    )
    return {
        row.id: Offer(page=row.slug, magnet=row.magnet, kind=row.kind.value, title=row.title or "")
        for row in session().execute(query)
    }


def _touches(leads: Iterable[Lead]) -> dict[int, Touch]:
    ids = {touch_id for lead in leads for touch_id in (lead.first_touch_id, lead.last_touch_id) if touch_id}
    return {touch.id: touch for touch in session().scalars(select(Touch).where(Touch.id.in_(ids)))}


def _row(entry: FeedEntry, context: _Context) -> FeedRow:
    mql = context.mqls[entry.mql_id]
    lead = context.leads[mql.lead_id]
    bare = _bare(entry, mql, lead)
    if lead.erased_at is not None:
        return bare
    fills = context.submissions.get(lead.id, [])
    said = context.amounts.get(mql.id)
    return replace(
        bare,
        why=wording.why(mql),
        owner=context.owners.get(mql.owner_id or 0),
        routed_by=mql.routed_by,
        person=_person(lead, context.others.get(lead.id, ())),
        scores=_scores(mql),
        consent=context.permissions[lead.id],
        answers=_answers(fills, context.definitions),
        first_touch=_came_from(context.touches.get(lead.first_touch_id or 0)),
        last_touch=_came_from(context.touches.get(lead.last_touch_id or 0)),
        offer=_offer(mql, fills, context.offers),
        timeline=_timeline(context.timelines[lead.id]),
        assessments=_assessments(fills, context),
        outcome=mql.outcome.value if mql.outcome else None,
        outcome_at=mql.outcome_at,
        continues_as=context.continues.get(mql.continues_id or 0),
        outcome_value=said.value if said else None,
        outcome_currency=said.currency if said else None,
    )


def _bare(entry: FeedEntry, mql: Mql, lead: Lead) -> FeedRow:
    """The ids, what happened and when; of somebody who was erased it is all that there is."""
    return FeedRow(
        cursor=cursors.encode(entry.position),
        event=entry.kind,
        what=kinds.KINDS.get(entry.kind, entry.kind),
        happened_at=entry.at,
        mql_id=mql.public_id,
        lead_id=lead.public_id,
        qualified_at=mql.qualified_at,
        reason=mql.reason.value,
        why="",
        priority=mql.priority,
        due_at=mql.due_at,
        owner=None,
        routed_by="",
        person=_person(lead),
        company=_company(lead),
        scores=Scores(Axis(0, 0), Axis(0, 0), mql.rule_version, ()),
        consent=Permissions(may_mail=False, mail=_ERASED, may_call=False, call=_ERASED),
        answers=(),
        first_touch=None,
        last_touch=None,
        offer=None,
        timeline=Timeline("", None, None, ()),
        assessments=(),
        outcome=None,
        outcome_at=None,
        continues_as=None,
        outcome_value=None,
        outcome_currency=None,
    )


def _person(lead: Lead, others: Sequence[str] = ()) -> Person:
    return Person(
        email=lead.email,
        email_verified=lead.verified_at is not None,
        name=lead.full_name,
        first_name=lead.first_name,
        last_name=lead.last_name,
        job_title=lead.job_title,
        phone=lead.phone,
        country=lead.country,
        other_emails=tuple(others),
    )


def _company(lead: Lead) -> Company:
    domain = "" if not lead.email or emails.is_free(lead.email) else emails.company_domain(lead.email)
    return Company(name=lead.company, domain=domain, size=lead.company_size, website=lead.website)


def _scores(mql: Mql) -> Scores:
    return Scores(
        fit=Axis(mql.fit, mql.fit_threshold),
        engagement=Axis(mql.engagement, mql.engagement_threshold),
        rule_version=mql.rule_version,
        reasons=tuple(
            Why(
                axis=told["axis"],
                because=told["because"],
                points=told["points"],
                points_then=told["points_then"],
                at=datetime.fromisoformat(told["at"]),
            )
            for told in mql.explanation
        ),
    )


def _answers(fills: Sequence[Submission], definitions: Mapping[int, Definition]) -> tuple[Answer, ...]:
    """The newest answer to every field, in the words of the form that asked."""
    told: dict[str, Answer] = {}
    for fill in fills:
        for key, value in fill.answers.items():
            told[key] = Answer(key, *wording.answer_text(key, value, definitions.get(fill.page_version_id)))
    return tuple(answer for answer in told.values() if answer.answer)


def _assessments(fills: Sequence[Submission], context: _Context) -> tuple[Assessed, ...]:
    """The newest result of every assessment, the newest of all first."""
    newest = {fill.page_id: fill for fill in fills}
    told = [_assessed(fill, context) for fill in newest.values()]
    return tuple(sorted((result for result in told if result), key=lambda result: result.at, reverse=True))


def _assessed(fill: Submission, context: _Context) -> Assessed | None:
    definition, offer = context.definitions.get(fill.page_version_id), context.offers.get(fill.page_id)
    found = questions.result(definition.assessment if definition else None, fill.answers)
    if found is None:
        return None
    return Assessed(
        page=offer.page if offer else "",
        at=fill.at,
        score=found.score,
        level=found.level.key,
        level_title=found.level.title,
        dimensions=tuple(Measured(p.dimension.key, p.dimension.title, p.score) for p in found.dimensions),
    )


def _came_from(touch: Touch | None) -> CameFrom | None:
    if touch is None:
        return None
    return CameFrom(
        at=touch.at,
        channel=touch.channel,
        source=touch.source,
        medium=touch.medium,
        campaign=touch.campaign,
        term=touch.term,
        content=touch.content,
        referrer=touch.referrer,
        landing_path=touch.landing_path,
        click_ids=dict(touch.click_ids),
    )


def _offer(mql: Mql, fills: Sequence[Submission], offers: Mapping[int, Offer]) -> Offer | None:
    behind = [fill for fill in fills if fill.id == mql.submission_id] or [f for f in fills if f.at <= mql.qualified_at]
    return offers.get(behind[-1].page_id) if behind else None


def _timeline(past: Summary) -> Timeline:
    latest = tuple(Moment(item.at, item.sentence) for item in past.latest)
    return Timeline(past.sentence, past.first_at, past.last_at, latest)


def to_json(row: FeedRow) -> JsonObject:
    """The row as machines read it: instants in ISO 8601 with their zone."""
    return {name: _plain(getattr(row, name)) for name in _names(FeedRow)}


def _plain(value: object) -> object:
    """Like dataclasses.asdict, without its deep copies: those took more time than everything else together."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    names = _names(type(value))
    return {name: _plain(getattr(value, name)) for name in names} if names else value


_known_names: dict[type, tuple[str, ...]] = {}


def _names(kind: type) -> tuple[str, ...]:
    """The fields of a dataclass; none of anything else."""
    if kind not in _known_names:
        _known_names[kind] = tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
    return _known_names[kind]
