"""Downloads over a real server: who goes away is not counted, who resumes is counted once, memory stays flat."""

import http.client
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from capture import clock, schema
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.engagement.models import EngagementEvent, EventKind
from capture.web import visitor
from tests import stories
from tests.commands.test_serve import Server, family
from tests.factories import every

MEGABYTE = 1_000_000
LARGE = 24 * MEGABYTE  # more than any server buffers for a slow reader
READERS = 12


@dataclass(frozen=True, slots=True)
class Reader:
    """A browser that filled the form, and the path of its copy."""

    port: int
    path: str
    cookie: str

    def get(self, **headers: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": f"{visitor.COOKIE}={self.cookie}", "User-Agent": stories.PERSON, **headers}
        connection.request("GET", self.path, headers=sent)
        return connection, connection.getresponse()


def a_large_document(path: Path) -> bytes:
    """A prepared document with so much inside that its copy is LARGE."""
    small = path / "small.pdf"
    small.write_bytes(stories.a_document())
    with pikepdf.open(small) as document:
        document.Root.Ballast = document.make_stream(os.urandom(LARGE))
        document.save(path / "large.pdf", static_id=True)
    return (path / "large.pdf").read_bytes()


def memory_of(pid: int) -> int:
    """Resident bytes of a process and all its children."""
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Server, Reader, Settings]]:
    settings = Settings(
        data=tmp_path, secret_keys=("k" * 64,), privacy_url="https://a.example", legal_url="https://b.example"
    )
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
        receipt = stories.submit(stories.a_page(document=a_large_document(tmp_path)))
        assert receipt.new_cookie
        token = links.sign(settings, Purpose.COPY, receipt.grant, expires=clock.now() + timedelta(days=1))
        db.session.remove()
        with Server(tmp_path, LODESTONE_SECRET_KEYS="k" * 64) as server:
            server.facts()
            yield server, Reader(server.port, f"/get/{token}", receipt.new_cookie), settings
        db.session.remove()
        db.engine.dispose()


def downloads() -> int:
    return len([event for event in every(EngagementEvent) if event.kind is EventKind.MAGNET_DOWNLOADED])


def test_a_download_counts_once_and_only_when_its_last_byte_was_handed_out(
    served: tuple[Server, Reader, Settings],
) -> None:
    _, reader, _ = served
    connection, response = reader.get()
    length, etag = int(response.headers["Content-Length"]), response.headers["ETag"]
    begun = response.read(MEGABYTE)
    assert connection.sock
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert length > LARGE
    assert downloads() == 0

    connection, rest = reader.get(Range=f"bytes={MEGABYTE}-", **{"If-Range": etag})
    assert rest.status == 206
    resumed = begun + rest.read()
    connection.close()

    connection, whole = reader.get()
    assert resumed == whole.read()
    connection.close()
    until = time.monotonic() + 10  # the server notes it once the last byte has left, which is after we have read it
    while downloads() == 0 and time.monotonic() < until:
        time.sleep(0.05)
    assert downloads() == 1


def test_many_slow_readers_cost_no_memory_of_their_own(served: tuple[Server, Reader, Settings]) -> None:
    server, reader, _ = served
    connection, response = reader.get()
    response.read()
    connection.close()
    idle = memory_of(server.process.pid)

    def begin(_: int) -> http.client.HTTPConnection:
        connection, response = reader.get()
        response.read(MEGABYTE)
        return connection

    with ThreadPoolExecutor(READERS) as pool:
        connections = list(pool.map(begin, range(READERS)))
    busy = memory_of(server.process.pid)
    for connection in connections:
        connection.close()

    # The server itself holds up to 5 MB for each slow reader; the copy's 24 MB are never in memory.
    assert busy - idle < READERS * 8 * MEGABYTE
