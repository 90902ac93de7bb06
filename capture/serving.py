"""`lodestone serve`: everything that must be true before the first request, then granian with the worker beside it."""

import ctypes
import errno
import fcntl
import json
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.util import Finalize
from pathlib import Path

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from capture import clock, libraries, schema
from capture.accounts import audit, staff, tokens
from capture.accounts.models import Role
from capture.addresses import Addresses
from capture.app import create_app
from capture.catalogue import documents
from capture.catalogue.models import MagnetKind
from capture.config import Settings
from capture.db import db, is_sqlite, transaction
from capture.demo import playing
from capture.errors import CannotStart
from capture.journey import staff as staff_journey
from capture.outbox import mail
from capture.pages import pages
from capture.worker import Worker

REQUEST_THREADS = 16
SHUTDOWN_SECONDS = 15  # for requests in flight; then the process is ended

STARTED = "Printed when the server started"

_prepared: Flask | None = None


@dataclass(frozen=True, slots=True)
class Served:
    """Where a person and a program look: what is printed, and what --ready-file holds."""

    url: str
    landing_page: str | None
    pages: tuple[str, ...]
    studio: str
    login: str | None
    feed: str
    token: str | None
    curl: str
    mail: str
    data: str
    pid: int


def application() -> Flask:
    """What granian's process runs: the application, and on SQLite the worker's threads beside it.

    On a clean end the threads finish what they have in hand; however it ends, leases cover the rest.
    """
    end_with_parent()
    app = _prepared or create_app()
    with app.app_context():
        embedded = is_sqlite()
    if embedded:
        crew = Worker(app)
        crew.start(alone=True)  # sole_server holds the data folder
        # granian's process runs no atexit hooks, but it ends as a child of multiprocessing, which has its own.
        Finalize(None, crew.stop, kwargs={"patience": SHUTDOWN_SECONDS - 5}, exitpriority=1)
    return app


def check_libraries() -> None:
    """Raises CannotStart, with the apt-get line, for a missing system library."""
    if absent := libraries.missing():
        raise CannotStart(f"System libraries are missing; install them with: apt-get install {' '.join(absent)}")


def check_port(host: str, port: int) -> None:
    """Raises CannotStart where nothing can listen. The server would share the port with another process of ours."""
    try:
        [(family, kind, protocol, _, address), *_] = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen()
    except OSError as error:
        raise CannotStart(_why_not(host, port, error)) from None


