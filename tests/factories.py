"""Rows that a test starts from: plain functions, valid by default, committed. Each takes only what differs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import Any, TypeVar

from sqlalchemy import inspect, select

from capture.accounts import tokens
from capture.accounts.models import Role, Staff
from capture.attribution import visitors
from capture.attribution.models import Touch
from capture.catalogue import editions, magnets
from capture.catalogue.editions import Draft
from capture.catalogue.models import LinkPolicy, MagnetKind
from capture.db import Base, session, transaction
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.handoff import mqls
from capture.handoff.models import Mql
from capture.leads.models import Lead, LeadAddress, Submission
from capture.pages import pages
from capture.pages.definition import Copy, Definition
from capture.pages.fields import Field, FieldKind, Option, Purpose
from capture.pages.models import Page, PageVersion
from capture.scoring import scores
from magnets.bundle import Brand, Theme

Row = TypeVar("Row", bound=Base)

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
_number = count(1)


def every(kind: type[Row]) -> Sequence[Row]:
    """All rows of a table as they are now, oldest first."""
    session().commit()  # ends the snapshot that an earlier look may have begun
    return session().scalars(select(kind).order_by(*inspect(kind).primary_key)).all()


FIELDS = (
    Field("email", FieldKind.EMAIL, "Work e-mail", required=True, fills="email"),
    Field("name", FieldKind.TEXT, "Name", fills="name"),
    Field("company", FieldKind.TEXT, "Company", fills="company"),
    Field("job_title", FieldKind.TEXT, "Job title", fills="job_title"),
    Field(
        "hurdle",
        FieldKind.SELECT,
        "What is your biggest hurdle?",
        options=(Option("few", "Too few leads"), Option("slow", "Nobody follows up in time")),
    ),
    Field("country", FieldKind.COUNTRY, "Country", fills="country"),
    Field("contact_me", FieldKind.CONTACT_ME, "Please contact me"),
    Field(
        "marketing_email",
        FieldKind.CONSENT,
        "Notes by e-mail",
        purpose=Purpose.MARKETING_EMAIL,
        wording="You may send me notes by e-mail.",
    ),
)


def a_page(
    slug: str = "",
    *,
    kind: MagnetKind = MagnetKind.EBOOK,
    title: str = "One pipeline",
    fields: tuple[Field, ...] = FIELDS,
    at: datetime = NOON,
) -> Page:
    """A live page with its magnet and edition; the edition has no document."""
    slug = slug or f"page-{next(_number)}"
    definition = Definition("en", Theme.FOLIO, Brand(), Copy(title), fields)
    draft = Draft(slug, title, "", "", (), "en", personalised=True, link_policy=LinkPolicy.NEWEST)
    with transaction() as writing:
        magnet = magnets.find_or_create(slug, kind, at=at)
        editions.publish(magnet.id, draft, at=at)
        page = pages.publish(magnet.id, slug, definition, at=at)
        return writing.get_one(Page, page.page_id)


def a_lead(email: str = "", *, at: datetime = NOON, **fields: str) -> Lead:
    """A lead with its address; `fields` are the lead's own."""
    email = email or f"person{next(_number)}@company.example"
    with transaction() as writing:
        lead = Lead(email=email, created_at=at, **fields)
        writing.add(lead)
        writing.flush()
        writing.add(LeadAddress(address_key=email, address=email, lead_id=lead.id))
    return lead


def a_good_lead(email: str = "", *, at: datetime = NOON, **fields: str) -> Lead:
    """A lead over the fit threshold of the preset."""
    known = {"company": "Alder Castings", "job_title": "Head of Marketing", "company_size": "50-249", "country": "IE"}
    return a_lead(email, at=at, **(known | fields))


def a_submission(
    lead: Lead, page: Page, *, at: datetime = NOON, touch: Touch | None = None, **answers: object
) -> Submission:
    """An accepted fill of a page's first version."""
    with transaction() as writing:
        version = writing.scalars(select(PageVersion).where(PageVersion.page_id == page.id)).first()
        assert version is not None
        submission = Submission(
            lead_id=lead.id,
            page_id=page.id,
            page_version_id=version.id,
            touch_id=touch.id if touch else None,
            form_key=f"form-{next(_number)}",
            answers=answers,
            at=at,
        )
        writing.add(submission)
    return submission


def an_event(
    kind: EventKind,
    lead: Lead | None = None,
    page: Page | None = None,
    *,
    at: datetime = NOON,
    verdict: Verdict = Verdict.HUMAN,
    visitor_id: int | None = None,
    **detail: Any,
) -> int:
    """An event, human by default; gives its key."""
    with transaction():
        event = events.record(
            kind,
            at=at,
            verdict=verdict,
            reason="as the test says",
            lead_id=lead.id if lead else None,
            visitor_id=visitor_id,
            page_id=page.id if page else None,
            magnet_id=page.magnet_id if page else None,
            detail=detail,
        )
        assert event is not None
        return event.id


def a_salesperson(name: str = "Sam", *, at: datetime = NOON, disabled_at: datetime | None = None) -> Staff:
    """Somebody to whom MQLs are given."""
    with transaction() as writing:
        staff = Staff(
            email=f"{name.lower()}{next(_number)}@northwind.example",
            name=name,
            role=Role.SALES,
            created_at=at,
            disabled_at=disabled_at,
        )
        writing.add(staff)
    return staff


def an_mql(lead: Lead | None = None, *, at: datetime = NOON, hand_raised: bool = True) -> Mql:
    """A handoff, by default of somebody who asked to be contacted."""
    lead_id = (lead or a_lead()).id
    with transaction():
        mql = mqls.qualify(lead_id, scores.after(lead_id, at=at), sla_hours=24, hand_raised=hand_raised, at=at)
        assert mql is not None
        return mql


def a_token(scope: str = "mqls:read", *, name: str = "CRM", at: datetime = NOON) -> str:
    """A token as it is shown once."""
    with transaction():
        return tokens.create(name, scope, at=at)


def a_visitor(*, at: datetime = NOON) -> int:
    """A browser that is known again; gives its key."""
    with transaction():
        return visitors.mint(at=at)[0].id


def a_touch(*, at: datetime = NOON, **facts: Any) -> Touch:
    """An arrival."""
    known = {"source": "linkedin", "medium": "cpc", "campaign": "autumn", "channel": "Paid social"} | facts
    plain = dict.fromkeys(("landing_path", "raw_query", "referrer", "term", "content"), "") | {"device": "desktop"}
    with transaction() as writing:
        touch = Touch(at=at, click_ids={"li_fat_id": "abc"}, **(plain | known))
        writing.add(touch)
    return touch
