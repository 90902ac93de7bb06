"""A running server with the shipped pages in a data folder of its own, and Debian's Chromium in front of it.

It is the Chromium without windows: the same engine, which begins a page in a third of the time.
"""

import fcntl
import json
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, StorageState, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from capture import clock, schema
from capture.accounts.models import Role
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.journey import marketer, opening, staff
from capture.leads.models import Lead
from capture.pages import pages
from capture.pages.opening import Window
from tests import stories
from tests.factories import every

CHROMIUM, WITHOUT_WINDOWS = "/usr/bin/chromium", "/usr/bin/chromium-headless-shell"
# A document lives a second: nothing in it runs so often that a compiler's work, or a collector's, is ever paid back.
BRIEFLY = "--js-flags=--no-opt --no-maglev --single-threaded-gc --min-semi-space-size=64 --max-semi-space-size=128"
PATHS = "paths.json"
LIBRARY = Path(__file__).parent.parent.parent / "magnets" / "library"
LOOKS: dict[str, dict[str, object]] = {
    "wide": {"viewport": {"width": 1440, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
}


@dataclass(frozen=True, slots=True)
class Site:
    """A running installation: its address, and the paths of one page of each type."""

    base: str
    paths: dict[str, str]
    app: Flask


def _publish(settings: Settings) -> None:
    for slug in ("one-pipeline", "handoff-checklist", "pipeline-check-up", "pipeline-review-live"):
        marketer.publish(LIBRARY / slug, settings=settings, at=clock.now())
    stories.close(stories.a_page("old-guide"))
    later = stories.a_page("opens-later").magnet_slug
    opening.open_from(later, Window(clock.now() + timedelta(days=9)), actor="cli", at=clock.now())
    stories.a_webinar("starts-now", starts_at=clock.now() + timedelta(minutes=5))


def _paths(settings: Settings) -> dict[str, str]:
    def token(purpose: Purpose, subject: str, *, days: int = 1) -> str:
        return links.sign(settings, purpose, subject, expires=clock.now() + timedelta(days=days))

    guide, webinar = pages.by_slug("one-pipeline"), pages.by_slug("pipeline-review-live")
    assert guide
    assert webinar
    receipt, seat = stories.submit(guide), stories.submit(webinar, form_key="key-2")
    now = pages.by_slug("starts-now")
    assert now
    early = stories.submit(now, stories.a_fill(email="early@bird.example"), form_key="key-3")
    db.session.remove()  # reads from here on see what the journeys wrote
    lead = every(Lead)[0]
    return {
        "the list": "/",
        "a guide": "/one-pipeline",
        "a checklist": "/handoff-checklist",
        "an assessment": "/pipeline-check-up",
        "a webinar": "/pipeline-review-live",
        "thanks": f"/thanks/{token(Purpose.THANKS, receipt.grant)}",
        "thanks for a seat": f"/thanks/{token(Purpose.THANKS, seat.grant)}",
        "is this you": f"/get/{token(Purpose.MAIL, receipt.grant)}",
        "expired": f"/get/{token(Purpose.MAIL, receipt.grant, days=-2)}",
        "confirm": f"/confirm/{token(Purpose.CONFIRM, receipt.grant)}",
        "withdraw": f"/withdraw/{token(Purpose.WITHDRAW, lead.public_id)}",
        "join": f"/join/{seat.registration}",
        "join now": f"/join/{early.registration}",
        "closed": "/old-guide",
        "opens later": "/opens-later",
        "not found": "/there-is-nothing-here",
        "privacy": "/about/privacy",
        "legal notice": "/about/legal-notice",
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> Iterator[Site]:
    """The shipped guide and webinar, served on a free port of this machine."""
    data = tmp_path_factory.mktemp("site")
    paths = json.loads(shutil.copytree(_published(shared), data, dirs_exist_ok=True).joinpath(PATHS).read_text())
    with an_installation(data) as (app, serve):
        serve()
        yield Site(app.extensions["lodestone"].base_url, paths, app)


def _published(shared: Path) -> Path:
    """A data folder with all of it, which the first worker to come furnishes for the others to copy."""
    data = shared / "site"
    data.mkdir(exist_ok=True)
    with (shared / "site.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (data / PATHS).exists():
            with an_application(data, "http://localhost") as app:
                settings: Settings = app.extensions["lodestone"]
                with app.app_context():
                    _publish(settings)
                with app.app_context():
                    paths = _paths(settings)
            (data / PATHS).write_text(json.dumps(paths))
    return data


@contextmanager
def an_installation(data: Path) -> Iterator[tuple[Flask, Callable[[], None]]]:
    """An application whose base URL names a free port, and what begins to serve it there; both end with this."""
    server = make_server("127.0.0.1", 0, Flask("not yet"), threaded=True, request_handler=_Quiet)
    with an_application(data, f"http://localhost:{server.server_port}") as app:
        server.app = app
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        yield app, thread.start
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def an_application(data: Path, base: str) -> Iterator[Flask]:
    """An application that keeps its data in this folder, with a schema made by the migrations."""
    app = create_app(
        Settings(
            data=data,
            base_url=base,
            secret_keys=("k" * 64,),
            organisation="Northwind Works",
            privacy_url=f"{base}/about/privacy",
            legal_url=f"{base}/about/legal-notice",
            rate_limits="",
        )
    )
    with app.app_context():
        schema.upgrade()
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:
        """Says nothing: the test says what went wrong."""


@pytest.fixture(scope="session")
def driver() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as playwright:
        yield playwright


@contextmanager
def a_browser(driver: Playwright, program: str) -> Iterator[Browser]:
    """This browser, without a window."""
    alone = ["--headless", "--no-sandbox", "--disable-gpu", "--in-process-gpu", "--disable-background-networking"]
    browser = driver.chromium.launch(executable_path=program, args=[*alone, BRIEFLY])
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium(driver: Playwright) -> Iterator[Browser]:
    """One browser for all tests."""
    with a_browser(driver, WITHOUT_WINDOWS) as browser:
        yield browser


@pytest.fixture
def browse(chromium: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """A new browser with a look (wide, phone, dark) and any option of a Playwright context."""
    contexts: list[BrowserContext] = []

    def open_one(look: str = "wide", **options: object) -> Page:
        context = chromium.new_context(base_url=site.base, **{**LOOKS[look], **options})  # type: ignore[arg-type]
        contexts.append(context)
        return context.new_page()

    yield open_one
    for context in contexts:
        context.close()


def invitation(site: Site) -> str:
    """The login link of somebody who was invited a moment ago."""
    with site.app.app_context():
        staff.add_person("mara@northwind.example", "Mara Lind", Role.ADMIN, actor="cli", at=clock.now())
        return f"/studio/login/{staff.make_login_link('mara@northwind.example', actor='cli', at=clock.now())}"


def enter(page: Page, site: Site) -> None:
    """Log in by it."""
    page.goto(invitation(site))
    page.click("main button")
    page.wait_for_url("**/studio/pages")


@pytest.fixture(scope="session")
def known() -> list[StorageState]:
    """The cookies of who is logged in, once somebody is."""
    return []


@pytest.fixture
def studio(browse: Callable[..., Page], site: Site, known: list[StorageState]) -> Page:
    """A page that is logged in."""
    if not known:
        first = browse()
        enter(first, site)
        known.append(first.context.storage_state())
    return browse(storage_state=known[0])
