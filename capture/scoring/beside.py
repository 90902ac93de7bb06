"""A process beside the one that writes new entries: it reads and reckons, so that both cores of a machine have work."""

import os
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

# Millions of numbers, no circles, and a short life: looking for garbage would take an eighth of the start alone.
_BEGIN = f"import gc; gc.disable(); from {__name__} import main; main()"


def everybody(number: int, after: int) -> Iterator[Due]:
    """As `afresh.everybody`, on SQLite: while one of them is written, the next is reckoned. No more lie ready.

    Until the process has started, and should it end before its work does, this one goes on alone.
    """
    line, theirs = Pipe()
    with line:
        with theirs:
            process = _start(theirs.fileno(), number)
        try:
            for due in afresh.everybody(number, after):
                if ready := line.poll() and line.recv():
                    line.send(int(due.leads[-1]))
                yield due
                after = int(due.leads[-1])
                if ready:
                    break
            else:
                return
            while due := line.recv():
                yield due
                after = int(due.leads[-1])
        except (EOFError, OSError):
            yield from afresh.everybody(number, after)
        finally:
            process.kill()
            process.wait()


def _start(told: int, number: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _BEGIN, str(told), str(db.engine.url.database), str(number)]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # of numpy, which would start threads that have nothing to do
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(told,), env=alone)


def main() -> None:
    """Tell on a pipe what comes after a lead that is named there, until it is all or nobody listens any more."""
    told, file, number = sys.argv[1:]
    with (
        Connection(int(told)) as line,
        reading_alone(URL.create("sqlite", database=file)),
        suppress(EOFError, ConnectionError),
    ):
        line.send(True)
        for due in afresh.everybody(int(number), line.recv()):
            line.send(due)
        line.send(None)
