"""A list from elsewhere, in a real Chromium: what is left out beside the button, and cards that stand apart."""

import pytest
from playwright.sync_api import Page, expect

from capture import clock
from capture.db import db
from capture.journey import importing
from capture.leads.imports import Said
from tests import stories
from tests.browser.conftest import LOOKS, Site, enter
from tests.browser.test_public_pages import Browse, barriers

pytestmark = pytest.mark.browser

GAPS = """() => {
  const cards = [...document.querySelectorAll("main [data-progress] > *")].map((one) => one.getBoundingClientRect());
  return cards.slice(1).map((one, number) => Math.round(one.top - cards[number].bottom));
}"""


def a_list(site: Site, name: str, *, is_imported: bool) -> str:
    """Its path in the studio."""
    with site.app.app_context():
        file = f"E-mail,Firm,Shoe size\n{name}@herschel.example,Herschel,38\n".encode()
        at = clock.now()
        key = importing.look_at(f"{name}.csv", file, actor="cli", at=at).import_id
        if is_imported:
            importing.describe(key, Said(["email", "company", ""], "Fair", at.date(), "none", ""), at=at)
            importing.begin(key, actor="cli", at=at)
            importing.run(stories.settings(), {"import_id": key})
        db.session.remove()
    return f"/studio/imports/{key}"


def test_the_cards_of_an_imported_list_stand_apart_and_what_is_left_out_can_be_chosen(
    browse: Browse, site: Site
) -> None:
    waits, done = a_list(site, "caroline", is_imported=False), a_list(site, "william", is_imported=True)
    page = browse()
    enter(page, site)
    known = page.context.storage_state()
    for look in LOOKS:
        seen: Page = browse(look, storage_state=known)
        seen.goto(done)
        gaps = seen.evaluate(GAPS)
        assert len(gaps) == 2, look
        assert min(gaps) == max(gaps) >= 16, look
        expect(seen.locator("main")).to_contain_text("Nobody goes to sales today")
        assert barriers(seen) == [], look
        assert seen.evaluate("document.documentElement.scrollWidth <= innerWidth"), look
        seen.goto(waits)
        expect(seen.locator("form .note", has_text="Left out: Shoe size.")).to_be_visible()
        seen.click("text=Say what these columns are")
        expect(seen.locator("#columns-head")).to_be_in_viewport()
        assert barriers(seen) == [], look
