from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import Engine, event
from werkzeug.test import TestResponse

from capture import clock
from capture.catalogue.models import LinkPolicy
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.delivery.models import Answer, Download, Grant, LinkOpening
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.leads.models import Lead
from capture.outbox.models import OutboxMessage
from capture.pages.definition import Cookies, Delivery
from capture.web import visitor
from tests import stories
from tests.factories import every
from tests.stories import a_fill, a_page, submit


def a_token(receipt_grant: str, purpose: Purpose = Purpose.COPY, *, days: int = 1) -> str:
    return links.sign(stories.settings(), purpose, receipt_grant, expires=clock.now() + timedelta(days=days))


@pytest.fixture
def reader(client: FlaskClient) -> tuple[FlaskClient, str]:
    """The browser that filled the form of a page, and the address of its copy."""
    receipt = submit(a_page())
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    return client, f"/get/{a_token(receipt.grant)}"


@contextmanager
def at_a_later_time(monkeypatch: pytest.MonkeyPatch, later: timedelta) -> Iterator[None]:
    moment = clock.now() + later
    with monkeypatch.context() as patch:
        patch.setattr(clock, "now", lambda: moment)
        yield


def downloads() -> int:
    return len([event for event in every(EngagementEvent) if event.kind is EventKind.MAGNET_DOWNLOADED])


def text_of(response: TestResponse) -> str:
    return PdfReader(BytesIO(response.data)).pages[0].extract_text()


