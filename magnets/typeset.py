"""A document from a bundle and a theme, typeset by WeasyPrint in a child process that is limited in every direction."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from magnets import document
from magnets._renderer import HTML_FILE, JOB, PDF_FILE, Job, Limits
from magnets.child import Listener, Progress, run
from magnets.document import Extract
from magnets.findings import Finding, advice
from magnets.folder import Bundle
from magnets.manuscript import Manuscript, compose
from magnets.sentences import unpacked
from magnets.shelf import Shelf, key

__all__ = [
    "ContentsEntry",
    "Extract",
    "Limits",
    "Listener",
    "Outcome",
    "Progress",
    "Typeset",
    "TypesettingFailed",
    "proof",
    "typeset",
]

RENDERER = "magnets._renderer"


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


def typeset(
    bundle: Bundle,
    *,
    themes: Path,
    limits: Limits | None = None,
    progress: Listener | None = None,
    shelf: Shelf | None = None,
) -> Typeset:
    """Typeset a bundle; `themes` is the folder templates/magnets. The same bundle gives the same bytes.

    What stands on the `shelf` is taken from there, and what is set is put there. Raises TypesettingFailed when the
    document breaks a limit or cannot be rendered.
    """
    tell = progress or (lambda _progress: None)
    tell(Progress("composing"))
    manuscript = compose(bundle)
    with tempfile.TemporaryDirectory(prefix="lodestone-typeset-") as name:
        folder = Path(name)
        page = document.build(bundle, manuscript, themes=themes, folder=folder)
        outcome = render(page, folder=folder, limits=limits or Limits(), tell=tell, shelf=shelf)
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


def render(page: document.Page, *, folder: Path, limits: Limits, tell: Listener, shelf: Shelf | None = None) -> Outcome:
    """Let a child process render a page of HTML in `folder`; raises TypesettingFailed."""
    return _set(page, folder, limits, tell, shelf, is_proof=False)


def proof(
    bundle: Bundle, extract: Extract, *, themes: Path, limits: Limits | None = None, shelf: Shelf | None = None
) -> Outcome:
    """Set a part of a document to look at it: the same pages, untagged, and sooner. Raises TypesettingFailed.

    Of a checklist, which is a few sheets, all is set. A chapter is not opened lower where it runs over by a few lines.
    """
    limits = limits or PROOF_LIMITS
    with tempfile.TemporaryDirectory(prefix="lodestone-proof-") as name:
        folder = Path(name)
        page = document.build(bundle, compose(bundle), themes=themes, folder=folder, extract=extract)
        return _set(page, folder, limits, lambda _progress: None, shelf, is_proof=True)


PROOF_LIMITS = Limits(cpu_seconds=30, wall_seconds=60, pages=60)


def _set(
    page: document.Page, folder: Path, limits: Limits, tell: Listener, shelf: Shelf | None, *, is_proof: bool
) -> Outcome:
    job = _lay_down(page, folder, limits, is_proof=is_proof)
    if shelf is None:
        return _outcome(folder, run(RENDERER, folder, limits, tell))
    name = key(job, page.html)
    if found := shelf.find(name):
        said, pdf = found
        return _said(said, pdf)
    outcome = _outcome(folder, last := run(RENDERER, folder, limits, tell))
    if not outcome.warnings:
        shelf.keep(name, last, outcome.pdf)
    return outcome


def _lay_down(page: document.Page, folder: Path, limits: Limits, *, is_proof: bool) -> Job:
    (folder / HTML_FILE).write_text(page.html, "utf-8")
    files = {url: str(path) for url, path in page.files.items()}
    job = Job(
        page.css,
        files,
        limits,
        forms=page.forms,
        notes=dict(page.notes),
        margin=page.margin,
        proof=is_proof,
        archive=page.archive,
    )
    job.save(folder / JOB)
    return job


def _outcome(folder: Path, last: Mapping[str, object]) -> Outcome:
    if last.get("event") != "done":
        raise TypesettingFailed(unpacked(str(last["reason"])))
    return _said(last, (folder / PDF_FILE).read_bytes())


def _said(last: Mapping[str, object], pdf: bytes) -> Outcome:
    return Outcome(
        pdf=pdf,
        pages=int(str(last["pages"])),
        anchors=_numbers(last["anchors"]),
        warnings=_texts(last["warnings"]),
    )


def _numbers(value: object) -> Mapping[str, int]:
    return {str(key): int(number) for key, number in value.items()} if isinstance(value, dict) else {}


def _texts(value: object) -> Sequence[str]:
    return [unpacked(str(text)) for text in value] if isinstance(value, list) else []
