from dataclasses import replace
from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse
from werkzeug.wrappers import Request

from capture import clock
from capture.catalogue.models import MagnetKind
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.web import errors, security
from capture.web.security import limiter
from tests import stories
from tests.stories import a_page, a_webinar, submit
from tests.web import observatory


@pytest.fixture
def https(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The installation is reached over TLS."""
    settings = replace(stories.settings(), base_url="https://guides.northwind.example")
    monkeypatch.setitem(app.extensions, "lodestone", settings)


def a_token(purpose: Purpose, subject: str) -> str:
    return links.sign(stories.settings(), purpose, subject, expires=clock.now() + timedelta(days=1))


def page_types() -> dict[str, str]:
    """One address of each type of page."""
    receipt, seat = submit(a_page()), submit(a_webinar(), form_key="key-2")
    return {
        "the list": "/",
        "a landing page": "/pricing-guide",
        "a webinar": "/pricing-live",
        "thanks": f"/thanks/{a_token(Purpose.THANKS, receipt.grant)}",
        "is this you": f"/get/{a_token(Purpose.MAIL, receipt.grant)}",
        "confirm": f"/confirm/{a_token(Purpose.CONFIRM, receipt.grant)}",
        "join": f"/join/{seat.registration}",
        "privacy": "/about/privacy",
        "legal notice": "/about/legal-notice",
        "not found": "/there-is-no-such-page",
    }


@pytest.mark.usefixtures("https")
def test_every_type_of_page_is_graded_a_plus(client: FlaskClient) -> None:
    grades = {name: observatory.grade(client.get(address)) for name, address in page_types().items()}

    assert grades == dict.fromkeys(grades, "A+")


@pytest.mark.usefixtures("https")
@pytest.mark.parametrize("status", errors.PAGES)
def test_the_page_of_every_error_is_graded_a_plus(app: Flask, status: int) -> None:
    with app.test_request_context("/some-page"):
        answer = app.process_response(errors.page(status))

    assert observatory.grade(TestResponse([answer.get_data()], answer.status, answer.headers, Request({}))) == "A+"


def test_no_page_allows_anything_inline_or_foreign(client: FlaskClient) -> None:
    for name, address in page_types().items():
        policy = observatory.policy(client.get(address))
        targets = policy.pop("form-action")

        assert set().union(*policy.values()) <= {"'none'", "'self'"}, name
        assert targets - {"'self'"} <= ({"https://meet.example", "https://video.example"} if name == "join" else set())


def test_pages_with_a_token_are_private_and_tell_nobody(client: FlaskClient) -> None:
    for name, address in page_types().items():
        if address.count("/") < 2 or address.startswith("/about"):
            continue
        headers = client.get(address).headers

        assert headers["Referrer-Policy"] == "no-referrer", name
        assert headers["Cache-Control"] == "private, no-store", name
        assert "noindex" in headers["X-Robots-Tag"], name


def test_over_plain_http_no_browser_is_told_to_insist_on_tls(client: FlaskClient) -> None:
    assert "Strict-Transport-Security" not in client.get("/about/privacy").headers


def test_a_post_from_another_site_is_refused(client: FlaskClient) -> None:
    a_page()
    fill = {"email": "ada@analytical.example"}

    by_fetch_metadata = client.post("/pricing-guide", data=fill, headers={"Sec-Fetch-Site": "cross-site"})
    by_origin = client.post("/pricing-guide", data=fill, headers={"Origin": "https://rival.example"})
    without_origin = client.post("/pricing-guide", data=fill, headers={"Origin": "null"})

    assert [answer.status_code for answer in (by_fetch_metadata, by_origin, without_origin)] == [403, 403, 403]


def test_a_post_from_the_page_itself_is_taken(client: FlaskClient) -> None:
    a_page()

    for headers in ({"Sec-Fetch-Site": "same-origin"}, {"Origin": "http://localhost:8000"}, {}):
        answer = client.post("/pricing-guide", data={"email": "ada@analytical.example"}, headers=headers)

        assert answer.status_code == 303


@pytest.mark.parametrize(("path", "size", "status"), [("/pricing-guide", 257, 413), ("/pricing-guide", 200, 422)])
def test_a_body_over_256_kilobytes_is_too_much(client: FlaskClient, path: str, size: int, status: int) -> None:
    a_page()

    answer = client.post(path, data={"first_name": "x" * size * 1024})

    assert answer.status_code == status
    assert (b"more than we can take" in answer.data) == (status == 413)


def test_a_body_of_unknown_length_is_held_to_the_same_limit(client: FlaskClient) -> None:
    a_page()
    body = b"first_name=" + b"x" * 300 * 1024

    answer = client.post(
        "/pricing-guide",
        input_stream=BytesIO(body),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        environ_overrides={"wsgi.input_terminated": True},
    )

    assert answer.status_code == 413


def test_the_studio_takes_larger_bodies_than_the_public_pages() -> None:
    assert security.body_limit("/studio/magnets") == 25 * 1024 * 1024
    assert security.body_limit("/pricing-guide") == 256 * 1024


def test_too_many_posts_from_one_address_have_to_wait(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "enabled", True)
    limiter.reset()

    answers = [client.post("/there-is-no-such-page") for _ in range(61)]
    other = client.post("/there-is-no-such-page", environ_overrides={"REMOTE_ADDR": "192.0.2.7"})

    assert {answer.status_code for answer in answers[:60]} == {404}
    assert answers[60].status_code == 429
    assert 1 <= int(answers[60].headers["Retry-After"]) <= 61
    assert b"a little fast" in answers[60].data
    assert other.status_code == 404
    limiter.reset()


def test_an_ipv6_household_counts_as_one(app: Flask) -> None:
    def counted_as(address: str) -> str:
        with app.test_request_context(environ_overrides={"REMOTE_ADDR": address}):
            return security.sender()

    assert counted_as("2001:db8:0:1::5") == counted_as("2001:db8:0:1:ffff::9")
    assert counted_as("2001:db8:0:1::5") != counted_as("2001:db8:0:2::5")
    assert counted_as("192.0.2.7") == "192.0.2.7"


def test_the_document_itself_only_refuses_to_be_framed(client: FlaskClient) -> None:
    page = a_page()
    receipt = submit(page)
    assert receipt.new_cookie
    client.set_cookie("lodestone_visitor", receipt.new_cookie)

    answer = client.get(f"/get/{a_token(Purpose.COPY, receipt.grant)}")

    assert answer.mimetype == "application/pdf"
    assert observatory.policy(answer) == {"frame-ancestors": {"'none'"}}
    assert page.kind is MagnetKind.EBOOK
