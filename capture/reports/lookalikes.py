"""Who may be the same person as a lead, and what the two would come to as one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select

from capture.db import session
from capture.delivery.models import Answer, Grant, LinkOpening
from capture.engagement.models import EngagementEvent
from capture.handoff import mqls, permissions
from capture.handoff.models import Mql
from capture.handoff.permissions import Permissions
from capture.languages import say
from capture.leads import leads, names, values
from capture.leads.models import Lead, LeadAddress, LeadVisitor, Submission
from capture.pages import countries, emails
from capture.pages.screens import LEAD_WORDS
from capture.reports import finding
from capture.scoring import scores
from capture.scoring.scores import Score

T = TypeVar("T")

MOST = 12
LOOKED_AT = 200  # of those with the same name
# Written out, not bound: only then SQLite takes an index of what is not empty.
EMPTY: ColumnElement[str] = literal_column("''")


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A lead that may be the same person, and what speaks for it."""

    lead: Lead
    because: Sequence[str]


def of(lead: Lead) -> list[Lookalike]:
    """The leads of which most speaks for it. A fixed number of queries, each by an index."""
    told: dict[int, list[str]] = {}
    for lead_id in session().scalars(_in_one_browser(lead)):
        told.setdefault(lead_id, []).append(say("the same browser"))
    if lead.phone:
        for lead_id in session().scalars(
            _living(select(Lead.id), lead, Lead.phone == lead.phone, Lead.phone != EMPTY).limit(MOST)
        ):
            told.setdefault(lead_id, []).append(say("the same phone number"))
    known = {one.id: one for one in session().scalars(_living(select(Lead), lead, Lead.id.in_(told)))}
    for one in _namesakes(lead):
        because = _because(lead, one)
        if because:
            known[one.id] = one
            told.setdefault(one.id, []).insert(0, because)
    found = [Lookalike(known[lead_id], because) for lead_id, because in told.items() if lead_id in known]
    return sorted(found, key=lambda one: (-len(one.because), one.lead.id))[:MOST]


def named(lead: Lead, text: str) -> list[Lookalike]:
    """The newest leads that a search finds, besides this one."""
    if not text.split():
        return []
    query = _living(select(Lead), lead, *finding.said(text))
    return [Lookalike(one, ()) for one in session().scalars(query.order_by(Lead.id.desc()).limit(MOST))]


def _living(query: Select[T], lead: Lead, *which: ColumnElement[bool]) -> Select[T]:
    return query.where(Lead.id != lead.id, Lead.erased_at.is_(None), Lead.merged_into_id.is_(None), *which)


def _in_one_browser(lead: Lead) -> Select[int]:
    """Whose links were used in a browser of this lead, and in whose browsers this lead's links were."""
    mine, others = leads.of_person([lead.id]), LeadVisitor.lead_id != lead.id
    here = (
        select(leads.whose())
        .join(EngagementEvent, EngagementEvent.lead_id == Lead.id)
        .join(LeadVisitor, LeadVisitor.visitor_id == EngagementEvent.visitor_id)
        .where(LeadVisitor.lead_id == lead.id, leads.whose() != lead.id)
    )
    there = select(LeadVisitor.lead_id).join(EngagementEvent, EngagementEvent.visitor_id == LeadVisitor.visitor_id)
    opened = (
        select(LeadVisitor.lead_id)
        .join(LinkOpening, LinkOpening.visitor_id == LeadVisitor.visitor_id)
        .join(Grant, Grant.id == LinkOpening.grant_id)
        .where(Grant.lead_id.in_(mine), others, LinkOpening.answer != Answer.NOT_ME)
    )
    opens = (
        select(leads.whose())
        .join(Grant, Grant.lead_id == Lead.id)
        .join(LinkOpening, LinkOpening.grant_id == Grant.id)
        .join(LeadVisitor, LeadVisitor.visitor_id == LinkOpening.visitor_id)
        .where(LeadVisitor.lead_id == lead.id, leads.whose() != lead.id, LinkOpening.answer != Answer.NOT_ME)
    )
    return here.union(there.where(EngagementEvent.lead_id.in_(mine), others), opened, opens)  # type: ignore[return-value]


