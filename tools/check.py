"""Every check of the project, one after the other: style, types, contracts, tests on SQLite and on PostgreSQL."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
TOUCH_THE_DATABASE = [f"tests/{room}" for room in ("migrations", "stages", "journeys", "web", "api", "faults")]
TOUCH_THE_DATABASE.append(
    "tests/commands/test_serve.py::test_the_worker_is_a_process_beside_the_server_on_postgresql_alone"
)
PYTEST = [str(BIN / "python"), "-m", "pytest", "-q", "-n", "3"]


def main(*, lint_only: bool) -> None:
    """Run all; the first failure ends the program with its exit code."""
    run("Style", [str(BIN / "ruff"), "check", "--quiet", "."])
    run("Format", [str(BIN / "ruff"), "format", "--quiet", "--check", "."])
    run("Types", [str(BIN / "mypy"), "--no-error-summary"])
    run("Import contracts", [str(BIN / "lint-imports"), "--no-cache"])
    if lint_only:
        return
    run("Tests on SQLite", PYTEST)
    with postgresql() as url:
        on_postgresql = [*PYTEST, "--database", "postgresql", *TOUCH_THE_DATABASE]
        run("Tests on PostgreSQL", on_postgresql, LODESTONE_TEST_POSTGRES=url)


def run(name: str, command: list[str], **environment: str) -> None:
    """One check, with its time."""
    print(f"== {name}", flush=True)
    began = time.monotonic()
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    code = subprocess.run(
        command, cwd=ROOT, env={**os.environ, "PATH": path, **environment}, stdin=subprocess.DEVNULL, check=False
    ).returncode
    print(f"== {name}: {'failed' if code else 'done'} after {time.monotonic() - began:.0f} s", flush=True)
    if code:
        raise SystemExit(code)


@contextmanager
def postgresql() -> Iterator[str]:
    """A cluster of its own in a temporary folder, as fast as losing it may be; gives its SQLAlchemy URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))[-1]
    folder = Path(tempfile.mkdtemp(prefix="lodestone-postgresql-"))
    user = None if os.geteuid() else "postgres"  # initdb refuses to run as root
    if user:
        shutil.chown(folder, user)
    port = free_port()
    options = (
        f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder} -c fsync=off "
        "-c synchronous_commit=off -c full_page_writes=off -c max_connections=200"
    )
    control = [str(programs / "pg_ctl"), "--pgdata", str(folder / "data"), "--wait", "--silent"]
    try:
        quietly(
            user, [str(programs / "initdb"), "-D", str(folder / "data"), "-U", "postgres", "-A", "trust", "-E", "UTF8"]
        )
        quietly(user, [*control, "--log", str(folder / "log"), "--options", options, "start"])
        try:
            yield f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        finally:
            quietly(user, [*control, "--mode", "immediate", "stop"])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def quietly(user: str | None, command: list[str]) -> None:
    """Run as that user, from a folder that he may read."""
    home = pwd.getpwnam(user).pw_dir if user else None
    done = subprocess.run(
        command,
        user=user,
        group=user,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )
    if done.returncode:
        raise SystemExit(f"{command[0]} failed:\n{done.stdout}{done.stderr}")


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    main(lint_only="--lint" in sys.argv)
