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
from capture.scoring import afresh, reading
from capture.scoring.afresh import Due

_OURS = 1.75  # times what is read at once: so many leads are reckoned here, while the process starts and gets ahead
# Millions of numbers, no circles, and a short life: looking for garbage would take an eighth of the start alone.
_BEGIN = f"import gc; gc.disable(); from {__name__} import main; main()"


def everybody(number: int, after: int) -> Iterator[Due]:
    """As `afresh.everybody`, on SQLite: while one of them is written, the next is reckoned. No more lie ready.

    The first are reckoned here; the process begins behind them. Should it end too early, this one goes on alone.
    """
    upto = reading.last_of(int(_OURS * reading.AT_ONCE), after)
    if upto is None:
        yield from afresh.everybody(number, after)
        return
    line, theirs = Pipe(duplex=False)
    with line:
        with theirs:
            process = _start(theirs.fileno(), number, upto)
        try:
            for due in afresh.everybody(number, after, upto=upto):
                yield due
                after = due.upto
            while due := line.recv():
                yield due
                after = due.upto
        except (EOFError, OSError):
            yield from afresh.everybody(number, after)
        finally:
            process.kill()
            process.wait()


def _start(told: int, number: int, after: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _BEGIN, str(told), str(db.engine.url.database), str(number), str(after)]
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1"}  # of numpy, which would start threads that have nothing to do
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, pass_fds=(told,), env=alone)


def main() -> None:
    """Tell on a pipe what comes after a lead, until it is all or nobody listens any more."""
    told, file, number, after = sys.argv[1:]
    with (
        Connection(int(told), readable=False) as line,
        reading_alone(URL.create("sqlite", database=file)),
        suppress(ConnectionError),
    ):
        for due in afresh.everybody(int(number), int(after)):
            line.send(due)
        line.send(None)
