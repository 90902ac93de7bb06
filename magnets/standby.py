"""A process that stands by: it has loaded its libraries once, and what opens or makes a document is forked from it.

Loading takes half a second of work, forking a few thousandths. One that nobody asked for a while is let go.
"""

import atexit
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

IDLE = 180.0  # seconds after which one that nobody asked is let go: it holds some 90 MB
_LONGEST = 4096  # bytes of a path

Start = Callable[[Path, int], subprocess.Popen[bytes]]  # in this home, with this socket


@dataclass(frozen=True, slots=True)
class Forked:
    """A process of its own session: its key, what it says, and what tells how it ended."""

    pid: int
    said: BinaryIO
    ended: BinaryIO

    def wait(self) -> int:
        """Its exit code, negative for a signal. Where nobody could tell, it is taken for killed."""
        code = self.ended.readline().strip()
        return int(code) if code else -signal.SIGKILL

    def close(self) -> None:
        """Hear no more of it."""
        self.said.close()
        self.ended.close()


class Standby:
    """At most one process that stands by, for any number of documents at once; started when it is first needed."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._waiting: _Waiting | None = None
        self._timer: threading.Timer | None = None
        atexit.register(self.dismiss)

    def fork(self, folder: Path, errors: int) -> Forked:
        """A process that works in this folder and complains into the file `errors`."""
        with self._lock:
            self._let_go_later()
            if self._waiting is not None:
                try:
                    return self._waiting.fork(folder, errors)
                except OSError:  # somebody ended it; what was asked of it has not begun
                    self._waiting.close()
            self._waiting = _Waiting(self._start)
            return self._waiting.fork(folder, errors)

    def dismiss(self) -> None:
        """Let the one that stands by go. What was forked from it goes on."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            if self._timer is not None:
                self._timer.cancel()
        if waiting is not None:
            waiting.close()

    def _let_go_later(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = threading.Timer(IDLE, self.dismiss)
        self._timer.daemon = True
        self._timer.start()


class _Waiting:
    """The process that stands by, with a home of its own, and the socket on which it is told what to fork for."""

    def __init__(self, start: Start) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="lodestone-standby-")
        self._socket, theirs = socket.socketpair()
        with theirs:
            self._process = start(Path(self._home.name), theirs.fileno())

    def fork(self, folder: Path, errors: int) -> Forked:
        """Raises OSError if nobody stands by any more."""
        said, says = os.pipe()
        ended, ends = os.pipe()
        with ExitStack() as unless_it_works:
            told = [unless_it_works.enter_context(os.fdopen(pipe, "rb")) for pipe in (said, ended)]
            try:
                socket.send_fds(self._socket, [os.fsencode(folder)], [says, errors, ends])
            finally:
                os.close(says)
                os.close(ends)
            pid = told[1].readline().strip()
            if not pid:
                raise ConnectionResetError("the process that stood by has ended")
            unless_it_works.pop_all()
        return Forked(int(pid), *told)

    def close(self) -> None:
        """End it, whatever it does, and remove its home."""
        self._socket.close()
        self._process.kill()
        self._process.wait()
        self._home.cleanup()


def serve(work: Callable[[Path], None]) -> None:
    """Stand by on the socket that the command names, and do the work in a process forked for each folder told there.

    Between the two stands a third, which only waits for the worker and tells how it ended.
    """
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    gc.freeze()  # what is loaded stays: nobody looks through it for rubbish
    gc.set_threshold(20_000, 20, 50)
    with socket.socket(fileno=int(sys.argv[1])) as line:
        while True:
            folder, descriptors, _, _ = socket.recv_fds(line, _LONGEST, 3)
            if not folder:
                return
            if os.fork() == 0:
                break
            for descriptor in descriptors:
                os.close(descriptor)
    if _is_worker(*descriptors):
        os.chdir(folder)
        os.environ.update(HOME=os.fsdecode(folder), TMPDIR=os.fsdecode(folder))
        work(Path(os.fsdecode(folder)))


def _is_worker(says: int, errors: int, ends: int) -> bool:
    """Forks once more; true in the new process, and never comes back in the one that waits for it."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    worker = os.fork()
    if worker == 0:
        os.close(ends)
        os.setsid()
        os.dup2(says, 1)
        os.dup2(errors, 2)
    os.close(says)
    os.close(errors)
    if worker == 0:
        return True
    os.write(ends, b"%d\n" % worker)
    _, status = os.waitpid(worker, 0)
    os.write(ends, b"%d\n" % os.waitstatus_to_exitcode(status))
    os._exit(0)
