"""Downloads of a large finished PDF over a real server: exact in their parts, counted once, and memory stays flat."""

import http.client
import io
import os
import shutil
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from email.message import Message
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Dictionary, Name
from PIL import Image

from capture import clock, schema
from capture.app import create_app
from capture.catalogue.models import MagnetKind
from capture.config import Settings, resource
from capture.db import db
from capture.delivery import links
from capture.delivery.links import Purpose
from capture.engagement.models import EngagementEvent, EventKind
from capture.journey.acceptance import Receipt
from capture.web import visitor
from magnets import finished
from tests import stories
from tests.commands.test_serve import Server, family
from tests.factories import every
from tests.magnets.test_finished import a_file

MEGABYTE = 1_000_000
LARGE = 199 * MEGABYTE  # a bundle takes files of up to 200
CUT = 70 * MEGABYTE + 1
READERS = 8


@dataclass(frozen=True, slots=True)
class Reader:
    """A browser that filled the form, and the path of its copy."""

    port: int
    path: str
    cookie: str

    def ask(self, method: str = "GET", **headers: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        sent = {"Cookie": f"{visitor.COOKIE}={self.cookie}", "User-Agent": stories.PERSON, **headers}
        connection.request(method, self.path, headers=sent)
        return connection, connection.getresponse()

    def fetch(self, method: str = "GET", **headers: str) -> "Answer":
        connection, response = self.ask(method, **headers)
        with closing(connection):
            return Answer(response.status, response.headers, response.read())


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, read to its end."""

    status: int
    headers: Message
    body: bytes


def a_large_edition(folder: Path) -> Path:
    """The edition of a finished PDF with a picture of LARGE bytes: what follows the end of a JPEG is not looked at."""
    held = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(held, "JPEG")
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    picture = document.make_stream(held.getvalue(), Type=Name.XObject, Subtype=Name.Image, Width=64, Height=64)
    picture.ColorSpace, picture.BitsPerComponent, picture.Filter = Name.DeviceRGB, 8, Name.DCTDecode
    page = document.pages[0].obj
    page.Resources = Dictionary(XObject=Dictionary(Im=picture))
    page.Contents = document.make_stream(b"q 400 0 0 300 60 400 cm /Im Do Q")
    small = io.BytesIO()
    document.save(small)
    given = a_file(folder, small.getvalue(), more='\n[file]\nmark = "first-page"\n')
    block = os.urandom(999_983)  # a prime number: parts at round distances differ
    large = folder / "large.pdf"
    themes = resource("templates") / "magnets"
    with finished.press(given, themes=themes) as pressed, pikepdf.open(pressed.document) as edition:
        shown = edition.pages[0].resources.XObject.Im
        shown.write(held.getvalue() + block * (LARGE // len(block)), filter=Name.DCTDecode)
        edition.save(large, static_id=True, compress_streams=False)
    return large


def memory_of(pid: int) -> int:
    """Resident bytes of a process and all its children."""
    pages = sum(int(Path(f"/proc/{one}/statm").read_text().split()[1]) for one in family(pid))
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Iterator[Reader]]]:
    """A server, and readers who have fetched nothing yet."""
    folder = tmp_path_factory.mktemp("large")
    settings = Settings(
        data=folder, secret_keys=("k" * 64,), privacy_url="https://a.example", legal_url="https://b.example"
    )
    app = create_app(replace(settings, rate_limits=""))
    with app.app_context():
        schema.upgrade()
        large = a_large_edition(folder)
        page = stories.a_page(kind=MagnetKind.FILE, document=large)
        large.unlink()
        receipts = [stories.submit(page, form_key=f"key-{n}") for n in range(4)]
        db.session.remove()
        with Server(folder, LODESTONE_SECRET_KEYS="k" * 64) as server:
            server.facts()
            yield server, (_reader(server.port, receipt, settings) for receipt in receipts)
        db.session.remove()
        db.engine.dispose()
    shutil.rmtree(folder)


def _reader(port: int, receipt: Receipt, settings: Settings) -> Reader:
    assert receipt.new_cookie
    token = links.sign(settings, Purpose.COPY, receipt.grant, expires=clock.now() + timedelta(days=1))
    return Reader(port, f"/get/{token}", receipt.new_cookie)


@pytest.fixture
def reader(served: tuple[Server, Iterator[Reader]]) -> Reader:
    """One who has fetched nothing yet."""
    return next(served[1])


def downloads() -> int:
    return len([event for event in every(EngagementEvent) if event.kind is EventKind.MAGNET_DOWNLOADED])


def test_a_download_counts_once_and_only_when_its_last_byte_was_handed_out(reader: Reader) -> None:
    connection, response = reader.ask()
    length, etag = int(response.headers["Content-Length"]), response.headers["ETag"]
    begun = response.read(CUT)
    assert connection.sock
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    assert length > LARGE
    assert downloads() == 0

    rest = reader.fetch(Range=f"bytes={CUT}-", **{"If-Range": etag})
    assert rest.status == 206

    assert begun + rest.body == reader.fetch().body
    until = time.monotonic() + 10  # the server notes it once the last byte has left, which is after we have read it
    while downloads() == 0 and time.monotonic() < until:
        time.sleep(0.05)
    assert downloads() == 1


def test_any_part_of_a_large_file_is_exactly_that_part(reader: Reader) -> None:
    head = reader.fetch("HEAD")
    length, etag = int(head.headers["Content-Length"]), head.headers["ETag"]
    whole = reader.fetch()
    assert (head.status, head.body, whole.status, len(whole.body)) == (200, b"", 200, length)
    assert (head.headers["Accept-Ranges"], whole.headers["ETag"]) == ("bytes", etag)
    assert etag.startswith('"')  # a weak one would forbid to resume

    middle = 99 * MEGABYTE
    for asked, start, stop in (
        ("0-0", 0, 1),
        (f"{middle}-{middle + MEGABYTE - 1}", middle, middle + MEGABYTE),
        (f"{length - 10}-{length + 10}", length - 10, length),
        ("-5000", length - 5000, length),
        (f"-{length + 1}", 0, length),
    ):
        part = reader.fetch(Range=f"bytes={asked}")
        assert (part.status, part.headers["Content-Range"]) == (206, f"bytes {start}-{stop - 1}/{length}")
        assert part.body == whole.body[start:stop]
        assert part.headers["ETag"] == etag

    beyond = reader.fetch(Range=f"bytes={length}-")
    assert (beyond.status, beyond.headers["Content-Range"], beyond.body) == (416, f"bytes */{length}", b"")


def test_the_whole_is_given_where_no_part_can_be(reader: Reader) -> None:
    head = reader.fetch("HEAD", Range="bytes=0-9")
    etag = head.headers["ETag"]
    assert head.status == 200  # only GET has ranges

    for headers in (
        {"Range": "bytes=0-9,20-29"},
        {"Range": "lines=0-9"},
        {"Range": "bytes=9-0"},
        {"Range": "bytes=0-9", "If-Range": '"another"'},
        {"Range": "bytes=0-9", "If-Range": f"W/{etag}"},
        {"Range": "bytes=0-9", "If-Range": "Tue, 15 Sep 2026 12:00:00 GMT"},
    ):
        connection, response = reader.ask(**headers)
        connection.close()
        assert (response.status, response.headers["Content-Length"]) == (200, head.headers["Content-Length"])
    for known in (etag, f"W/{etag}", f'"another", {etag}', "*"):
        unchanged = reader.fetch(Range="bytes=0-9", **{"If-None-Match": known})
        assert (unchanged.status, unchanged.body, unchanged.headers["ETag"]) == (304, b"", etag)
    assert reader.fetch(**{"If-Match": '"another"'}).status == 412
    assert reader.fetch(Range="bytes=0-9", **{"If-Match": etag}).status == 206


def test_many_readers_cost_no_memory_of_their_own(served: tuple[Server, Iterator[Reader]], reader: Reader) -> None:
    server, _ = served

    def begin(_: int) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        connection, response = reader.ask()
        response.read(MEGABYTE)
        return connection, response

    def finish(begun: tuple[http.client.HTTPConnection, http.client.HTTPResponse]) -> int:
        connection, response = begun
        received = MEGABYTE
        while piece := response.read(MEGABYTE):
            received += len(piece)
        connection.close()
        return received

    with ThreadPoolExecutor(READERS) as pool:
        list(pool.map(lambda _: reader.fetch(Range="bytes=0-999999"), range(READERS)))
        idle = memory_of(server.process.pid)
        slow = list(pool.map(begin, range(READERS)))
        held = memory_of(server.process.pid)
        received = list(pool.map(finish, slow))
    busy = memory_of(server.process.pid)

    assert all(count > LARGE for count in received)
    assert max(held, busy) - idle < READERS * 2 * MEGABYTE
