"""What is known of one lead: its score and why, what it did and said, where it came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from capture.accounts.models import Staff
from capture.attribution.models import Touch
from capture.catalogue.models import Edition
from capture.db import session
from capture.engagement import timeline
from capture.engagement.timeline import TimelineItem
from capture.handoff import exclusions, mqls, parting, permissions
from capture.handoff.models import Mql
from capture.handoff.permissions import Permissions
from capture.languages import say
from capture.leads import consents, leads, meetings, submissions
from capture.leads.models import Consent, Exclusion, Lead, LeadAddress, LeadMerge, LeadVisitor
from capture.pages import countries, pages, questions
from capture.pages.fields import Field, FieldKind
from capture.pages.models import Page
from capture.pages.questions import Result
from capture.reports import corrections
from capture.reports.corrections import Correction
from capture.scoring import decay, scores
from capture.scoring.models import Axis
from capture.scoring.scores import Explanation, Score


@dataclass(frozen=True, slots=True)
class Said:
    """One fill: where, when, and what was answered."""

    title: str
    slug: str
    at: datetime
    answers: Sequence[tuple[str, str]]
    result: Result | None


@dataclass(frozen=True, slots=True)
class Joined:
    """A merge by which another lead became this one: who did it and why. `stays` says why it cannot be undone."""

    merge_id: str
    email: str
    who: str
    note: str
    at: datetime
    stays: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """An axis: its score with one decimal, and the entries with what is left of each, which add up to it."""

    axis: Axis
    points: float
    entries: Sequence[tuple[Explanation, float]]

    @property
    def digits(self) -> int:
        """How many decimals its points are written with: none where nothing fades."""
        return int(any(entry.half_life_days for entry, _ in self.entries))


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
    mqls: Sequence[Mql]
    listed: Exclusion | None
    addresses: Sequence[LeadAddress]
    corrected: Mapping[str, Correction]
    merges: Sequence[Joined]

    @property
    def country(self) -> str:
        """The country's name; empty where none is known."""
        return countries.named(self.lead.country)

    @property
    def on_list(self) -> str:
        """The list that keeps this lead from sales; empty where none does."""
        return exclusions.WORDS[self.listed.kind] if self.listed else ""

    @property
    def ledger(self) -> list[Ledger]:
        """Both axes with their entries."""
        told = list(zip(self.explanation, scores.shown(self.score, self.explanation), strict=True))
        exact = ((Axis.FIT, self.score.exact_fit), (Axis.ENGAGEMENT, self.score.exact_engagement))
        return [
            Ledger(axis, decay.tenths(points), [(entry, part) for entry, part in told if entry.axis is axis])
            for axis, points in exact
        ]


def story(public_id: str, *, zone: ZoneInfo, at: datetime) -> LeadStory | None:
    """The story of one lead, or of the one that it was merged into; None where nobody has this id."""
    lead = leads.by_public_id(public_id)
    if lead is not None and lead.merged_into_id is not None:
        lead = leads.by_id(lead.merged_into_id)
    if lead is None or lead.erased_at is not None:
        return None
    mine = leads.of_person([lead.id])
    return LeadStory(
        lead=lead,
        score=scores.current(lead.id, at=at),
        explanation=scores.explain(lead.id, at=at),
        timeline=timeline.of(lead.id),
        touches=_touches(lead.id),
        fills=_fills(lead.id),
        consents=consents.state(lead.id),
        may=permissions.of([lead.id], zone=zone)[lead.id],
        wordings=session()
        .scalars(select(Consent).where(Consent.lead_id.in_(mine)).order_by(*consents.LATEST_FIRST))
        .all(),
        mql=mqls.newest_of(lead.id),
        mqls=mqls.of_person(lead.id),
        listed=exclusions.of(lead),
        addresses=leads.addresses(lead.id),
        corrected=corrections.standing(lead),
        merges=_merges(lead.id),
    )


def _merges(lead_id: int) -> list[Joined]:
    query = (
        select(LeadMerge, Lead.email, func.coalesce(Staff.name, "A command"))
        .join(Lead, Lead.id == LeadMerge.merged_id)
        .outerjoin(Staff, Staff.public_id == LeadMerge.actor)
        .where(LeadMerge.kept_id.in_(leads.of_person([lead_id])), LeadMerge.undone_at.is_(None))
    )
    rows = session().execute(query.order_by(LeadMerge.id.desc())).all()
    stays = [parting.why_it_stays(row) for row, *_ in rows[:1]] + [say("A newer merge comes first.")] * (len(rows) - 1)
    return [
        Joined(row.public_id, email, who, row.note, row.at, why)
        for (row, email, who), why in zip(rows, stays, strict=True)
    ]


def _touches(lead_id: int) -> list[Touch]:
    mine = select(LeadVisitor.visitor_id).where(LeadVisitor.lead_id == lead_id)
    came = select(Touch.id).where(Touch.visitor_id.in_(mine)).union(meetings.of_lead(lead_id))  # each by its index
    query = select(Touch).where(Touch.id.in_(came)).order_by(Touch.at.desc(), Touch.id.desc()).limit(50)
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
        return say("Yes")
    if field.kind is FieldKind.COUNTRY:
        return countries.named(str(answer))
    labels = {option.value: option.label for option in field.options}
    return ", ".join(labels.get(str(one), str(one)) for one in (answer if isinstance(answer, list) else [answer]))
