"""Starts the child that opens a finished PDF, and hands over what it found and made."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from magnets import document, preview, typeset
from magnets._renderer import JOB, Limits
from magnets.child import Advice, Listener, Progress, run
from magnets.definition import Deliver, Mark
from magnets.findings import Finding, Severity, advice, stop
from magnets.finished._worker import ADVICE, DOCUMENT, SLIP, Job
from magnets.folder import Bundle
from magnets.sentences import quoted, sentence, unpacked
from magnets.tables import FILE

MODULE = "magnets.finished._worker"
LIMITS = Limits(cpu_seconds=300, wall_seconds=600, memory=2_500_000_000, pages=2_000)
LOOK_LIMITS = Limits(cpu_seconds=60, wall_seconds=90, memory=2_500_000_000, pages=2_000)
WORTH_OFFERING = 0.8  # a smaller file is spoken of where it has at most so much of the bytes
ENOUGH_TO_SHRINK = 1_000_000  # bytes
MOST_JUDGED = 64  # files whose findings are remembered
_SAID = Advice(
    too_large=ADVICE,
    too_full=ADVICE,
    crashed=sentence("export it again"),
    broken=sentence("It cannot be read; export it again."),
)


class FileUnusable(Exception):
    """The PDF cannot be handed out; `reason` is a sentence for the marketer."""

    def __init__(self, reason: str, findings: Sequence[Finding] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.findings = tuple(findings)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A line of the contents: level and page count from 1."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class Examined:
    """What a finished PDF says of itself, and what is to be said about it. `sheet` is the first page in points."""

    pages: int
    title: str
    author: str
    subject: str
    language: str
    contents: Sequence[Bookmark]
    findings: Sequence[Finding]
    sheet: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Pressed:
    """A prepared edition in a folder that goes with the press; `words` are those of each page of the original."""

    document: Path
    pages: int
    words: Sequence[int]
    contents: Sequence[Bookmark]
    folder: Path

    @property
    def front(self) -> int:
        """The page that was the first before a slip came in front of it."""
        return self.pages - len(self.words) + 1

    def pictures(self, pages: Sequence[int], widths: Sequence[int]) -> list[preview.Picture]:
        """Pages as pictures, drawn in a child process: the file is somebody else's."""
        job = Job("draw", str(self.document), DOCUMENT, LIMITS, widths=tuple(widths), shown=tuple(pages))
        told = _do(self.folder, job, _silent)
        return [
            preview.Picture(page, width, height, (self.folder / name).read_bytes())
            for page, width, height, name in _rows(told["pictures"])
        ]


def examine(pdf: Path, name: str, *, limits: Limits = LOOK_LIMITS) -> Examined:
    """Look into a PDF in a child process; `name` is what findings call it. Raises FileUnusable."""
    with tempfile.TemporaryDirectory(prefix="lodestone-file-") as folder:
        told = _do(Path(folder), Job("examine", str(pdf), name, limits), _silent)
    width, height = (float(str(side)) for side in _list(told["sheet"]))
    return Examined(
        pages=int(str(told["pages"])),
        title=str(told["title"]),
        author=str(told["author"]),
        subject=str(told["subject"]),
        language=str(told["language"]),
        contents=_bookmarks(told["contents"]),
        findings=[_finding(one) for one in _list(told["findings"])],
        sheet=(width, height),
    )


def weigh(pdf: Path, name: str, resolution: int, *, limits: Limits = LIMITS) -> int:
    """How many bytes the smaller file for the web would have, its pictures at so many dpi. Raises FileUnusable."""
    with tempfile.TemporaryDirectory(prefix="lodestone-file-") as folder:
        return int(str(_do(Path(folder), Job("weigh", str(pdf), name, limits, dpi=resolution), _silent)["bytes"]))


def judge(bundle: Bundle) -> list[Finding]:
    """Everything to be said about the finished PDF of a bundle, and the smaller one that is on offer."""
    name = bundle.pdf
    if name is None:
        refused = any(fault.path.lower().endswith(".pdf") for fault in bundle.faults)
        return [] if refused else [_missing(bundle)]  # why it was refused is said already
    choice = bundle.magnet.file
    line = bundle.line_of("file", "deliver")
    resolution = choice.resolution if choice.deliver is Deliver.ORIGINAL else None
    facts = bundle.files[name].stat()
    # A draft's files are links to the same ones in the store: known by what stays while nobody changes them.
    known = (facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns, name, resolution, line)
    if known not in _judged:
        if len(_judged) >= MOST_JUDGED:
            _judged.clear()
        _judged[known] = tuple(_judge(bundle.files[name], name, resolution, line))
    return list(_judged[known])


_judged: dict[tuple[object, ...], tuple[Finding, ...]] = {}  # looking into a large file takes seconds


