import json
import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock
from capture.attribution.models import Touch
from capture.catalogue import documents
from capture.db import session, transaction
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.delivery.models import Grant
from capture.engagement.models import EngagementEvent, FormStart
from capture.journey import upkeep
from capture.leads.models import Lead, Submission
from capture.pages import pages
from capture.pages.definition import Cookies, Copy, Delivery, NextStep, Question, Thanks
from capture.pages.fields import Ask, Field, FieldKind
from capture.reports import days
from tests import stories
from tests.factories import every
from tests.stories import a_definition, a_page, a_webinar, close, submit

TYPED = {"email": "ada@analytical.example", "first_name": "Ada", "last_name": "Byron", "company": "Analytical"}


def fill(client: FlaskClient, slug: str = "pricing-guide", **changes: str) -> str:
    """Fill the form as a browser without scripts does; gives the address of the page after it."""
    page = client.get(f"/{slug}").get_data(as_text=True)
    hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
    answer = client.post(f"/{slug}", data={**hidden, **TYPED, **changes, "rendered_at": ""})
    assert answer.status_code == 303
    return answer.headers["Location"]


def test_a_valid_fill_becomes_a_lead_with_its_source(client: FlaskClient) -> None:
    a_page()

    answer = client.post(
        "/pricing-guide?utm_source=LinkedIn&utm_medium=cpc", data={**TYPED, "email": " Ada@Analytical.example"}
    )

    assert answer.status_code == 303
    [lead] = every(Lead)
    assert lead.email == "ada@analytical.example"
    [touch] = every(Touch)
    assert (touch.source, touch.medium) == ("LinkedIn", "cpc")


def test_a_step_is_judged_in_the_words_of_a_refusal_and_nothing_of_it_is_kept(client: FlaskClient) -> None:
    a_page()
    typed = {"email": "petra@muster", "company": ""}

    told = client.post("/pricing-guide/judged", data=typed)
    foreign = client.post("/pricing-guide/judged", data=typed, headers={"Sec-Fetch-Site": "cross-site"})

    assert told.get_json() == {"field-email": "Please write an e-mail address such as name@company.com."}
    assert "Please write an e-mail address such as" in client.post("/pricing-guide", data=typed).get_data(as_text=True)
    assert client.post("/pricing-guide/judged", data=typed | {"email": "petra@muster.example"}).get_json() == {}
    assert foreign.status_code == 403
    assert (every(Lead), every(FormStart)) == ([], [])


def test_forms_that_were_begun_are_counted_and_those_that_were_left_say_where(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = a_page()

    def begin(*fields: str, agent: str = stories.PERSON, **changes: str) -> dict[str, str]:
        shown = client.get("/pricing-guide", headers={"User-Agent": stories.PERSON}).get_data(as_text=True)
        hidden = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown))
        for field in fields:
            told = {**hidden, "field": field, **changes}
            assert client.post("/pricing-guide/started", data=told, headers={"User-Agent": agent}).status_code == 204
        return hidden

    begin("email", "company", host_query="?utm_source=LinkedIn&utm_medium=cpc")
    sent = begin("email")
    assert client.post("/pricing-guide", data={**TYPED, **sent, "rendered_at": ""}).status_code == 303
    begin("email", agent="Googlebot/2.1")
    begin("email", rendered_at="made up")
    begin("no such field")

    zone, now = app.extensions["lodestone"].zone, clock.now()
    told = days.of(page.slug, zone=zone, at=now)
    assert told is not None
    assert (told.whole.starts, told.left_at) == (2, [])
    assert {name: line.starts for name, line in told.channels} == {"Paid social": 1, "Direct": 1}
    late = days.of(page.slug, zone=zone, at=now + timedelta(minutes=31))
    assert late is not None
    assert late.left_at == [("Company", 1)]
    upkeep.forget_old(at=now + timedelta(days=91))
    assert every(FormStart) == []


