"""A page falls silent: its owner gets one mail, and one more when it is over."""

from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

import pytest
from flask import Flask
from sqlalchemy import event

from capture import clock
from capture.accounts.models import Role
from capture.attribution.models import Touch
from capture.config import Settings
from capture.db import db, session, transaction
from capture.delivery.models import Grant
from capture.journey import opening, staff, watching
from capture.leads.models import Submission
from capture.outbox.models import OutboxMessage, Status
from capture.pages.models import Page
from capture.reports import pages as page_reports
from capture.reports.models import IncidentKind, PageIncident
from capture.worker import Worker
from tests import stories
from tests.factories import a_lead, a_page, a_submission, every
from tests.smtp import Postbox, smtp_server

HOUR = timedelta(hours=1)
BEFORE = timedelta(days=5)


def visits(page: Page, number: int, *, at: datetime, channel: str = "Paid social", device: str = "phone") -> int:
    """Arrivals from an ad; gives the key of the last."""
    plain = dict.fromkeys(
        ("landing_path", "raw_query", "referrer", "source", "medium", "campaign", "term", "content"), ""
    )
    with transaction() as writing:
        touches = [
            Touch(page_id=page.id, at=at, channel=channel, device=device, click_ids={}, **plain) for _ in range(number)
        ]
        writing.add_all(touches)
        writing.flush()
        return touches[-1].id


def fills(page: Page, number: int, touch: int, *, at: datetime) -> None:
    for _ in range(number):
        fill = a_submission(a_lead(at=at), page, at=at)
        with transaction() as writing:
            writing.get_one(Submission, fill.id).touch_id = touch


def a_busy_page(now: datetime) -> Page:
    """One tenth of those whom ads bring fill the form."""
    page = a_page(at=now - 30 * BEFORE)
    fills(page, 10, visits(page, 100, at=now - BEFORE), at=now - BEFORE)
    return page


def posted(app: Flask, settings: Settings) -> list[tuple[list[str], str, str]]:
    """What a mail server is given."""
    postbox = Postbox()
    with smtp_server(postbox) as address:
        app.extensions["lodestone"] = replace(settings, mail=address)
        worker = Worker(app)
        app.extensions["lodestone"] = settings
        while worker.do_one("mail"):
            pass
    return [(to, message["Subject"], part(message, "plain")) for to, message in postbox.received]


def part(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body
    return str(body.get_content())


def test_visits_from_ads_without_fills_are_told_once_and_again_when_it_is_over(
    app: Flask, settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    page, bystander = a_busy_page(now), a_busy_page(now)
    owner = staff.add_person("mara@northwind.example", "Mara Lind", Role.MARKETER, actor="cli", at=now)
    opening.give_to(page.slug, owner.public_id, actor="cli", at=now)
    visits(bystander, 90, at=now - HOUR, channel="Direct")
    visits(bystander, 90, at=now - HOUR, device="machine")
    last = visits(page, 90, at=now - HOUR)

    assert [watching.watch(at=now) for _ in range(2)] == [1, 0]
    [told] = posted(app, settings)
    assert told[0] == ["mara@northwind.example"]
    assert told[1].startswith("Nobody fills")
    assert "90 visitors" in told[2]
    assert "10 of 100 did" in told[2]
    assert {shown.slug: set(shown.silences) for shown in page_reports.overview(at=now).pages} == {
        page.slug: {IncidentKind.FILLS},
        bystander.slug: set(),
    }

    fills(page, 1, last, at=now + HOUR)
    monkeypatch.setattr(clock, "now", lambda: now + 2 * HOUR)
    assert [watching.watch(at=now + 2 * HOUR) for _ in range(2)] == [1, 0]
    [over] = posted(app, settings)
    assert over[1].startswith("Filled again")
    [incident] = every(PageIncident)
    assert incident.ended_at == now + 2 * HOUR


def test_a_page_that_is_closed_ends_it_without_a_mail_and_a_rare_fill_raises_none(app: Flask, now: datetime) -> None:
    page, rare = a_busy_page(now), a_page(at=now - 30 * BEFORE)
    fills(rare, 1, visits(rare, 100, at=now - BEFORE), at=now - BEFORE)
    visits(page, 90, at=now - HOUR)
    visits(rare, 90, at=now - HOUR)
    assert watching.watch(at=now) == 1

    opening.close(page.slug, actor="cli", at=now)

    assert watching.watch(at=now + HOUR) == 0
    [incident] = every(PageIncident)
    assert (incident.page_id, incident.open_key) == (page.id, None)
    assert len(every(OutboxMessage)) == 1


def test_fills_without_a_mail_or_a_download_are_told_and_the_first_delivery_ends_it(app: Flask, now: datetime) -> None:
    page = stories.a_page()
    for number in range(5):
        answers = stories.a_fill(email=f"person{number}@analytical.example")
        stories.submit(page, answers, form_key=f"key-{number}", at=now - HOUR)

    assert watching.watch(at=now - HOUR / 2 - timedelta(seconds=1)) == 0
    assert watching.watch(at=now) == 1
    [incident] = every(PageIncident)
    assert (incident.kind, incident.count) == (IncidentKind.DELIVERIES, 5)
    with transaction():
        grant = session().query(Grant).order_by(Grant.id).first()
        assert grant
        mail = session().query(OutboxMessage).filter_by(idempotency_key=f"magnet_mail:{grant.id}").one()
        mail.status, mail.done_at = Status.DONE, now
    assert watching.watch(at=now) == 1
    assert [message.kind for message in every(OutboxMessage)].count("page_silent") == 2


def test_watching_asks_as_many_questions_for_many_pages_as_for_one(app: Flask, now: datetime) -> None:
    def asked() -> int:
        seen: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        watching.watch(at=now)
        event.remove(db.engine, "before_cursor_execute", note)
        return len(seen)

    visits(a_page(), 90, at=now - HOUR)
    few = asked()
    for _ in range(4):
        visits(a_page(), 90, at=now - HOUR)

    assert asked() == few
