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
    before = _accepted(sales)

    prospect = browse()
    _fill(prospect, site.paths["a guide"])
    copy = prospect.get_by_role("link", name="Open your copy").get_attribute("href")
    assert copy
    assert prospect.request.get(copy).body().startswith(b"%PDF-")
    _fill(prospect, site.paths["a webinar"])
    unanswered = _curve(sales)

    sales.goto("/studio/mqls")
    sales.click("text=Ada Byron")
    expect(sales.locator(".inbox__name")).to_have_text("Ada Byron")
    expect(sales.locator("main")).not_to_contain_text("Asked for contact")
    sales.click("button[value=accepted]")
    expect(sales.locator("[role=status]")).to_contain_text("accepted")

    inbox = sales.url
    accepted = _curve(sales)
    assert _accepted(sales) == before + 1
    assert unanswered == []
    assert accepted != []

    sales.goto(inbox)
    sales.click("text=Look again")
    sales.click("[value=no_fit]")
    expect(sales.locator("[role=status]")).to_contain_text("rejected")
    rejected = _curve(sales)
    assert [across for across, _ in rejected] == [across for across, _ in accepted]
    assert all(lower > higher for (_, lower), (_, higher) in zip(rejected, accepted, strict=True))  # counted from above

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


def _curve(page: Page) -> list[list[float]]:
    """The middle of each dot of the curve as it is drawn, from the left and from above; none where none is drawn."""
    page.goto("/studio/scoring/simulate")
    dots = page.locator("section[aria-labelledby=curve] .chart__curve circle")
    places: list[list[float]] = dots.evaluate_all(
        "dots => dots.map(dot => dot.getBBox()).map(box => [box.x + box.width / 2, box.y + box.height / 2])"
    )
    return places


def _accepted(page: Page) -> int:
    """How many of those who would be MQLs sales accepted."""
    page.goto("/studio/scoring/simulate")
    told = page.locator("tr", has_text="of these accepted by sales").inner_text()
    return int(re.findall(r"\d+", told)[-1])
