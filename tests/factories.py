"""Rows that a test starts from: plain functions, valid by default, committed. Each takes only what differs."""

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count
from typing import TypeVar

from sqlalchemy import inspect, select

from capture.accounts.models import Role, Staff
from capture.catalogue.models import Edition, LinkPolicy, Magnet, MagnetKind
from capture.db import Base, JsonObject, session, transaction
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.leads.models import Lead, LeadAddress, Submission
from capture.pages.models import Page, PageVersion

Row = TypeVar("Row", bound=Base)

NOON = datetime(2026, 9, 15, 12, 0, tzinfo=UTC)
_number = count(1)


def every(kind: type[Row]) -> Sequence[Row]:
    """All rows of a table, oldest first."""
    session().expire_all()
    return session().scalars(select(kind).order_by(*inspect(kind).primary_key)).all()


def a_magnet(
    slug: str = "", *, kind: MagnetKind = MagnetKind.EBOOK, title: str = "One pipeline", at: datetime = NOON
) -> Magnet:
    """A magnet with its first edition; the edition has no document."""
    slug = slug or f"magnet-{next(_number)}"
    with transaction() as writing:
        magnet = Magnet(slug=slug, kind=kind, created_at=at)
        writing.add(magnet)
        writing.flush()
        writing.add(
            Edition(
                magnet_id=magnet.id,
                number=1,
                bundle_digest="0" * 64,
                title=title,
                subtitle="",
                summary="",
                authors=[],
                language="en",
                contents=[],
                pictures=[],
                link_policy=LinkPolicy.NEWEST,
                published_at=at,
            )
        )
    return magnet


def a_page_row(
    slug: str = "",
    *,
    kind: MagnetKind = MagnetKind.EBOOK,
    title: str = "One pipeline",
    definition: JsonObject | None = None,
    at: datetime = NOON,
) -> Page:
    """A page with its magnet and first version, for stages that ask nothing of the definition."""
    slug = slug or f"page-{next(_number)}"
    magnet = a_magnet(slug, kind=kind, title=title, at=at)
    with transaction() as writing:
        page = Page(slug=slug, magnet_id=magnet.id, live_version=1, created_at=at, changed_at=at)
        writing.add(page)
        writing.flush()
        writing.add(PageVersion(page_id=page.id, number=1, digest="0" * 64, definition=definition or {}, created_at=at))
    return page


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


def a_submission(lead: Lead, page: Page, *, at: datetime = NOON, **answers: object) -> Submission:
    """An accepted fill of a page's first version."""
    with transaction() as writing:
        version = writing.scalars(select(PageVersion).where(PageVersion.page_id == page.id)).first()
        assert version is not None
        submission = Submission(
            lead_id=lead.id,
            page_id=page.id,
            page_version_id=version.id,
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
