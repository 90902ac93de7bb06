"""Logging in with the provider of the organisation: a real one on loopback, and one that lies."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
import requests
from flask import Flask
from joserfc import jws
from joserfc.jwk import RSAKey
from structlog.testing import capture_logs

from capture import clock
from capture.accounts import fetching, openid, provider
from capture.accounts.models import AuditEntry, Role, Staff
from capture.config import Settings
from capture.journey import staff as staff_journey
from capture.outbox import mail
from capture.worker import Worker
from tests.authenticators import encoded
from tests.commands.test_serve import a_free_port
from tests.factories import every
from tests.providers import CLIENT, SECRET, Liar, RealProvider, liar, real_provider, visit, with_shared_secret
from tests.web.studio import Studio
from tests.web.test_studio import a_login, a_person, csrf
from tests.web.test_studio_operations import set_up

START, RETURN = "/studio/login/provider", "/studio/login/provider/return"
MARA, SAM, ADA = (f"{name}@northwind.example" for name in ("mara", "sam", "ada"))
PASSWORD = "correct horse battery"
BY_GROUPS = (("marketing", "marketer"), ("sales", "sales"), ("managers", "admin"))

SetUp = Callable[..., Settings]


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    """A provider that other people wrote."""
    with real_provider() as running:
        yield running


@pytest.fixture
def lying() -> Iterator[Liar]:
    """A provider that says what the test wants."""
    with liar() as running:
        yield running


@pytest.fixture
def set_to(app: Flask, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> SetUp:
    """Names a provider in the settings; from then on the clock is the real one, as the provider's is."""

    def use(issuer: str, **more: Any) -> Settings:
        monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC))
        known = {"oidc_issuer": issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        changed = replace(settings, oidc_name="Northwind", **{**known, **more})
        monkeypatch.setitem(app.extensions, "lodestone", changed)
        return changed

    return use


def come(app: Flask, login: str, status: int = 303, browser: Studio | None = None) -> tuple[Studio, str]:
    """Somebody logs in with the provider; gives the browser, and what it is shown or where it is led."""
    browser = browser or Studio.of_nobody(app)
    answer = browser.open("GET", visit(browser.open("GET", START).location, login))
    assert answer.status_code == status, answer.text
    return browser, answer.location or answer.text


def lied(app: Flask, lying: Liar, status: int = 403, **claims: Any) -> str:
    """What is shown to somebody of whom the liar says this."""
    browser = Studio.of_nobody(app)
    back = lying.about(browser.open("GET", START).location, at=clock.now().timestamp(), **claims)
    answer = browser.open("GET", back)
    assert answer.status_code == status, answer.text
    return answer.text if status != 303 else browser.get("/studio/people/me")


def audited(action: str) -> list[dict[str, Any]]:
    return [entry.detail for entry in every(AuditEntry) if entry.action == action]


def test_somebody_invited_comes_in_by_the_provider_and_out_of_it(app: Flask, real: RealProvider, set_to: SetUp) -> None:
    set_to(real.issuer)
    a_person(Role.MARKETER, MARA)
    browser = Studio.of_nobody(app)
    login = browser.get("/studio/login?next=/studio/leads")
    assert "Log in with Northwind" in login
    assert f'href="{START}?next=/studio/leads"' in login

    there = browser.open("GET", f"{START}?next=/studio/leads").location
    back = visit(there, "mara")
    arrived = browser.open("GET", back)

    assert "code_challenge_method=S256" in there
    assert arrived.location == "/studio/leads"
    assert "Mara Lind" in browser.get("/studio/people/me")
    assert audited("staff.logged_in") == [{"by": "provider"}]
    assert [(row.provider_issuer, row.provider_subject) for row in every(Staff)] == [(real.issuer, "mara")]
    browser.post("/studio/logout", 403)  # the token from before, which whoever planted the cookie knows
    browser.token = csrf(browser.get("/studio/people/me"))
    left = browser.post("/studio/logout")
    assert "still logged in at Northwind" in browser.get(left)
    out = browser.open("GET", f"{START}/leave").location
    assert requests.get(out, timeout=5).status_code == 200
    assert out.startswith(
        f"{real.issuer}/session/end?client_id={CLIENT}&post_logout_redirect_uri=http%3A%2F%2Flocalhost"
    )
    browser.get("/studio/leads", 303)


def test_a_code_and_a_state_are_good_once_and_in_the_browser_that_left(
    app: Flask, real: RealProvider, set_to: SetUp
) -> None:
    set_to(real.issuer)
    a_person(Role.MARKETER, MARA)
    browser, other = Studio.of_nobody(app), Studio.of_nobody(app)
    there = browser.open("GET", START).location
    left_with = browser.client.get_cookie("studio")
    assert left_with
    back = visit(there, "mara")

    assert "another browser" in other.get(back, 403)
    assert "another browser" in browser.get(back.replace("state=", "state=x"), 403)
    assert browser.open("GET", back).status_code == 403  # that attempt is over
    other.client.set_cookie("studio", left_with.value)
    assert other.open("GET", back).location == "/studio/"
    thief = Studio.of_nobody(app)
    thief.client.set_cookie("studio", left_with.value)
    assert "is over already" in thief.get(back, 403)  # the provider gives a code once
    late = Studio.of_nobody(app)
    back = visit(late.open("GET", START).location, None)
    assert "was broken off" in late.get(back, 403)


def test_an_attempt_does_not_wait_for_ever(
    app: Flask, real: RealProvider, set_to: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(real.issuer)
    a_person(Role.MARKETER, MARA)
    browser = Studio.of_nobody(app)
    back = visit(browser.open("GET", START).location, "mara")

    monkeypatch.setattr(clock, "now", lambda: datetime.now(UTC) + timedelta(minutes=16))

    assert "took too long" in browser.get(back, 403)


def test_only_a_verified_address_that_is_known_comes_in(app: Flask, real: RealProvider, set_to: SetUp) -> None:
    set_to(real.issuer)
    a_person(Role.ADMIN, ADA)
    a_person(Role.MARKETER, MARA)

    assert "not verified at Northwind" in come(app, "eve", 403)[1]
    assert "Nobody with the address sam@northwind.example" in come(app, "sam", 403)[1]
    come(app, "mara")
    assert "another account at Northwind" in come(app, "moved", 403)[1]
    admin, mara = Studio(app, Role.ADMIN, ADA), next(person for person in every(Staff) if person.email == MARA)
    assert "Unlink from the provider" in admin.get("/studio/people/")
    admin.post(f"/studio/people/{mara.public_id}/unlink")
    come(app, "moved")
    admin.post(f"/studio/people/{mara.public_id}/disable")
    assert "Nobody with the address" in come(app, "moved", 403)[1]
    assert len(every(Staff)) == 2


def test_newcomers_come_in_by_setting_and_groups_say_what_they_may_do(
    app: Flask, real: RealProvider, set_to: SetUp
) -> None:
    asked_for = {"oidc_scopes": "openid email profile groups"}
    set_to(real.issuer, oidc_newcomers="sales")
    come(app, "sam")
    set_to(real.issuer, oidc_roles=BY_GROUPS, oidc_newcomers="groups", **asked_for)
    browser, _ = come(app, "mara")
    come(app, "boss")
    assert {row.email: row.role for row in every(Staff)} == {
        MARA: Role.MARKETER,
        SAM: Role.SALES,
        ADA: Role.ADMIN,
    }
    browser.get("/studio/leads")

    set_to(real.issuer, oidc_roles=(("cn=all,o=n", "admin"),), oidc_newcomers="groups", **asked_for)
    come(app, "sam")
    assert "in no group" in come(app, "mara", 403)[1]
    set_to(real.issuer, oidc_roles=(("nobody", "admin"),), oidc_newcomers="sales", **asked_for)
    come(app, "sam")
    come(app, "boss")

    assert {row.email: row.role for row in every(Staff)} == {
        MARA: Role.MARKETER,
        SAM: Role.SALES,
        ADA: Role.ADMIN,  # the only one stays one
    }
    assert {"before": "sales", "after": "admin"} in audited("staff.role_changed")


def test_domains_and_claims_keep_others_out(app: Flask, real: RealProvider, set_to: SetUp) -> None:
    a_person(Role.MARKETER, MARA)

    set_to(real.issuer, oidc_domains=("example.com",))
    assert "not one of those" in come(app, "mara", 403)[1]
    groups = {"oidc_scopes": "openid email groups"}
    set_to(real.issuer, oidc_domains=("northwind.example",), oidc_claims=(("groups", "sales"),), **groups)
    assert "not one of those" in come(app, "mara", 403)[1]
    set_to(real.issuer, oidc_domains=("northwind.example",), oidc_claims=(("groups", "marketing"),), **groups)
    come(app, "mara")


def test_keys_may_change_and_claims_may_stand_in_the_token(app: Flask, real: RealProvider, set_to: SetUp) -> None:
    set_to(real.issuer)
    a_person(Role.MARKETER, MARA)
    come(app, "mara")

    real.restart(kid="second", in_token=True)
    come(app, "mara")
    real.restart(kid="second")  # another key by the same name
    come(app, "mara")


def test_while_the_provider_is_away_a_password_still_opens(app: Flask, real: RealProvider, set_to: SetUp) -> None:
    set_to(f"http://127.0.0.1:{a_free_port()}")
    a_person(Role.ADMIN, ADA)
    [person] = every(Staff)
    staff_journey.choose_password(person.public_id, PASSWORD, at=clock.now())
    browser = Studio.of_nobody(app)

    told = browser.get(START, 503)

    assert "Northwind does not answer" in told
    assert "log in with your password" in told
    browser.post("/studio/login", email=ADA, password=PASSWORD)
    browser.token = csrf(browser.get("/studio/settings/logins"))
    assert "nobody answers there" in browser.post("/studio/settings/logins/test", 503)
    assert browser.open("GET", f"{START}/leave").location == "/studio/login"
    set_to(real.issuer)
    assert "signs with one key" in browser.post("/studio/settings/logins/test", 200)


def test_where_the_provider_is_the_only_way_a_link_of_an_admin_is_the_other(
    app: Flask, real: RealProvider, set_to: SetUp
) -> None:
    browser = Studio.of_nobody(app)
    told = set_to(real.issuer, logins="provider")
    a_person(Role.ADMIN, ADA)
    assert 'type="password"' not in browser.get("/studio/login")

    browser.post("/studio/login", 403, email=ADA, password=PASSWORD)
    browser.post(a_login(ADA))

    browser.token = csrf(browser.get("/studio/people/"))
    assert "New password" not in browser.get("/studio/people/me")
    browser.post("/studio/people/me", 403, password=PASSWORD, again=PASSWORD)
    assert "the provider alone" in browser.get("/studio/settings/logins")
    browser.post("/studio/people/", email="nora@northwind.example", name="Nora", role="sales")
    Worker(app).do_one("mail")
    [kept] = [kept for kept in mail.kept(told) if kept.to == "nora@northwind.example"][:1]
    assert "The next time you log in with Northwind." in kept.path.read_text()


def test_the_second_factor_is_asked_for_unless_the_provider_did(app: Flask, lying: Liar, set_to: SetUp) -> None:
    _, codes = set_up(Studio(app))
    set_to(lying.issuer)
    browser = Studio.of_nobody(app)
    back = lying.about(browser.open("GET", START).location, at=clock.now().timestamp(), amr=["pwd"])

    assert browser.open("GET", back).location == "/studio/login/code"
    browser.get("/studio/pages", 303)
    browser.post("/studio/login/code", code=codes[0])

    browser.get("/studio/pages")
    assert audited("staff.logged_in")[-1] == {"by": "provider", "second_factor": "code"}
    assert "Mara Lind" in lied(app, lying, 303, amr=["pwd", "mfa"])


def test_nothing_that_is_said_falsely_is_believed(app: Flask, lying: Liar, set_to: SetUp) -> None:
    set_to(lying.issuer)
    a_person(Role.MARKETER, MARA)
    now, key = int(clock.now().timestamp()), lying.key
    distrusted = "cannot be trusted"

    def check(*, honest: bool = False, **claims: Any) -> None:
        provider._of.cache_clear()
        shown = lied(app, lying, 303 if honest else 403, **claims)
        assert ("Mara Lind" if honest else distrusted) in shown, claims

    check(honest=True)
    check(iss="https://evil.example")
    check(aud="another client")
    check(aud="another client", azp=CLIENT)
    check(aud=[CLIENT, "another"])  # without saying for whom it was made
    check(aud=[CLIENT, "another"], azp="another")
    check(honest=True, aud=[CLIENT, "another"], azp=CLIENT)
    check(exp=now - 61)
    check(honest=True, exp=now - 30)  # clocks differ
    check(iat=now + 3600)
    check(nbf=now + 3600)
    check(nonce="mixed up")
    for missing in ("iss", "aud", "exp", "iat", "sub", "nonce"):
        check(**dict[str, Any]({missing: None}))
    check(sub="")
    check(sub=7)
    check(exp="tomorrow")
    check(at_hash="of another token")
    lying.signed_with = RSAKey.generate_key(2048, {"kid": "one"}, private=True)
    check()
    lying.signed_with, lying.algorithm = with_shared_secret(), "HS256"
    check()
    lying.signed_with, lying.algorithm = None, "RS256"
    lying.raw = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJtLTEifQ."
    check()
    lying.raw = "no token at all"
    check()
    lying.raw = f"{encoded(b'[' * 10_000)}.e30.e30"
    check()
    lying.raw = jws.serialize_compact({"alg": "RS256", "kid": "one"}, b"[" * 10_000, lying.key)
    check()
    lying.raw, lying.token = "", {"id_token": 7}
    check()
    lying.token = {}
    assert "cannot be trusted" in lied(app, lying, name=None)  # then it is asked for somebody, and tells of another one
    assert lying.key is key
    check(honest=True)


def test_an_address_is_believed_only_where_it_is_said_to_be_verified(app: Flask, lying: Liar, set_to: SetUp) -> None:
    set_to(lying.issuer)
    a_person(Role.MARKETER, MARA)

    never: tuple[object, ...] = (False, "yes", "false", 0, ["true"], {})
    for said in never:
        assert "not verified" in lied(app, lying, email_verified=said), said
    for email in ("mara", 7, "a" * 320 + "@northwind.example", ["mara@northwind.example"]):
        assert "not verified" in lied(app, lying, email=email), email
    assert "Nobody with the address" in lied(app, lying, email="mara@northwind.example.evil.example")
    assert "not verified" in lied(app, lying, email="mara@northwind.e\u212aample")  # a letter that turns into k
    set_to(lying.issuer, oidc_verified_claim="xms_edov")
    assert "Mara Lind" in lied(app, lying, 303, email_verified=None, xms_edov="1")
    assert "Mara Lind" in lied(app, lying, 303, email="new@elsewhere.example", email_verified=None, xms_edov=True)


def test_another_providers_answer_is_not_taken(app: Flask, lying: Liar, set_to: SetUp) -> None:
    set_to(lying.issuer)
    a_person(Role.MARKETER, MARA)
    browser = Studio.of_nobody(app)
    back = lying.about(browser.open("GET", START).location, at=clock.now().timestamp())

    assert "cannot be trusted" in browser.get(f"{back}&iss=https://evil.example", 403)


def test_a_token_in_an_answer_that_cannot_be_read_is_none(app: Flask, lying: Liar, set_to: SetUp) -> None:
    set_to(lying.issuer)
    for said in (b"[" * 10_000, b"{", b"\xff"):
        browser = Studio.of_nobody(app)
        back = lying.about(browser.open("GET", START).location, at=clock.now().timestamp())
        lying.said = said

        assert "does not answer as it should" in browser.get(back, 503)

        lying.said = b""


def test_a_provider_that_hangs_or_floods_or_leads_elsewhere_is_away(
    app: Flask, lying: Liar, set_to: SetUp, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_to(lying.issuer)
    monkeypatch.setattr(fetching, "PATIENCE", 0.3)

    def is_away(why: str) -> None:
        provider._of.cache_clear()
        with capture_logs() as logged:
            assert "does not answer as it should" in Studio.of_nobody(app).get(START, 503)
        assert [line["why"] for line in logged if line["event"] == "provider away"] == [why]

    lying.padding = fetching.MOST
    is_away("its answer does not end")
    lying.padding, lying.status = 0, 302
    is_away("it answered with a redirect")
    assert f"{lying.issuer}/elsewhere" not in lying.asked
    lying.status = 500
    is_away("it answered 500")
    lying.status, lying.patience = 200, 1.0
    is_away("it took too long")
    lying.patience = 0.0
    for lying.said in (b"[" * 10_000, b"{", b"\xff"):
        is_away("its answer is no JSON")
    lying.said = b""
    lying.description = {"issuer": "https://evil.example"}
    is_away("it calls itself by another issuer than the setting")
    lying.description = {"authorization_endpoint": "file:///etc/passwd"}
    is_away("its description has no proper authorization_endpoint")
    monkeypatch.setattr(fetching, "PATIENCE", 5.0)
    lying.description, lying.patience = {}, 0.5
    waiting = [Thread(target=lambda: openid.Provider(app.extensions["lodestone"]).begin()) for _ in range(4)]
    for thread in waiting:
        thread.start()
    time.sleep(0.2)
    is_away("too many wait for it already")  # the threads of the server are not all given away
    for thread in waiting:
        thread.join()


def test_neither_secrets_nor_addresses_stand_in_a_log(
    app: Flask, lying: Liar, set_to: SetUp, capsys: pytest.CaptureFixture[str]
) -> None:
    told = set_to(lying.issuer)
    a_person(Role.MARKETER, MARA)

    lied(app, lying, 303)
    lied(app, lying, exp=1)
    lied(app, lying, email="sam@northwind.example", sub="s-1")

    said = (
        repr(told) + str([(entry.action, entry.detail) for entry in every(AuditEntry)]) + "".join(capsys.readouterr())
    )
    assert "ExpiredTokenError" in said
    assert not [word for word in (SECRET, "eyJ", MARA, SAM, "m-1") if word in said]
    assert lying.posted["code_verifier"]
    assert "client_secret" not in lying.posted


def test_a_provider_that_wants_the_secret_otherwise_or_none_is_served(app: Flask, lying: Liar, set_to: SetUp) -> None:
    set_to(lying.issuer)
    a_person(Role.MARKETER, MARA)
    lying.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    lied(app, lying, 303)
    assert lying.posted["client_secret"] == [SECRET]

    set_to(lying.issuer, oidc_client_secret="")
    lied(app, lying, 303)
    assert lying.posted["client_id"] == [CLIENT]
    assert "client_secret" not in lying.posted
