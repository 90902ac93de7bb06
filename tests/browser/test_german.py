"""The shipped page in German, in a browser that would rather have English: from the visit to the PDF and the mail."""

import io
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from capture import clock
from capture.journey import marketer
from capture.worker import Worker
from tests.browser.conftest import LIBRARY, Site
from tests.english import english_in

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
NARROW = {"viewport": {"width": 320, "height": 640}, "locale": "en-US"}


@pytest.fixture(scope="module", autouse=True)
def german(site: Site) -> None:
    with site.app.app_context():
        settings = site.app.extensions["lodestone"]
        marketer.publish(LIBRARY / "handoff-checklist-de", settings=settings, at=clock.now())


def test_a_german_page_stays_german_to_the_pdf_and_the_mail(site: Site, browse: Browse) -> None:
    page = browse("phone", **NARROW)

    page.goto("/handoff-checklist-de")
    page.locator("[data-leaf]").first.click()
    assert page.locator("dialog [role=status]").inner_text() == "Seite 1"
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert english_in(page.content()) == []
    page.keyboard.press("Escape")

    page.locator("form.form [type=submit]").click()
    assert page.locator(".error-summary h2").inner_text() == "Bitte prüfen Sie Ihre Angaben"
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert english_in(page.content()) == []

    page.fill("[name=email]", "ada@analytical.example")
    page.fill("[name=first_name]", "Ada")
    page.wait_for_timeout(2100)  # a person takes longer than a machine
    page.locator("form.form [type=submit]").click()
    page.wait_for_url("**/thanks/*")
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    assert english_in(page.content()) == []

    address = page.locator(".thanks__get a").get_attribute("href") or ""
    document = PdfReader(io.BytesIO(page.request.get(site.base + address).body()))
    assert english_in("\n".join(sheet.extract_text() for sheet in document.pages)) == []
    assert str(document.root_object["/Lang"]) == "de"

    while Worker(site.app).do_one("mail"):
        pass
    [letter] = [
        mail
        for path in (site.app.extensions["lodestone"].data / "mail").glob("*.eml")
        if (mail := message_from_bytes(path.read_bytes(), policy=default))["To"] == "ada@analytical.example"
        and "Checkliste" in mail["Subject"]
    ]
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body
        assert english_in(body.get_content()) == []


def test_the_english_page_leads_to_the_german_one_and_back(site: Site, browse: Browse) -> None:
    page = browse()

    page.goto("/handoff-checklist")
    page.get_by_role("navigation", name="Language").get_by_text("Deutsch").click()
    page.wait_for_url("**/handoff-checklist-de")
    assert page.locator("html").get_attribute("lang") == "de"
    page.get_by_role("navigation", name="Sprache").get_by_text("English").click()
    page.wait_for_url("**/handoff-checklist")
