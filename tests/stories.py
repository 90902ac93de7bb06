"""The state that a test starts from, made by telling the story: pages with real documents, and people who fill them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flask import current_app

from capture import clock
from capture.attribution.arrival import Arrival
from capture.catalogue import documents, editions, magnets
from capture.catalogue.models import Edition, LinkPolicy, MagnetKind
from capture.config import Settings
from capture.db import session, transaction
from capture.delivery.models import Grant
from capture.journey import reader
from capture.journey import visitor as visitor_journey
from capture.journey.acceptance import Receipt
from capture.leads import consents
from capture.leads.models import Lead
from capture.pages import pages
from capture.pages.definition import Cookies, Copy, Definition, Delivery, Mail, Seo, Thanks
from capture.pages.fields import Field, FieldKind, Option, Purpose
from capture.pages.models import Page, PageStatus
from capture.pages.pages import LivePage
from capture.webinars import sessions
from magnets.bundle import Brand, Theme
from magnets.imprint import prepare
from tests.factories import every

MARKETING = "Northwind Works may send me one mail a month about its guides. I can end this at any time."
TRACKING = "Northwind Works may note which links in the guide I follow."
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


def settings() -> Settings:
    """The settings of the installation under test."""
    return current_app.extensions["lodestone"]


def the_zone() -> ZoneInfo:
    """The zone of the installation under test."""
    return settings().zone


@cache
def a_document(pages_count: int = 2) -> bytes:
    """A small prepared document with slots on its first page and a link on each."""
    from weasyprint import HTML  # slow, and only here

    slot = "display:block;width:12cm;height:1cm"
    first = (
        f"<a style='{slot}' href='slot:name?size=18&min=9&colour=1f2937&align=left&font=sans&weight=600'></a>"
        f"<a style='{slot}' href='slot:company?size=12&min=8&colour=1f2937&align=left&font=sans&weight=400'></a>"
    )
    body = "".join(
        f"<section style='break-after:page'>{first if n == 0 else ''}<h1>Page {n + 1}</h1>"
        f"<p><a href='https://northwind.example/{n}'>Read more</a></p></section>"
        for n in range(pages_count)
    )
    html = f"<html lang=en><title>Pricing guide</title><body>{body}</body></html>"
    return prepare(HTML(string=html).write_pdf(pdf_variant="pdf/ua-1"))


def a_definition(**changes: Any) -> Definition:
    """A short form: e-mail, name, company, and three consents that nobody has to give."""
    given: dict[str, Any] = {
        "language": "en",
        "theme": Theme.FOLIO,
        "brand": Brand(),
        "copy": Copy(headline="Price with confidence", promise="Six ways to set a price.", button="Send me the guide"),
        "fields": (
            Field("email", FieldKind.EMAIL, "Work e-mail", required=True, fills="email"),
            Field("first_name", FieldKind.TEXT, "First name", fills="first_name"),
            Field("last_name", FieldKind.TEXT, "Last name", fills="last_name"),
            Field("company", FieldKind.TEXT, "Company", fills="company"),
            Field("job_title", FieldKind.TEXT, "Job title", fills="job_title"),
            Field("country", FieldKind.COUNTRY, "Country", fills="country"),
            Field(
                "company_size",
                FieldKind.SELECT,
                "Company size",
                fills="company_size",
                options=(Option("1-49", "1 to 49"), Option("50-249", "50 to 249"), Option("250+", "250 and more")),
            ),
            Field("talk", FieldKind.CONTACT_ME, "Please contact me"),
            Field("news", FieldKind.CONSENT, "News", purpose=Purpose.MARKETING_EMAIL, wording=MARKETING),
            Field("tracked", FieldKind.CONSENT, "Reading", purpose=Purpose.TRACKING, wording=TRACKING),
        ),
        "thanks": Thanks(headline="Here is your guide"),
        "mail": Mail(subject="Your pricing guide", text="Here is the guide you asked for."),
        "seo": Seo(description="How to set a price."),
    }
    return Definition(**{**given, **changes})


def a_page(
    slug: str = "pricing-guide",
    *,
    kind: MagnetKind = MagnetKind.EBOOK,
    policy: LinkPolicy = LinkPolicy.NEWEST,
    delivery: Delivery = Delivery.PAGE,
    cookies: Cookies = Cookies.ALWAYS,
    document: bytes | Path | None = None,
    plan: sessions.Plan | None = None,
    at: datetime | None = None,
    **changes: Any,
) -> LivePage:
    """A live page with a magnet whose document is real. A webinar has a session instead."""
    at = at or clock.now()
    definition = a_definition(delivery=delivery, cookies=cookies, **changes)
    pdf = document or a_document()
    sha, size = _kept(pdf) if kind is not MagnetKind.WEBINAR else (None, 0)
    with transaction():
        magnet = magnets.find_or_create(slug, kind, at=at)
        number = (session().query(Edition).filter_by(magnet_id=magnet.id).count()) + 1
        session().add(
            Edition(
                magnet_id=magnet.id,
                number=number,
                bundle_digest=f"{number:064d}",
                title="Pricing guide",
                subtitle="Six ways to set a price",
                summary="How to set a price.",
                authors=[{"name": "Northwind Works", "role": ""}],
                language=definition.language,
                document=sha,
                document_bytes=size,
                pages=2,
                words=500,
                minutes=3,
                contents=[{"title": "Start", "level": 1, "page": 2, "minutes": 3}],
                pictures=[],
                personalised=True,
                link_policy=policy,
                published_at=at,
            )
        )
        session().flush()
        if plan is not None:
            sessions.publish(magnet.id, plan, at=at)
        return pages.publish(magnet.id, slug, definition, at=at)


def _kept(document: bytes | Path) -> tuple[str, int]:
    """Put a document into the store; its hash and its size."""
    store = documents.store(settings())
    if isinstance(document, bytes):
        return store.put(document), len(document)
    with document.open("rb") as file:
        return store.put_from(file), document.stat().st_size


def newest_edition(page: LivePage) -> Edition:
    """The newest edition of a page's magnet."""
    edition = editions.newest(page.magnet_id)
    assert edition is not None
    return edition


