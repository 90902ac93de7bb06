"""In the renderer: what can only be decided when the pages are known.

The document is laid out with names on its blocks, measured, and changed: a chapter that runs over by a few lines gets a
lower opening, and each note its place in the margin. Text in the margin does not move the text beside it, so that one
more layout, without the names, gives exactly the pages that were measured.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from magnets.marginalia import Margin, Note, Place, Room, place

PREFIX = "measured-"
BLOCK = re.compile(r"<(html|section|p|ul|ol|pre|figure|table|blockquote|header)(?=[ >])(?![^>]* id=)")
NAMED = re.compile(r'<(section|p|ul|ol|pre|figure|table|blockquote|header|h2)\b[^>]*? id="([^"]+)"')
NAMES = re.compile(rf' id="{PREFIX}[^"]*"')
CHAPTER = '<section class="chapter" id="{}">'
TIGHT_CHAPTER = '<section class="chapter tight" id="{}">'

PIXELS = 96 / 72  # CSS pixels in a point
RUN_OVER = 88.0  # CSS pixels: about four lines
TALL_PAGE = "@page { size: 480pt 14000pt; margin: 0; @top-left { content: none } @top-left-corner { content: none } }"

Rectangle = tuple[float, float, float, float]


class Page(Protocol):
    """What is read of a page that was laid out: its height and its named boxes, in CSS pixels from the top left."""

    height: float
    anchors: Mapping[str, Rectangle]


class Pages(Protocol):
    pages: Sequence[Page]


LayOut = Callable[..., Pages]


@dataclass(frozen=True, slots=True)
class Measured:
    """A document with names, its pages, and which tag a name stands on."""

    source: str
    pages: Sequence[Page]
    tags: Mapping[str, str]


def arranged(source: str, notes: Mapping[str, str], margin: Margin, lay_out: LayOut) -> str:
    """The document as it is to be laid out for good."""
    number = itertools.count()
    named = BLOCK.sub(lambda tag: f'<{tag[1]} id="{PREFIX}{tag[1]}-{next(number)}"', source)
    named = re.sub(rf'<section id="({PREFIX}[^"]*)" class="chapter">', lambda tag: CHAPTER.format(tag[1]), named)
    measured = _measured(named, lay_out)
    tightened = _tightened(measured)
    if tightened != named:
        measured = _measured(tightened, lay_out)
    return NAMES.sub("", _with_notes(measured, notes, margin, lay_out) if notes else measured.source)


def _measured(named: str, lay_out: LayOut) -> Measured:
    return Measured(named, lay_out(named).pages, {name: tag for tag, name in NAMED.findall(named)})


# --- chapters that run over ---------------------------------------------------------------------


def _tightened(measured: Measured) -> str:
    """Chapters whose last page holds next to nothing, marked for the theme to open them lower."""
    source = measured.source
    for name, tag in measured.tags.items():
        if tag == "section" and CHAPTER.format(name) in source and _runs_over(measured, name):
            source = source.replace(CHAPTER.format(name), TIGHT_CHAPTER.format(name))
    return source


def _runs_over(measured: Measured, chapter: str) -> bool:
    on = [page for page in measured.pages if chapter in page.anchors]
    if len(on) < 2:
        return False
    bottoms = [box[3] for name, box in on[-1].anchors.items() if measured.tags.get(name) not in (None, "section")]
    return max(bottoms, default=0.0) - _top(on[-1]) < RUN_OVER


# --- notes --------------------------------------------------------------------------------------


def _with_notes(measured: Measured, notes: Mapping[str, str], margin: Margin, lay_out: LayOut) -> str:
    heights = _heights(notes, lay_out)
    called = [
        Note(name, at, page.anchors[name][1], heights[name])
        for at, page in enumerate(measured.pages, 1)
        for name in sorted(notes.keys() & page.anchors.keys(), key=lambda name: page.anchors[name][1::-1])
    ]
    rooms = {at: _room(page, measured.tags, margin) for at, page in enumerate(measured.pages, 1)}
    homes = {note.key: note.page for note in called}
    source = measured.source
    for spot in reversed(place(called, rooms)):
        body = _placed(spot, notes[spot.key], rooms[spot.page].top)
        if spot.page == homes[spot.key]:
            source = source.replace(f"<!--{spot.key}-->", body)
        else:
            source = _carried(source, body, _first_paragraph(measured, spot.page))
    return source


def _heights(notes: Mapping[str, str], lay_out: LayOut) -> dict[str, float]:
    """How tall each note is, from a document of its own that holds nothing else."""
    bodies = "".join(f'<div class="note" id="{name}">{body}</div>' for name, body in notes.items())
    pages = lay_out(f'<html lang="en"><title>Notes</title><body>{bodies}', TALL_PAGE).pages
    return {name: box[3] - box[1] for page in pages for name, box in page.anchors.items()}


def _room(page: Page, tags: Mapping[str, str], margin: Margin) -> Room:
    """The margin of a page; taken is what reaches out of the column, and what has something beside it."""
    left = min((box[0] for name, box in page.anchors.items() if name.startswith(f"{PREFIX}html")), default=0.0)
    taken = tuple(
        (box[1], box[3])
        for name, box in page.anchors.items()
        if name in tags and (box[0] < left - 1 or tags[name] in margin.beside)
    )
    return Room(_top(page), page.height - margin.foot * PIXELS, taken)


def _top(page: Page) -> float:
    """Where the column begins; the root element's box, since a body moves with the margin of its first child."""
    return min((box[1] for name, box in page.anchors.items() if name.startswith(f"{PREFIX}html")), default=0.0)


def _placed(spot: Place, body: str, top: float) -> str:
    return f'<span class="note placed" style="top: {spot.y - top:.2f}px">{body}</span>'


def _first_paragraph(measured: Measured, number: int) -> str | None:
    """A paragraph that begins on the page, to which a note that was carried there can be tied."""
    before, here = measured.pages[number - 2].anchors, measured.pages[number - 1].anchors
    return next((name for name in here if measured.tags.get(name) == "p" and name not in before), None)


def _carried(source: str, body: str, paragraph: str | None) -> str:
    if paragraph is None:
        return source
    return re.sub(rf'(<p\b[^>]* id="{re.escape(paragraph)}"[^>]*>)', lambda tag: tag[1] + body, source, count=1)
