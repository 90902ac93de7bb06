"""What an editor sees beyond a single line: missing chapters, poor pictures, pale colours, unused files."""

import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from xml.parsers import expat

from magnets.definition import MagnetKind
from magnets.findings import Finding, advice, stop
from magnets.folder import NOT_PART_OF_THE_TEXT, Bundle
from magnets.manuscript import Chapter, Manuscript
from magnets.prose.targets import PICTURES
from magnets.sentences import quoted, sentence
from magnets.tables import FILE

DOTS_PER_MM = 150 / 25.4
SMALLEST_WIDTH_MM = 60
COVER_WIDTH_MM = 210
LOGO_WIDTH_MM = 20
SHOWN_BY_NETWORKS = (1200, 630)  # pixels of the picture beside a link that social networks show whole
LOGOS = (".png", ".jpg", ".jpeg", ".webp")  # a drawing could carry scripts to where the page is opened by itself
MOST_PIXELS = 100_000_000
LONGEST_COVER_TITLE = 70
MOST_CHAPTERS = 200
HARD_READING = 60
ENOUGH_WORDS = 150


def remarks(bundle: Bundle, manuscript: Manuscript) -> Iterator[Finding]:
    yield from _chapters(bundle)
    yield from _cover(bundle)
    yield from _logo(bundle)
    yield from _look(bundle)
    for name in sorted(manuscript.pictures):
        yield from _picture(name, bundle.files[name], SMALLEST_WIDTH_MM)
    for chapter in manuscript.chapters:
        yield from _reading_level(chapter)
    yield from _unused(bundle, manuscript)


def _chapters(bundle: Bundle) -> Iterator[Finding]:
    for number, path in enumerate(bundle.magnet.chapters):
        keys = ("magnet", "chapters", number)
        if path not in bundle.files:
            yield bundle.stop(
                "missing-chapter",
                sentence("There is no file %(path)s; correct the name or add it.", path=quoted(path)),
                *keys,
            )
        elif not path.lower().endswith(".md"):
            yield bundle.stop("not-markdown", sentence("%(path)s is no Markdown file (.md).", path=quoted(path)), *keys)
        elif path in bundle.magnet.chapters[:number]:
            yield bundle.stop(
                "chapter-twice", sentence("%(path)s is listed twice; take one out.", path=quoted(path)), *keys
            )
    if not bundle.chapters and bundle.magnet.kind not in (MagnetKind.WEBINAR, MagnetKind.FILE):
        message = sentence("There is nothing to read yet; add a Markdown file in chapters/.")
        yield bundle.stop("no-chapters", message, "magnet", "chapters")
    if len(bundle.chapters) > MOST_CHAPTERS:
        message = sentence(
            "%(number)s chapters are too many; join them to %(most_chapters)s at most.",
            number=len(bundle.chapters),
            most_chapters=MOST_CHAPTERS,
        )
        yield bundle.stop("too-many-chapters", message, "magnet", "chapters")


def _cover(bundle: Bundle) -> Iterator[Finding]:
    cover, keys = bundle.magnet.cover, ("magnet", "cover")
    if cover is None:
        return
    if cover not in bundle.files:
        yield bundle.stop(
            "missing-cover",
            sentence("There is no file %(cover)s; add it, or leave `cover` out.", cover=quoted(cover)),
            *keys,
        )
    elif not cover.lower().endswith(PICTURES):
        yield bundle.stop(
            "not-a-picture",
            sentence("%(cover)s cannot be printed; use %(known)s.", cover=quoted(cover), known=", ".join(PICTURES)),
            *keys,
        )
    else:
        yield from _picture(cover, bundle.files[cover], COVER_WIDTH_MM)


def _logo(bundle: Bundle) -> Iterator[Finding]:
    logo, keys = bundle.magnet.brand.logo, ("brand", "logo")
    if not logo:
        return
    if logo not in bundle.files:
        yield bundle.stop(
            "missing-logo",
            sentence("There is no file %(logo)s; add it, or leave `logo` out.", logo=quoted(logo)),
            *keys,
        )
    elif not logo.lower().endswith(LOGOS):
        yield bundle.stop(
            "not-a-picture",
            sentence("%(logo)s cannot be a logo; use %(known)s.", logo=quoted(logo), known=", ".join(LOGOS)),
            *keys,
        )
    else:
        yield from judged_logo(logo, bundle.files[logo])


def judged_logo(name: str, file: Path) -> Iterator[Finding]:
    """What is to be said of a picture that is to be a logo."""
    yield from _picture(name, file, LOGO_WIDTH_MM)


