"""Sales says by keys which data are wrong; marketing finds the lead and corrects it, and sales gets it once more."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests import stories
from tests.browser.conftest import Site, enter

pytestmark = pytest.mark.browser


def test_a_wrong_number_is_said_by_keys_found_by_marketing_and_corrected(
    browse: Callable[..., Page], site: Site
) -> None:
    page = browse()
    enter(page, site)
    with site.app.app_context():
        fill = stories.a_fill(email="kay@wrong.example", first_name="Kay", company="Wrong Works", talk=True)
        stories.submit(stories.a_page("wrong-number"), fill, form_key="key-wrong")
    page.goto("/studio/mqls?view=team")
    page.click("text=Kay")
    page.wait_for_url("**/studio/mqls/*")

    expect(page.locator("button[value='wrong_data:phone']")).to_be_hidden()
    page.keyboard.press("t")
    expect(page.locator("button[value='wrong_data:phone']")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("[role=status]")).to_contain_text("rejected")

    page.goto("/studio/leads?handed=wrong")
    page.click("text=Kay")
    expect(page.locator("main")).to_contain_text("Sales says that this is wrong: Phone.")
    page.get_by_role("link", name="Correct…").click()
    page.get_by_label("Phone").fill("+49 30 901821")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[role=status]")).to_contain_text("Corrected, and noted")
    expect(page.locator("main")).not_to_contain_text("Sales says that this is wrong")
    expect(page.locator("#timeline + ol")).to_contain_text("Corrected: Phone")
    page.goto("/studio/leads?handed=wrong")
    expect(page.locator("main")).to_contain_text("Nobody found")
    page.goto("/studio/mqls?view=team")
    expect(page.locator(".inbox__name")).to_contain_text("Kay")
    expect(page.locator(".ways")).to_contain_text("+4930901821")


def test_what_is_wrong_is_named_right_below_its_reason_and_without_scripts(
    browse: Callable[..., Page], site: Site
) -> None:
    page = browse(java_script_enabled=False)
    enter(page, site)
    with site.app.app_context():
        fill = stories.a_fill(email="lee@wrong.example", first_name="Lee", talk=True)
        stories.submit(stories.a_page("wrong-name"), fill, form_key="key-wrong-name")
    page.goto("/studio/mqls?view=team")
    page.click("text=Lee")
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        reason, step = (page.locator(at).bounding_box() for at in ("button[value='wrong_data']", ".which > summary"))
        assert reason
        assert step
        assert 0 < step["y"] - (reason["y"] + reason["height"]) < 16

    page.get_by_text("Wrong data: say what is wrong").click()
    page.click("button[value='wrong_data:name']")
    expect(page.locator("[role=status]")).to_contain_text("rejected")
    page.get_by_role("link", name="Look again or change it").click()
    stamp = page.locator(".inbox__due .stamp")
    expect(stamp).to_have_text("Rejected")
    expect(stamp).to_have_class("stamp stamp--back")