def _namesakes(lead: Lead) -> Sequence[Lead]:
    """Leads of the same name; where there are very many, those for whom most may speak."""
    if " " not in lead.name_key:
        return []
    nearest: list[tuple[ColumnElement[bool], int]] = [(Lead.phone != "", 2)]
    if lead.company:
        nearest.insert(0, (Lead.company == lead.company, 1))
    if not emails.is_free(lead.email):
        nearest.insert(0, (finding.says([emails.company_domain(lead.email)])[0], 0))
    alike = Lead.name_key == lead.name_key, Lead.name_key != EMPTY
    query = _living(select(Lead), lead, *alike).order_by(case(*nearest, else_=3), Lead.id.desc())
    return session().scalars(query.limit(LOOKED_AT)).all()


def _because(lead: Lead, other: Lead) -> str:
    """Why a namesake may be the same person; empty where nothing but the name speaks for it."""
    if names.plain(lead.full_name) != names.plain(other.full_name):
        return ""
    here, there = (emails.company_domain(one.email) for one in (lead, other))
    if here == there and not emails.is_free(lead.email):
        return say("the same name at the same company")
    if names.plain(lead.company) and names.plain(lead.company) == names.plain(other.company):
        return say("the same name and company")
    if digits(lead.phone) and digits(lead.phone) == digits(other.phone):
        return say("the same name and phone number")
    return (
        say("the same name, with a private address")
        if emails.is_free(lead.email) != emails.is_free(other.email)
        else ""
    )


def digits(phone: str) -> str:
    """A number without the signs between its digits; the zeros before the code of a country are a plus."""
    bare = re.sub(r"[^\d+]", "", phone)
    return "+" + bare[2:] if bare.startswith("00") else bare


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two."""

    lead: Lead
    addresses: Sequence[LeadAddress]
    score: Score
    may: Permissions
    mqls: Sequence[Mql]
    fills: int


@dataclass(frozen=True, slots=True)
class Value:
    """A field of both. `stands` is what the person will have; `wins` says whose it is."""

    label: str
    kept: str
    merged: str
    stands: str

    @property
    def wins(self) -> str:
        """Whose value stands: "kept", "merged", or "both" where they are alike or neither is."""
        if self.kept == self.merged or self.stands not in (self.kept, self.merged):
            return "both"
        return "kept" if self.stands == self.kept else "merged"


@dataclass(frozen=True, slots=True)
class Pair:
    """Two leads side by side, and what they would come to: the score of both, and the MQL that goes on."""

    kept: Side
    merged: Side
    values: Sequence[Value]
    together: Score
    goes_on: Mql | None

    @property
    def will_qualify(self) -> bool:
        """Whether the next thing that the person does makes an MQL."""
        return self.together.qualifies and not (self.kept.mqls or self.merged.mqls)


def pair(kept: Lead, merged: Lead, *, zone: ZoneInfo, at: datetime) -> Pair:
    """What a person looks at before he merges."""
    both = [kept.id, merged.id]
    stands = values.settled(kept, merged)
    may, scored = permissions.of(both, zone=zone), scores.for_leads(both, at=at)
    here, there = (
        Side(
            lead=lead,
            addresses=leads.addresses(lead.id),
            score=scored[lead.id],
            may=may[lead.id],
            mqls=mqls.of_person(lead.id),
            fills=_fills(lead),
        )
        for lead in (kept, merged)
    )
    told = [
        Value(label, _shown(key, getattr(kept, key)), _shown(key, getattr(merged, key)), _shown(key, stands[key]))
        for key, label in LEAD_WORDS.items()
    ]
    return Pair(
        kept=here,
        merged=there,
        values=[value for value in told if value.kept or value.merged],
        together=scores.together(kept, merged, stands, at=at),
        goes_on=mqls.that_goes_on([*here.mqls, *there.mqls]),
    )


def _fills(lead: Lead) -> int:
    mine = Submission.lead_id.in_(leads.of_person([lead.id]))
    return session().scalar(select(func.count()).select_from(Submission).where(mine)) or 0


def _shown(key: str, value: str) -> str:
    return countries.named(value) if key == "country" else value
