"""Running it: the second factor, sessions that end, tokens for machines, and what could not be said."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pyotp
import pytest
from flask import Flask

from capture import clock
from capture.accounts.models import ApiToken, AuditEntry, Role, Staff
from capture.config import Settings
from capture.db import transaction
from capture.journey import staff
from capture.outbox import mail, queue
from capture.outbox.models import OutboxMessage, Status
from capture.worker import Worker
from tests.factories import NOON, every
from tests.web.studio import Studio

PLACE = "/studio/people/me/second-factor"
PASSWORD = "correct horse battery"
STEP = 30


def code(secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(NOON.timestamp()) + STEP * steps)


def set_up(studio: Studio) -> tuple[str, list[str]]:
    """Turn the second factor on; gives the secret and the recovery codes."""
    [secret] = re.findall(r'class="secret">([A-Z2-7]+)<', studio.get(PLACE))
    shown = studio.post(PLACE, 200, code=code(secret))
    return secret, re.findall(r"<li><code>([a-z0-9-]+)</code>", shown)


def log_in(app: Flask) -> tuple[Studio, str]:
    """A new browser after the password; and where that leads."""
    browser = Studio.of_nobody(app)
    return browser, browser.post("/studio/login", email="mara@northwind.example", password=PASSWORD)


def open_link(app: Flask) -> tuple[Studio, str]:
    """A new browser after the button of a login link; and where that leads."""
    browser = Studio.of_nobody(app)
    link = staff.make_login_link("mara@northwind.example", actor="cli", at=clock.now())
    return browser, browser.post(f"/studio/login/{link}")


def test_after_the_password_comes_a_code_of_the_app_each_once(app: Flask) -> None:
    studio = Studio(app, Role.SALES)
    studio.get(PLACE)
    assert "not right" in studio.post(PLACE, 422, code="000000")
    secret, codes = set_up(studio)
    studio.post("/studio/people/me", password=PASSWORD, again=PASSWORD)

    browser, leads_to = log_in(app)

    assert leads_to == "/studio/login/code"
    browser.get("/studio/mqls", 303)
    assert "not right" in browser.post(leads_to, 422, code=code(secret))  # it was taken when it was set up
    assert browser.post(leads_to, 303, code=code(secret, 1)) == "/studio/"
    browser.get("/studio/mqls")
    again, leads_to = log_in(app)
    assert "used before" in again.post(leads_to, 422, code=code(secret, 1))
    assert again.post(leads_to, 303, code=codes[0].upper()) == "/studio/"
    third, leads_to = log_in(app)
    third.post(leads_to, 422, code=codes[0])
    assert len(codes) == 8
    assert secret not in str([(entry.action, entry.detail) for entry in every(AuditEntry)])


def test_a_login_link_asks_for_the_code_too(app: Flask) -> None:
    secret, _ = set_up(Studio(app))

    browser, leads_to = open_link(app)

    assert leads_to == "/studio/login/code"
    browser.get("/studio/pages", 303)
    browser.post(leads_to, code=code(secret, 1))
    browser.get("/studio/pages")


def test_nobody_comes_to_the_code_without_the_password_or_long_after_it(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up(Studio(app))
    Studio.of_nobody(app).get("/studio/login/code", 303)
    browser, leads_to = open_link(app)
    browser.get(leads_to)

    monkeypatch.setattr(clock, "now", lambda: NOON + timedelta(minutes=11))

    browser.get(leads_to, 303)


def test_it_is_turned_off_with_a_code_or_by_an_admin(app: Flask) -> None:
    admin, studio = Studio(app, Role.ADMIN, "ada@northwind.example"), Studio(app)
    secret, codes = set_up(studio)
    assert "8 recovery codes left" in studio.get(PLACE)
    assert "not right" in studio.post(f"{PLACE}/off", 422, code="123456")
    studio.post(f"{PLACE}/off", code=codes[1])
    assert "Set it up" in studio.get(PLACE)
    set_up(studio)
    [mara] = [person for person in every(Staff) if person.email == "mara@northwind.example"]
    assert "Reset the second factor" in admin.get("/studio/people/")

    admin.post(f"/studio/people/{mara.public_id}/second-factor/reset")

    studio.get("/studio/pages", 303)  # the sessions ended with it
    assert every(Staff)[1].totp_secret is None
    assert secret


def test_new_recovery_codes_cost_one_more_code_are_shown_once_and_void_those_before(app: Flask) -> None:
    studio = Studio(app)
    studio.post("/studio/people/me", password=PASSWORD, again=PASSWORD)
    studio.post(f"{PLACE}/codes", 422, proof="123456")  # there is nothing to renew
    secret, before = set_up(studio)
    assert "Enter the code" in studio.post(f"{PLACE}/codes", 422, proof="")
    wrong = studio.post(f"{PLACE}/codes", 422, proof="000000")
    assert 'aria-describedby="proof-hint proof-error"' in wrong

    shown = studio.post(f"{PLACE}/codes", 200, proof=code(secret, 1))

    after = re.findall(r"<li><code>([a-z0-9-]+)</code>", shown)
    assert len(after) == 8
    assert not set(before) & set(after)
    assert "8 recovery codes left" in studio.get(PLACE)
    assert not [one for one in after if one in studio.get(PLACE)]
    studio.post(f"{PLACE}/codes", 422, proof=code(secret, 1))  # a code of the app counts once
    browser, leads_to = log_in(app)
    browser.post(leads_to, 422, code=before[0])
    browser.post(leads_to, code=after[0])
    assert len(re.findall(r"<li><code>", studio.post(f"{PLACE}/codes", 200, proof=after[1]))) == 8
    noted = [entry.detail for entry in every(AuditEntry) if entry.action == "staff.recovery_codes_made"]
    assert noted == [{"after": "code"}] * 2


def test_who_is_logged_out_everywhere_is_out_and_a_new_password_ends_the_other_sessions(app: Flask) -> None:
    admin, studio = Studio(app, Role.ADMIN, "ada@northwind.example"), Studio(app)
    studio.post("/studio/people/me", password=PASSWORD, again=PASSWORD)
    other, _ = log_in(app)
    other.get("/studio/pages")

    studio.post("/studio/people/me", password=PASSWORD + "!", again=PASSWORD + "!")
    studio.get("/studio/pages")
    other.get("/studio/pages", 303)
    [mara] = [person for person in every(Staff) if person.email == "mara@northwind.example"]
    admin.post(f"/studio/people/{mara.public_id}/sessions/end")
    studio.get("/studio/pages", 303)


def test_a_token_is_shown_once_opens_what_was_chosen_and_can_be_revoked(app: Flask) -> None:
    studio = Studio(app, Role.ADMIN)

    assert "Say what the token is for" in studio.post("/studio/settings/tokens", 422, name="", scopes="mqls:read")
    shown = studio.post("/studio/settings/tokens", 200, name="CRM <b>", scopes="mqls:read")
    [token] = re.findall(r"lds_[\w-]+", shown)
    asked = app.test_client().get("/api/v1/mqls", headers={"Authorization": f"Bearer {token}"})
    assert asked.status_code == 200
    page = studio.get("/studio/settings/tokens")
    assert token not in page
    assert "CRM &lt;b&gt;" in page
    [place] = re.findall(r'action="(/studio/settings/tokens/[\w-]+/revoke)"', page)
    studio.post(place)
    refused = app.test_client().get("/api/v1/mqls", headers={"Authorization": f"Bearer {token}"})
    assert refused.status_code == 401


def test_what_could_not_be_said_stands_with_its_reason_and_is_tried_again_by_a_person(app: Flask) -> None:
    with transaction():
        queue.enqueue("magnet_mail", key="one", at=NOON, grant_id=7)
        held = queue.claim("mail", worker="w", at=NOON)
        assert held is not None
        queue.park(held, reason="550 no such <mailbox>")
    studio = Studio(app, Role.ADMIN)

    page = studio.get("/studio/settings/outbox")
    assert "550 no such &lt;mailbox&gt;" in page
    [message] = every(OutboxMessage)
    studio.post(f"/studio/settings/outbox/{message.id}")

    [message] = every(OutboxMessage)
    assert message.status is Status.WAITING
    studio.post(f"/studio/settings/outbox/{message.id}")  # it is waiting already
    assert "Everything was said" in studio.get("/studio/settings/outbox")


def test_a_test_mail_goes_the_way_of_all_mail(app: Flask, settings: Settings) -> None:
    studio = Studio(app, Role.ADMIN, "ada@northwind.example")
    assert "into the folder" in studio.get("/studio/settings/outbox")

    studio.post("/studio/settings/outbox/test")
    Worker(app).do_one("mail")

    assert any(kept.to == "ada@northwind.example" and "goes out" in kept.subject for kept in mail.kept(settings))


def test_the_place_of_documents_is_tried_and_what_is_wrong_with_it_is_said(
    app: Flask, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    studio = Studio(app, Role.ADMIN)
    assert f"the folder {settings.data / 'documents'}" in studio.get("/studio/settings/outbox")

    assert "kept and read back" in studio.get(studio.post("/studio/settings/outbox/documents"))

    (tmp_path / "file").touch()
    elsewhere = replace(settings, documents=f"folder:{tmp_path / 'file' / 'inside'}")
    monkeypatch.setitem(app.extensions, "lodestone", elsewhere)
    told = studio.post("/studio/settings/outbox/documents", 503)
    assert f"Nothing can be kept in the folder {tmp_path / 'file' / 'inside'}" in told


def test_a_form_for_a_token_that_is_sent_again_makes_no_other_and_shows_nothing(app: Flask) -> None:
    admin, place = Studio(app, Role.ADMIN), "/studio/settings/tokens"
    [key] = re.findall(r'name="key"[^>]* value="([^"]+)"', admin.get(place))
    typed = {"name": "CRM", "scopes": "mqls:read", "key": key}

    made = admin.post(place, 200, **typed)
    again = admin.get(admin.post(place, **typed))

    [token] = every(ApiToken)
    assert "lds_" in made
    assert "lds_" not in again
    assert "This form was sent before" in again
    [other] = re.findall(r'name="key"[^>]* value="([^"]+)"', made)
    assert "lds_" in admin.post(place, 200, **(typed | {"key": other}))
    assert [one.public_id for one in every(ApiToken)] == [token.public_id, other]
