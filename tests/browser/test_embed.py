"""A form of ours inside a page of another origin, whose content policy allows nothing inline."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from capture import clock
from capture.pages.fields import Ask, Condition, Field, FieldKind
from capture.reports import days
from magnets.bundle import Brand
from tests import stories
from tests.browser.conftest import Site, enter
from tests.browser.test_public_pages import Browse, barriers
from tests.browser.test_studio import begin

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Another site</title><main><h1>Another site</h1>
<script src="{ours}/embed.js" data-page="{page}" data-look="{look}" async></script></main></html>"""


IN_STEPS = (
    Field("email", FieldKind.EMAIL, "Work e-mail", required=True, fills="email", step="Where to"),
    Field("company", FieldKind.TEXT, "Company", fills="company", step="About you"),
    Field("job_title", FieldKind.TEXT, "Job title", fills="job_title", when=Condition("company")),
)
IN_TURN = (
    Field("email", FieldKind.EMAIL, "Work e-mail", required=True, fills="email"),
    Field("role", FieldKind.TEXT, "Role", ask=Ask.ONCE),
    Field("goal", FieldKind.TEXT, "Goal", ask=Ask.QUEUED),
)


class Host(BaseHTTPRequestHandler):
    """A page of somebody else's; the path names the look and the page of ours."""

    def __init__(self, ours: str, *args: object) -> None:
        self.ours = ours
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        policy = f"default-src 'none'; script-src {self.ours}; style-src {self.ours}; connect-src {self.ours}"
        look, _, page = self.path.split("?")[0].strip("/").partition("/")
        body = PAGE.format(ours=self.ours, look=look, page=page or "embedded").encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _same_site(origin: str) -> str:
    """The same server under the name that we have: another origin, and to a browser the same site."""
    return origin.replace("127.0.0.1", "localhost")


@pytest.fixture
def hosts(site: Site) -> Iterator[list[str]]:
    """Two other sites: the first is on the page's list."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, site.base)) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    origins = [f"http://127.0.0.1:{server.server_port}" for server in servers]
    with site.app.app_context():
        pages = [
            stories.a_page("embedded", embed_on=(origins[0],), brand=Brand(colour="#7a1f5c")),
            stories.a_page("embedded-in-steps", embed_on=(origins[0],), fields=IN_STEPS),
            stories.a_page("embedded-in-turn", embed_on=(_same_site(origins[0]),), fields=IN_TURN, ask_at_most=0),
        ]
    yield origins
    with site.app.app_context():
        for page in pages:
            stories.close(page)
    for server in servers:
        server.shutdown()
        server.server_close()


def test_another_site_shows_the_form_under_a_strict_policy_and_a_foreign_one_does_not(
    hosts: list[str], browse: Browse
) -> None:
    theirs, foreign = hosts
    page = browse("phone")
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))

    page.goto(f"{theirs}/slide-in?utm_source=partner")
    brand = re.compile(r"^oklch\(0\.408 0\.141 344")
    expect(page.locator(".lodestone-open")).to_have_css("background-color", brand)
    page.click("text=Send me the guide")
    expect(page.locator("dialog [type=submit]")).to_have_css("background-color", brand)
    page.fill("dialog [name=email]", "grace")
    page.click("dialog [type=submit]")
    expect(page.locator("#field-email-error")).to_be_visible()
    assert [said for said in complaints if "422" not in said and "favicon" not in said] == []
    assert barriers(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_be_hidden()
    page.click(".lodestone-open")
    page.fill("dialog [name=email]", "grace@navy.example")
    page.click("dialog [type=submit]")
    expect(page.locator("dialog >> text=Here is your guide")).to_be_visible()
    assert page.context.cookies() == []

    with page.expect_event("requestfailed", lambda request: "/embed/embedded" in request.url):
        page.goto(f"{foreign}/inline")
    assert page.locator("form").count() == 0


def test_steps_and_conditions_work_there_too_and_the_sites_own_history_is_left_alone(
    hosts: list[str], browse: Browse, site: Site
) -> None:
    page = browse(user_agent=stories.PERSON)
    page.goto(f"{hosts[0]}/inline/embedded-in-steps")
    step = page.locator("[data-step]:visible")
    expect(step).to_have_count(1)
    before = page.evaluate("history.length")

    page.get_by_role("button", name="Next").click()
    expect(step).to_contain_text("Where to")  # without an address there is no next step
    page.fill("[name=email]", "grace@navy.example")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("[name=job_title]")).to_be_hidden()
    page.fill("[name=company]", "Navy")
    expect(page.locator("[name=job_title]")).to_be_visible()
    assert barriers(page) == []
    page.click("[type=submit]")

    expect(page.locator("text=Here is your guide")).to_be_visible()
    assert page.evaluate("history.length") == before
    assert page.context.cookies() == []
    with site.app.app_context():
        told = days.of("embedded-in-steps", zone=site.app.extensions["lodestone"].zone, at=clock.now())
        assert told is not None
        assert told.whole.starts == 1


def test_on_the_same_site_our_cookie_goes_along_and_the_next_question_takes_the_place_of_an_answered_one(
    hosts: list[str], browse: Browse
) -> None:
    page = browse(user_agent=stories.PERSON)
    page.goto(f"{_same_site(hosts[0])}/inline/embedded-in-turn")
    expect(page.locator("[name=goal]")).to_have_count(0)
    page.fill("[name=email]", "grace@navy.example")
    page.fill("[name=role]", "Admiral")
    page.wait_for_timeout(2_100)  # a form that is filled in no time is a machine's, and waits
    page.click("[type=submit]")
    expect(page.locator("text=Here is your guide")).to_be_visible()

    page.reload()

    expect(page.locator("[name=goal]")).to_be_visible()
    assert page.locator("[name=role]").count() == 0
    assert [cookie["name"] for cookie in page.context.cookies()] == ["lodestone_visitor"]
    assert page.evaluate("document.cookie") == ""


def test_the_preview_of_the_studio_works_as_there_and_sends_nothing(browse: Browse, site: Site) -> None:
    page = browse()
    enter(page, site)
    draft = begin(page)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url}"))

    for look in ("inline", "button", "slide-in"):
        page.goto(f"{draft}/embed?look={look}")
        there = page.frame_locator("iframe")
        if look != "inline":
            there.locator(".lodestone-open").press("Enter")
            expect(there.locator("dialog")).to_be_visible()
        there.locator("[name=email]").fill("mara@northwind.example")
        there.locator("[type=submit]").press("Enter")
        expect(there.locator(".lodestone-thanks")).to_be_visible()
    # Beside its screens and what they are made of, the studio was asked for nothing.
    ours = ("/studio/drafts/", "/static/", "/embed.css")
    assert [one for one in sent if not one.startswith(tuple(f"GET {site.base}{path}" for path in ours))] == []
