"""A page in German: all that the product says on the way from the visit to the copy and the mails."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock, config
from capture.delivery import links
from capture.delivery import mail as delivery_mail
from capture.delivery.links import Purpose
from capture.delivery.models import Grant
from capture.errors import BadSetting
from capture.leads.models import Lead
from capture.pages.definition import Copy, Delivery, Mail, Thanks
from capture.pages.fields import Condition, Field, FieldKind, Option
from capture.webinars import mail as webinar_mail
from capture.webinars.models import Registration
from tests.english import english_in, ours_in
from tests.factories import every
from tests.stories import a_fill, a_page, a_webinar, close, settings, submit
from tests.web.test_assessment_page import TYPED, an_assessment
from tests.web.test_landing import fill

FIELDS = (
    Field("email", FieldKind.EMAIL, "E-Mail", required=True, fills="email", work_email=True),
    Field("first_name", FieldKind.TEXT, "Vorname", fills="first_name"),
    Field("last_name", FieldKind.TEXT, "Nachname", fills="last_name"),
    Field("company", FieldKind.TEXT, "Firma", fills="company", required=True, min_length=3),
    Field("country", FieldKind.COUNTRY, "Land", fills="country"),
    Field("people", FieldKind.NUMBER, "Mitarbeitende", maximum=20000),
    Field(
        "why", FieldKind.RADIO, "Anlass", options=(Option("a", "Neugier"), Option("b", "Projekt"), Option("c", "Not"))
    ),
    Field("more", FieldKind.TEXT, "Projekt", when=Condition("why", ("b", "c"))),
    Field("tel", FieldKind.PHONE, "Telefon"),
)
GERMAN: dict[str, Any] = {
    "language": "de",
    "copy": Copy(headline="Sicher kalkulieren", promise="Sechs Wege zum Preis.", outcomes=("Preise setzen.",)),
    "fields": FIELDS,
    "thanks": Thanks(),
    "mail": Mail(subject="Ihr Leitfaden"),
}
START = datetime(2026, 12, 10, 15, tzinfo=UTC)
FIXTURE = {
    "Pricing, live",
    "Pricing guide",
    "Six ways to set a price",
    "How to set a price.",
    "Start",
}  # what the story's magnet says


def a_german_page(slug: str = "preise", **changes: Any) -> Any:
    return a_page(slug, **{**GERMAN, **changes})


def left_in(html: str) -> list[str]:
    for words in FIXTURE:
        html = html.replace(words, "")
    return english_in(html)


def test_a_german_page_its_form_and_its_errors_have_no_english_word(client: FlaskClient) -> None:
    a_german_page()

    page = client.get("/preise").text
    refused = client.post("/preise", data={"email": "ada@gmail.com", "company": "ab", "people": "30000", "tel": "12"})

    assert '<html lang="de">' in page
    assert left_in(page) == left_in(refused.text) == []
    assert "Nur wenn Ihre Antwort auf „Anlass“ „Projekt“ oder „Not“ lautet." in page
    assert '<option value="AT">Österreich</option>' in page
    assert "Bitte prüfen: Sicher kalkulieren" in refused.text
    assert "Bitte verwenden Sie Ihre geschäftliche E-Mail-Adresse" in refused.text
    assert "Bitte schreiben Sie mindestens 3 Zeichen." in refused.text
    assert "Bitte geben Sie eine Zahl bis höchstens 20.000 an." in refused.text
    assert client.get("/preise", headers={"Accept-Language": "en"}).text.count("Lesezeit")


def test_what_follows_a_german_fill_is_german(client: FlaskClient, app: Flask) -> None:
    page = a_german_page()
    confirmed = a_german_page("angebote", delivery=Delivery.CONFIRMED)
    receipt, waiting = submit(page, a_fill()), submit(confirmed, a_fill(), form_key="key-2")
    old = clock.now() - timedelta(days=1)
    lead = every(Lead)[0].public_id

    seen = [
        client.get(f"/thanks/{token(Purpose.THANKS, receipt.grant)}"),
        client.get(f"/thanks/{token(Purpose.THANKS, waiting.grant)}"),
        client.get(f"/get/{token(Purpose.MAIL, receipt.grant)}"),
        client.get(f"/get/{token(Purpose.MAIL, waiting.grant)}"),
        client.get(f"/get/{token(Purpose.MAIL, receipt.grant, expires=old)}"),
        client.post(f"/get/{token(Purpose.MAIL, receipt.grant, expires=old)}"),
        client.get(f"/confirm/{token(Purpose.CONFIRM, waiting.grant)}"),
        client.get(f"/withdraw/{token(Purpose.WITHDRAW, lead)}"),
        client.post(f"/withdraw/{token(Purpose.WITHDRAW, lead)}"),
        client.post("/preise", headers={"Origin": "https://rival.example"}),
    ]

    for answer in seen:
        assert '<html lang="de">' in answer.text
        assert left_in(answer.text) == [], answer.request.path
    assert "Ihr Exemplar ist fertig" in seen[0].text
    assert seen[-1].status_code == 403


def token(purpose: Purpose, subject: str, *, expires: datetime | None = None) -> str:
    return links.sign(settings(), purpose, subject, expires=expires or clock.now() + timedelta(days=1))


def test_a_page_that_is_not_open_says_so_in_its_own_language(client: FlaskClient) -> None:
    close(a_german_page())

    closed = client.get("/preise")

    assert closed.status_code == 410
    assert "Dieses Angebot ist beendet" in closed.text
    assert left_in(closed.text) == []


def test_mails_of_german_pages_are_german(client: FlaskClient) -> None:
    receipt = submit(a_german_page())
    webinar = submit(a_webinar("webinar", starts_at=START, page=GERMAN), form_key="key-2")
    grant = next(grant.id for grant in every(Grant) if grant.public_id == receipt.grant)
    seat = next(seat.id for seat in every(Registration) if seat.token == webinar.registration)

    mails = [
        delivery_mail.magnet_mail(settings(), {"grant_id": grant, "key": "a"}),
        delivery_mail.confirmation_mail(settings(), {"grant_id": grant, "key": "b"}),
        webinar_mail.webinar_mail(settings(), {"registration_id": seat, "key": "c"}),
    ]

    for mail in filter(None, mails):
        assert '<html lang="de">' in mail.html
        assert left_in(f"{mail.subject} {mail.html} {mail.text}") == []
    first, _, third = mails
    assert first
    assert third
    assert "Guten Tag Ada Byron,\n\n" in first.text
    assert "2 Seiten, etwa 3 Minuten Lesezeit" in first.text
    assert "Donnerstag, 10. Dezember 2026, 16:00 Uhr (Europe/Berlin, UTC+1)" in third.text
    assert re.search(r"Der Link funktioniert \d+ Tage lang", first.text)


def test_a_german_webinar_and_its_join_page_are_german(client: FlaskClient) -> None:
    speakers = [{"name": "Mara Lind", "role": "Leiterin", "about": ""}]
    page = a_webinar(
        "webinar", starts_at=START, summary="", agenda=["Preise (15 Minuten)"], speakers=speakers, page=GERMAN
    )
    receipt = submit(page)

    seen = [
        client.get("/webinar").text,
        client.get(f"/thanks/{token(Purpose.THANKS, receipt.grant)}").text,
        client.get(f"/join/{receipt.registration}").text,
    ]

    assert [left_in(html) for html in seen] == [[], [], []]
    assert "Donnerstag, 10. Dezember 2026" in seen[0]
    assert "16:00 Uhr</time>, Ortszeit Berlin (UTC+1)" in seen[0]
    assert '<span class="contents__time">15 Min.</span>' in seen[0]
    assert "Der Raum öffnet eine Viertelstunde vor Beginn." in seen[2]


def test_a_german_assessment_says_its_result_in_german(client: FlaskClient) -> None:
    an_assessment(benchmarks=True, language="de", thanks=Thanks(), copy=GERMAN["copy"])

    form = client.get("/check-up").text
    result = client.get(fill(client, "check-up", **TYPED)).text

    assert ours_in(form) == ours_in(result) == []
    assert '<span class="step__count">Schritt 3 von 3</span> Ihr Ergebnis' in form
    assert "von 100. Andere erreichen 70" in result
    assert "Hier ist Ihr Ergebnis" in result


def test_a_link_that_has_expired_says_so_in_the_language_of_its_page(client: FlaskClient) -> None:
    receipt = submit(a_german_page())

    expired = client.get(f"/thanks/{token(Purpose.THANKS, receipt.grant, expires=clock.now() - timedelta(days=1))}")

    assert expired.status_code == 410
    assert "Dieser Link ist abgelaufen" in expired.text
    assert left_in(expired.text) == []


def test_pages_lead_to_the_notices_in_their_language(client: FlaskClient) -> None:
    told = {
        "LODESTONE_PRIVACY_URL": "https://a.example/p",
        "LODESTONE_PRIVACY_URLS": "de=https://a.example/d,fr=https://f",
    }

    there = config.from_environment(told)

    assert [there.privacy_url_in(tag) for tag in ("de", "de-AT", "it")] == ["https://a.example/d"] * 2 + [
        "https://a.example/p"
    ]
    assert left_in(client.get("/about/privacy/de").text) == left_in(client.get("/about/legal-notice/de").text) == []
    assert client.get("/about/privacy/xx").status_code == 404
    with pytest.raises(BadSetting, match="LODESTONE_PRIVACY_URLS"):
        config.from_environment({"LODESTONE_PRIVACY_URLS": "https://a.example/d"})


def test_an_english_page_beside_it_stays_english(client: FlaskClient) -> None:
    a_german_page()
    a_page()

    assert client.get("/preise").text.count("Leitfaden")
    english = client.get("/pricing-guide").text
    assert '<html lang="en">' in english
    assert "Get your copy" in english
    assert '<html lang="en">' in client.get("/").text
