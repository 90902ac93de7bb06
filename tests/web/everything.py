"""An installation in which there is one of everything, and for every route of the application an address in it."""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from flask import Flask
from werkzeug.routing import Rule

from capture import clock
from capture.accounts.models import ApiToken, Passkey, Role, Staff, StaffSession
from capture.attribution.models import Campaign, KeptLink, Word
from capture.catalogue import documents, proofs
from capture.catalogue.models import Proof, Publication, PublicationState
from capture.catalogue.proofs import Drawn, Result
from capture.db import Base, transaction
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.delivery.models import Grant
from capture.engagement import history
from capture.handoff.models import Mql
from capture.handoff.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from capture.journey import importing, reporting, visitor
from capture.journey import staff as staff_journey
from capture.leads import values
from capture.leads.models import Lead, LeadImport, LeadMerge
from capture.outbox.models import OutboxMessage, Status
from capture.pages.definition import Copy, NextStep, Question, Quote
from capture.pages.models import Experiment
from capture.reports.models import SavedView, SpendImport
from capture.scoring import preset, rulesets, scores
from capture.web.static import digest
from capture.webinars.models import Registration
from magnets.bundle import Brand
from tests import word
from tests.factories import every
from tests.magnets.documents import a_document
from tests.stories import a_fill, a_page, a_webinar, an_arrival, settings, submit
from tests.web.studio import TEXT, Studio, typed
from tests.web.test_studio import a_login, a_person

Row = TypeVar("Row", bound=Base)
Names = Mapping[str, object]

SAM, PASSWORD = "sam@northwind.example", "correct horse battery"
SITE = "https://partner.northwind.example"
CHAPTER = "chapters/03-who-calls.md"
BRAND = Brand(name="Northwind", about="A maker of works.", website="https://northwind.example")
COPY = Copy(
    headline="Price with confidence",
    promise="Six ways to set a price.",
    outcomes=("You know your price.",),
    audience=("Whoever sells.",),
    faq=(Question("Is it long?", "No."),),
    quotes=(Quote("Good.", "Ada", "Head"),),
)
QUERY = "utm_source=LinkedIn&utm_medium=cpc&utm_campaign=autumn&utm_term=price&utm_content=blue&gclid=x"
LIST = b"Mail;Vorname;Firma\nmary@engines.example;Mary;Engines\nno-address;Nobody;\n"
COSTS = b"Day,Campaign,Cost\n2026-09-15,autumn,12.50\n"
QUERIES = {
    "simulating.leads": "?who=kept-back&of=draft&fit=0&engagement=1",
    "ruling.trial": "?person=ada%40analytical.example",
    "ruling.rule": "?key=work_email",
    "ruling.save": "?axis=engagement",
    "links.qr": "?link=http://localhost:8000/pricing-guide",
    "reports.download": "?since=2026-09-01&until=2026-09-30&by=campaign",
}


@dataclass(frozen=True, slots=True)
class Place:
    """A rule of the application, an address that leads to something by it, and what is sent along."""

    rule: Rule
    path: str
    form: Names
    headers: Mapping[str, str]

    @property
    def endpoint(self) -> str:
        return str(self.rule.endpoint)

    @property
    def methods(self) -> set[str]:
        return (self.rule.methods or set()) - {"HEAD", "OPTIONS"}


