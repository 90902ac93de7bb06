"""A form of ours inside a page of another origin, whose content policy allows nothing inline."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import expect

from tests import stories
from tests.browser.conftest import Site
from tests.browser.test_public_pages import Browse, barriers

pytestmark = pytest.mark.browser

PAGE = """<!doctype html><html lang="en"><title>Another site</title><main><h1>Another site</h1>
<script src="{ours}/embed.js" data-page="embedded" data-look="{look}" async></script></main></html>"""


class Host(BaseHTTPRequestHandler):
    """A page of somebody else's; the path names the look."""

    def __init__(self, ours: str, *args: object) -> None:
        self.ours = ours
        super().__init__(*args)  # type: ignore[arg-type]

    def do_GET(self) -> None:
        policy = f"default-src 'none'; script-src {self.ours}; style-src {self.ours}; connect-src {self.ours}"
        body = PAGE.format(ours=self.ours, look=self.path.split("?")[0].strip("/")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", policy)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def hosts(site: Site) -> Iterator[list[str]]:
    """Two other sites: the first is on the page's list."""
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, site.base)) for _ in range(2)]
    for server in servers:
        threading.Thread(target=server.serve_forever, daemon=True).start()
    origins = [f"http://127.0.0.1:{server.server_port}" for server in servers]
    with site.app.app_context():
        page = stories.a_page("embedded", embed_on=(origins[0],))
    yield origins
    with site.app.app_context():
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
    page.click("text=Send me the guide")
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