def an_arrival(**changes: Any) -> Arrival:
    """A person at a desk, without a cookie, who typed the address."""
    given = {
        "cookie": None,
        "path": "/pricing-guide",
        "query": "",
        "referrer": "",
        "user_agent": PERSON,
        "own_host": "localhost:8000",
    }
    return Arrival(**{**given, **changes})


def a_fill(**changes: Any) -> dict[str, Any]:
    """What a person types: clean answers by field key. None takes an answer out."""
    given = {
        "email": "ada@analytical.example",
        "first_name": "Ada",
        "last_name": "Byron",
        "company": "Analytical",
    }
    return {key: value for key, value in {**given, **changes}.items() if value is not None}


def submit(
    page: LivePage,
    answers: Mapping[str, Any] | None = None,
    arrival: Arrival | None = None,
    *,
    form_key: str = "key-1",
    suspicion: str | None = None,
    at: datetime | None = None,
) -> Receipt:
    """A person fills the form of a page."""
    return visitor_journey.submit_form(
        page.slug,
        a_fill() if answers is None else answers,
        arrival or an_arrival(path=f"/{page.slug}"),
        form_key=form_key,
        suspicion=suspicion,
        settings=settings(),
        at=at or clock.now(),
    )


def a_lead(email: str = "ada@analytical.example", **answers: Any) -> Lead:
    """A lead who filled the form of a page of his own."""
    page = a_page(slug=f"page-for-{email.partition('@')[0]}")
    submit(page, a_fill(email=email, **answers), form_key=f"key-{email}")
    return session().query(Lead).filter_by(email=email).one()


def confirm(receipt: Receipt) -> None:
    """The person presses the button of the double opt-in."""
    reader.confirm_address(receipt.grant, an_arrival(), settings=settings(), at=clock.now())


def redeem(receipt: Receipt, *, by_mail: bool) -> None:
    """The person says "yes, this is me" in a new browser."""
    reader.redeem_link(receipt.grant, an_arrival(), by_mail=by_mail, settings=settings(), at=clock.now())


def download(receipt: Receipt, *, cookie: str | None = None) -> None:
    """The copy is handed out whole to the browser that filled the form."""
    [grant] = [grant for grant in every(Grant) if grant.public_id == receipt.grant]
    reader.hand_out(
        receipt.grant,
        grant.edition_id,
        an_arrival(cookie=cookie or receipt.new_cookie),
        length=1000,
        start=0,
        stop=1000,
        settings=settings(),
        at=clock.now(),
    )


def close(page: LivePage) -> None:
    """The marketer closes a page."""
    with transaction():
        session().get_one(Page, page.page_id).status = PageStatus.CLOSED


def a_webinar(slug: str = "pricing-live", *, page: Mapping[str, Any] | None = None, **changes: Any) -> LivePage:
    """A webinar page whose session begins in three days at noon (UTC); `page` is said of its definition."""
    plan = sessions.Plan(
        **{
            "title": "Pricing, live",
            "summary": "How to set a price.",
            "starts_at": clock.now() + timedelta(days=3),
            "zone": "Europe/Berlin",
            "minutes": 45,
            "seats": 100,
            "room_url": "https://meet.example/room",
            "replay_url": "https://video.example/replay",
            **changes,
        }
    )
    return a_page(slug, kind=MagnetKind.WEBINAR, plan=plan, **(page or {}))


def consents_of(lead: Lead) -> Mapping[str, bool]:
    """For each purpose: whether the lead's consent is in force."""
    return consents.state(lead.id)
