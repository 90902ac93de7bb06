from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from flask import Flask
from icalendar import Calendar

from capture import clock
from capture.db import transaction
from capture.delivery import mail as delivery_mail
from capture.handoff import mail as handoff_mail
from capture.journey import marketer
from capture.leads.models import Lead
from capture.outbox.mail import Mail, build
from capture.outbox.models import OutboxMessage
from capture.pages.definition import Delivery
from capture.webinars import mail as webinar_mail
from capture.webinars import sessions
from tests import stories
from tests.factories import a_lead, a_salesperson, an_mql, every
from tests.stories import a_fill, a_page, a_webinar, submit

HOSTILE = ["<b>Ada</b>", "Ada\r\nBcc: all@evil.example", "=HYPERLINK(1)", "{{ 7 * 7 }}", "a, b <c@evil.example>" * 4]
HEADERS = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
Compose = Callable[[object, dict[str, object]], Mail | None]


def sent(compose: object, number: int = -1) -> EmailMessage:
    """The mail that an outbox message becomes, as it goes over the wire."""
    message = every(OutboxMessage)[number]
    return on_the_wire(compose(stories.settings(), {**message.payload, "key": message.idempotency_key}))  # type: ignore[operator]


def on_the_wire(letter: Mail | None) -> EmailMessage:
    assert letter is not None
    wire = build(stories.settings(), letter, at=clock.now()).as_bytes()
    return message_from_bytes(wire, policy=default)


def text_of(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def entry_of(mail: EmailMessage) -> tuple[str, dict[str, str]]:
    [attachment] = mail.iter_attachments()
    calendar = Calendar.from_ical(attachment.get_content())
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), {name: str(event[name]) for name in ("UID", "SEQUENCE", "SUMMARY")}


def test_the_mail_with_the_document_has_one_link_and_two_ways_out(app: Flask) -> None:
    submit(a_page())

    mail = sent(delivery_mail.magnet_mail)

    assert mail["To"] == "ada@analytical.example"
    assert mail["Subject"] == "Your pricing guide"
    assert "Hello Ada," in text_of(mail)
    assert text_of(mail).count("http://localhost:8000/get/") == 1
    assert mail["List-Unsubscribe"].startswith("<http://localhost:8000/withdraw/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert stories.settings().privacy_url in text_of(mail)
    assert stories.settings().legal_url in text_of(mail)


def test_each_try_of_a_mail_has_the_same_id(app: Flask) -> None:
    submit(a_page())

    assert sent(delivery_mail.magnet_mail)["Message-ID"] == sent(delivery_mail.magnet_mail)["Message-ID"]


def test_a_double_opt_in_mails_a_page_with_a_button_and_no_document(app: Flask) -> None:
    submit(a_page(delivery=Delivery.CONFIRMED))

    mail = sent(delivery_mail.confirmation_mail)

    assert "/confirm/" in text_of(mail)
    assert "/get/" not in text_of(mail)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_what_was_typed_is_text_in_a_mail_and_never_a_receiver(app: Flask, hostile: str) -> None:
    submit(a_page(), a_fill(first_name=hostile, last_name=None, company=hostile))

    mail = sent(delivery_mail.magnet_mail)

    html = mail.get_body(("html",))
    assert html is not None
    assert [address.addr_spec for address in mail["To"].addresses] == ["ada@analytical.example"]
    assert mail["Bcc"] is None
    assert "<b>Ada</b>" not in html.get_content()
    assert "49" not in mail["Subject"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_whatever_is_kept_of_a_person_writes_no_header_of_the_mail_that_tells_sales(app: Flask, hostile: str) -> None:
    owner = a_salesperson("Ann")
    mql = an_mql(a_lead(name=hostile, company=hostile, job_title=hostile))

    letter = handoff_mail.mql_alert(stories.settings(), {"mql_id": mql.id, "key": "k"})

    mail = on_the_wire(letter)
    html = mail.get_body(("html",))
    assert html is not None
    assert [address.addr_spec for address in mail["To"].addresses] == [owner.email]
    assert set(mail.keys()) == HEADERS
    assert len(mail.keys()) == len(HEADERS)
    assert mail["Subject"].startswith("Please contact ")
    assert "<b>Ada</b>" not in html.get_content()
    assert "49" not in mail["Subject"]


def test_an_invitation_keeps_its_uid_when_the_date_moves_and_when_it_is_called_off(app: Flask) -> None:
    page = a_webinar()
    submit(page)
    method, first = entry_of(sent(webinar_mail.webinar_mail))
    assert method == "REQUEST"

    later = clock.now() + timedelta(days=9)
    with transaction():
        session = sessions.of_magnet(page.magnet_id)
        assert session is not None
        plan = sessions.Plan(
            session.title, session.summary, later, session.zone, session.minutes, session.seats, "", ""
        )
        _, has_moved = sessions.publish(page.magnet_id, plan, at=clock.now())
    assert has_moved
    _, moved = entry_of(sent(webinar_mail.webinar_mail))

    assert marketer.cancel_webinar(page.slug, at=clock.now()) == 1
    called_off = sent(webinar_mail.webinar_mail)
    method, cancelled = entry_of(called_off)

    assert first["UID"] == moved["UID"] == cancelled["UID"]
    assert int(first["SEQUENCE"]) < int(moved["SEQUENCE"]) < int(cancelled["SEQUENCE"])
    assert method == "CANCEL"
    assert called_off["Subject"].startswith("Called off")
    assert marketer.cancel_webinar(page.slug, at=clock.now()) == 0


def test_a_change_that_no_calendar_shows_mails_nobody(app: Flask) -> None:
    page = a_webinar()
    with transaction():
        session = sessions.of_magnet(page.magnet_id)
        assert session is not None
        plan = sessions.Plan(
            session.title,
            "Other words.",
            session.starts_at,
            session.zone,
            session.minutes,
            300,
            "https://meet.example/b",
        )
        _, has_moved = sessions.publish(page.magnet_id, plan, at=clock.now())

    assert not has_moved


def test_every_mailed_link_starts_with_the_configured_address(app: Flask) -> None:
    submit(a_page())
    [message] = every(OutboxMessage)
    settings = replace(stories.settings(), base_url="https://guides.northwind.example")

    letter = delivery_mail.magnet_mail(settings, {**message.payload, "key": "k"})

    assert letter is not None
    assert "http://localhost:8000/get" not in letter.text
    assert "https://guides.northwind.example/get/" in letter.text


def test_nobody_is_mailed_for_a_grant_that_is_gone(app: Flask) -> None:
    assert delivery_mail.magnet_mail(stories.settings(), {"grant_id": 4711, "key": "k"}) is None
    assert not every(Lead)
