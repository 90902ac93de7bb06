"""What stands in a draft: its chapters with their reading time, and its pictures."""

from dataclasses import dataclass

from capture.catalogue import parcels
from capture.catalogue.parcels import Files
from capture.config import Settings
from magnets import bundle
from magnets.bundle import BundleUnreadable
from magnets.editor import LOGOS
from magnets.manuscript import compose


@dataclass(frozen=True, slots=True)
class ChapterLine:
    """A chapter in a list; `minutes` of reading, at least 1."""

    path: str
    title: str
    minutes: int


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file that is no chapter; `can_be_shown`: a picture without scripts."""

    path: str
    can_be_shown: bool


@dataclass(frozen=True, slots=True)
class Contents:
    """The chapters in reading order; `others` are files of other kinds, by name. `minutes` in all.

    `pdf` is the path of the finished document, where there is one.
    """

    chapters: tuple[ChapterLine, ...]
    others: tuple[FileLine, ...]
    minutes: int
    pdf: str | None = None


def contents(settings: Settings, files: Files) -> Contents:
    """What stands in these files. While magnet.toml does not parse, chapters have their file names as titles."""
    try:
        with parcels.laid_out(settings, files) as folder:
            given = bundle.read(folder)
            manuscript, pdf = compose(given), given.pdf
        lines = tuple(ChapterLine(one.path, one.title, one.minutes) for one in manuscript.chapters)
        minutes = manuscript.minutes
    except BundleUnreadable:
        lines = tuple(ChapterLine(path, path, 1) for path in sorted(files) if path.lower().endswith(".md"))
        minutes, pdf = 0, None
    listed = {line.path for line in lines}
    rest = (path for path in sorted(files) if path not in listed and path != parcels.DEFINITION)
    others = tuple(FileLine(path, path.lower().endswith(LOGOS)) for path in rest)
    return Contents(lines, others, minutes, pdf)


def next_path(files: Files, name: str) -> str:
    """A path for a new chapter, behind all others."""
    numbers = [path.removeprefix("chapters/")[:2] for path in files if path.startswith("chapters/")]
    last = max((int(number) for number in numbers if number.isdigit()), default=len(numbers))
    return f"chapters/{last + 1:02d}-{name or 'chapter'}.md"
