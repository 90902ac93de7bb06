"""Passkeys: adding, using and removing them, and what no honest browser would send."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from capture import clock
from capture.accounts import passkeys
from capture.accounts.models import AuditEntry, Passkey, Role, Staff
from capture.config import Settings
from capture.journey import staff as staff_journey
from tests.authenticators import PRESENT, Authenticator, encoded
from tests.factories import NOON, every
from tests.web.studio import Studio
from tests.web.test_studio import csrf
from tests.web.test_studio_operations import PASSWORD, log_in, set_up

MINE, ENTER, SECOND = "/studio/people/me/passkeys", "/studio/login/passkey", "/studio/login/code/passkey"


@pytest.fixture
def studio(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """Somebody with a password; the clock goes on by a second with each look."""
    moment = [NOON]

    def now() -> Any:
        moment[0] += timedelta(seconds=1)
        return moment[0]

    studio = Studio(app)
    studio.post("/studio/people/me", password=PASSWORD, again=PASSWORD)
    monkeypatch.setattr(clock, "now", now)
    return studio


def options(browser: Studio, path: str) -> dict[str, Any]:
    """What the server asks a browser for."""
    answer = browser.open("POST", f"{path}/options")
    assert answer.status_code == 200, answer.status_code
    return dict(json.loads(answer.text))


def add(browser: Studio, device: Authenticator, name: str = "Laptop") -> list[str]:
    """Add a device; gives the recovery codes that are shown."""
    answer = browser.open("POST", MINE, credential=device.create(options(browser, MINE)), name=name)
    assert answer.status_code in (200, 303), answer.text
    return re.findall(r"<li><code>([a-z0-9-]+)</code>", answer.text)


def enter(app: Flask, device: Authenticator, status: int = 303) -> tuple[Studio, str]:
    """Log in with a device alone."""
    browser = Studio.of_nobody(app)
    return browser, browser.post(ENTER, status, credential=device.get(options(browser, ENTER)))


def audited(action: str) -> list[dict[str, Any]]:
    return [entry.detail for entry in every(AuditEntry) if entry.action == action]


def test_a_passkey_logs_in_alone_and_after_a_password(app: Flask, studio: Studio) -> None:
    laptop, stick = Authenticator(), Authenticator()
    assert "Log in with a passkey" not in studio.get("/studio/login")
    codes = add(studio, laptop)
    assert len(codes) == 8
    assert add(studio, stick, "Stick <b>") == []

    browser, leads_to = enter(app, laptop)
    assert leads_to == "/studio/"
    browser.get("/studio/pages")
    after_password, leads_to = log_in(app)
    assert leads_to == "/studio/login/code"
    after_password.get("/studio/pages", 303)
    asked = options(after_password, SECOND)
    assert {one["id"] for one in asked["allowCredentials"]} == {
        encoded(laptop.credential_id),
        encoded(stick.credential_id),
    }
    assert after_password.post(SECOND, credential=stick.get(asked)) == "/studio/"
    with_code, leads_to = log_in(app)
    assert "Use a passkey" in with_code.get(leads_to)
    with_code.post(leads_to, code=codes[0])

    with_code.get("/studio/pages")
    page = studio.get(MINE)
    assert page.count("Used last") == 2
    assert "Stick &lt;b&gt;" in page
    assert "7 recovery codes left" in page
    assert "Log in with a passkey" in Studio.of_nobody(app).get("/studio/login")
    assert audited("staff.logged_in")[1:] == [
        {"by": "passkey"},
        {"by": "password", "second_factor": "passkey"},
        {"by": "password", "second_factor": "code"},
    ]


def test_the_last_passkey_goes_with_a_recovery_code_and_an_admin_takes_all(app: Flask, studio: Studio) -> None:
    admin = Studio(app, Role.ADMIN, "ada@northwind.example")
    codes = add(studio, Authenticator())
    add(studio, Authenticator(), "Stick")
    laptop, stick = re.findall(r'action="(/studio/people/me/passkeys/[\w-]+/remove)"', studio.get(MINE))
    admin.post(stick)
    assert len(every(Passkey)) == 2  # it is somebody else's
    studio.post(stick)
    assert "not right" in studio.post(laptop, 422, code="abcd-efgh-jkmn")
    studio.post(laptop, code=codes[3])
    assert not every(Passkey)
    assert log_in(app)[1] == "/studio/"

    device = Authenticator()
    assert len(add(studio, device)) == 8
    mara = next(person for person in every(Staff) if person.email.startswith("mara"))
    assert "Second factor" in admin.get("/studio/people/")
    admin.post(f"/studio/people/{mara.public_id}/second-factor/reset")

    assert not every(Passkey)
    studio.get(MINE, 303)
    assert "did not work" in enter(app, device, 422)[1]


def test_a_passkey_gives_new_recovery_codes_and_those_before_are_void(app: Flask, studio: Studio) -> None:
    laptop, strange = Authenticator(), Authenticator()
    before = add(studio, laptop)
    codes = f"{MINE}/codes"
    assert "did not work" in studio.post(codes, 422, credential=strange.get(options(studio, codes)))
    asked = options(studio, codes)

    shown = studio.post(codes, 200, credential=laptop.get(asked))

    after = re.findall(r"<li><code>([a-z0-9-]+)</code>", shown)
    assert len(after) == 8
    assert not set(before) & set(after)
    studio.post(codes, 422, credential=laptop.get(asked))  # a challenge is answered once
    assert not [one for one in after if one in studio.get(MINE)]
    browser, leads_to = log_in(app)
    browser.post(leads_to, 422, code=before[0])
    browser.post(leads_to, code=after[0])
    assert audited("staff.recovery_codes_made") == [{"after": "passkey"}]


def test_beside_an_app_a_passkey_goes_and_stays_by_itself(app: Flask, studio: Studio, now: object) -> None:
    device = Authenticator()
    _, codes = set_up(studio)
    assert add(studio, device) == []
    [place] = re.findall(r'action="(/studio/people/me/passkeys/[\w-]+/remove)"', studio.get(MINE))
    studio.post("/studio/people/me/second-factor/off", code=codes[0])
    assert log_in(app)[1] == "/studio/login/code"  # the passkey and the codes are still asked for

    studio.post(place, code=codes[1])

    assert log_in(app)[1] == "/studio/"


DEEP = "[" * 10_000
NONSENSE: tuple[object, ...] = (None, "", "!", 7, "AAAA", [], {}, encoded(DEEP.encode()))


def a_mistake(device: Authenticator, **changes: Any) -> Authenticator:
    """The same device with something wrong about it."""
    return replace(device, **changes)


def test_what_another_site_another_key_or_an_older_answer_says_opens_nothing(app: Flask, studio: Studio) -> None:
    device, other = Authenticator(), Authenticator()
    add(studio, device)
    enter(app, device)

    def refused(wrong: Authenticator, said: Callable[[str], str] = lambda answer: answer) -> None:
        browser = Studio.of_nobody(app)
        wrong.count = device.count = device.count + 1
        shown = browser.post(ENTER, 422, credential=said(wrong.get(options(browser, ENTER))))
        assert "did not work" in shown
        browser.get("/studio/pages", 303)

    refused(other)
    refused(a_mistake(device, origin="https://localhost:8000"))
    refused(a_mistake(device, origin="http://localhost.evil.example:8000"))
    refused(a_mistake(device, host="evil.example"))
    refused(a_mistake(device, key=other.key))
    refused(a_mistake(device, flags=PRESENT))  # nobody's finger
    refused(a_mistake(device, flags=0))
    refused(device, lambda answer: answer.replace("public-key", "password"))
    refused(device, lambda answer: answer[:-20])
    refused(device, lambda _: "")
    refused(device, lambda _: "[]")
    refused(device, lambda _: '{"id": "\\u0000"}')
    refused(device, lambda _: '{"id": "\\ud800"}')
    refused(device, lambda _: DEEP)
    whole = json.loads(device.get({"challenge": "x"}))
    for name in (*whole["response"], *whole):
        for value in NONSENSE:
            broken = json.loads(json.dumps(whole))
            (broken["response"] if name in whole["response"] else broken)[name] = value
            if name not in ("userHandle", "clientExtensionResults"):
                refused(device, lambda _, broken=broken: json.dumps(broken))  # type: ignore[misc]
    enter(app, device)


def test_a_passkey_that_is_told_of_in_no_way_of_browsers_is_not_kept(app: Flask, studio: Studio) -> None:
    for name in ("clientDataJSON", "attestationObject"):
        told = json.loads(Authenticator().create(options(studio, MINE)))
        told["response"][name] = encoded(DEEP.encode())
        assert "did not work" in studio.post(MINE, 422, credential=json.dumps(told))
    for said in (DEEP, "", "[]", '{"response": []}'):
        options(studio, MINE)
        assert "did not work" in studio.post(MINE, 422, credential=said)

    assert not every(Passkey)


def test_a_challenge_is_answered_once_soon_and_for_what_it_was_made(
    app: Flask, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = Authenticator()
    add(studio, device)
    browser = Studio.of_nobody(app)
    answer = device.get(options(browser, ENTER))
    cookie = browser.client.get_cookie("studio")
    assert cookie
    browser.post(ENTER, credential=answer)

    replaying = Studio.of_nobody(app)
    replaying.client.set_cookie("studio", cookie.value)
    replaying.token = csrf(replaying.get("/studio/login"))
    device.count = 100
    assert "did not work" in replaying.post(ENTER, 422, credential=answer)
    assert "took too long" in replaying.post(ENTER, 422, credential=answer)  # there is no challenge any more
    for_adding = options(studio, MINE)
    assert "took too long" in studio.post(ENTER, 422, credential=device.get(for_adding))
    late = Studio.of_nobody(app)
    answer, then = device.get(options(late, ENTER)), clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: then)
    assert "took too long" in late.post(ENTER, 422, credential=answer)


def test_a_counter_that_goes_back_is_refused_and_noted(app: Flask, studio: Studio) -> None:
    device = Authenticator(count=7)
    add(studio, device)
    enter(app, device)
    device.count = 7

    assert "may have been copied" in enter(app, device, 422)[1]

    assert audited("staff.passkey_refused") == [{"why": "its counter went back"}]
    device.count = 8
    enter(app, device)
    synced = Authenticator()
    add(studio, synced, "Synced")
    for _ in range(2):
        synced.count = -1  # one that never counts
        enter(app, synced)


def test_a_passkey_is_its_owners_alone(app: Flask, studio: Studio) -> None:
    hers, his = Authenticator(), Authenticator()
    add(studio, hers)
    sam = Studio(app, Role.SALES, "sam@northwind.example")
    add(sam, his)
    after_password, _ = log_in(app)

    assert "did not work" in after_password.post(SECOND, 422, credential=his.get(options(after_password, SECOND)))
    assert "did not work" in sam.post(MINE, 422, credential=hers.create(options(sam, MINE)))  # known already
    [mara] = [person for person in every(Staff) if person.email.startswith("mara")]
    staff_journey.add_person("ada@northwind.example", "Ada", Role.ADMIN, actor="cli", at=clock.now())
    staff_journey.disable(mara.public_id, sla_hours=24, actor="cli", at=clock.now())
    assert "did not work" in enter(app, hers, 422)[1]
    Studio.of_nobody(app).post(SECOND, 303, credential="{}")
    assert Studio.of_nobody(app).open("POST", f"{SECOND}/options").location == "/studio/login"


def test_there_is_an_end_to_passkeys_and_a_site_that_can_have_none_says_so(
    app: Flask, studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passkeys, "MOST", 1)
    add(studio, Authenticator())
    more = Authenticator().create(options(studio, MINE))
    assert "Remove one first" in studio.post(MINE, 422, credential=more, name="More")

    for base in ("http://guides.example.com", "https://192.0.2.7", "https://[2001:db8::1]"):
        monkeypatch.setitem(app.extensions, "lodestone", replace(settings, base_url=base))
        assert passkeys.site(app.extensions["lodestone"]) is None


def test_where_the_provider_is_the_only_way_a_passkey_is_none(
    app: Flask, studio: Studio, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(studio, Authenticator())
    alone = replace(settings, logins="provider", oidc_issuer="https://id.northwind.example", oidc_client_id="x")
    monkeypatch.setitem(app.extensions, "lodestone", alone)

    assert "with a passkey" not in studio.get("/studio/login")
    studio.post(ENTER, 403, credential="{}")
    studio.post(f"{ENTER}/options", 403)
