"""Where the focus stands after a press of a button in the studio, and what is said to those who do not see the page."""

import re

import pytest
from playwright.sync_api import FilePayload, Page, expect

from capture import clock
from capture.accounts.models import Role
from capture.journey import importing, staff
from tests.browser.conftest import Site
from tests.browser.test_studio import CHAPTERS, TEXT, begin

pytestmark = pytest.mark.browser


def press(page: Page, button: str) -> None:
    """Press it by the keyboard, and wait for the page that comes of it."""
    page.locator(f'button:has-text("{button}")').first.focus(timeout=5000)
    with page.expect_navigation():
        page.keyboard.press("Enter")


def test_after_a_move_the_focus_is_on_what_moved_and_after_a_removal_on_its_neighbour(studio: Page) -> None:
    draft = begin(studio)
    said, has_focus = studio.locator("[aria-live]"), studio.locator(":focus")
    studio.goto(f"{draft}/form")
    first, second = (one.get_attribute("data-what") for one in studio.locator("[data-what]").all()[:2])
    count = studio.locator("[data-what]").count()

    press(studio, f"Down: {first}")
    expect(has_focus).to_have_text(f"Down: {first}")
    expect(said).to_have_text(f"{first} is now 2 of {count}.")
    press(studio, f"Up: {first}")
    expect(has_focus).to_have_text(f"Down: {first}")
    press(studio, f"Remove: {first}")
    expect(has_focus).to_have_text(f"Remove: {second}")
    expect(said).to_have_text(f"{first} is removed. The versions keep it.")

    studio.goto(f"{draft}/sections")
    last = studio.locator("[data-what]").last.get_attribute("data-what")
    before = studio.locator("[data-what]").nth(-2).get_attribute("data-what")
    press(studio, f"Remove: {last}")
    expect(has_focus).to_have_text(f"Remove: {before}")
    press(studio, f"Add: {last}")
    expect(has_focus).to_have_text(f"Up: {last}")

    studio.goto(f"{draft}/text/chapters/01-answer-fast.md")
    press(studio, "Remove this chapter")
    expect(has_focus).to_have_attribute("aria-current", "page")
    expect(has_focus).to_contain_text("The first hour")


@pytest.mark.parametrize("screen", ["/sections", "/form", "/"])
def test_what_is_moved_to_an_end_of_its_list_can_be_moved_back_and_is_not_removed(studio: Page, screen: str) -> None:
    draft = begin(studio, TEXT + CHAPTERS + "## What to say\n\nThe name.\n")
    rows, has_focus = "[data-sortable] > [data-what]:not([data-fixed])", studio.locator(":focus")
    studio.goto(draft + screen)
    count = studio.locator(rows).count()
    first, last_but_one = (studio.locator(rows).nth(place).get_attribute("data-what") for place in (0, -2))

    press(studio, f"Down: {last_but_one}")
    expect(has_focus).to_have_text(re.compile(f"Up: {last_but_one}"))
    press(studio, f"Up: {last_but_one}")
    expect(has_focus).to_have_text(re.compile(f"Up: {last_but_one}"))
    for _ in range(count - 2):
        press(studio, f"Up: {last_but_one}")
    expect(has_focus).to_have_text(re.compile(f"Down: {last_but_one}"))
    press(studio, f"Down: {last_but_one}")
    expect(studio.locator(rows).first).to_have_attribute("data-what", str(first))
    expect(studio.locator(rows)).to_have_count(count)


def test_the_parts_of_an_assessment_keep_the_focus(studio: Page) -> None:
    has_focus = studio.locator(":focus")
    studio.goto("/studio/drafts/new")
    studio.click("[name=starter][value=assessment]")
    studio.click(".tabs a:has-text('Questions')")
    rows = studio.locator("[id^=dimensions-][data-what]")
    one, other = (rows.nth(place).get_attribute("data-what") for place in range(2))  # which wait until they are there

    press(studio, f"Down: {one}")
    expect(has_focus).to_have_text(re.compile(f"(Down|Up): {one}"))
    press(studio, f"Up: {one}")
    expect(has_focus).to_have_text(f"Down: {one}")
    assert other

    studio.click("a:has-text('When is a new lead called?')")
    answer = studio.input_value("#answers-0-label")
    press(studio, "Down: Answer 1")
    expect(studio.locator("#answers-1-label")).to_have_value(answer)
    expect(has_focus).to_have_text("Down: Answer 2")
    press(studio, "Remove: Answer 2")
    expect(has_focus).to_have_text("Remove: Answer 2")


def test_a_list_of_people_keeps_the_focus_and_other_screens_say_what_was_done(site: Site, studio: Page) -> None:
    with site.app.app_context():
        staff.add_person("focus@northwind.example", "Fay Focus", Role.SALES, actor="cli", at=clock.now())
    has_focus = studio.locator(":focus")
    studio.goto("/studio/people/")

    studio.click("summary:has-text('Take access away…: Fay Focus')")
    press(studio, "Take it away: Fay Focus")
    expect(has_focus).to_have_text("Give access back: Fay Focus")
    expect(studio.locator("[aria-live]")).to_have_text(studio.locator(".done").inner_text())

    studio.goto("/studio/people/me")
    press(studio, "Save")
    expect(has_focus).to_have_class("done")


def test_a_long_job_shows_in_place_how_far_it_is_and_what_came_of_it(site: Site, studio: Page) -> None:
    list_of: FilePayload = {
        "name": "fair.csv",
        "mimeType": "text/csv",
        "buffer": b"Mail;Name\nfair@engines.example;Mary\n",
    }
    studio.goto("/studio/imports/")
    studio.set_input_files("[name=file]", list_of)
    studio.click("main form button")
    studio.fill("#campaign", "Fair")
    studio.fill("#met_on", "2026-01-09")
    studio.check("[name=basis] >> nth=0")
    press(studio, "Import 1 row")
    studio.evaluate("window.isStillHere = true")
    expect(studio.locator("#became-head")).to_have_text("Being imported")

    with site.app.app_context():
        importing.run(site.app.extensions["lodestone"], {"import_id": studio.url.rpartition("/")[2]})

    expect(studio.locator("#became-head")).to_have_text("Imported")
    expect(studio.locator("#became-head")).to_be_focused()
    assert studio.evaluate("window.isStillHere")
