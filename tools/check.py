"""Every check of the project: style and contracts, then types beside the tests on SQLite and on PostgreSQL."""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
# One queue for both databases, so that no core waits for the other one's last test. A worker begins with tests that
# stand beside each other, which share what they set up, and takes from another's end when it has none left.
PYTEST = [str(BIN / "python"), "-m", "pytest", "-q", "-n", "4", "--dist", "worksteal", "--database", "both"]
MEMORY = Path("/dev/shm")  # noqa: S108  what lies there has a name of its own
ROOM = 6 << 30  # bytes: more than all tests together leave behind


def main(*, lint_only: bool) -> None:
    """Run all; the first failure ends the program with its exit code, but types and tests are both run to their end."""
    stop_at_failure(run("Style", [str(BIN / "ruff"), "check", "--quiet", "."]))
    stop_at_failure(run("Format", [str(BIN / "ruff"), "format", "--quiet", "--check", "."]))
    stop_at_failure(run("Import contracts", [str(BIN / "lint-imports"), "--no-cache"]))
    with ThreadPoolExecutor() as beside:
        types = beside.submit(run, "Types", [str(BIN / "mypy"), "--no-error-summary"])
        tests = 0 if lint_only else test()
    stop_at_failure(types.result())
    stop_at_failure(tests)


def test() -> int:
    """Every test, with a PostgreSQL and a temporary folder of its own; the exit code."""
    with (
        tempfile.TemporaryDirectory(prefix="lodestone-tests-", dir=quick_place(), ignore_cleanup_errors=True) as folder,
        postgresql() as url,
    ):
        return run("Tests", PYTEST, LODESTONE_TEST_POSTGRES=url, TMPDIR=folder)


def quick_place() -> Path | None:
    """Where what need not outlive the tests is written and removed without waiting for a disk, if there is room."""
    if not MEMORY.is_dir() or os.statvfs(MEMORY).f_flag & os.ST_NOEXEC or shutil.disk_usage(MEMORY).free < ROOM:
        return None
    return MEMORY


def stop_at_failure(code: int) -> None:
    """End with this exit code unless it says that all is well."""
    if code:
        raise SystemExit(code)


def run(name: str, command: list[str], **environment: str) -> int:
    """One check, with its time; its exit code."""
    print(f"== {name}", flush=True)
    began = time.monotonic()
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"
    told = {**os.environ, "PATH": path, **environment}
    told.pop("PYTHONDONTWRITEBYTECODE", None)  # or each of some two hundred processes would compile everything again
    code = subprocess.run(command, cwd=ROOT, env=told, stdin=subprocess.DEVNULL, check=False).returncode
    print(f"== {name}: {'failed' if code else 'done'} after {time.monotonic() - began:.0f} s", flush=True)
    return code


@contextmanager
def postgresql() -> Iterator[str]:
    """A cluster of its own in a temporary folder, as fast as losing it may be; gives its SQLAlchemy URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda folder: float(folder.parent.name))[-1]
    folder = Path(tempfile.mkdtemp(prefix="lodestone-postgresql-", dir=quick_place()))
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
