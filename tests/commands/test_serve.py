import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from capture import cli, libraries, serving
from capture.app import create_app
from capture.config import Settings
from capture.db import db
from capture.errors import CannotStart
from capture.outbox.models import OutboxMessage, Status
from tests.factories import a_salesperson, an_mql, every
from tests.smtp import Postbox, smtp_server

Facts = dict[str, str]


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Server:
    """`lodestone serve --no-demo` as a process of its own."""

    def __init__(self, data: Path, *, port: int = 0, database_url: str = "", **variables: str) -> None:
        self.port = port or a_free_port()
        self.ready_file = data / "ready.json"
        self.ready_file.unlink(missing_ok=True)  # a server that was killed leaves its own
        environment = {"PATH": os.environ["PATH"], "LODESTONE_DATA": str(data), **variables}
        if database_url:
            environment["LODESTONE_DATABASE_URL"] = database_url
        command = [sys.executable, "-m", "capture.cli", "serve", "--no-demo", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--ready-file", str(self.ready_file)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def facts(self) -> Facts:
        until = time.monotonic() + 60
        while not self.ready_file.exists():
            assert self.process.poll() is None, self.process.communicate()
            assert time.monotonic() < until
            time.sleep(0.05)
        read: Facts = json.loads(self.ready_file.read_text())
        return read

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        self.process.communicate(timeout=30)
        return self.process.returncode

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.communicate()


def family(pid: int) -> list[int]:
    """A process and all that came from it."""
    pids = [pid]
    for one in pids:
        for task in Path(f"/proc/{one}/task").iterdir():
            pids += [int(child) for child in (task / "children").read_text().split()]
    return pids


def status(url: str, token: str = "") -> int:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"} if token else {})
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with Server(tmp_path) as running:
        yield running


def test_the_ready_file_says_where_to_look_and_it_is_true(server: Server) -> None:
    facts = server.facts()

    assert facts["url"] == f"http://localhost:{server.port}"
    assert status(facts["login"]) == 200
    assert status(facts["feed"], facts["token"]) == 200
    assert status(facts["feed"]) == 401
    assert server.ready_file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_when_asked_and_nobody_stays_behind(tmp_path: Path, number: signal.Signals) -> None:
    with Server(tmp_path) as server:
        server.facts()

        assert server.stop(number) == 0

        assert not server.ready_file.exists()
        serving.check_port("127.0.0.1", server.port)


def test_a_second_start_gives_a_new_token_and_takes_the_old_one_away(tmp_path: Path) -> None:
    with Server(tmp_path) as first:
        before = first.facts()
        first.stop()
    with Server(tmp_path, port=first.port) as second:
        after = second.facts()

        assert status(after["feed"], after["token"]) == 200
        assert status(after["feed"], before["token"]) == 401


def test_a_killed_server_leaves_no_process_on_the_port(server: Server) -> None:
    server.facts()

    server.process.kill()
    server.process.wait()

    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            return serving.check_port("127.0.0.1", server.port)
        except CannotStart:
            time.sleep(0.1)
    pytest.fail("the port is still taken")


def test_a_mail_that_is_being_sent_is_sent_to_its_end(tmp_path: Path) -> None:
    postbox = Postbox(patience=3.0)
    with smtp_server(postbox) as address, Server(tmp_path, LODESTONE_MAIL=address) as server:
        server.facts()
        app = create_app(Settings(data=tmp_path))
        with app.app_context():
            a_salesperson()
            an_mql()
        until = time.monotonic() + 20
        while not postbox.has_begun:
            assert time.monotonic() < until
            time.sleep(0.05)

        assert server.stop() == 0

        with app.app_context():
            [message] = every(OutboxMessage)
            assert message.status is Status.DONE
            db.engine.dispose()
    assert len(postbox.received) == 1


def refused(data: Path, monkeypatch: pytest.MonkeyPatch, *, port: int = 0, **variables: str) -> tuple[int, str]:
    """Exit code and words of a `lodestone serve` that does not start."""
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"], "LODESTONE_DATA": str(data), **variables})
    answer = CliRunner().invoke(cli.main, ["serve", "--no-demo", "--port", str(port or a_free_port())])
    return answer.exit_code, answer.stderr.strip()


def test_a_taken_port_is_said_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        assert refused(tmp_path, monkeypatch, port=port) == (
            1,
            f"lodestone: Port {port} is taken by another program; choose another with --port.",
        )


def test_a_data_folder_has_one_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving.sole_server(Settings(data=tmp_path)):
        assert refused(tmp_path, monkeypatch) == (
            1,
            f"lodestone: Another server is using the data folder {tmp_path}; stop it first.",
        )


def test_a_bad_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert refused(tmp_path, monkeypatch, LODESTONE_LINK_DAYS="900") == (
        2,
        "lodestone: LODESTONE_LINK_DAYS: must be between 1 and 365, not 900",
    )


def test_a_mail_server_that_cannot_be_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code, words = refused(tmp_path, monkeypatch, LODESTONE_MAIL="smtp://:99999")

    assert code == 2
    assert words.startswith("lodestone: LODESTONE_MAIL: write it like smtp://")


def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with closing(sqlite3.connect(tmp_path / "lodestone.sqlite")) as database, database:
        database.execute("CREATE TABLE alembic_version (version_num VARCHAR(32))")
        database.execute("INSERT INTO alembic_version VALUES ('9999')")

    code, words = refused(tmp_path, monkeypatch)

    assert code == 2
    assert "the database is newer than this version of Lodestone" in words


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()

    code, words = refused(tmp_path / "file", monkeypatch)

    assert code == 1
    assert "cannot be written" in words


def test_a_worker_beside_a_sqlite_server_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {"PATH": os.environ["PATH"], "LODESTONE_DATA": str(tmp_path)})

    answer = CliRunner().invoke(cli.main, ["worker"])

    assert answer.exit_code == 1
    assert answer.stderr.startswith("lodestone: On SQLite")


def test_a_missing_library_comes_with_its_apt_get_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(libraries.LIBRARIES, "libnothing.so.9", "libnothing9")

    with pytest.raises(CannotStart, match=r"apt-get install libnothing9$"):
        serving.check_libraries()


def test_the_worker_is_a_process_beside_the_server_on_postgresql_alone(settings: Settings, tmp_path: Path) -> None:
    with Server(tmp_path, database_url=settings.database_url) as server:
        server.facts()
        listing = subprocess.run(["ps", "-eo", "pgid,args"], capture_output=True, text=True, check=True).stdout
        workers = [line.split()[0] for line in listing.splitlines() if line.endswith("capture.cli worker")]

        assert workers.count(str(server.process.pid)) == (1 if settings.database_url else 0)
        assert server.stop() == 0