def test_a_browser_without_scripts_fills_the_form_and_opens_its_own_copy(client: FlaskClient) -> None:
    a_page()

    thanks = client.get(fill(client)).get_data(as_text=True)
    download = re.search(r'href="(/get/[^"]+)"', thanks)

    assert "Ada Byron" in thanks
    assert download
    assert client.get(download[1]).mimetype == "application/pdf"


def test_a_refused_fill_shows_the_page_again_with_what_was_typed(client: FlaskClient) -> None:
    a_page()

    answer = client.post("/pricing-guide", data={**TYPED, "email": "ada at home", "first_name": "<b>Ada</b>"})

    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "ada at home" in page
    assert "&lt;b&gt;Ada" in page
    assert page.count('class="error-summary"') == 1
    assert "<title>Please check:" in page
    assert every(Lead) == []


def test_opening_a_landing_page_leaves_evidence_and_nothing_else(client: FlaskClient) -> None:
    a_page()

    client.get("/pricing-guide?utm_source=newsletter", headers={"User-Agent": stories.PERSON})

    assert len(every(Touch)) == 1
    assert len(every(EngagementEvent)) == 1
    assert not every(Lead)
    assert not every(Submission)


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}])
def test_a_page_that_is_only_fetched_ahead_leaves_nothing(client: FlaskClient, headers: dict[str, str]) -> None:
    a_page()

    client.get("/pricing-guide", headers={**headers, "User-Agent": stories.PERSON})
    client.head("/pricing-guide", headers={"User-Agent": stories.PERSON})

    assert every(Touch) == []


def test_a_page_says_what_search_engines_and_networks_want_to_know(client: FlaskClient) -> None:
    a_page()

    page = client.get("/pricing-guide").get_data(as_text=True)

    assert '<link rel="canonical" href="http://localhost:8000/pricing-guide">' in page
    assert '<meta name="description" content="How to set a price.">' in page
    assert '<meta property="og:title" content="Price with confidence">' in page
    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert json.loads(data)["@type"] == "Book"
    assert json.loads(data)["name"] == "Pricing guide"


def test_structured_data_cannot_end_its_own_script(client: FlaskClient) -> None:
    page = a_page()
    edition = stories.newest_edition(page)
    edition.summary = "</script><script>alert(1)</script> & more"
    session().commit()

    shown = client.get("/pricing-guide").get_data(as_text=True)

    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', shown)
    assert json.loads(data)["description"] == edition.summary
    assert "<script>alert" not in shown


def test_a_webinar_is_an_event_with_its_date_in_its_own_zone(client: FlaskClient) -> None:
    a_webinar(seats=30)

    page = client.get("/pricing-live").get_data(as_text=True)

    [data] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    event = json.loads(data)
    assert event["@type"] == "Event"
    assert event["startDate"] == "2026-09-18T14:00:00+02:00"
    assert "Berlin time (UTC+2)" in page
    assert "<dd>30</dd>" in page


def test_a_full_webinar_says_so_and_shows_no_form(client: FlaskClient) -> None:
    submit(a_webinar(seats=1), form_key="first")

    page = client.get("/pricing-live").get_data(as_text=True)

    assert "Every seat is taken" in page
    assert 'name="email"' not in page


def test_who_comes_too_late_for_the_last_seat_is_told_so(client: FlaskClient) -> None:
    submit(a_webinar(seats=1), form_key="first")

    answer = client.post("/pricing-live", data={**TYPED, "email": "grace@navy.example"})

    assert answer.status_code == 409
    assert "Every seat is taken" in answer.get_data(as_text=True)


