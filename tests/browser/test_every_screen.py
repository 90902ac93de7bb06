"""Every screen of the studio, full and with errors, in both languages: accessible, valid, fit for a phone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.wrappers import Response

from capture import clock
from capture.accounts.models import Role
from capture.config import Settings
from capture.db import db
from capture.journey import campaigning, reporting, visitor
from capture.leads.models import LeadImport
from tests.browser.conftest import LOOKS, an_installation
from tests.browser.test_public_pages import AXE, COLOURS, barriers, html_errors
from tests.factories import every
from tests.stories import an_arrival
from tests.web import everything
from tests.web.studio import Studio
from tests.web.test_studio import a_login, a_person
from tests.web.test_studio_check import wreck
from tests.web.test_studio_wrong import wrong_posts

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

pytestmark = pytest.mark.browser

ADMIN = "ada@northwind.example"
GUEST = "wanda@northwind.example"  # who has no second factor
OPEN = """() => {
  for (const part of document.querySelectorAll("main details")) part.open = true;
  return matchMedia("(prefers-color-scheme: dark)").matches;
}"""
OF_THE_WIDTH: dict[str, object] = {"runOnly": ["color-contrast", "target-size", "scrollable-region-focusable"]}


@dataclass(frozen=True, slots=True)
class Furnished:
    """A running installation in which there is one of everything: its screens, and those that say what is wrong."""

    base: str
    app: Flask
    screens: dict[str, str]
    wrong: dict[str, str]


@pytest.fixture(scope="module")
def furnished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Furnished]:
    with an_installation(tmp_path_factory.mktemp("furnished")) as (app, serve):
        with app.app_context():
            admin = Studio(app, Role.ADMIN, ADMIN)
            admin.client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "de"
            wrong = {path: page for path, _, page in wrong_posts(admin)}
            found = everything.places(app)
            listed = {one.path for one in found if one.path.startswith("/studio/") and "GET" in one.methods}
            _wait_for_a_decision(app)
            listed |= {*_others(found), *_wrecked(admin)}
            screens = {path: html for path in sorted(listed) if (html := _screen(admin, path))}
            a_person(Role.ADMIN, GUEST)
            db.session.remove()
        shown: dict[str, WSGIApplication] = {
            f"/wrong/{number}": Response(html, mimetype="text/html") for number, html in enumerate(wrong.values())
        }
        app.wsgi_app = DispatcherMiddleware(app.wsgi_app, shown)  # type: ignore[method-assign]
        serve()
        yield Furnished(app.extensions["lodestone"].base_url, app, screens, wrong)


def _others(found: list[everything.Place]) -> Iterator[str]:
    """Screens that are no routes of their own: the sheets of a draft, the parts of an assessment, other views."""
    paths = {one.endpoint: one.path for one in found}
    draft, asked = paths["drafts.sections"].removesuffix("/sections"), paths["drafts.questions"]
    yield from (f"{draft}/{sheet}" for sheet in ("design", "settings"))
    yield from (f"{asked}/{part}" for part in ("recommendations/call_sooner", "levels/firm", "dimensions/speed"))
    yield from (f"/studio/mqls?view={view}" for view in ("answered", "progress"))
    yield from ("/studio/mqls/never?kind=open_deal", "/studio/leads?counted=mqls")
    yield from (f"/studio/reports/?by={by}" for by in ("page", "channel", "campaign"))
    yield from (f"/studio/imports/{one.public_id}" for one in every(LeadImport))
    yield from ("/studio/destinations/hubspot", "/studio/links/?source=x", "/studio/campaigns/?removed=x&name=Autumn")


def _wrecked(admin: Studio) -> Iterator[str]:
    """Screens of a draft that say beside each control what is wrong with its value."""
    draft = wreck(admin)
    yield from (f"{draft}/{screen}" for screen in ("page", "design", "settings", "form/company"))


def _screen(admin: Studio, path: str) -> str:
    answer = admin.open("GET", path)
    return answer.text if answer.status_code == 200 and answer.mimetype == "text/html" else ""


@pytest.mark.parametrize(("language", "look"), [("en", "wide"), ("de", "phone")])
def test_every_screen_is_accessible_in_light_and_dark_and_fits(
    chromium: Browser, furnished: Furnished, language: str, look: str
) -> None:
    # Nothing fades from one colour scheme into the other while it is looked at.
    options: dict[str, Any] = {"locale": language, "reduced_motion": "reduce", **LOOKS[look]}
    page = _a_page(chromium, base_url=furnished.base, **options)
    with furnished.app.app_context():
        way_in = a_login(GUEST)
    amiss = {}
    for path in ("/studio/login", way_in):
        page.goto(path)
        amiss[path] = _amiss(page, look)
    page.click("main button")
    page.wait_for_url("**/studio/pages")

    for path in furnished.screens:
        page.goto(path, wait_until="domcontentloaded")
        amiss[path] = _amiss(page, look)
    for number, path in enumerate(furnished.wrong):
        page.goto(f"/wrong/{number}", wait_until="domcontentloaded")
        expect(page.locator("[aria-invalid]:focus, [data-focus]:focus"), path).to_have_count(1)
        amiss[f"{path}, wrong"] = _amiss(page, look)

    page.context.close()
    assert {path: found for path, found in amiss.items() if found} == {}


def test_every_screen_of_an_empty_installation_is_accessible(
    chromium: Browser, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with an_installation(tmp_path_factory.mktemp("empty")) as (app, serve):
        with app.app_context():
            admin = Studio(app, Role.ADMIN, ADMIN)
            plain = {
                rule.rule for rule in app.url_map.iter_rules() if not rule.arguments and "GET" in (rule.methods or ())
            }
            screens = [path for path in sorted(plain) if path.startswith("/studio/") and _screen(admin, path)]
            a_person(Role.ADMIN, GUEST)
            way_in = a_login(GUEST)
            db.session.remove()
        serve()
        page = _a_page(chromium, base_url=app.extensions["lodestone"].base_url, reduced_motion="reduce")
        page.goto(way_in)
        page.click("main button")
        page.wait_for_url("**/studio/pages")
        amiss = {}
        for path in screens:
            page.goto(path, wait_until="domcontentloaded")
            amiss[path] = _amiss(page, "wide")

        page.context.close()
        assert len(screens) > 30
        assert {path: found for path, found in amiss.items() if found} == {}


def _a_page(chromium: Browser, **options: Any) -> Page:
    """A page in each of whose documents axe-core stands ready, which is sent to it once."""
    context = chromium.new_context(**options)
    context.add_init_script(AXE)
    return context.new_page()


def _amiss(page: Page, look: str) -> list[str]:
    """What is wrong with a screen whose parts are all open: to see, to hear, and in its width.

    It is seen in the colours that the one before was left in, and then in the others.
    """
    is_dark = page.evaluate(OPEN)
    found = barriers(page, OF_THE_WIDTH if look == "phone" else None)
    page.emulate_media(color_scheme="light" if is_dark else "dark")
    found += barriers(page, COLOURS)
    if look == "phone":
        page.set_viewport_size({"width": 320, "height": 640})
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    if look == "phone":
        page.set_viewport_size(LOOKS[look]["viewport"])  # type: ignore[arg-type]
    return [*found, *([f"{wide} pixels too wide"] if wide > 0 else [])]


def test_the_nu_checker_finds_no_error_on_any_screen(furnished: Furnished, tmp_path: Path) -> None:
    for number, (_, html) in enumerate([*furnished.screens.items(), *furnished.wrong.items()]):
        (tmp_path / f"{number}.html").write_text(html, "utf-8")

    assert html_errors(tmp_path) == []


def _wait_for_a_decision(app: Flask) -> None:
    """Visits with values and macros that no campaign takes, as long as platforms send them."""
    long, macro = "brand_search_de_at_ch_autumn_2026_exact", "{{campaign.name_of_the_advertising_account}}"
    settings: Settings = app.extensions["lodestone"]
    for query in (f"utm_campaign={long}&utm_id=120211908374650123", f"utm_campaign={macro}&utm_content={macro}"):
        arrival = an_arrival(path="/pricing-guide", query=f"utm_source=linkedin&{query}")
        visitor.arrive("pricing-guide", arrival, settings=settings, at=clock.now())
    reporting.count_days(settings, at=clock.now() + timedelta(days=1))
    campaigning.leave_aside("utm_content", macro, after=clock.now().date(), actor="cli", at=clock.now())
