"""What browsers fill by themselves: the fields of people, and never the decoy."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from capture.web import forms
from tests.browser.conftest import CHROMIUM, a_browser

ADA = {
    "NAME_FULL": "Ada Lovelace",
    "EMAIL_ADDRESS": "ada@company.example",
    "COMPANY_NAME": "Analytical Engines",
    "PHONE_HOME_WHOLE_NUMBER": "+4930901820",
    "ADDRESS_HOME_LINE1": "12 Example Street",
    "ADDRESS_HOME_CITY": "Berlin",
    "ADDRESS_HOME_ZIP": "10117",
    "ADDRESS_HOME_COUNTRY": "DE",
}

DECOY = f"#field-{forms.DECOY}"

Browse = Callable[..., Page]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def chromium(driver: Playwright) -> Iterator[Browser]:
    """The whole of Chromium, which has an address book."""
    with a_browser(driver, CHROMIUM) as browser:
        yield browser


def autofill(page: Page, selector: str) -> None:
    """Let the browser fill the form from its address book, as if the person had chosen the entry."""
    tools = page.context.new_cdp_session(page)
    tools.send("DOM.enable")
    tools.send("Autofill.enable")
    address = {"fields": [{"name": name, "value": value} for name, value in ADA.items()]}
    tools.send("Autofill.setAddresses", {"addresses": [address]})
    root = tools.send("DOM.getDocument")["root"]["nodeId"]
    node = tools.send("DOM.querySelector", {"nodeId": root, "selector": selector})
    field = tools.send("DOM.describeNode", node)["node"]["backendNodeId"]
    page.click(selector)
    tools.send("Autofill.trigger", {"fieldId": field, "address": address})


def test_chromium_fills_the_fields_of_people_and_not_the_decoy(browse: Browse) -> None:
    page = browse()
    page.goto("/one-pipeline")

    autofill(page, "#field-email")

    expect(page.locator("#field-email")).to_have_value("ada@company.example")
    assert page.input_value("#field-company") == "Analytical Engines"
    assert page.input_value(DECOY) == ""


def test_the_decoy_is_out_of_sight_even_where_one_of_its_means_fails(browse: Browse) -> None:
    page = browse()
    page.goto("/one-pipeline")
    assert not page.is_visible(DECOY)

    page.eval_on_selector(".decoy", "decoy => { decoy.hidden = false; decoy.inert = false }")

    box = page.locator(DECOY).bounding_box()
    assert box is None or box["x"] + box["width"] <= 0


def test_the_summary_of_errors_has_the_focus_and_leads_to_the_fields(browse: Browse) -> None:
    page = browse()
    page.goto("/one-pipeline")
    page.click("form button[type=submit]")
    page.wait_for_selector(".error-summary")

    assert page.evaluate("document.activeElement.getAttribute('role')") == "alert"
    page.click(".error-summary a")
    assert page.evaluate("document.activeElement.id") == "field-email"
