"""A document from a bundle and a theme, typeset by WeasyPrint in a child process that is limited in every direction."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from magnets import document
from magnets._renderer import HTML_FILE, JOB, PDF_FILE, WAIT, Job, Limits, out_of_memory
from magnets.document import Extract
from magnets.findings import Finding, advice
from magnets.folder import Bundle
from magnets.manuscript import Manuscript, compose
from magnets.standby import Standby, Waiting

__all__ = [
    "ContentsEntry",
    "Extract",
    "Limits",
    "Outcome",
    "Progress",
    "Standby",
    "Typeset",
    "TypesettingFailed",
    "proof",
    "renderers",
    "typeset",
]

ERRORS = "errors.txt"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far: composing, measuring, setting, drawing or done; `total` pages are known from drawing on."""

    stage: str
    done: int = 0
    total: int | None = None


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """One line of the contents: level 1 is a chapter; the page counts from 1; minutes only for chapters."""

    title: str
    level: int
    page: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Typeset:
    """A finished document; `findings` is what the renderer complained about."""

    pdf: bytes
    pages: int
    contents: tuple[ContentsEntry, ...]
    findings: tuple[Finding, ...] = ()


class TypesettingFailed(Exception):
    """There is no document; `reason` is a sentence for the marketer."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


Listener = Callable[[Progress], None]


def typeset(bundle: Bundle, *, themes: Path, limits: Limits | None = None, progress: Listener | None = None) -> Typeset:
    """Typeset a bundle; `themes` is the folder templates/magnets. The same bundle gives the same bytes.

    Raises TypesettingFailed when the document breaks a limit or cannot be rendered.
    """
    tell = progress or (lambda _progress: None)
    tell(Progress("composing"))
    manuscript = compose(bundle)
    with tempfile.TemporaryDirectory(prefix="lodestone-typeset-") as name:
        folder = Path(name)
        page = document.build(bundle, manuscript, themes=themes, folder=folder)
        outcome = render(page, folder=folder, limits=limits or Limits(), tell=tell)
    tell(Progress("done", outcome.pages, outcome.pages))
    return Typeset(
        pdf=outcome.pdf,
        pages=outcome.pages,
        contents=tuple(_contents(manuscript, outcome.anchors)),
        findings=tuple(advice("typesetting", message, "") for message in outcome.warnings),
    )


def _contents(manuscript: Manuscript, anchors: Mapping[str, int]) -> Iterator[ContentsEntry]:
    for chapter in manuscript.chapters:
        if chapter.anchor in anchors:
            yield ContentsEntry(chapter.title, 1, anchors[chapter.anchor], chapter.minutes)
        for heading in chapter.headings:
            if heading.level == 2 and heading.anchor in anchors:
                yield ContentsEntry(heading.text, 2, anchors[heading.anchor])


@dataclass(frozen=True, slots=True)
class Outcome:
    pdf: bytes
    pages: int
    anchors: Mapping[str, int]
    warnings: Sequence[str]


def render(page: document.Page, *, folder: Path, limits: Limits, tell: Listener) -> Outcome:
    """Let a child process render a page of HTML in `folder`; raises TypesettingFailed."""
    _lay_down(page, folder, limits, is_proof=False)
    return _outcome(folder, _run(folder, limits, tell))


def proof(
    bundle: Bundle, extract: Extract, *, themes: Path, limits: Limits | None = None, standby: Standby | None = None
) -> Outcome:
    """Set a part of a document to look at it: the same pages, untagged, and sooner. Raises TypesettingFailed.

    Of a checklist, which is a few sheets, all is set. A chapter is not opened lower where it runs over by a few lines.
    """
    limits = limits or PROOF_LIMITS
    with tempfile.TemporaryDirectory(prefix="lodestone-proof-") as name:
        folder = Path(name)
        page = document.build(bundle, compose(bundle), themes=themes, folder=folder, extract=extract)
        _lay_down(page, folder, limits, is_proof=True)
        last = _run(folder, limits, lambda _progress: None, standby)
        return _outcome(folder, last)


PROOF_LIMITS = Limits(cpu_seconds=30, wall_seconds=60, pages=60)


def renderers() -> Standby:
    """A place where a renderer can wait for the next proof."""
    return Standby(lambda home: _started(home, WAIT))


def _lay_down(page: document.Page, folder: Path, limits: Limits, *, is_proof: bool) -> None:
    (folder / HTML_FILE).write_text(page.html, "utf-8")
    files = {url: str(path) for url, path in page.files.items()}
    notes = dict(page.notes)
    job = Job(page.css, files, limits, forms=page.forms, notes=notes, margin=page.margin, proof=is_proof)
    job.save(folder / JOB)


def _outcome(folder: Path, last: Mapping[str, object]) -> Outcome:
    if last.get("event") != "done":
        raise TypesettingFailed(str(last["reason"]))
    return Outcome(
        pdf=(folder / PDF_FILE).read_bytes(),
        pages=int(str(last["pages"])),
        anchors=_numbers(last["anchors"]),
        warnings=_texts(last["warnings"]),
    )


def _run(folder: Path, limits: Limits, tell: Listener, standby: Standby | None = None) -> Mapping[str, object]:
    """Let a child do the job in `folder`, pass its progress on, and return the last thing it said."""
    taken = standby.take() if standby else Waiting(lambda _home: _started(folder, str(folder)))
    try:
        child = taken.process
        if standby is not None and child.stdin is not None:
            child.stdin.write(f"{folder}\n".encode())
            child.stdin.flush()
        late = threading.Event()
        clock = threading.Timer(limits.wall_seconds, _kill, (child, late))
        clock.start()
        try:
            last = _listen(child, tell)
            child.wait()
        finally:
            clock.cancel()
            _kill(child, threading.Event())
        if last.get("event") in ("done", "failed"):
            return last
        errors = (taken.folder if standby else folder) / ERRORS
        return {"reason": _reason(child.returncode, limits, late=late.is_set(), errors=errors)}
    finally:
        taken.close()


def _started(home: Path, argument: str) -> subprocess.Popen[bytes]:
    """A renderer whose home, and place for complaints, is this folder."""
    with (home / ERRORS).open("wb") as errors:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "magnets._renderer", argument],
            cwd=home,
            env=_environment(home),
            stdin=subprocess.PIPE if argument == WAIT else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,
        )


def _listen(child: subprocess.Popen[bytes], tell: Listener) -> Mapping[str, object]:
    last: Mapping[str, object] = {}
    for line in child.stdout or ():
        with contextlib.suppress(json.JSONDecodeError):
            last = json.loads(line)
            if last.get("event") == "progress":
                total = last["total"]
                tell(Progress(str(last["stage"]), int(str(last["done"])), None if total is None else int(str(total))))
    return last


def _kill(child: subprocess.Popen[bytes], late: threading.Event) -> None:
    if child.poll() is None:
        late.set()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


def _reason(code: int, limits: Limits, *, late: bool, errors: Path) -> str:
    if late:
        return f"It was not finished after {limits.wall_seconds} seconds; make its tables and chapters smaller."
    if code in (-signal.SIGXCPU, -signal.SIGKILL):
        return f"It took more than {limits.cpu_seconds} seconds of work; make its tables and chapters smaller."
    said = errors.read_text("utf-8", errors="replace").strip().splitlines()
    # GLib traps when it is given no memory, and Python may lack even what it needs to name the exception.
    starved = ("MemoryError", "alloc", "repr() failed")
    if code == -signal.SIGTRAP or any(sign in line for line in said[-3:] for sign in starved):
        return out_of_memory(limits)
    if code < 0:
        return f"The typesetter crashed ({signal.Signals(-code).name}); look for huge pictures, sizes or deep nesting."
    last = said[-1][:300] if said else f"exit code {code}"
    return f"It cannot be laid out; look for absurd sizes or broken markup. (The typesetter said: {last})"


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


def _numbers(value: object) -> Mapping[str, int]:
    return {str(key): int(number) for key, number in value.items()} if isinstance(value, dict) else {}


def _texts(value: object) -> Sequence[str]:
    return [str(text) for text in value] if isinstance(value, list) else []
