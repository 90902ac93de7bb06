import smtplib
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from capture.config import Settings
from capture.errors import BadSetting, Undeliverable
from capture.outbox import mail
from capture.outbox.mail import Attachment, Mail
from tests.smtp import Postbox, hanging_server, smtp_server

WITHDRAW = "https://guides.example/withdraw/" + "eyJwIjoid2l0aGRyYXciLCJzIjoi-_." * 8


def a_mail(**changes: object) -> Mail:
    facts = {
        "to": "ada@example.com",
        "subject": "Your guide",
        "text": "Here it is:\nhttps://guides.example/get/abc\n",
        "html": "<p>Here it is</p>",
        "message_id": "<one@guides.example>",
        "list_unsubscribe": WITHDRAW,
    }
    return Mail(**{**facts, **changes})  # type: ignore[arg-type]


@pytest.fixture
def postbox() -> Postbox:
    return Postbox()


@pytest.fixture
def by_smtp(settings: Settings, now: datetime, postbox: Postbox) -> Iterator[Settings]:
    with smtp_server(postbox) as address:
        yield replace(settings, mail=address)


@pytest.fixture
def by_folder(settings: Settings, now: datetime, tmp_path: Path) -> Settings:
    return replace(settings, mail=f"folder:{tmp_path}")


def part(message: EmailMessage, kind: str) -> EmailMessage:
    return next(p for p in message.walk() if p.get_content_type() == kind)


def test_a_mail_arrives_with_its_text_and_its_html(by_smtp: Settings, postbox: Postbox) -> None:
    mail.send(by_smtp, a_mail(text="Grüße aus Köln\n"))

    [(receivers, message)] = postbox.received
    assert receivers == ["ada@example.com"]
    assert message["To"] == "ada@example.com"
    assert message["From"] == "Northwind Works <hello@localhost.example>"
    assert part(message, "text/plain").get_content().strip() == "Grüße aus Köln"
    assert part(message, "text/html").get_content().strip() == "<p>Here it is</p>"


def test_a_mail_program_can_withdraw_contact_with_one_click(by_smtp: Settings, postbox: Postbox) -> None:
    mail.send(by_smtp, a_mail())

    [(_, message)] = postbox.received
    assert message["List-Unsubscribe"] == f"<{WITHDRAW}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_a_long_withdrawal_address_is_not_broken_on_the_wire(settings: Settings, now: datetime) -> None:
    raw = mail.build(settings, a_mail(), at=now).as_bytes()

    assert f"List-Unsubscribe: <{WITHDRAW}>\r\n".encode() in raw


def test_line_breaks_in_a_subject_become_no_headers(by_smtp: Settings, postbox: Postbox) -> None:
    mail.send(by_smtp, a_mail(subject="Hello\r\nBcc: eve@example.com\x00\u2028X: y"))

    [(receivers, message)] = postbox.received
    assert message["Subject"] == "Hello Bcc: eve@example.com X: y"
    assert receivers == ["ada@example.com"]
    assert message["Bcc"] is None


@pytest.mark.parametrize(
    "address",
    [
        "ada@example.com, eve@example.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "ada",
        "",
        "<a@b.example>",
        "a b@c.d",
    ],
)
def test_what_is_no_single_address_is_never_sent(by_smtp: Settings, postbox: Postbox, address: str) -> None:
    with pytest.raises(Undeliverable):
        mail.send(by_smtp, a_mail(to=address))

    assert postbox.received == []


def test_a_long_organisation_with_commas_stays_one_sender(settings: Settings, now: datetime) -> None:
    long = replace(
        settings, organisation="Ada, Bob, Eve <eve@example.com>, and all the others of the long company name"
    )

    message = mail.build(long, a_mail(), at=now)

    assert [address.addr_spec for address in message["From"].addresses] == ["hello@localhost.example"]


