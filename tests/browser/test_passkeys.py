"""Passkeys in a real Chromium, with the authenticator that its developer tools put in."""

from typing import Any

import pytest
from playwright.sync_api import CDPSession, Page, expect

from capture import clock
from capture.accounts.models import Role
from capture.journey import staff
from tests.browser.conftest import Site
from tests.browser.test_public_pages import Browse, barriers

pytestmark = pytest.mark.browser

EMAIL, PASSWORD = "kay@northwind.example", "correct horse battery"
DEVICE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


class Device:
    """An authenticator in the machine of the browser."""

    def __init__(self, page: Page, **other: object) -> None:
        self._tools: CDPSession = page.context.new_cdp_session(page)
        self._tools.send("WebAuthn.enable")
        made = self._tools.send("WebAuthn.addVirtualAuthenticator", {"options": {**DEVICE, **other}})
        self._id = made["authenticatorId"]

    def keys(self) -> list[dict[str, Any]]:
        found = self._tools.send("WebAuthn.getCredentials", {"authenticatorId": self._id})
        return list(found["credentials"])

    def take(self, key: dict[str, Any]) -> None:
        """Hold this key and no other."""
        self._tools.send("WebAuthn.clearCredentials", {"authenticatorId": self._id})
        self._tools.send("WebAuthn.addCredential", {"authenticatorId": self._id, "credential": key})

    def verifies(self, does: bool) -> None:
        """Whether it believes that its owner is there."""
        self._tools.send("WebAuthn.setUserVerified", {"authenticatorId": self._id, "isUserVerified": does})


def somebody(site: Site) -> str:
    """A person with a password; gives a login link."""
    with site.app.app_context():
        person = staff.add_person(EMAIL, "Kay Wren", Role.SALES, actor="cli", at=clock.now())
        staff.choose_password(person.public_id, PASSWORD, at=clock.now())
        return f"/studio/login/{staff.make_login_link(EMAIL, actor='cli', at=clock.now())}"


def type_password(page: Page) -> None:
    page.fill("#email", EMAIL)
    page.fill("#password", PASSWORD)
    page.press("#password", "Enter")
    page.wait_for_url("**/login/code*")


def test_a_passkey_is_added_used_alone_and_after_a_password_refused_when_copied_and_removed(
    browse: Browse, site: Site
) -> None:
    page = browse()
    device = Device(page)
    page.goto(somebody(site))
    page.click("main button")
    page.goto("/studio/people/me/passkeys")
    page.fill("#name", "Work laptop")
    page.press("#name", "Enter")
    expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 8
    assert barriers(page) == []
    page.goto("/studio/people/me/passkeys")
    expect(page.locator(".keys__one")).to_contain_text("Not used yet")
    page.click("text=Add a passkey")
    expect(page.get_by_role("alert")).to_have_text("This device holds a passkey of yours already.")
    assert barriers(page) == []
    copy = {**device.keys()[0], "signCount": 0}

    page.click("text=Log out")
    page.goto("/studio/login?next=/studio/people/me/passkeys")
    assert barriers(page) == []
    page.click("text=Log in with a passkey")
    page.wait_for_url("**/people/me/passkeys")
    expect(page.locator(".keys__one")).to_contain_text("Used last")

    page.click("text=Log out")
    device.verifies(False)
    page.click("text=Log in with a passkey")
    expect(page.get_by_role("alert")).to_contain_text("Please try again")  # it opens nothing without its owner
    type_password(page)
    assert barriers(page) == []
    page.click("text=Use a passkey")
    page.wait_for_url("**/studio/mqls")

    page.click("text=Log out")
    device.verifies(True)
    device.take(copy)
    page.click("text=Log in with a passkey")
    expect(page.get_by_role("alert").first).to_contain_text("may have been copied")

    type_password(page)
    page.fill("#code", codes[0])
    page.press("#code", "Enter")
    page.wait_for_url("**/studio/mqls")
    page.goto("/studio/people/me/passkeys")
    page.fill("[id^=code-][name=code]", codes[1])
    page.press("[id^=code-][name=code]", "Enter")
    expect(page.get_by_role("status")).to_contain_text("opens nothing any more")

    page.fill("#name", "Another laptop")
    device.take({**copy, "signCount": 0, "credentialId": "AAAA"})
    page.click("text=Add a passkey")
    expect(page.get_by_text("Keep these recovery codes")).to_be_visible()
    codes = page.locator(".codes code").all_inner_texts()
    plain = browse(java_script_enabled=False)
    plain.goto("/studio/login")
    type_password(plain)
    expect(plain.get_by_text("A recovery code works without it")).to_be_visible()
    plain.fill("#code", codes[0])
    plain.press("#code", "Enter")
    plain.wait_for_url("**/studio/mqls")
    plain.goto("/studio/people/me/passkeys")
    expect(plain.get_by_text("Passkeys need JavaScript")).to_be_visible()
    expect(plain.get_by_role("button", name="Add a passkey")).to_be_hidden()