def test_after_a_webinar_its_page_takes_no_more_fills(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    a_webinar()
    later = clock.now() + timedelta(days=4)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert "This webinar is over" in client.get("/pricing-live").get_data(as_text=True)


def test_a_second_fill_for_a_webinar_looks_like_the_first(client: FlaskClient, app: Flask) -> None:
    a_webinar()
    other = app.test_client()

    first, second = client.get(fill(client, "pricing-live")), other.get(fill(other, "pricing-live"))

    for page in (first.get_data(as_text=True), second.get_data(as_text=True)):
        assert re.search(r'href="/join/[\w-]+"', page)
        assert "Ada Byron" in page


def test_a_page_that_waits_for_the_mailbox_gives_nothing_away(client: FlaskClient) -> None:
    a_page(delivery=Delivery.MAIL)

    page = client.get(fill(client)).get_data(as_text=True)

    assert "on its way to you" in page
    assert "/get/" not in page


def test_double_opt_in_asks_for_the_button_in_the_mail(client: FlaskClient) -> None:
    a_page(delivery=Delivery.CONFIRMED)

    page = client.get(fill(client)).get_data(as_text=True)

    assert "press the button in the e-mail" in page
    assert "/get/" not in page


def test_the_page_after_the_form_names_nobody_in_another_browser(client: FlaskClient, app: Flask) -> None:
    a_page()
    thanks = fill(client)

    page = app.test_client().get(thanks).get_data(as_text=True)

    assert "Ada" not in page
    assert "Analytical" not in page


def test_inside_an_app_the_mail_is_announced_first(client: FlaskClient) -> None:
    a_page(thanks=Thanks(text="Begin with chapter two."))
    thanks = fill(client)

    phone = client.get(thanks, headers={"User-Agent": "Mozilla/5.0 (iPhone) AppleWebKit LinkedInApp/9.1"})
    desk = client.get(thanks, headers={"User-Agent": stories.PERSON})

    said = phone.get_data(as_text=True)
    assert said.index("on its way to you by e-mail") < said.index("Open your copy")
    assert "Begin with chapter two." in desk.get_data(as_text=True)


def test_a_slug_that_the_page_had_leads_to_the_new_one_with_its_source(client: FlaskClient) -> None:
    page = a_page()
    with transaction():
        pages.publish(page.magnet_id, "prices", page.definition, at=clock.now())

    answer = client.get("/pricing-guide?utm_source=print")

    assert answer.status_code == 301
    assert answer.headers["Location"] == "/prices?utm_source=print"


def test_a_closed_page_says_so_and_takes_nothing(client: FlaskClient) -> None:
    close(a_page())

    shown, posted = client.get("/pricing-guide"), client.post("/pricing-guide", data=TYPED)

    assert (shown.status_code, posted.status_code) == (410, 410)
    assert "This offer has ended" in shown.get_data(as_text=True)
    assert every(Lead) == []


def test_the_list_shows_live_pages_only(client: FlaskClient) -> None:
    a_page()
    close(a_page("old-guide"))

    page = client.get("/").get_data(as_text=True)

    assert 'href="/pricing-guide"' in page
    assert "old-guide" not in page


def test_an_empty_list_says_that_there_is_nothing_now(client: FlaskClient) -> None:
    assert "Nothing is on offer here right now" in client.get("/").get_data(as_text=True)


def test_search_engines_find_live_pages_and_no_others(client: FlaskClient) -> None:
    a_page()
    close(a_page("old-guide"))

    sitemap, robots = client.get("/sitemap.xml"), client.get("/robots.txt").get_data(as_text=True)

    assert "<loc>http://localhost:8000/pricing-guide</loc>" in sitemap.get_data(as_text=True)
    assert "old-guide" not in sitemap.get_data(as_text=True)
    assert sitemap.mimetype == "application/xml"
    assert "Disallow: /thanks/" in robots
    assert "Sitemap: http://localhost:8000/sitemap.xml" in robots


def test_what_the_page_says_is_on_the_page(client: FlaskClient) -> None:
    said = Copy(
        headline="Price with confidence",
        outcomes=("Set a price in a day",),
        audience=("You sell software",),
        faq=(Question("Is it free?", "Yes & always."),),
        button="Send me the guide",
    )
    a_page(copy=said, next_step=NextStep("Book a call", "https://northwind.example/call"))

    page = client.get("/pricing-guide").get_data(as_text=True)

    for words in ("Set a price in a day", "You sell software", "Is it free?", "Yes &amp; always.", "Send me the guide"):
        assert words in page
    assert "https://northwind.example/call" in client.get(fill(client)).get_data(as_text=True)


def test_pictures_are_served_for_ever_and_documents_never(client: FlaskClient) -> None:
    store = documents.store(stories.settings())
    image = store.put(b"RIFF\x00\x00\x00\x00WEBPVP8 picture")
    document = stories.newest_edition(a_page()).document

    shown = client.get(f"/pictures/{image}.webp")

    assert shown.status_code == 200
    assert "immutable" in shown.headers["Cache-Control"]
    assert client.get(f"/pictures/{image}.webp", headers={"If-None-Match": shown.headers["ETag"]}).status_code == 304
    assert client.get(f"/pictures/{document}.webp").status_code == 404
    assert client.get(f"/pictures/{'0' * 64}.webp").status_code == 404
    assert client.get("/pictures/..%2Fsecret.key.webp").status_code == 404


def test_a_page_is_sent_small_to_whoever_takes_it_so(client: FlaskClient) -> None:
    a_page()

    plain = client.get("/pricing-guide")
    small = client.get("/pricing-guide", headers={"Accept-Encoding": "gzip"})

    assert small.headers["Content-Encoding"] == "gzip"
    assert len(small.data) < len(plain.data) / 2
    assert "Accept-Encoding" in small.headers["Vary"]


def test_a_link_to_the_page_after_the_form_expires(client: FlaskClient) -> None:
    receipt = submit(a_page())
    token = links.sign(stories.settings(), Purpose.THANKS, receipt.grant, expires=clock.now() - timedelta(days=1))

    assert client.get(f"/thanks/{token}").status_code == 410


def test_only_the_browser_that_answered_is_not_asked_again_and_nobody_else_learns_it(app: Flask) -> None:
    queued = [Field(key, FieldKind.TEXT, key, required=True, ask=Ask.QUEUED) for key in ("role", "goal", "size")]
    company = Field("firm", FieldKind.TEXT, "Firm", fills="company", ask=Ask.QUEUED)
    fields = (*a_definition().fields[:1], company, *queued)
    for slug, cookies in (("first", Cookies.ALWAYS), ("second", Cookies.ALWAYS), ("silent", Cookies.NEVER)):
        a_page(slug, fields=fields, cookies=cookies)
    hers, other = app.test_client(), app.test_client()

    def asked(client: FlaskClient, slug: str) -> list[str]:
        page = client.get(f"/{slug}").get_data(as_text=True)
        return re.findall(r'id="field-(firm|role|goal|size)"', page)

    assert asked(hers, "first") == ["firm", "role"]
    fill(hers, "first", email="ada@analytical.example", firm="Analytical", role="Lead")
    assert asked(hers, "second") == ["goal", "size"]
    fill(hers, "second", email="ada@analytical.example", goal="Fewer", size="9")
    assert asked(hers, "first") == []
    assert asked(hers, "silent") == ["firm", "role"]
    fill(other, "second", email="ada@analytical.example", firm="Guess", role="Guess")
    assert asked(other, "first") == ["goal", "size"]

    answers = [submission.answers for submission in every(Submission)]
    assert {"email", "goal", "size"} == answers[1].keys()
    [lead] = every(Lead)
    assert lead.company == "Guess"

    grant, phone, sent_on = every(Grant)[0].public_id, app.test_client(), app.test_client()
    for browser, purpose in ((phone, Purpose.MAIL), (sent_on, Purpose.COPY)):
        link = f"/get/{links.lasting(stories.settings(), purpose, grant, at=clock.now())}"
        assert browser.get(link).status_code == 200
        assert asked(browser, "second") == ["firm", "role"], "opening a link proves nothing"
        browser.post(link, data={"answer": "me"})
    assert asked(phone, "first") == []  # only the mailbox had the link
    assert asked(phone, "silent") == ["firm", "role"]
    assert asked(sent_on, "first") == ["firm", "role"]
