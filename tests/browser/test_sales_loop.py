"""The whole bridge: a fill becomes an MQL, sales accepts it, and the simulator has learnt of it."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site, enter
from tests.browser.test_public_pages import send

pytestmark = pytest.mark.browser

Browse = Callable[..., Page]
ANSWERS = {
    "email": "ada@analytical.example",
    "name": "Ada Byron",
    "first_name": "Ada",
    "last_name": "Byron",
    "company": "Analytical Works",
    "job_title": "Head of Marketing",
    "company_size": "250-999",
}
LIKE_A_PERSON = 2_100  # milliseconds: who sends a form faster waits in quarantine


def test_a_fill_becomes_an_mql_sales_accepts_it_and_the_simulators_curve_has_changed(
    browse: Browse, site: Site
) -> None:
    sales = browse()
    enter(sales, site)
    before = _curve(sales)

    prospect = browse()
    _fill(prospect, site.paths["a guide"])
    copy = prospect.get_by_role("link", name="Open your copy").get_attribute("href")
    assert copy
    assert prospect.request.get(copy).body().startswith(b"%PDF-")
    _fill(prospect, site.paths["a webinar"])

    sales.goto("/studio/mqls")
    sales.click("text=Ada Byron")
    expect(sales.locator(".inbox__name")).to_have_text("Ada Byron")
    expect(sales.locator("main")).not_to_contain_text("Asked for contact")
    sales.click("button[value=accepted]")
    expect(sales.locator("[role=status]")).to_contain_text("accepted")

    after = _curve(sales)
    assert _accepted(after) == _accepted(before) + 1
    assert after != before

    sales.route("**/scoring/simulate?**", lambda asked: asked.fulfill(status=204))  # what is shown stays
    sales.get_by_role("button", name="Replay history").click()
    expect(sales.locator(".tryout [role=status]")).to_contain_text("Replaying history")


def _fill(page: Page, path: str) -> None:
    """Everything that this form asks of the person."""
    page.goto(f"{path}?utm_source=LinkedIn&utm_medium=cpc")
    for name, value in ANSWERS.items():
        field = page.locator(f"select[name={name}], input[name={name}]")
        if field.count() and name == "company_size":
            field.select_option(value)
        elif field.count():
            field.fill(value)
    page.wait_for_timeout(LIKE_A_PERSON)
    send(page)
    page.wait_for_url("**/thanks/**")


def _curve(page: Page) -> list[str]:
    """The table behind the curve, a text for each threshold; the line above it says how many sales accepted."""
    page.goto("/studio/scoring/simulate")
    accepted = page.locator("tr", has_text="of these accepted by sales").inner_text()
    return [accepted, *page.locator("details table tbody tr").all_text_contents()]


def _accepted(curve: list[str]) -> int:
    return int(re.findall(r"\d+", curve[0])[-1])
