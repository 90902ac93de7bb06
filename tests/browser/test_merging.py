"""Two leads who are one person, in a real Chromium: proposed, compared, merged by keyboard, and undone."""

import re

import pytest
from playwright.sync_api import Page, StorageState, expect

from capture.db import db
from tests import stories
from tests.browser.conftest import LOOKS, Site, enter
from tests.browser.test_public_pages import Browse, barriers

pytestmark = pytest.mark.browser

WORK, HOME = "mary@somerville.example", "mary.somerville@gmail.com"


def two_leads(site: Site) -> None:
    with site.app.app_context():
        page = stories.a_page("celestial-mechanics")
        named = {"first_name": "Mary", "last_name": "Somerville", "company": "Somerville"}
        stories.submit(page, stories.a_fill(email=WORK, **named, news=True), form_key="work")
        stories.submit(page, stories.a_fill(email=HOME, **named, job_title="Astronomer"), form_key="home")
        db.session.remove()


def press(page: Page, name: str, role: str = "button") -> None:
    """By keyboard alone."""
    page.get_by_role(role, name=name).focus()  # type: ignore[arg-type]
    page.keyboard.press("Enter")


def test_a_marketer_merges_two_leads_by_keyboard_and_undoes_it(browse: Browse, site: Site) -> None:
    two_leads(site)
    page = browse()
    enter(page, site)
    known: StorageState = page.context.storage_state()
    page.goto("/studio/leads?q=somerville.example")
    press(page, "Mary Somerville", "link")
    press(page, "Merge with…", "link")
    expect(page.locator("main")).to_contain_text("The same name and company")
    press(page, "Compare", "link")
    expect(page.locator("main")).to_contain_text("Astronomer")
    for look in LOOKS:
        seen = browse(look, storage_state=known)
        for path in (page.url, page.url.rpartition("/")[0], page.url.partition("/merge/")[0]):
            seen.goto(path)
            assert barriers(seen) == [], (look, path)
            assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth"), (look, path)

    page.get_by_label("How do you know?").focus()
    page.keyboard.type("She said so")
    press(page, "Merge, and keep Mary Somerville")
    page.wait_for_url(re.compile(r"merged=1"))
    expect(page.locator("[role=status]")).to_contain_text(HOME)
    expect(page.locator("#timeline ~ ol")).to_contain_text("She said so")
    assert barriers(page) == []
    page.goto(f"/studio/leads?q={HOME}")
    expect(page.locator("main")).to_contain_text(WORK)

    page.go_back()
    press(page, "Undo")
    expect(page.locator("[role=status]")).to_contain_text("two people again")
    expect(page.locator("main")).not_to_contain_text(HOME)
