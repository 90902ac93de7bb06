"""The disk is full for a while: what was typed stays on the page, and what was acknowledged is kept for good."""

import re
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import urlencode

from capture import schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.leads.models import Lead
from tests import stories
from tests.commands.test_serve import Server, family, status
from tests.factories import every

HEADERS = {"Content-Type": "application/x-www-form-urlencoded", "User-Agent": stories.PERSON}


@contextmanager
def no_room(pid: int) -> Iterator[None]:
    """No process of the server can make a file longer: to it, a disk without room."""
    limits = {one: resource.prlimit(one, resource.RLIMIT_FSIZE) for one in family(pid)}
    for one, (_, hard) in limits.items():
        resource.prlimit(one, resource.RLIMIT_FSIZE, (1, hard))
    yield
    for one, limit in limits.items():
        resource.prlimit(one, resource.RLIMIT_FSIZE, limit)


def answer(server: Server, method: str, path: str, **typed: str) -> tuple[HTTPResponse, str]:
    connection = HTTPConnection("127.0.0.1", server.port, timeout=30)
    connection.request(method, path, urlencode(typed), HEADERS)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response, body


def test_a_full_disk_loses_nothing_that_was_typed_or_acknowledged(tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path, secret_keys=("k" * 64,)))
    with app.app_context():
        schema.upgrade()
        slug = stories.a_page().slug
        db.session.remove()

    with Server(tmp_path, LODESTONE_SECRET_KEYS="k" * 64, LODESTONE_RATE_LIMITS="") as server:
        server.facts()
        _, page = answer(server, "GET", f"/{slug}")
        hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
        time.sleep(2.1)  # a person takes longer than a machine
        before, _ = answer(server, "POST", f"/{slug}", **hidden, email="before@full.example")
        with no_room(server.process.pid):
            seen, _ = answer(server, "GET", f"/{slug}")
            during, kept = answer(
                server, "POST", f"/{slug}", **hidden, email="during@full.example", first_name="Ada <3"
            )
            ready = status(f"{server.facts()['url']}/readyz")
        again = dict(re.findall(r'class="field__input" [^>]*name="([^"]+)" [^>]*value="([^"]+)"', unescape(kept)))
        after, _ = answer(server, "POST", f"/{slug}", **again, **hidden)
        server.stop()

    assert (before.status, seen.status, during.status, ready, after.status) == (303, 200, 503, 503, 303)
    assert during.headers["Retry-After"]
    assert "We could not save this just now" in kept
    assert again == {"email": "during@full.example", "first_name": "Ada <3"}
    with app.app_context():
        assert {lead.email for lead in every(Lead)} == {"before@full.example", "during@full.example"}
        db.engine.dispose()