def _look(bundle: Bundle) -> Iterator[Finding]:
    magnet = bundle.magnet
    if len(magnet.title) > LONGEST_COVER_TITLE:
        message = sentence(
            "The title has %(number)s characters; under %(longest_cover_title)s it looks well on a cover.",
            number=len(magnet.title),
            longest_cover_title=LONGEST_COVER_TITLE,
        )
        yield bundle.advise("long-title", message, "magnet", "title")
    if not magnet.summary and magnet.kind is not MagnetKind.WEBINAR:
        message = sentence("Add `summary`: two or three sentences for the cover page and for search engines.")
        yield bundle.advise("no-summary", message, "magnet", "summary")
    if contrast_with_white(magnet.brand.colour) < 3:
        message = sentence(
            "%(colour)s is too pale for words on white; a darker tone of it is used for them.",
            colour=magnet.brand.colour,
        )
        yield bundle.advise("pale-colour", message, "brand", "colour")
    if magnet.archive and magnet.kind in (MagnetKind.FILE, MagnetKind.WEBINAR):
        message = sentence(
            "`archive` is for documents that are typeset here; a finished PDF stays what it is. Leave it out.",
        )
        yield bundle.advise("archive-unused", message, "magnet", "archive")


def contrast_with_white(colour: str) -> float:
    """The contrast ratio of `#rrggbb` on white, 1 to 21, as WCAG 2.2 defines it."""
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return 1.05 / (luminance + 0.05)


def _picture(name: str, file: Path, wanted_mm: int) -> Iterator[Finding]:
    if name.lower().endswith(".svg"):
        if not _is_svg(file):
            yield stop("unreadable-image", sentence("This is no SVG drawing; export it again."), name)
        return
    size = size_of(file)
    if size is None:
        yield stop("unreadable-image", sentence("This picture cannot be opened; export it again."), name)
        return
    width, height = size
    if width * height > MOST_PIXELS:
        yield stop(
            "huge-image",
            sentence("%(width)s × %(height)s pixels are too many; scale the picture down.", width=width, height=height),
            name,
        )
    sharp_mm = int(width / DOTS_PER_MM)
    if sharp_mm < wanted_mm:
        needed = round(wanted_mm * DOTS_PER_MM)
        message = sentence(
            "%(width)s pixels print sharply up to %(sharp_mm)s mm; use %(needed)s or more for %(wanted_mm)s mm.",
            width=width,
            sharp_mm=sharp_mm,
            needed=needed,
            wanted_mm=wanted_mm,
        )
        yield advice("small-image", message, name)


def size_of(file: Path) -> tuple[int, int] | None:
    """Width and height of a picture in pixels; None for what cannot be opened as one."""
    from PIL import Image, UnidentifiedImageError  # slow to import, and texts have to be judged without pictures too

    try:
        return _size(file)
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return None


def _size(file: Path) -> tuple[int, int]:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(file) as image:
            return image.size


def _is_svg(file: Path) -> bool:
    """Whether the root element is svg; a document type is refused, so no entity is ever expanded."""
    roots: list[str] = []
    reader = expat.ParserCreate(namespace_separator=" ")
    reader.StartElementHandler = lambda name, attributes: roots.append(name)
    reader.EntityDeclHandler = _refuse_entity
    try:
        reader.Parse(file.read_bytes(), True)
    except (expat.ExpatError, ValueError):
        return False
    return roots[0].split(" ")[-1] == "svg"


def _refuse_entity(*declaration: object) -> None:
    raise ValueError(sentence("entities have no place in a drawing"))


def _reading_level(chapter: Chapter) -> Iterator[Finding]:
    """LIX (Björnsson 1968): words per sentence plus the percentage of words with more than six letters."""
    prose = re.sub(r"<(pre|table|ul|ol|dl|aside|figure)\b.*?</\1>", " ", chapter.html, flags=re.DOTALL)
    text = re.sub(r"<[^>]+>", " ", re.sub(r"</(?:p|h\d)>", ". ", prose))
    words = re.findall(r"[^\W\d_]+", text)
    sentences = len(re.findall(r"[.!?:]+(?=\s|$)", re.sub(r"([.!?:])[\s.]+", r"\1 ", text)))
    if len(words) < ENOUGH_WORDS or not sentences:
        return
    level = len(words) / sentences + 100 * sum(len(word) > 6 for word in words) / len(words)
    if level > HARD_READING:
        message = sentence(
            "This chapter is hard to read (LIX %(level)s; newspapers have about 45): shorten its sentences.",
            level=f"{level:.0f}",
        )
        yield advice("hard-reading", message, chapter.path, 1)


def _unused(bundle: Bundle, manuscript: Manuscript) -> Iterator[Finding]:
    finished = {bundle.pdf} if bundle.magnet.kind is MagnetKind.FILE else set()
    used = {FILE, *bundle.chapters, *manuscript.pictures, *_texts_in(bundle.table), *finished}
    for name in sorted(bundle.files):
        stem = name.rsplit("/", 1)[-1].lower().rsplit(".", 1)[0]
        if name not in used and stem not in NOT_PART_OF_THE_TEXT:
            yield advice("unused-file", sentence("Nothing uses this file; link it or take it out of the folder."), name)


def _texts_in(value: object) -> Iterator[str]:
    """Every text of magnet.toml: one that is the name of a file uses that file."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_in(inner)