def test_the_copy_carries_the_name_and_counts_as_one_download(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader

    first, again = browser.get(address), browser.get(address)

    assert first.status_code == 200
    assert first.mimetype == "application/pdf"
    assert "Ada Byron" in text_of(first)
    assert "Analytical" in text_of(first)
    assert first.data == again.data
    assert downloads() == 1
    [event] = [event for event in every(EngagementEvent) if event.kind is EventKind.MAGNET_DOWNLOADED]
    assert event.verdict is Verdict.HUMAN


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is said to the database meanwhile."""
    said: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not statement.startswith(("BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK")):
            said.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield said
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_copy_that_was_counted_costs_one_statement_that_only_reads(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader
    first = browser.get(address)

    with statements() as said:
        again = browser.get(address)
        part = browser.get(address, headers={"Range": "bytes=100-"})

    assert again.data == first.data
    assert part.data == first.data[100:]
    assert len(said) == 2
    assert all(statement.startswith("SELECT") for statement in said)


def test_what_is_printed_comes_from_the_fill_and_not_from_what_is_stored(client: FlaskClient) -> None:
    page = a_page()
    submit(page, a_fill(first_name="Ada"))
    receipt = submit(page, a_fill(first_name="Augusta", last_name=None), form_key="key-2")
    stories.confirm(submit(page, a_fill(first_name="Third"), form_key="key-3"))
    token = a_token(receipt.grant)
    client.post(f"/get/{token}", data={"answer": "me"})

    assert "Augusta" in text_of(client.get(f"/get/{token}"))


def test_a_resumed_download_counts_once_and_only_when_complete(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader
    whole = browser.head(address)
    length, etag = int(whole.headers["Content-Length"]), whole.headers["ETag"]

    first = browser.get(address, headers={"Range": "bytes=0-999"})
    assert (first.status_code, first.headers["Content-Range"]) == (206, f"bytes 0-999/{length}")
    assert downloads() == 0

    assert len(first.data) == 1000

    rest = browser.get(address, headers={"Range": "bytes=1000-", "If-Range": etag})
    whole_again = first.data + rest.data
    assert downloads() == 1
    assert whole_again == browser.get(address).data
    assert downloads() == 1


def test_a_reader_who_goes_away_is_not_counted(client: FlaskClient) -> None:
    receipt = submit(a_page())
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)

    response = client.get(f"/get/{a_token(receipt.grant)}", buffered=False)
    next(response.iter_encoded())
    response.close()

    assert not [download for download in every(Download) if download.completed_at]
    assert downloads() == 0


def test_head_and_unchanged_copies_hand_out_nothing(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader

    head = browser.head(address)
    unchanged = browser.get(address, headers={"If-None-Match": head.headers["ETag"]})

    assert (head.status_code, head.data, unchanged.status_code) == (200, b"", 304)
    assert every(Download) == []


def test_a_range_beyond_the_end_is_refused(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader

    assert browser.get(address, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_another_browser_is_asked_without_a_word_about_the_person(reader: tuple[FlaskClient, str], app: Flask) -> None:
    _, address = reader

    page = app.test_client().get(address)

    assert page.status_code == 200
    assert page.mimetype == "text/html"
    assert not {"Ada", "Byron", "Analytical"} & set(page.text.replace("<", " ").split())
    assert downloads() == 0
    assert [opening.answer for opening in every(LinkOpening)] == [Answer.ASKED]


def test_yes_makes_the_browser_known_and_gives_the_copy(reader: tuple[FlaskClient, str], app: Flask) -> None:
    _, address = reader
    other = app.test_client()

    answer = other.post(address, data={"answer": "me"})

    assert answer.status_code == 303
    assert "Ada Byron" in text_of(other.get(address))


def test_no_leads_to_the_form_and_the_forward_is_kept(reader: tuple[FlaskClient, str], app: Flask) -> None:
    _, address = reader

    answer = app.test_client().post(address, data={"answer": "not_me"})

    assert (answer.status_code, answer.location) == (303, "/pricing-guide")
    assert EventKind.LINK_FORWARDED in [event.kind for event in every(EngagementEvent)]


def test_a_link_of_the_mail_proves_the_address_only_by_its_button(client: FlaskClient) -> None:
    receipt = submit(a_page())
    address = f"/get/{a_token(receipt.grant, Purpose.MAIL)}"

    client.get(address)
    assert every(Lead)[0].verified_at is None

    client.post(address, data={"answer": "me"})
    assert every(Lead)[0].verified_at is not None


def test_a_mail_link_opened_by_a_scanner_again_and_again_burns_nothing(client: FlaskClient, app: Flask) -> None:
    receipt = submit(a_page())
    address = f"/get/{a_token(receipt.grant, Purpose.MAIL)}"
    for _ in range(5):
        app.test_client().get(address, headers={"User-Agent": "curl/8"})

    client.post(address, data={"answer": "me"})

    assert client.get(address).data.startswith(b"%PDF")
    assert downloads() == 1


def test_an_expired_link_explains_itself_and_offers_a_new_one(
    reader: tuple[FlaskClient, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, address = reader
    before = len(every(OutboxMessage))

    with at_a_later_time(monkeypatch, timedelta(days=30)):
        expired = browser.get(address)
        asked = browser.post(address)

    assert expired.status_code == 410
    assert "expired" in expired.text
    assert asked.status_code == 200
    assert len(every(OutboxMessage)) == before + 1


def test_every_changed_position_of_a_link_is_refused(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader
    token = address.removeprefix("/get/")

    for place, present in enumerate(token):
        other = "A" if present != "A" else "B"
        assert browser.get(f"/get/{token[:place]}{other}{token[place + 1 :]}").status_code == 404


@pytest.mark.parametrize("path", ["/get/", "/thanks/", "/confirm/", "/withdraw/"])
def test_a_token_page_is_never_cached_indexed_or_told_to_others(reader: tuple[FlaskClient, str], path: str) -> None:
    browser, address = reader
    [grant] = every(Grant)
    [lead] = every(Lead)
    tokens = {
        "/get/": address.removeprefix("/get/"),
        "/thanks/": a_token(grant.public_id, Purpose.THANKS),
        "/confirm/": a_token(grant.public_id, Purpose.CONFIRM),
        "/withdraw/": a_token(lead.public_id, Purpose.WITHDRAW),
    }

    response = browser.get(path + tokens[path])

    assert response.status_code == 200
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.headers["Cache-Control"] == "private, no-store"
    assert "noindex" in response.headers["X-Robots-Tag"]


def test_no_document_has_a_public_path(client: FlaskClient, app: Flask) -> None:
    page = a_page()
    sha = stories.newest_edition(page).document

    for path in (
        f"/documents/{sha}",
        f"/static/{sha}",
        f"/pictures/{sha}.webp",
        f"/get/{sha}",
        f"/data/documents/{sha}",
    ):
        assert client.get(path).status_code == 404


def test_double_opt_in_gives_nothing_before_its_button(client: FlaskClient) -> None:
    receipt = submit(a_page(delivery=Delivery.CONFIRMED))
    copy = f"/get/{a_token(receipt.grant)}"
    confirm = f"/confirm/{a_token(receipt.grant, Purpose.CONFIRM)}"

    assert client.get(copy).status_code == 403
    assert client.get(confirm).status_code == 200
    assert client.get(copy).status_code == 403

    assert client.post(confirm).status_code == 303
    assert client.get(copy).mimetype == "application/pdf"


def test_withdrawing_contact_takes_a_post_and_works_from_a_mail_program(client: FlaskClient) -> None:
    submit(a_page(), a_fill(news=True))
    [lead] = every(Lead)
    address = f"/withdraw/{a_token(lead.public_id, Purpose.WITHDRAW)}"

    client.get(address)
    assert stories.consents_of(lead)["marketing_email"]

    answer = client.post(
        address,
        data={"List-Unsubscribe": "One-Click"},
        headers={"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 200
    assert not stories.consents_of(lead)["marketing_email"]


def test_a_page_without_cookies_still_gives_the_copy_in_one_click(client: FlaskClient) -> None:
    receipt = submit(a_page(cookies=Cookies.NEVER))

    assert client.get(f"/get/{a_token(receipt.grant)}").mimetype == "application/pdf"


def test_links_inside_the_document_are_the_leads_own_only_where_tracking_was_agreed_to(client: FlaskClient) -> None:
    page = a_page()
    for key, tracked in (("key-1", False), ("key-2", True)):
        receipt = submit(page, a_fill(tracked=tracked, email=f"{key}@analytical.example"), form_key=key)
        assert receipt.new_cookie
        client.set_cookie(visitor.COOKIE, receipt.new_cookie)
        copy = client.get(f"/get/{a_token(receipt.grant)}").data
        grant = every(Grant)[-1]
        assert (f"/l/{grant.token}/".encode() in copy) is tracked

    followed = client.get(f"/l/{every(Grant)[-1].token}/1-0")
    assert (followed.status_code, followed.location) == (302, "https://northwind.example/0")


def test_a_link_inside_a_document_in_an_unknown_browser_redirects_and_scores_nothing(app: Flask) -> None:
    submit(a_page(), a_fill(tracked=True))
    [grant] = every(Grant)

    answer = app.test_client().get(f"/l/{grant.token}/1-1", headers={"User-Agent": stories.PERSON})

    assert answer.location == "https://northwind.example/1"
    [event] = [event for event in every(EngagementEvent) if event.kind is EventKind.LINK_FOLLOWED]
    assert event.verdict is Verdict.UNPROVEN


def test_a_followed_link_says_in_which_chapter_it_lies(client: FlaskClient) -> None:
    receipt = submit(a_page(), a_fill(tracked=True))
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)

    for number in (0, 1):
        client.get(f"/l/{every(Grant)[-1].token}/1-{number}", headers={"User-Agent": stories.PERSON})

    events = [event for event in every(EngagementEvent) if event.kind is EventKind.LINK_FOLLOWED]
    assert [event.detail.get("section") for event in events] == [None, "Start"]
    assert {event.verdict for event in events} == {Verdict.HUMAN}


def test_a_newer_edition_is_served_where_the_bundle_says_so(client: FlaskClient) -> None:
    page = a_page()
    receipt = submit(page)
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    a_page(document=stories.a_document(3))

    copy = client.get(f"/get/{a_token(receipt.grant)}")

    assert len(PdfReader(BytesIO(copy.data)).pages) == 3


def test_a_pinned_link_keeps_the_edition_that_was_promised(client: FlaskClient) -> None:
    page = a_page(policy=LinkPolicy.PINNED)
    receipt = submit(page)
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    a_page(document=stories.a_document(3), policy=LinkPolicy.PINNED)

    copy = client.get(f"/get/{a_token(receipt.grant)}")

    assert len(PdfReader(BytesIO(copy.data)).pages) == 2