def _judge(path: Path, name: str, resolution: int | None, line: int | None) -> Sequence[Finding]:
    """`resolution` None: no smaller file is on offer."""
    try:
        found = list(examine(path, name).findings)
        size = path.stat().st_size
        if resolution is not None and size > ENOUGH_TO_SHRINK:
            small = weigh(path, name, resolution)
            if small <= WORTH_OFFERING * size:
                message = sentence(
                    '`deliver = "smaller"` in [file] would give %(small)s MB instead of %(size)s MB: pictures '
                    "at %(resolution)s dpi. The original stays in the bundle.",
                    small=small / 1e6,
                    size=size / 1e6,
                    resolution=resolution,
                )
                found.append(advice("pdf-smaller", message, FILE, line, ("file", "deliver")))
    except FileUnusable as unusable:
        return unusable.findings or [stop("pdf-broken", unusable.reason, name)]
    return found


@contextmanager
def press(
    bundle: Bundle, *, themes: Path, limits: Limits = LIMITS, progress: Listener | None = None
) -> Iterator[Pressed]:
    """Make the finished PDF of a bundle an edition: cleaned, marked, its links ready. Raises FileUnusable.

    The folder with the result goes when the block ends.
    """
    name, magnet = bundle.pdf, bundle.magnet
    if name is None:
        raise FileUnusable(_missing(bundle).message)
    tell = progress or _silent
    tell(Progress("composing"))
    with tempfile.TemporaryDirectory(prefix="lodestone-file-") as place:
        folder, path = Path(place), bundle.files[name]
        mark = magnet.file.mark if magnet.personalised else Mark.NONE
        if mark is Mark.SLIP:
            (folder / SLIP).write_bytes(_slip(bundle, examine(path, name).sheet, themes))
        job = Job(
            "press",
            str(path),
            name,
            limits,
            mark=mark,
            dpi=magnet.file.resolution if magnet.file.deliver is Deliver.SMALLER else 0,
            title=magnet.title,
            language=magnet.language,
        )
        told = _do(folder, job, tell)
        pages = int(str(told["pages"]))
        tell(Progress("done", pages, pages))
        yield Pressed(
            folder / DOCUMENT,
            pages + (mark is Mark.SLIP),
            [int(str(count)) for count in _list(told["words"])],
            _moved(_bookmarks(told["contents"]), 1 if mark is Mark.SLIP else 0),
            folder,
        )


def _slip(bundle: Bundle, sheet: tuple[float, float], themes: Path) -> bytes:
    """The page before the first, in the size of the first, set as every document is."""
    with tempfile.TemporaryDirectory(prefix="lodestone-slip-") as place:
        folder = Path(place)
        page = document.slip(bundle, sheet, themes=themes, folder=folder)
        try:
            return typeset.render(page, folder=folder, limits=Limits(), tell=_silent).pdf
        except typeset.TypesettingFailed as failed:
            raise FileUnusable(failed.reason) from failed


def _missing(bundle: Bundle) -> Finding:
    several = sum(name.lower().endswith(".pdf") for name in bundle.files) > 1
    if bundle.magnet.file.pdf is not None:
        message = sentence("There is no file %(pdf)s; correct the name or add it.", pdf=quoted(bundle.magnet.file.pdf))
    elif several:
        message = sentence("There are several PDF files; name the one that is handed out: `pdf` in [file].")
    else:
        message = sentence("There is no PDF yet; put the finished file into the folder.")
    return bundle.stop("no-pdf", message, "file", "pdf")


def _do(folder: Path, job: Job, tell: Listener) -> Mapping[str, object]:
    replace(job, path=str(Path(job.path).absolute())).save(folder / JOB)  # the child works in a folder of its own
    last = run(MODULE, folder, job.limits, tell, _SAID)
    if last.get("event") != "done":
        findings = [_finding(one) for one in _list(last.get("findings", []))]
        raise FileUnusable(unpacked(str(last["reason"])), findings)
    return last


def _moved(bookmarks: Sequence[Bookmark], pages: int) -> list[Bookmark]:
    return [Bookmark(one.title, one.level, one.page + pages) for one in bookmarks]


def _bookmarks(told: object) -> list[Bookmark]:
    return [Bookmark(str(title), int(str(level)), int(str(page))) for title, level, page in map(_list, _list(told))]


def _rows(told: object) -> list[tuple[int, int, int, str]]:
    return [
        (int(str(page)), int(str(width)), int(str(height)), str(name))
        for page, width, height, name in map(_list, _list(told))
    ]


def _finding(told: object) -> Finding:
    facts = told if isinstance(told, dict) else {}
    line = facts.get("line")
    return Finding(
        Severity(str(facts["severity"])),
        str(facts["code"]),
        unpacked(str(facts["message"])),
        str(facts["path"]),
        None if line is None else int(str(line)),
    )


def _list(told: object) -> list[object]:
    return list(told) if isinstance(told, list | tuple) else []


def _silent(_progress: Progress) -> None:
    pass
