"""The brand of the installation in a real Chromium: set once, seen at once, and where a page begins."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from capture.worker import Worker
from tests.browser.conftest import Site, an_installation, enter
from tests.browser.test_public_pages import barriers
from tests.word import png

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """An installation of its own: other tests begin their drafts without a brand."""
    with an_installation(tmp_path_factory.mktemp("brand")) as (app, serve):
        serve()
        yield Site(app.extensions["lodestone"].base_url, {}, app)


def test_a_brand_is_set_seen_at_once_and_on_the_page_that_begins_with_it(
    browse: Callable[..., Page], site: Site
) -> None:
    page = browse()
    enter(page, site)
    page.goto("/studio/settings/brand")
    preview = page.frame_locator(".preview__frame")

    with page.expect_response(lambda answer: answer.request.method == "POST" and answer.url.endswith("/brand")):
        page.fill("#brand-name", "Halden Tools")
        page.locator("#brand-colour").fill("#7a1f5c")
    expect(page.locator(".verdict")).to_contain_text("9.6:1")
    expect(preview.locator('link[href*="/brand/7a1f5c.css"]')).to_be_attached()
    page.set_input_files("#logo", {"name": "Halden.png", "mimeType": "image/png", "buffer": png()})
    page.click("text=Take this logo")
    expect(preview.locator(".wordmark--logo img")).to_be_visible()
    while Worker(site.app).do_one("proof"):
        pass
    expect(page.locator("[data-proof-pages] img").first).to_be_visible()
    assert barriers(page) == []

    page.goto("/studio/drafts/new")
    page.click("button[value=checklist]")
    page.wait_for_url(re.compile(r"/drafts/[\w-]{22}/$"))
    page.goto(f"{page.url}landing")

    expect(page.locator(".wordmark--logo img")).to_have_attribute("src", re.compile(r"/pictures/halden\.png$"))
    expect(page.locator("main button[type=submit]").first).to_have_css(
        "background-color", re.compile(r"^oklch\(0\.408 0\.141 344")
    )