def places(app: Flask) -> list[Place]:
    """Furnish the installation; gives a place for every rule of the application."""
    admin = Studio(app, Role.ADMIN, "ada@northwind.example")
    a_person(Role.SALES, SAM)
    staff_journey.choose_password(first(Staff, email=SAM).public_id, PASSWORD, at=clock.now())
    _keep_passkey("ada@northwind.example")
    _offer(app)
    _sell(admin)
    _run(admin)
    draft = _write(admin)
    _brand(admin)
    document = admin.post("/studio/drafts/pdf", file=(io.BytesIO(a_document("<p>Prices.</p>")), "list.pdf")).split("/")[
        3
    ]
    asked = admin.post("/studio/drafts/new", starter="assessment").split("/")[3]
    live = admin.post("/studio/drafts/new", starter="webinar").split("/")[3]
    a_webinar("new-webinar")
    named, below, forms = _named(draft), _below(document, asked, live), _forms()
    adapter, found = app.url_map.bind("localhost:8000"), []
    for rule in app.url_map.iter_rules():
        known = dict(named)
        for prefix, names in below.items():
            known |= names if rule.rule.startswith(prefix) else {}
        missing = rule.arguments - known.keys()
        assert not missing, f"say in {__name__} what {sorted(missing)} of {rule.rule} is"
        method = next(iter((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        path = adapter.build(rule.endpoint, {name: known[name] for name in rule.arguments}, method)
        headers = {"Origin": SITE} if rule.rule.startswith("/embed/") else {}
        found.append(Place(rule, path + QUERIES.get(rule.endpoint, ""), forms.get(rule.endpoint, {}), headers))
    return found


def _keep_passkey(email: str) -> None:
    now = clock.now()
    with transaction() as writing:
        known = {"credential_id": "AAAA", "public_key": "AAAA", "sign_count": 0, "transports": ["usb"], "name": "Stick"}
        writing.add(Passkey(staff_id=first(Staff, email=email).id, created_at=now, challenged_at=now, **known))


def first(kind: type[Row], **facts: object) -> Row:
    """The first row of a table of which these facts are true."""
    return next(row for row in every(kind) if all(getattr(row, name) == fact for name, fact in facts.items()))


def _offer(app: Flask) -> None:
    """Pages, an arrival from an ad, a lead, an MQL, a seat in a webinar, and a fill that waits."""
    page = a_page(
        embed_on=(SITE,), brand=BRAND, copy=COPY, next_step=NextStep("Talk to us", "https://northwind.example")
    )
    webinar = a_webinar(speakers=[{"name": "Mara", "role": "Head", "about": "Sells."}], agenda=["Prices"])
    arrived = {"User-Agent": an_arrival().user_agent, "Referer": "https://www.linkedin.com/"}
    app.test_client().get(
        "/pricing-guide?utm_source=LinkedIn&utm_medium=cpc&utm_campaign=autumn&gclid=x", headers=arrived
    )
    visitor.begin_form(page.page_id, "company", an_arrival(query=QUERY), form_key="key-0", at=clock.now())
    submit(page, a_fill(news=True))
    submit(page, a_fill(email="grace@compiler.example", first_name="Grace", talk=True), form_key="key-2")
    given = submit(webinar, form_key="key-3").grant
    app.test_client().get(f"/get/{link(Purpose.MAIL, given)}", headers=arrived)
    submit(page, a_fill(email="eve@machine.example"), form_key="key-4", suspicion="too fast")


def _sell(admin: Studio) -> None:
    """Whose MQLs are whose, who is never one, and what became of one."""
    sam, mql = first(Staff, email=SAM).public_id, first(Mql).public_id
    admin.post("/studio/mqls/routing", seen="0", rules=f"DACH: country = DE -> {SAM}", accounts=f"acme.example, {SAM}")
    admin.post("/studio/mqls/reasons", **typed(admin.get("/studio/mqls/reasons")))
    admin.post("/studio/mqls/never", kind="customer", text="customer.example, owner@agency.example")
    hours = {"zone": "Europe/Berlin", "week": "Mon-Fri 09:00-17:00", "off": "2026-12-24 to 2027-01-02"}
    admin.post_seen(f"/studio/mqls/team/{sam}", on="/studio/mqls/team", **hours, crm_ids="salesforce = 005")
    admin.post(f"/studio/mqls/{mql}", outcome="accepted", note="Called her.", press="1")
    report = f"mql_id,status,crm_id\n{mql},won,006\n"
    admin.post("/studio/mqls/outcomes", 200, text=report, statuses="won = won", load="1")
    columns = {"header-1": "Mail", "source-1": "email", "header-2": "From", "source-2": "=", "text-2": "us"}
    admin.post_seen("/studio/destinations/generic/columns", **columns)


def _run(admin: Studio) -> None:
    """What marketers and admins keep beside their drafts."""
    admin.post("/studio/campaigns/", name="Autumn", aliases="autumn*", budget="1000.50", begins="2026-09-01")
    admin.post("/studio/links/", page="pricing-guide", source="LinkedIn", medium="cpc", campaign="autumn")
    admin.post("/studio/links/words", kind="source", word="linkedin")
    admin.post("/studio/links/words", kind="channel", word="Posts", source="linkedin", medium="social")
    admin.post("/studio/campaigns/aside", parameter="utm_term", raw="{keyword}", after="2026-09-20")
    admin.post("/studio/reports/costs", file=(io.BytesIO(COSTS), "costs.csv"), kind="ads", load="1")
    admin.post("/studio/imports/", file=(io.BytesIO(LIST), "fair.csv"))
    brought = admin.post("/studio/imports/", file=(io.BytesIO(LIST), "booth.csv"))
    said = {"column-1": "email", "column-2": "first_name", "column-3": "company", "campaign": "Fair", "basis": "mail"}
    admin.post_seen(brought, begin="1", **said, met_on="2026-09-10", wording="You may write to me.")
    importing.run(settings(), {"import_id": brought.rpartition("/")[2]})
    reporting.count_days(settings(), at=clock.now() + timedelta(days=17))  # to the end of the month
    reporting.close_months(settings(), at=clock.now() + timedelta(days=90))
    admin.post("/studio/leads/views", name="From ads", q="ada")
    ada, mary = first(Lead, first_name="Ada").public_id, first(Lead, first_name="Mary").public_id
    with transaction() as writing:
        person = writing.get_one(Lead, first(Lead, first_name="Grace").id)
        values.learn(person, {"company": "Compilers & Sons"}, submission_id=None, at=clock.now() + timedelta(hours=1))
    admin.post(f"/studio/leads/{ada}/merge/{mary}", note="Ada's other address.")
    grace = first(Lead, first_name="Grace").public_id
    admin.post_seen(f"/studio/leads/{grace}/correct", website="compilers.example")
    admin.post("/studio/settings/tokens", 200, name="CRM", scopes="mqls:read")
    admin.post("/studio/settings/outbox/test")
    with transaction() as writing:
        message = writing.get_one(OutboxMessage, every(OutboxMessage)[0].id)
        message.status, message.reason = Status.PARKED, "nobody lives there"
    admin.post("/studio/webhooks/", 200, url="https://crm.northwind.example/hook", name="CRM", kinds="mql.created")
    admin.post(f"/studio/webhooks/{first(WebhookEndpoint).public_id}/test")
    _switch_rules()
    with transaction() as writing:
        tried = {"at": clock.now(), "headers": {"User-Agent": "Lodestone"}, "bytes": 2, "digest": "x", "status": 500}
        writing.add(WebhookAttempt(delivery_id=first(WebhookDelivery).id, **tried, answer="no table", milliseconds=9))
    admin.post("/studio/scoring/draft", fit_threshold="30", engagement_threshold="20", revision="0")


def _switch_rules() -> None:
    """The same rules as another version, whose entries were written for everybody before it."""
    with transaction():
        number = rulesets.create(preset.DEFAULT, at=clock.now())
        scores.prepare(number, [lead.id for lead in every(Lead)], at=clock.now())
        rulesets.activate(number, at=clock.now())


def _write(admin: Studio) -> str:
    """A draft with a picture, pages to look at, and a publication; gives its id."""
    place = admin.start(TEXT)
    admin.post(f"{place}/pictures/{CHAPTER}", picture=(io.BytesIO(word.png()), "tea.png"), alt="Tea")
    admin.post(f"{place}/proofs", part=CHAPTER)
    with transaction():
        seen = Drawn("a" * 64, 8, 8, b"RIFF")
        proofs.finish(first(Proof).id, Result((seen,), 1, complaints=("A remark",)), at=clock.now())
    admin.post(f"{place}/publish")
    with transaction() as writing:
        publication = writing.get_one(Publication, first(Publication).id)
        publication.state, publication.faults = PublicationState.STOPPED, ["Its table is too large."]
    a_page("answer-fast")
    admin.post(f"{place}/experiment")
    variants = f"{place}/experiment/{every(Experiment)[-1].public_id}/variants"
    said = {"A-weight": 1, "B-weight": 1, "B-headline": "Call back at once", "B-cover": "arcs"}
    admin.post_seen(variants, on=f"{place}/experiment", **said)
    return place.rpartition("/")[2]


def _brand(admin: Studio) -> None:
    said = {"brand-name": "Northwind", "brand-website": "https://northwind.example", "brand-about": "Makes works."}
    admin.save("/studio/settings/brand", **said)
    logo = (io.BytesIO(word.png()), "logo.png")
    admin.post_seen("/studio/settings/brand/logo", on="/studio/settings/brand", logo=logo)


def _named(draft: str) -> Names:
    """What a name stands for wherever it is used in a rule."""
    return {
        "slug": "pricing-guide",
        "version": digest(),
        "campaign_id": first(Campaign).public_id,
        "link_id": first(KeptLink).public_id,
        "word_id": first(Word).public_id,
        "ending": "png",
        "import_id": first(LeadImport).public_id,
        "view_id": first(SavedView).public_id,
        "mql_id": first(Mql).public_id,
        "message_id": first(OutboxMessage, status=Status.PARKED).id,
        "token_id": first(ApiToken).public_id,
        "passkey_id": first(Passkey).public_id,
        "endpoint_id": first(WebhookEndpoint).public_id,
        "delivery_id": first(WebhookDelivery).public_id,
        "draft": draft,
        "proof": first(Proof).public_id,
        "publication": first(Publication).public_id,
        "revision": 1,
        "experiment": every(Experiment)[-1].public_id,
        "letter": "B",
        "look": "slide-in",
        "tag": "de",
        "screen": "page",
        "move": "up",
        "form": "csv",
    }


def _below(document: str, asked: str, live: str) -> Mapping[str, Names]:
    """What the names of all rules that begin alike stand for."""
    lead, other = first(Lead, first_name="Ada"), first(Lead, first_name="Grace")
    grant = first(Grant, lead_id=lead.id).public_id
    return {
        "/thanks/": {"token": link(Purpose.THANKS, grant)},
        "/get/": {"token": link(Purpose.MAIL, grant)},
        "/confirm/": {"token": link(Purpose.CONFIRM, grant)},
        "/withdraw/": {"token": link(Purpose.WITHDRAW, lead.public_id)},
        "/join/": {"token": first(Registration).token},
        "/l/": {"grant_token": first(Grant).token, "edition": 1, "number": 0},
        "/embed.": {"ending": "js"},
        "/pictures/": {"sha": documents.store(settings()).put(b"RIFF0000WEBP"), "ending": "webp"},
        "/static/": {"path": "css/base.css", "colour_hex": "0f5c4d"},
        "/studio/login/": {"token": a_login(SAM).rpartition("/")[2]},
        "/studio/leads/": {
            "public_id": other.public_id,
            "other_id": lead.public_id,
            "merge_id": first(LeadMerge).public_id,
        },
        "/studio/people/": {"public_id": first(Staff, email=SAM).public_id, "one": first(StaffSession).public_id},
        "/studio/mqls/team/": {"public_id": first(Staff, email=SAM).public_id},
        "/studio/scoring/": {
            "number": 2,
            "public_id": lead.public_id,
            "entry_id": scores.explain(lead.id, at=clock.now())[0].entry_id,
            "event_id": history.newest(lead.id, limit=1)[0].event_id,
        },
        "/studio/reports/": {"public_id": first(SpendImport).public_id},
        "/studio/destinations/": {"key": "generic"},
        "/studio/drafts/colour/": {"digits": "0f5c4d"},
        "/studio/drafts/<draft>/experiment/": {"move": "discard"},
        "/studio/drafts/<draft>/pdf": {"draft": document},
        "/studio/drafts/<draft>/cancel": {"draft": live},
        "/studio/drafts/<draft>/form/": {"key": "company"},
        "/studio/drafts/<draft>/questions": {"draft": asked, "part": "questions", "key": "first_call"},
        "/studio/drafts/<draft>/order/": {"draft": asked, "part": "questions"},
        "/studio/drafts/<draft>/kind/": {"draft": asked, "key": "first_call"},
        "/studio/drafts/<draft>/sections/": {"name": "faq"},
        "/studio/drafts/<draft>/text/": {"path": CHAPTER},
        "/studio/drafts/<draft>/pictures/": {"path": "pictures/tea.png"},
        "/studio/drafts/<draft>/proofs/pages/": {"sha": "a" * 64},
    }


def _forms() -> Mapping[str, Names]:
    """What is typed where an empty form leads to nothing."""
    sam = first(Staff, email=SAM).public_id
    return {
        "campaigns.leave_aside": {"parameter": "utm_campaign", "raw": "{campaignid}"},
        "campaigns.take_back": {"parameter": "utm_term", "raw": "{keyword}"},
        "delivery.answer": {"answer": "me"},
        "destinations.take": {"form": "people"},
        "drafts.add_picture": {"picture": (word.png(), "cup.png")},
        "drafts.add_field": {"kind": "text"},
        "drafts.change_kind": {"kind": "scale"},
        "drafts.order_parts": {"order": "profile"},
        "drafts.ask_for_proof": {"part": CHAPTER},
        "drafts.remove_file": {"path": CHAPTER},
        "drafts.take_variant_over": {"variant": "B"},
        "embed.submit": a_fill(email="mary@engines.example"),
        "inbox.pass_on": {"to": sam},
        "links.add_word": {"kind": "term", "word": "leads"},
        "links.change_word": {"kind": "source", "word": "LinkedIn"},
        "links.keep": {"page": "pricing-guide", "source": "booth"},
        "links.keep_for_channels": {"page": "pricing-guide", "channel": first(Word, word="Posts").public_id},
        "links.take_words_in": {"word": '["source", "google", "", ""]'},
        "landing.submit": a_fill(email="mary@engines.example"),
        "people.change_role": {"role": "marketer"},
        "people.invite": {"email": "max@northwind.example", "name": "Max", "role": "sales"},
        "studio.log_in": {"email": SAM, "password": PASSWORD},
        "simulating.file": {"who": "kept-back", "of": "draft", "fit": "0", "engagement": "1"},
        "rule_versions.take": {"revision": "1"},
        "scoring.discard": {"revision": "1"},
        "scoring.activate": {"revision": "1", "handover": "none"},
    }


def link(purpose: Purpose, subject: str) -> str:
    """The token of a link that lasts a day."""
    return links.sign(settings(), purpose, subject, expires=clock.now() + timedelta(days=1))
