"""Behind a real nginx, set up as docs/deployment.md says: what it sends itself, and what it is never given."""

import http.client
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from weasyprint import HTML

from capture import clock, schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.web import visitor
from magnets.imprint import prepare
from tests import stories
from tests.commands.test_serve import Server, a_free_port
from tests.nginx import nginx

DEPLOYMENT = Path(__file__).parents[2] / "docs" / "deployment.md"
HOP = {"server", "date", "connection"}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Browser:
    """Where a lead's copy is, and what the lead's browser sends."""

    path: str
    cookie: str

    def ask(self, port: int, method: str = "GET", **headers: str) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        sent = {"Cookie": f"{visitor.COOKIE}={self.cookie}", "User-Agent": stories.PERSON, **headers}
        connection.request(method, self.path, headers=sent)
        answer = connection.getresponse()
        told = {name.lower(): value for name, value in answer.getheaders() if name.lower() not in HOP}
        body = answer.read()
        connection.close()
        return Answer(answer.status, told, body)


@dataclass(frozen=True, slots=True)
class Site:
    """The ports of the product and of nginx; a document that is nobody's own and its first download; a lead's own."""

    product: int
    proxy: int
    plain: Browser
    personal: Browser
    sha: str
    first: Answer


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("data")
    settings = Settings(
        data=data, secret_keys=("k" * 64,), privacy_url="https://a.example", legal_url="https://b.example"
    )
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
        pdf = prepare(HTML(string="<html lang=en><title>Plain</title><h1>For everybody").write_pdf())
        plain, personal = a_reader(settings, "plain", pdf), a_reader(settings, "personal", stories.a_document())
        db.session.remove()
        db.engine.dispose()
    [sha] = [path.name for path in (data / "documents").glob("*/*/*") if path.read_bytes() == pdf]
    with Server(data, LODESTONE_SECRET_KEYS="k" * 64, LODESTONE_ACCEL="/documents/", LODESTONE_PROXIES="1") as server:
        server.facts()
        port = a_free_port()
        with nginx(tmp_path_factory.mktemp("nginx"), documented(data, server.port, port), port=port):
            assert "x-accel-redirect" not in plain.ask(server.port, "HEAD").headers  # nothing is counted yet
            first = plain.ask(port)
            is_counted(plain, server.port)
            yield Site(server.port, port, plain, personal, sha, first)


def is_counted(browser: Browser, product: int) -> None:
    """Wait until it is: the product writes a download down behind its last byte."""
    until = time.monotonic() + 30
    while "x-accel-redirect" not in browser.ask(product).headers:
        assert time.monotonic() < until
        time.sleep(0.02)


def a_reader(settings: Settings, slug: str, pdf: bytes) -> Browser:
    receipt = stories.submit(stories.a_page(slug, document=pdf), form_key=f"key-{slug}")
    token = links.sign(settings, Purpose.COPY, receipt.grant, expires=clock.now() + timedelta(days=1))
    assert receipt.new_cookie
    return Browser(f"/get/{token}", receipt.new_cookie)


def documented(data: Path, product: int, port: int) -> str:
    """The server that the documentation shows, but for ports and folder."""
    found = re.search(r"```nginx\n(.*?)```", DEPLOYMENT.read_text("utf-8"), re.DOTALL)
    assert found
    server = found[1]
    for told, here in (
        ("listen 80", f"listen 127.0.0.1:{port}"),
        ("127.0.0.1:8000", f"127.0.0.1:{product}"),
        ("/var/lib/lodestone", str(data)),
    ):
        assert told in server
        server = server.replace(told, here)
    return server


def test_the_first_download_leaves_from_the_product_and_later_ones_from_the_proxy(site: Site) -> None:
    handed_over = site.plain.ask(site.product)
    again = site.plain.ask(site.proxy)

    assert (handed_over.body, handed_over.headers["x-accel-redirect"].rpartition("/")[2]) == (b"", site.sha)
    assert site.first.body[:5] == b"%PDF-"
    assert again.body == site.first.body
    assert again.headers == site.first.headers


def test_the_proxy_resumes_what_the_product_began(site: Site) -> None:
    whole = site.plain.ask(site.proxy)

    rest = site.plain.ask(site.proxy, Range="bytes=100-", **{"If-Range": whole.headers["etag"]})
    outdated = site.plain.ask(site.proxy, Range="bytes=100-", **{"If-Range": '"another"'})
    beyond = site.plain.ask(site.proxy, Range="bytes=99999999-")
    unchanged = site.plain.ask(site.proxy, **{"If-None-Match": whole.headers["etag"]})
    head = site.plain.ask(site.proxy, "HEAD")

    assert (rest.status, rest.body) == (206, whole.body[100:])
    assert (outdated.status, outdated.body) == (200, whole.body)
    assert (beyond.status, unchanged.status) == (416, 304)
    assert (head.headers, head.body) == (whole.headers, b"")


def test_a_leads_own_copy_is_never_handed_over(site: Site) -> None:
    answers = [site.personal.ask(site.proxy) for _ in range(3)]

    assert "x-accel-redirect" not in site.personal.ask(site.product).headers
    assert answers[0].body[:5] == b"%PDF-"
    assert len({answer.body for answer in answers}) == 1


def test_the_folder_has_no_public_address(site: Site) -> None:
    sha = site.sha

    asked = Browser(f"/documents/{sha[:2]}/{sha[2:4]}/{sha}", "none").ask(site.proxy)

    assert asked.status == 404


def test_another_browser_is_asked_and_nothing_is_handed_over(site: Site) -> None:
    asked = Browser(site.plain.path, "another").ask(site.proxy)

    assert asked.headers["content-type"].startswith("text/html")
