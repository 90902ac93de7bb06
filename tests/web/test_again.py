import subprocess
import sys
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from capture import clock
from capture.db import db, is_sqlite, transaction
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.leads.models import LeadVisitor
from capture.web import visitor
from capture.web.public.again import LIFETIME, UNCHANGED
from tests import stories
from tests.stories import a_fill, a_page, submit
from tests.web.test_delivery import a_token, downloads, statements

pytestmark = pytest.mark.real_commits  # whether anything was written is what the database itself says

ANSWERED = "lodestone_http_answers_total"
FORGET_BROWSERS = """
import sys
from sqlalchemy import create_engine, text
with create_engine(sys.argv[1]).begin() as connection:
    connection.execute(text("DELETE FROM lead_visitor"))
"""


@pytest.fixture
def moment(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the machine's own clock shows: it stands still until a test moves it."""
    shown = [time.monotonic()]
    monkeypatch.setattr("capture.web.public.again.time.monotonic", lambda: shown[0])
    return shown


@pytest.fixture
def reader(client: FlaskClient, moment: list[float]) -> tuple[FlaskClient, str]:
    """The browser that filled the form of a page and fetched its copy, and the address of the copy."""
    receipt = submit(a_page(), a_fill(tracked=True))
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    address = f"/get/{a_token(receipt.grant)}"
    assert client.get(address).data  # read to the end: now it is counted
    db.session.remove()  # what was read before was read before that
    return client, address


def told(response: TestResponse) -> list[tuple[str, str]]:
    return sorted(response.headers.items())


def test_a_copy_given_again_has_the_same_bytes_and_headers_and_asks_nobody(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader
    asked = browser.get(address)

    with statements() as said:
        again = browser.get(address)

    assert said == []
    assert (again.status, again.data, told(again)) == (asked.status, asked.data, told(asked))
    assert again.headers["Cache-Control"] == "private, no-store"
    assert int(again.headers["Content-Length"]) == len(again.data)


def test_a_large_copy_is_given_again_in_pieces(
    reader: tuple[FlaskClient, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, address = reader
    asked = browser.get(address)
    monkeypatch.setattr("capture.web.public.again.HELD", 10)

    assert browser.get(address).data == asked.data


def test_head_tells_what_get_tells_and_neither_makes_the_other_ask(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader
    head = browser.head(address)

    with statements() as said:
        whole, head_again = browser.get(address), browser.head(address)

    assert said == []
    assert (head.data, head_again.data) == (b"", b"")
    assert told(head) == told(whole) == told(head_again)
    assert len(whole.data) == int(head.headers["Content-Length"])


def test_head_before_the_first_download_tells_the_same_and_counts_nothing(client: FlaskClient) -> None:
    receipt = submit(a_page())
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    address = f"/get/{a_token(receipt.grant)}"

    head, counted = client.head(address), downloads()
    whole = client.get(address)

    assert counted == 0
    assert whole.data
    assert told(head) == told(whole)
    assert downloads() == 1


def test_giving_it_again_changes_no_count_and_is_measured(
    reader: tuple[FlaskClient, str], app: Flask, settings: object
) -> None:
    browser, address = reader
    app.extensions["lodestone"] = replace(stories.settings(), metrics_token="m" * 32)
    try:
        before = answers(browser)
        for _ in range(3):
            browser.get(address)
        assert answers(browser) == before + 3
    finally:
        app.extensions["lodestone"] = settings
    assert downloads() == 1


def answers(browser: FlaskClient) -> float:
    """Copies that were answered, as the figures of the process tell."""
    text = browser.get("/metrics", headers={"Authorization": f"Bearer {'m' * 32}"}).text
    line = f'{ANSWERED}{{method="GET",route="/get/<token>",status="200"}} '
    return next(float(one.removeprefix(line)) for one in text.splitlines() if one.startswith(line))


def test_another_browser_is_asked_although_the_link_was_just_used(reader: tuple[FlaskClient, str], app: Flask) -> None:
    browser, address = reader
    browser.get(address)

    assert app.test_client().get(address).mimetype == "text/html"


def test_part_of_a_copy_and_an_unchanged_copy_are_not_answered_with_the_whole(reader: tuple[FlaskClient, str]) -> None:
    browser, address = reader
    whole = browser.get(address)

    part = browser.get(address, headers={"Range": "bytes=0-9"})
    unchanged = browser.get(address, headers={"If-None-Match": whole.headers["ETag"]})

    assert (part.status_code, part.data, unchanged.status_code) == (206, whole.data[:10], 304)
    assert browser.get(address).data == whole.data


def test_a_browser_that_is_no_longer_the_leads_is_asked_when_the_second_is_over(
    reader: tuple[FlaskClient, str], moment: list[float]
) -> None:
    browser, address = reader
    browser.get(address)
    with transaction() as session:
        session.execute(delete(LeadVisitor))

    moment[0] += LIFETIME

    assert browser.get(address).mimetype == "text/html"


def test_a_correction_is_served_when_the_second_is_over(reader: tuple[FlaskClient, str], moment: list[float]) -> None:
    browser, address = reader
    old = browser.get(address)
    a_page(document=stories.a_document(3))

    moment[0] += LIFETIME

    assert browser.get(address).headers["ETag"] != old.headers["ETag"]


def test_where_nothing_is_written_nobody_is_asked_for_a_minute(
    reader: tuple[FlaskClient, str], moment: list[float]
) -> None:
    browser, address = reader
    browser.get(address)

    moment[0] += UNCHANGED - 0.1
    with statements() as while_it_holds:
        again = browser.get(address)
    moment[0] += 0.1
    with statements() as later:
        browser.get(address)

    assert again.data[:5] == b"%PDF-"
    # PostgreSQL does not tell whether anything was written: there the second that was over begins again.
    assert (len(while_it_holds), len(later)) == ((0, 1) if is_sqlite() else (1, 0))


def test_that_nothing_was_written_is_believed_for_a_second_and_not_past_the_minute(
    reader: tuple[FlaskClient, str], moment: list[float]
) -> None:
    browser, address = reader
    browser.get(address)
    moment[0] += UNCHANGED - LIFETIME * 1.5
    browser.get(address)  # looked, and nothing was written
    with transaction() as session:
        session.execute(delete(LeadVisitor))

    moment[0] += LIFETIME * 0.9
    kept = browser.get(address)
    moment[0] += LIFETIME * 0.1

    # PostgreSQL had no mark to look at: its second began with the question to the database, as here.
    assert kept.mimetype == "application/pdf"
    assert browser.get(address).mimetype == "text/html"


def test_what_another_process_writes_ends_it(reader: tuple[FlaskClient, str], moment: list[float]) -> None:
    browser, address = reader
    browser.get(address)
    url = db.engine.url.render_as_string(hide_password=False)
    subprocess.run([sys.executable, "-c", FORGET_BROWSERS, url], check=True)
    db.session.remove()  # the test stands in one request, which reads what there was at its beginning

    moment[0] += LIFETIME

    assert browser.get(address).mimetype == "text/html"


def test_a_link_that_expires_meanwhile_is_refused(
    client: FlaskClient, moment: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    receipt = submit(a_page())
    assert receipt.new_cookie
    client.set_cookie(visitor.COOKIE, receipt.new_cookie)
    in_half_a_minute = clock.now() - links.LEEWAY + timedelta(seconds=30)
    address = f"/get/{links.sign(stories.settings(), Purpose.COPY, receipt.grant, expires=in_half_a_minute)}"
    given = [client.get(address).data[:5]]
    db.session.remove()
    given += [client.get(address).data[:5] for _ in range(2)]
    later = clock.now() + timedelta(seconds=31)
    monkeypatch.setattr(clock, "now", lambda: later)

    moment[0] += 31

    assert given == [b"%PDF-"] * 3
    assert client.get(address).status_code == 410


def test_only_so_much_is_remembered(reader: tuple[FlaskClient, str], monkeypatch: pytest.MonkeyPatch) -> None:
    browser, address = reader
    monkeypatch.setattr("capture.web.public.again.MOST", 1)
    browser.get(address)
    browser.set_cookie("another", "cookie")
    browser.get(address)

    with statements() as of_the_newest:
        browser.get(address)
    browser.delete_cookie("another")
    with statements() as of_the_oldest:
        browser.get(address)

    assert of_the_newest == []
    assert len(of_the_oldest) == 1


def test_what_is_fetched_once_pushes_nothing_out_that_is_given_again(
    reader: tuple[FlaskClient, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, address = reader
    monkeypatch.setattr("capture.web.public.again.MOST", 1)
    for _ in range(2):
        browser.get(address)
    for number in range(3):
        browser.set_cookie("another", f"cookie-{number}")
        browser.get(address)
    browser.delete_cookie("another")

    with statements() as said:
        browser.get(address)

    assert said == []