def test_an_invitation_stands_beside_the_text_and_is_attached(by_smtp: Settings, postbox: Postbox) -> None:
    entry = Attachment("webinar.ics", "text/calendar; method=REQUEST", b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")

    mail.send(by_smtp, a_mail(attachments=(entry,)))

    [(_, message)] = postbox.received
    assert part(message, "text/calendar").get_param("method") == "REQUEST"
    assert part(message, "application/ics").get_filename() == "webinar.ics"


def test_a_mailbox_that_does_not_exist_is_refused_for_good(by_smtp: Settings, postbox: Postbox) -> None:
    postbox.answers = ["550 5.1.1 <{address}> unknown here"]

    with pytest.raises(Undeliverable) as refused:
        mail.send(by_smtp, a_mail())

    assert "550 5.1.1" in str(refused.value)
    assert "ada" not in str(refused.value)


def test_greylisting_is_worth_another_try(by_smtp: Settings, postbox: Postbox) -> None:
    postbox.answers = ["451 4.7.1 <{address}>: come back later"]

    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        mail.send(by_smtp, a_mail())
    mail.send(by_smtp, a_mail())

    assert mail.describe(refused.value) == "The mail server said: 451 4.7.1 … come back later"
    assert len(postbox.received) == 1


def test_a_connection_lost_after_the_mail_was_taken_gives_the_same_mail_again(
    by_smtp: Settings, postbox: Postbox
) -> None:
    postbox.drops_after_data = True
    with pytest.raises(smtplib.SMTPServerDisconnected):
        mail.send(by_smtp, a_mail())
    postbox.drops_after_data = False
    mail.send(by_smtp, a_mail())

    assert [message["Message-ID"] for _, message in postbox.received] == ["<one@guides.example>"] * 2


def test_a_server_that_hangs_is_given_up(settings: Settings, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "TIMEOUT", 0.2)
    with hanging_server() as address, pytest.raises(smtplib.SMTPServerDisconnected) as given_up:
        mail.send(replace(settings, mail=address), a_mail())

    assert mail.describe(given_up.value) == "The mail server closed the connection or did not answer in time."


def test_a_server_that_is_away_is_worth_another_try(settings: Settings, now: datetime) -> None:
    with pytest.raises(ConnectionRefusedError):
        mail.send(replace(settings, mail="smtp://127.0.0.1:1"), a_mail())


def test_user_and_password_may_hold_any_character(by_smtp: Settings, postbox: Postbox) -> None:
    address = by_smtp.mail.replace("smtp://", "smtp://mail%40northwind.example:s3cr%3At%2Fpass@")

    mail.send(replace(by_smtp, mail=address), a_mail())

    assert postbox.logins == [("mail@northwind.example", "s3cr:t/pass")]
    assert len(postbox.received) == 1


def test_a_wrong_password_is_tried_again_for_somebody_may_mend_it(by_smtp: Settings) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        mail.send(replace(by_smtp, mail=by_smtp.mail.replace("smtp://", "smtp://u:wrong@")), a_mail())


@pytest.mark.parametrize("address", ["smtp://", "smtp://host:99999", "smtp:mail.example.com", "smtp://h/path"])
def test_a_mail_server_that_cannot_be_is_named_at_the_start(settings: Settings, address: str) -> None:
    with pytest.raises(BadSetting, match="LODESTONE_MAIL"):
        mail.check(replace(settings, mail=address))


def test_a_folder_keeps_what_was_sent_newest_first(by_folder: Settings, now: datetime, tmp_path: Path) -> None:
    mail.send(by_folder, a_mail(subject="Größe – your guide"))
    mail.send(by_folder, a_mail(subject="Größe – your guide"))

    [kept] = mail.kept(by_folder)

    assert (kept.to, kept.subject, kept.at) == ("ada@example.com", "Größe – your guide", now)
    assert kept.links == ("https://guides.example/get/abc",)
    assert [path.suffix for path in tmp_path.iterdir()] == [".eml"]


def test_the_message_id_follows_from_the_key_and_tells_nothing(settings: Settings) -> None:
    one = mail.message_id(settings, "magnet_mail:7")

    assert one == mail.message_id(settings, "magnet_mail:7")
    assert one != mail.message_id(settings, "magnet_mail:8")
    assert "magnet" not in one
    assert one.endswith("@localhost>")
