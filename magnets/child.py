"""A child process that is limited in every direction: what opens or makes documents runs in one, never beside leads."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

from magnets._renderer import LESS, Limits, out_of_memory
from magnets.sentences import sentence
from magnets.standby import Forked, Standby

ERRORS = "errors.txt"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far: composing, measuring, setting, drawing or done; `total` pages are known from drawing on."""

    stage: str
    done: int = 0
    total: int | None = None


Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class Advice:
    """What a marketer is told to do about a document that costs too much, or that breaks the process."""

    too_large: str = sentence("make its tables and chapters smaller")
    too_full: str = LESS
    crashed: str = sentence("look for huge pictures, sizes or deep nesting")
    broken: str = sentence("It cannot be laid out; look for absurd sizes or broken markup.")


def run(
    module: str, folder: Path, limits: Limits, tell: Listener, advice: Advice | None = None
) -> Mapping[str, object]:
    """Let a child process do the work of a module in a folder, and return the last thing it said.

    That is an event `done` or `failed`; the latter, and an answer without event, have a `reason` for the marketer. The
    module stands by in a process of its own, from which the child is forked.
    """
    errors = folder / ERRORS
    with errors.open("wb") as complaints:
        child = standing_by(module).fork(folder, complaints.fileno())
    late = threading.Event()
    clock = threading.Timer(limits.wall_seconds, _kill, (child, late))
    clock.start()
    try:
        last = _listen(child, tell)
        code = child.wait()
    except BaseException:
        _kill(child, late)
        raise
    finally:
        clock.cancel()
        child.close()
    if last.get("event") in ("done", "failed"):
        return last
    return {"reason": _reason(code, limits, advice or Advice(), late=late.is_set(), errors=errors)}


@cache
def standing_by(module: str) -> Standby:
    """Where a module stands by for this process."""
    return Standby(partial(_start, module))


def _start(module: str, home: Path, told: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, str(told)],
        cwd=home,
        env=_environment(home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=(told,),
        start_new_session=True,
    )


def _listen(child: Forked, tell: Listener) -> Mapping[str, object]:
    last: Mapping[str, object] = {}
    for line in child.said:
        with contextlib.suppress(json.JSONDecodeError):
            last = json.loads(line)
            if last.get("event") == "progress":
                total = last["total"]
                tell(Progress(str(last["stage"]), int(str(last["done"])), None if total is None else int(str(total))))
    return last


def _kill(child: Forked, late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _reason(code: int, limits: Limits, advice: Advice, *, late: bool, errors: Path) -> str:
    if late:
        return sentence(
            "It was not finished after %(seconds)s seconds; %(advice)s.",
            seconds=limits.wall_seconds,
            advice=advice.too_large,
        )
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return sentence(
            "It took more than %(seconds)s seconds of work; %(advice)s.",
            seconds=limits.cpu_seconds,
            advice=advice.too_large,
        )
    said = errors.read_text("utf-8", errors="replace").strip().splitlines()
    # GLib traps when it is given no memory, and Python may lack even what it needs to name the exception.
    starved = ("MemoryError", "alloc", "repr() failed")
    if code == -signal.SIGTRAP or any(sign in line for line in said[-3:] for sign in starved):
        return out_of_memory(limits, advice.too_full)
    if code < 0:
        crash = signal.Signals(-code).name
        return sentence("The process crashed (%(signal)s); %(advice)s.", signal=crash, advice=advice.crashed)
    last = said[-1][:300] if said else f"exit code {code}"
    return sentence("%(advice)s (The process said: %(words)s)", advice=advice.broken, words=last)


def _environment(folder: Path) -> dict[str, str]:
    """Nothing of the parent's: no proxies, no secrets, no settings."""
    return {
        "PATH": "/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SOURCE_DATE_EPOCH": "0",
    }
