"""Pages open and close at their time, lead on when they are closed, and move."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from capture import clock
from capture.accounts.models import AuditEntry, Role
from capture.config import Settings
from capture.errors import PageClosed, PageNotOpenYet, ParameterRefused
from capture.journey import opening, staff
from capture.pages import pages
from capture.pages.definition import Copy
from capture.pages.opening import Window
from capture.worker import Worker
from tests.factories import every
from tests.smtp import Postbox, smtp_server
from tests.stories import a_fill, a_page, submit

HOUR = timedelta(hours=1)


def test_a_page_is_open_from_its_time_to_its_end_without_anybody_doing_anything(
    client: FlaskClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = a_page()
    a_page("bystander")
    opening.open_from(page.magnet_slug, Window(now + HOUR, now + 2 * HOUR), actor="cli", at=now)

    early = client.get("/pricing-guide")
    assert early.status_code == 404
    assert "Tuesday, 15 September 2026, 15:00</time> (Europe/Berlin)" in early.text
    with pytest.raises(PageNotOpenYet):
        submit(page, a_fill())
    assert "/pricing-guide" not in client.get("/").text + client.get("/sitemap.xml").text

    monkeypatch.setattr(clock, "now", lambda: now + HOUR)
    assert client.get("/pricing-guide").status_code == 200
    assert submit(page, a_fill()).grant
    assert "/pricing-guide" in client.get("/sitemap.xml").text

    monkeypatch.setattr(clock, "now", lambda: now + 2 * HOUR)
    assert client.get("/pricing-guide").status_code == 410
    assert "/pricing-guide" not in client.get("/").text
    with pytest.raises(PageClosed):
        submit(page, a_fill(email="grace@analytical.example"))


def test_a_closed_page_says_the_marketers_words_and_leads_on_over_pages_closed_since(
    client: FlaskClient, now: datetime
) -> None:
    first, second = a_page(), a_page("second")
    a_page("third", copy=Copy("The third guide"))
    opening.say_when_closed(first.magnet_slug, "Our <prices> changed.", "second", actor="cli", at=now)
    opening.say_when_closed(second.magnet_slug, "", "third", actor="cli", at=now)
    for page in (first, second):
        opening.close(page.magnet_slug, actor="cli", at=now)

    closed = client.get("/pricing-guide?utm_source=LinkedIn&gclid=1")

    assert closed.status_code == 410
    assert "Our &lt;prices&gt; changed." in closed.text
    assert 'href="/third?utm_source=LinkedIn&amp;gclid=1"' in closed.text
    with pytest.raises(ParameterRefused):
        opening.say_when_closed(first.magnet_slug, "", "pricing-guide", actor="cli", at=now)
    assert [entry.action for entry in every(AuditEntry)] == [*["page.farewell"] * 2, *["closed"] * 2]


def test_a_page_moves_twice_and_every_old_address_leads_there_at_once(
    client: FlaskClient, settings: Settings, now: datetime
) -> None:
    magnet = a_page().magnet_slug
    other = a_page("other").magnet_slug
    for slug in ("prices", "price-list"):
        opening.rename(magnet, slug, settings=settings, actor="cli", at=now)

    for old in ("pricing-guide", "prices"):
        answer = client.get(f"/{old}?utm_source=a%26b&x=1")
        assert (answer.status_code, answer.location) == (301, "/price-list?utm_source=a%26b&x=1")
    for taken in ("prices", "price-list", "studio", "Not a slug"):
        with pytest.raises(ParameterRefused):
            opening.rename(other, taken, settings=settings, actor="cli", at=now)
    opening.rename(magnet, "prices", settings=settings, actor="cli", at=now)
    assert client.get("/price-list").location == "/prices"
    assert client.get("/prices").status_code == 200


def test_the_owner_is_mailed_once_when_the_page_opens_at_its_time(
    app: Flask, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = a_page()
    person = staff.add_person("mara@northwind.example", "Mara Lind", Role.MARKETER, actor="cli", at=now)
    opening.give_to(page.magnet_slug, person.public_id, actor="cli", at=now)
    opening.open_from(page.magnet_slug, Window(now + HOUR), actor="cli", at=now)
    assert opening.tell_of_openings(at=now) == 0

    monkeypatch.setattr(clock, "now", lambda: now + HOUR)
    assert [opening.tell_of_openings(at=now + HOUR) for _ in range(2)] == [1, 0]
    postbox = Postbox()
    with smtp_server(postbox) as address:
        app.extensions["lodestone"] = replace(settings, mail=address)
        worker = Worker(app)
        app.extensions["lodestone"] = settings
        while worker.do_one("mail"):
            pass

    [(receivers, message)] = postbox.received
    assert receivers == ["mara@northwind.example"]
    assert message["Subject"].startswith("Live: ")
    assert "http://localhost:8000/pricing-guide" in str(message.get_body(("plain",)))


def test_publishing_again_keeps_an_opening_to_come_and_opens_what_was_over(app: Flask, now: datetime) -> None:
    page = a_page()
    coming = Window(now + HOUR, now + 2 * HOUR)
    opening.open_from(page.magnet_slug, coming, actor="cli", at=now)

    assert a_page(copy=Copy("Another headline")).window == coming
    assert a_page(copy=Copy("Another headline"), at=now + 3 * HOUR).is_open(now + 3 * HOUR)
    assert pages.all_live(at=now)[0].version == 2
