"""The child process that typesets: HTML in, PDF out, within limits, without a network.

It is given a folder that holds `job.json` and `document.html`, and says what it does as JSON lines on standard output.
WeasyPrint is imported inside functions: the parent reads the types of this module and must not pay.
"""

import ctypes
import importlib
import json
import logging
import re
import resource
import sys
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pikepdf import ObjectStreamMode, Pdf

from magnets import _breaking, _pinning, archive, forms, standby, structure
from magnets._arranging import arranged
from magnets.marginalia import Margin
from magnets.sentences import packed, sentence

if TYPE_CHECKING:
    from weasyprint.document import Document

BUNDLE = "bundle:///"  # addresses of the magnet's own pictures, and what relative addresses are joined to
THEME = "theme:///"  # addresses of fonts and of what is drawn for the document
FORM_FONT = f"{THEME}form.ttf"
JOB, HTML_FILE, PDF_FILE = "job.json", "document.html", "document.pdf"

PAGE = re.compile(r"Creating layout - Page (\d+)")
# A picture with more than 200 dpi in print is scaled and compressed once. With WeasyPrint's jpeg_quality or
# optimize_images it would be compressed before it is scaled, too, and smaller ones would lose for nothing.
OPTIONS: dict[str, object] = {"pdf_variant": "pdf/ua-1", "dpi": 200}
ARCHIVE_OPTIONS: dict[str, object] = {"pdf_variant": "pdf/a-3u", "pdf_tags": True, "dpi": 200}
PROOF_OPTIONS: dict[str, object] = {"uncompressed_pdf": True, "dpi": 110}
NEW_USER, NEW_NETWORK = 0x10000000, 0x40000000  # CLONE_NEWUSER and CLONE_NEWNET of sched.h
DENIED = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "webbrowser.")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one document may cost: seconds of CPU, seconds of wall time, bytes of address space, pages."""

    cpu_seconds: int = 180
    wall_seconds: int = 600
    memory: int = 1_500_000_000
    pages: int = 400


@dataclass(frozen=True, slots=True)
class Job:
    """`css` are style sheets in order; `files` maps each address the document may load to a path.

    A `proof` is for looking at: not tagged, and laid out once where no note has to find its place. What goes into an
    `archive` is PDF/A-3u besides.
    """

    css: tuple[str, ...]
    files: dict[str, str]
    limits: Limits
    forms: bool = False  # then `files` has FORM_FONT
    notes: dict[str, str] = field(default_factory=dict)
    margin: Margin = field(default_factory=Margin)
    proof: bool = False
    archive: bool = False

    @classmethod
    def load(cls, path: Path) -> "Job":
        values = json.loads(path.read_text("utf-8"))
        return cls(**(values | {"limits": Limits(**values["limits"]), "margin": Margin(**values["margin"])}))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), "utf-8")


class Stopped(Exception):
    """The document broke a limit; the message is a sentence for the marketer."""


def main(folder: Path) -> None:
    job = Job.load(folder / JOB)
    confine(job.limits)
    try:
        say(event="done", **render(folder, job))
    except Stopped as stopped:
        say(event="failed", reason=packed(str(stopped)))
    except RecursionError:
        say(event="failed", reason=packed(sentence("Its elements are nested too deeply; make the structure flatter.")))
    except MemoryError:
        say(event="failed", reason=packed(out_of_memory(job.limits)))


LESS = sentence("make its tables and pictures smaller")


def out_of_memory(limits: Limits, advice: str = LESS) -> str:
    megabytes = limits.memory // 1_000_000
    return sentence("It needs more than %(megabytes)s MB of memory; %(advice)s.", megabytes=megabytes, advice=advice)


def say(**facts: object) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def confine(limits: Limits) -> None:
    """Limit this process for the rest of its life, and take its way to the network and to other programs."""
    for kind, amount in (
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.memory),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (amount, amount))
    leave_the_network()
    sys.addaudithook(_deny)


def leave_the_network() -> bool:
    """Move this process into a network of its own that has nobody else in it; whether the kernel allowed that.

    As root at once, otherwise by a user namespace of its own (unshare(2)). Containers often forbid both, and then the
    audit hook stays the wall.
    """
    unshare = getattr(ctypes.CDLL(None), "unshare", None)  # Linux only
    return unshare is not None and any(unshare(flags) == 0 for flags in (NEW_NETWORK, NEW_USER | NEW_NETWORK))


def _deny(event: str, _arguments: tuple[object, ...]) -> None:
    """Belt and braces: the fetcher suffices, but a fault in a library shall not be able to talk to anyone either."""
    if event.startswith(DENIED):
        raise PermissionError(f"a document may not do this: {event}")


def render(folder: Path, job: Job) -> dict[str, object]:
    """Write the PDF into `folder`; returns its number of pages, the page of each anchor, and what was complained of."""
    typesetter = _Typesetter(job)
    source = (folder / HTML_FILE).read_text("utf-8")
    if job.margin.foot and (job.notes or not job.proof):
        source = arranged(source, job.notes, job.margin, typesetter.lay_out)
    typesetter.pages.stage = "setting"
    document = typesetter.lay_out(source)
    count = len(document.pages)
    say(event="progress", stage="drawing", done=count, total=count)
    typesetter.write(document, folder / "raw.pdf")
    if job.proof:
        (folder / "raw.pdf").replace(folder / PDF_FILE)
    else:
        finish(folder / "raw.pdf", folder / PDF_FILE, job)
    anchors: dict[str, int] = {}
    for number, page in enumerate(document.pages, 1):
        for name in page.anchors:
            anchors.setdefault(name, number)
    warnings = [*typesetter.warnings.messages, *_missing(document)]
    return {"pages": count, "anchors": anchors, "warnings": warnings}


class _Typesetter:
    """WeasyPrint with one set of files, fonts and style sheets, heard while it works."""

    def __init__(self, job: Job) -> None:
        from weasyprint import CSS, HTML
        from weasyprint.text.fonts import FontConfiguration

        from magnets.fetcher import OwnFilesOnly

        _pinning.install()
        _breaking.install()
        self.pages, self.warnings = _Pages(job.limits.pages), _Warnings()
        _listen("weasyprint", logging.WARNING, self.warnings)
        _listen("weasyprint.progress", logging.INFO, self.pages)
        fetcher = OwnFilesOnly({url: Path(path) for url, path in job.files.items()})
        self._fonts = FontConfiguration()
        kind = PROOF_OPTIONS if job.proof else ARCHIVE_OPTIONS if job.archive else OPTIONS
        self._options = kind | {"pdf_forms": job.forms}
        self._html = partial(HTML, base_url=BUNDLE, url_fetcher=fetcher)
        self._css = partial(CSS, base_url=THEME, url_fetcher=fetcher, font_config=self._fonts)
        self._styles = [self._css(string=style) for style in job.css]

    def lay_out(self, source: str, *more: str) -> "Document":
        """The pages of some HTML, with more style sheets after those of the job; raises Stopped."""
        from weasyprint.urls import URLFetchingError

        styles = [*self._styles, *(self._css(string=style) for style in more)]
        try:
            document: Document = self._html(string=source).render(
                stylesheets=styles, font_config=self._fonts, **self._options
            )
        except URLFetchingError as denied:  # most are caught and logged by WeasyPrint, some are not
            raise Stopped(sentence("It asks for something that is not there: %(what)s.", what=str(denied))) from denied
        return document

    def write(self, document: "Document", path: Path) -> None:
        document.write_pdf(path, **self._options)


def _missing(document: "Document") -> list[str]:
    """What no font on this machine can print, as a sentence; fonts know their gaps once the document is written."""
    codes = sorted({code for font in document.fonts.values() for code in font.missing})
    if not codes:
        return []
    signs = " ".join(f"{chr(code)} (U+{code:04X})" for code in codes[:8])
    if len(codes) > 8:
        signs = sentence("%(signs)s and %(number)s more", signs=signs, number=len(codes) - 8)
    said = sentence(
        "No font here has the signs %(signs)s; install a font for them or write them differently.", signs=signs
    )
    return [packed(said)]


def finish(raw: Path, done: Path, job: Job) -> None:
    """Mend what the standards ask for beyond WeasyPrint, and save small, with an identifier made from the content."""
    with Pdf.open(raw) as pdf:
        for page in pdf.pages:
            for annotation in page.obj.get("/Annots", ()):
                annotation["/F"] = int(annotation.get("/F", 0)) | 4
        if job.forms:
            forms.finish(pdf, Path(job.files[FORM_FONT]).read_bytes())
        structure.finish(pdf)
        if job.archive:
            archive.finish(pdf)
        pdf.save(done, object_stream_mode=ObjectStreamMode.generate, deterministic_id=True)


class _Pages(logging.Handler):
    """Hears which page is being set; stops at the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self.limit = limit
        self.stage = "measuring"

    def emit(self, record: logging.LogRecord) -> None:
        found = PAGE.search(record.getMessage())
        if found is None:
            return
        page = int(found[1])
        if page > self.limit:
            raise Stopped(sentence("It has more than %(limit)s pages; split it or shorten it.", limit=self.limit))
        say(event="progress", stage=self.stage, done=page, total=None)


class _Warnings(logging.Handler):
    """Keeps each complaint once."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()[:500]
        said_better = message.startswith(".notdef")  # see _missing
        if not said_better and message not in self.messages and len(self.messages) < 200:
            self.messages.append(message)


def _listen(name: str, level: int, handler: logging.Handler) -> None:
    logger = logging.getLogger(name)
    logger.handlers[:] = [handler]
    logger.setLevel(level)
    logger.propagate = False


if __name__ == "__main__":
    importlib.import_module("weasyprint.text.fonts")
    standby.serve(main)
