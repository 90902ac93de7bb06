"""The child process that opens a finished PDF: examines it, weighs a smaller one, or makes it ready for copies.

magnets.finished.press starts it with a folder that holds `job.json`; results are files beside it and one JSON line.
"""

import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pikepdf
import pypdfium2
from pikepdf import Name
from PIL import Image, ImageStat

from magnets import imprint, preview, standby
from magnets._renderer import JOB, Limits, confine, out_of_memory, say
from magnets.definition import Mark
from magnets.findings import Finding
from magnets.finished import examining, marking, shrinking
from magnets.finished.examining import Unusable
from magnets.manuscript import count_words
from magnets.sentences import packed, sentence

CLEAN, DOCUMENT, SLIP = "clean.pdf", "document.pdf", "slip.pdf"
ADVICE = sentence("save it smaller, or split it")


@dataclass(frozen=True, slots=True)
class Job:
    """`task` is examine, weigh or press; `path` is the file, `name` what it is called in findings."""

    task: str
    path: str
    name: str
    limits: Limits
    mark: str = Mark.NONE
    dpi: int = 0  # 0: pictures stay as they are
    title: str = ""
    language: str = ""
    widths: tuple[int, ...] = ()
    shown: tuple[int, ...] = field(default_factory=tuple)

    @classmethod
    def load(cls, path: Path) -> "Job":
        values = json.loads(path.read_text("utf-8"))
        return cls(**(values | {"limits": Limits(**values["limits"])}))

    def save(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), "utf-8")


def main(folder: Path) -> None:
    job = Job.load(folder / JOB)
    confine(job.limits)
    Image.MAX_IMAGE_PIXELS = shrinking.MOST_PIXELS
    try:
        say(
            event="done",
            **{"examine": _examine, "weigh": _weigh, "press": _press, "draw": _draw}[job.task](folder, job),
        )
    except Unusable as unusable:
        say(event="failed", reason=packed(unusable.finding.message), findings=[_plain(unusable.finding)])
    except imprint.PreparationFailed as failed:
        say(event="failed", reason=packed(str(failed)))
    except MemoryError:
        say(event="failed", reason=packed(out_of_memory(job.limits, ADVICE)))


def _examine(folder: Path, job: Job) -> dict[str, object]:
    path = Path(job.path)
    with examining.opened(path, job.name) as pdf:
        facts = {
            "pages": len(pdf.pages),
            "title": examining.title(pdf),
            "author": examining.told(pdf, Name.Author),
            "subject": examining.told(pdf, Name.Subject),
            "language": examining.language(pdf),
            "findings": [_plain(finding) for finding in examining.findings(pdf, job.name, path.stat().st_size)],
        }
        _cut(pdf)
        facts["sheet"] = _sheet(pdf.pages[0])
        pdf.save(folder / CLEAN)
    with closing(_document(folder / CLEAN)) as document:
        return facts | {"contents": _contents(document)}


def _weigh(folder: Path, job: Job) -> dict[str, object]:
    _cleaned(folder, job)
    return {"bytes": (folder / CLEAN).stat().st_size}


def _press(folder: Path, job: Job) -> dict[str, object]:
    _cleaned(folder, job)
    with closing(_document(folder / CLEAN)) as document:
        contents, count = _contents(document), len(document)
        words = []
        for number in range(count):
            say(event="progress", stage="measuring", done=number + 1, total=count)
            words.append(_words(document, number))
        marked = {Mark.FIRST_PAGE: [1], Mark.EVERY_PAGE: list(range(1, count + 1))}.get(Mark(job.mark), [])
        grounds = {number: _ground(document, number) for number in marked}
    say(event="progress", stage="drawing", done=count, total=count)
    with pikepdf.open(folder / CLEAN) as pdf:
        marking.line(pdf, marked, grounds)
        if job.mark == Mark.SLIP:
            with pikepdf.open(folder / SLIP) as front:
                marking.slip(pdf, front)
                _write(pdf, folder)
        else:
            _write(pdf, folder)
    return {"pages": count, "words": words, "contents": contents}


def _draw(folder: Path, job: Job) -> dict[str, object]:
    told = []
    for one in preview.pictures(Path(job.path), job.shown, widths=job.widths):
        name = f"page-{one.page}-{one.width}.webp"
        (folder / name).write_bytes(one.webp)
        told.append((one.page, one.width, one.height, name))
    return {"pictures": told}


def _write(pdf: pikepdf.Pdf, folder: Path) -> None:
    with (folder / DOCUMENT).open("wb") as out:
        imprint.prepare_open(pdf, out)


def _document(path: Path) -> pypdfium2.PdfDocument:
    return pypdfium2.PdfDocument(path)  # type: ignore[no-untyped-call]


def _cleaned(folder: Path, job: Job) -> None:
    """The document as it is handed out, but for the mark: nothing active, trimmed, with title and language."""
    path = Path(job.path)
    with examining.opened(path, job.name) as pdf:
        examining.findings(pdf, job.name, path.stat().st_size)
        _cut(pdf)
        if job.title and not examining.title(pdf):
            _entitle(pdf, job.title)
        if job.language and not examining.language(pdf):
            pdf.Root.Lang = job.language
        if job.dpi:
            shrinking.shrink(pdf, job.dpi)
        pdf.save(
            folder / CLEAN,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            recompress_flate=bool(job.dpi),
            deterministic_id=True,
        )


def _cut(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        box = examining.trimmed(page)
        if box is not None:
            page.cropbox = box


def _entitle(pdf: pikepdf.Pdf, title: str) -> None:
    pdf.docinfo[Name.Title] = title
    if Name.Metadata in pdf.Root:
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as metadata:
            metadata["dc:title"] = title


def _sheet(page: pikepdf.Page) -> list[float]:
    """Width and height of a page as it is seen, in points."""
    left, bottom, right, top = (float(side) for side in page.cropbox)
    unit = float(page.obj.get(Name.UserUnit, 1))
    size = [round((right - left) * unit, 2), round((top - bottom) * unit, 2)]
    return size[::-1] if examining.turn(page) % 180 else size


def _contents(document: pypdfium2.PdfDocument) -> list[tuple[str, int, int]]:
    """The bookmarks of the first two levels: title, level from 1, page from 1. What leads nowhere is left out."""
    found = []
    for entry in document.get_toc(max_depth=2):  # type: ignore[no-untyped-call]
        title, place = " ".join(entry.get_title().split()), entry.get_dest()
        index = None if place is None else place.get_index()
        if title and index is not None:
            found.append((title[:200], entry.level + 1, index + 1))
    return found


def _words(document: pypdfium2.PdfDocument, number: int) -> int:
    page = document[number]
    with closing(page), closing(page.get_textpage()) as text:
        return count_words(text.get_text_range())


def _ground(document: pypdfium2.PdfDocument, number: int) -> float:
    """How light a page is where the line stands: 0 is black, 1 is white."""
    page = document[number - 1]
    with closing(page):
        high = page.get_height()
        strip = page.render(scale=0.5, crop=(0, 0, 0, max(0.0, high - 2 * (marking.ABOVE + marking.HEIGHT))))
        return float(ImageStat.Stat(strip.to_pil().convert("L")).median[0]) / 255


def _plain(finding: Finding) -> Mapping[str, object]:
    return {**asdict(finding), "message": packed(finding.message)}


if __name__ == "__main__":
    standby.serve(main)
