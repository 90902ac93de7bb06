"""A process beside the one that writes new entries: it reads and reckons, so that both cores of a machine have work."""

import gc
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection

from sqlalchemy import URL

from capture.db import db, reading_alone
from capture.scoring import afresh
from capture.scoring.afresh import Due


def everybody(number: int, after: int) -> Iterator[Due]:
    """As `afresh.everybody`, on SQLite: while one of them is written, the next is reckoned. No more lie ready.

    Should the process end before its work does, this one goes on alone.
    """
    line, theirs = Pipe(duplex=False)
    with line:
        with theirs:
            process = _start(theirs.fileno(), number, after)
        try:
            while due := line.recv():
                yield due
                after = int(due.leads[-1])
        except (EOFError, OSError):
            yield from afresh.everybody(number, after)
        finally:
            process.kill()
            process.wait()


def _start(told: int, number: int, after: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", __name__, str(told), str(db.engine.url.database), str(number), str(after)]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(told,))


def main() -> None:
    """Tell on a pipe what is asked for, until it is all or nobody listens any more."""
    told, file, number, after = sys.argv[1:]
    gc.disable()  # millions of numbers, no circles, and a short life
    with (
        Connection(int(told), readable=False) as line,
        reading_alone(URL.create("sqlite", database=file)),
        suppress(BrokenPipeError),
    ):
        for due in afresh.everybody(int(number), int(after)):
            line.send(due)
        line.send(None)


if __name__ == "__main__":
    main()
