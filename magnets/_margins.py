"""In the renderer: measure where notes are called and how tall they are, and set them into the margin.

The document is laid out once without its notes, since text in the margin does not move the text beside it; then each
note is given its place as an absolutely positioned element beside its call.
"""

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from magnets.marginalia import Margin, Note, Place, Room, place

BLOCK = re.compile(r"<(p|figure|table|blockquote|header)(?=[ >])(?![^>]* id=)")
NAMED = re.compile(r'<(p|figure|table|blockquote|header|h2)\b[^>]*? id="([^"]+)"')
MADE_FOR_MEASURING = re.compile(r' id="auto-[^"]*"')
PIXELS = 96 / 72  # CSS pixels in a point
TALL_PAGE = "@page { size: 480pt 14000pt; margin: 0; @top-left { content: none } @top-left-corner { content: none } }"

Rectangle = tuple[float, float, float, float]


class Page(Protocol):
    """What is read of a page that was laid out: its height and its named boxes, in CSS pixels from the top left."""

    height: float
    anchors: Mapping[str, Rectangle]


class Pages(Protocol):
    pages: Sequence[Page]


def with_notes(source: str, notes: Mapping[str, str], margin: Margin, lay_out: Callable[..., Pages]) -> str:
    """The document with every note in its place."""
    number = itertools.count()
    measured = BLOCK.sub(
        lambda tag: f'<{tag[1]} id="auto-{next(number)}"', source.replace("<html", '<html id="auto-root"')
    )
    pages = lay_out(measured).pages
    tags = {name: tag for tag, name in NAMED.findall(measured)}
    heights = _heights(notes, lay_out)
    called = [
        Note(name, at, page.anchors[name][1], heights[name])
        for at, page in enumerate(pages, 1)
        for name in sorted(notes.keys() & page.anchors.keys(), key=lambda name: page.anchors[name][1::-1])
    ]
    rooms = {at: _room(page, tags, margin) for at, page in enumerate(pages, 1)}
    homes = {note.key: note.page for note in called}
    for spot in place(called, rooms):
        body = _placed(spot, notes[spot.key], rooms[spot.page].top)
        if spot.page == homes[spot.key]:
            measured = measured.replace(f"<!--{spot.key}-->", body)
        else:
            measured = _carried(measured, body, _first_paragraph(pages, spot.page, tags))
    return MADE_FOR_MEASURING.sub("", measured)


def _heights(notes: Mapping[str, str], lay_out: Callable[..., Pages]) -> dict[str, float]:
    """How tall each note is, from a document of its own that holds nothing else."""
    bodies = "".join(f'<div class="note" id="{name}">{body}</div>' for name, body in notes.items())
    pages = lay_out(f'<html lang="en"><title>Notes</title><body>{bodies}', TALL_PAGE).pages
    return {name: box[3] - box[1] for page in pages for name, box in page.anchors.items()}


def _room(page: Page, tags: Mapping[str, str], margin: Margin) -> Room:
    """The margin of a page; taken is what reaches out of the column, and what has something beside it."""
    left, top, *_ = page.anchors.get("auto-root", (0.0, 0.0, 0.0, 0.0))
    taken = tuple(
        (box[1], box[3])
        for name, box in page.anchors.items()
        if name in tags and (box[0] < left - 1 or tags[name] in margin.beside)
    )
    return Room(top, page.height - margin.foot * PIXELS, taken)


def _placed(spot: Place, body: str, top: float) -> str:
    return f'<span class="note placed" style="top: {spot.y - top:.2f}px">{body}</span>'


def _first_paragraph(pages: Sequence[Page], number: int, tags: Mapping[str, str]) -> str | None:
    """A paragraph that begins on the page, to which a note that was carried there can be tied."""
    before = pages[number - 2].anchors
    begun = (name for name in pages[number - 1].anchors if tags.get(name) == "p" and name not in before)
    return next(begun, None)


def _carried(source: str, body: str, paragraph: str | None) -> str:
    if paragraph is None:
        return source
    return re.sub(rf'(<p\b[^>]* id="{re.escape(paragraph)}"[^>]*>)', lambda tag: tag[1] + body, source, count=1)