def _why_not(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program; choose another with --port."
    if error.errno == errno.EACCES:
        return f"Port {port} may only be opened by root; choose one above 1023 with --port."
    return f"This machine has no address {host}; choose one with --host."


@contextmanager
def sole_server(settings: Settings) -> Iterator[None]:
    """On SQLite one server holds the data folder: a second one would only slow both down."""
    path = settings.data / "server.lock"
    try:
        settings.data.mkdir(parents=True, exist_ok=True)
        lock = path.open("a")
    except OSError as error:
        raise CannotStart(f"The data folder {settings.data} cannot be written: {error.strerror}.") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not settings.database_url.startswith("postgresql"):
                raise CannotStart(f"Another server is using the data folder {settings.data}; stop it first.") from None
        yield


def prepare(settings: Settings) -> Flask:
    """The application with its schema at this code's revision. Raises BadSetting and CannotStart."""
    check_libraries()
    mail.check(settings)
    documents.check(settings)
    app = create_app(settings)
    with app.app_context():
        schema.upgrade()
    return app


def furnish(app: Flask, settings: Settings, *, tell: Callable[[str], None]) -> None:
    """The demo, once. Where documents lie in a bucket it is played in a process of its own.

    The library that speaks S3 has threads, and whoever has threads cannot fork the server's process.
    """

    def play() -> None:
        with app.app_context():
            playing.furnish(settings, at=clock.now(), tell=tell)

    if not documents.is_bucket(settings.documents):
        return play()
    with app.app_context():
        db.engine.dispose()
    player = multiprocessing.get_context("fork").Process(target=play)
    player.start()
    player.join()
    if player.exitcode:
        raise CannotStart("The demo could not be played; the lines above say why. --no-demo starts without it.")
    return None


def welcome(app: Flask, *, with_secrets: bool) -> Served:
    """Where to look. With secrets: a fresh one-time login for the first admin, and a fresh token for the feed.

    The token of an earlier start is revoked, so that no more than one of them opens anything.
    """
    settings: Settings = app.extensions["lodestone"]
    addresses = Addresses(settings.base_url)
    with app.app_context():
        live = sorted(pages.all_live(at=clock.now()), key=lambda page: page.kind is not MagnetKind.EBOOK)
        login, token = _secrets(settings) if with_secrets else (None, None)
        db.session.remove()
    shown = [addresses.page(page.slug) for page in live]
    return Served(
        url=settings.base_url,
        landing_page=shown[0] if shown else None,
        pages=tuple(shown),
        studio=addresses.studio(),
        login=addresses.studio_login(login) if login else None,
        feed=addresses.mql_feed(),
        token=token,
        curl=f"curl -H 'Authorization: Bearer {token or 'TOKEN'}' {addresses.mql_feed()}",
        mail=str(mail.folder(settings).resolve()) if settings.mail.startswith("folder:") else "",
        data=str(settings.data.resolve()),
        pid=os.getpid(),
    )


def _secrets(settings: Settings) -> tuple[str, str]:
    at = clock.now()
    admin = staff.first_admin()
    email = admin.email if admin else f"admin@{settings.mail_from.rpartition('@')[2]}"
    if admin is None:
        staff_journey.add_person(email, "Administrator", Role.ADMIN, actor="serve", at=at)
    login = staff_journey.make_login_link(email, actor="serve", at=at)
    with transaction():
        for known in tokens.listed():
            if known.name == STARTED and known.revoked_at is None:
                tokens.revoke(known.public_id, at=at)
        token = tokens.create(STARTED, tokens.MQLS_READ, at=at)
        audit.record("serve", "token.created", STARTED, at=at, scope=tokens.MQLS_READ)
    return login, token


def lines(served: Served) -> list[tuple[str, str]]:
    """What is printed: a name, and where to look."""
    told = [
        ("Landing page", served.landing_page),
        ("Studio", f"{served.login} (opens once)" if served.login else served.studio),
        ("Sales feed", served.curl),
        (
            "",
            "(the token is new with each start; `lodestone token create` makes one that stays)"
            if served.token
            else None,
        ),
        ("Mail", served.mail),
    ]
    return [(name, value) for name, value in told if value]


def run(app: Flask, *, host: str, port: int, when_ready: Callable[[], None]) -> None:
    """Serve until SIGINT or SIGTERM; requests in flight are finished. `when_ready` is called once it answers."""
    global _prepared
    with app.app_context():
        embedded = is_sqlite()
        db.engine.dispose()  # The server's process is forked off: no connection may cross.
    _prepared = app
    workers = 1 if embedded else os.cpu_count() or 1
    server = Granian(
        f"{__name__}:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=REQUEST_THREADS,
        backlog=2048,
        backpressure=512,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
        workers_kill_timeout=SHUTDOWN_SECONDS,
    )
    helper = None if embedded else _Helper()
    threading.Thread(target=_announce, args=(host, port, when_ready), daemon=True).start()
    try:
        server.serve()
    finally:
        if helper:
            helper.stop()


def _announce(host: str, port: int, when_ready: Callable[[], None]) -> None:
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  said by the caller, not chosen here
    address = f"http://[{here}]:{port}/readyz" if ":" in here else f"http://{here}:{port}/readyz"
    while not _answers(address):
        time.sleep(0.1)
    when_ready()


def _answers(address: str) -> bool:
    time.sleep(0.1)
    try:
        with urllib.request.urlopen(address, timeout=5) as response:  # noqa: S310  our own address
            return bool(response.status == 200)
    except OSError:
        return False


def write_ready_file(path: Path, served: Served) -> None:
    """The same facts as printed, as JSON that only the owner may read; whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(served), file, indent=2)
    unfinished.replace(path)


class _Helper:
    """A `lodestone worker` process beside the server on PostgreSQL; started again should it die."""

    def __init__(self) -> None:
        self._stopping = threading.Event()
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, daemon=True)
        self._thread.start()

    def _keep(self) -> None:
        while not self._stopping.is_set():
            self._process = subprocess.Popen(
                [sys.executable, "-m", "capture.cli", "worker"],
                preexec_fn=end_with_parent,
            )
            self._process.wait()
            self._stopping.wait(2)

    def stop(self) -> None:
        self._stopping.set()
        if self._process is not None:
            self._process.terminate()
        self._thread.join(SHUTDOWN_SECONDS)


def end_with_parent() -> None:
    """Ask Linux to end this process when the one that started it is gone, however that ended."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
