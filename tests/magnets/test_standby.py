"""A process that stands by forks a worker for each folder, outlives none of its owners, and is replaced if it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from magnets.standby import Standby

ROOT = Path(__file__).parents[2]
WORK = """
import os, signal, sys
from magnets import standby
loaded = os.getpid()
def work(folder):
    order = (folder / "order").read_text()
    print(loaded, os.getpid(), os.getppid(), os.getcwd(), os.environ["HOME"], flush=True)
    print("a complaint", file=sys.stderr, flush=True)
    if order == "wait":
        sys.stdin.read() or signal.pause()
    sys.exit(int(order))
standby.serve(work)
"""


def start(home: Path, told: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WORK, str(told)], cwd=ROOT, stdin=subprocess.DEVNULL, pass_fds=(told,)
    )


@pytest.fixture
def standby() -> Iterator[Standby]:
    one = Standby(start)
    yield one
    one.dismiss()


def ask(standby: Standby, folder: Path, order: str) -> tuple[list[str], int]:
    """What a worker says of itself, and its exit code; one that waits is killed."""
    folder.mkdir()
    (folder / "order").write_text(order)
    with (folder / "errors").open("wb") as errors:
        worker = standby.fork(folder, errors.fileno())
    said = worker.said.readline().decode().split()
    if order == "wait":
        os.killpg(worker.pid, signal.SIGKILL)
    code = worker.wait()
    worker.close()
    assert int(said[1]) == worker.pid
    return said, code


def is_over(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    until = monotonic() + 5
    while runs(pid) and monotonic() < until:
        sleep(0.01)
    return not runs(pid)


def runs(pid: int) -> bool:
    """Whether there is such a process, and not only what is left of one."""
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"


def test_each_worker_is_a_process_of_its_own_in_its_folder_and_tells_how_it_ended(
    standby: Standby, tmp_path: Path
) -> None:
    fine, code = ask(standby, tmp_path / "fine", "0")
    bad, told = ask(standby, tmp_path / "bad", "3")
    killed, signalled = ask(standby, tmp_path / "killed", "wait")

    assert (code, told, signalled) == (0, 3, -signal.SIGKILL)
    assert fine[0] == bad[0] == killed[0]  # loaded once
    assert len({fine[0], fine[1], bad[1], killed[1]}) == 4
    assert fine[3:] == [str(tmp_path / "fine")] * 2
    assert (tmp_path / "bad" / "errors").read_text() == "a complaint\n"


def test_one_that_was_ended_from_outside_is_replaced_and_one_that_is_let_go_ends_nobody(
    standby: Standby, tmp_path: Path
) -> None:
    first, _ = ask(standby, tmp_path / "first", "0")
    os.kill(int(first[0]), signal.SIGKILL)
    second, code = ask(standby, tmp_path / "second", "0")
    (tmp_path / "last").mkdir()
    (tmp_path / "last" / "order").write_text("wait")
    with (tmp_path / "errors").open("wb") as errors:
        worker = standby.fork(tmp_path / "last", errors.fileno())
    last = worker.said.readline().decode().split()
    standby.dismiss()

    assert (second[0] != first[0], code, last[0]) == (True, 0, second[0])
    assert is_over(int(second[0]))
    assert runs(worker.pid)
    os.killpg(worker.pid, signal.SIGKILL)
    assert worker.wait() == -signal.SIGKILL
    worker.close()


def test_it_ends_with_whoever_started_it_however_that_ends(tmp_path: Path) -> None:
    script = (
        "import os, signal; from pathlib import Path; from tests.magnets.test_standby import Standby, ask, start;"
        f"said, _ = ask(Standby(start), Path({str(tmp_path / 'one')!r}), '0');"
        "print(said[0], flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    told = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)

    assert told.returncode == -signal.SIGKILL
    assert is_over(int(told.stdout))
