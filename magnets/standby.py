"""A renderer that stands by: it has loaded its libraries before it is asked, so that a proof need not wait for them."""

import subprocess
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

Start = Callable[[Path], subprocess.Popen[bytes]]

IDLE = 180.0  # seconds after which a renderer that nobody asked for is let go: it holds some 90 MB


class Waiting:
    """A child process that waits to be told its folder, with a home of its own until then."""

    def __init__(self, start: Start) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="lodestone-renderer-")
        self.folder = Path(self._home.name)
        self.process = start(self.folder)

    def close(self) -> None:
        """End it, whatever it does, and remove its home."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()
        self._home.cleanup()


class Standby:
    """At most one waiting renderer: taken by a proof, which leaves the next one behind."""

    def __init__(self, start: Start) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._waiting: Waiting | None = None
        self._timer: threading.Timer | None = None

    def take(self) -> Waiting:
        """One to be used once: the one that waits, or a new one."""
        with self._lock:
            taken, self._waiting = self._waiting, None
        if taken is not None and taken.process.poll() is None:
            return taken
        return Waiting(self._start)

    def prepare(self) -> None:
        """Let one wait for the next proof, for IDLE seconds."""
        with self._lock:
            if self._waiting is None:
                self._waiting = Waiting(self._start)
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(IDLE, self.dismiss)
            self._timer.daemon = True
            self._timer.start()

    def dismiss(self) -> None:
        """Let the one that waits go."""
        with self._lock:
            waiting, self._waiting = self._waiting, None
            if self._timer is not None:
                self._timer.cancel()
        if waiting is not None:
            waiting.close()
