"""What a theme cannot say in CSS: notes in the margin, groups of boxes, balanced titles, drawings in colour."""

import itertools
import math
import re
import textwrap
from collections.abc import Mapping
from urllib.parse import urlsplit

from markupsafe import Markup

NOTE = '<span class="footnote">'
SPAN = re.compile(r"(<span[^>]*>|</span>)")
DRAWING = re.compile(r"<svg [^>]*class=\"line\".*?</svg>", re.DOTALL)
VARIABLE = re.compile(r"var\(--([a-z-]+)\)")
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
HEADLESS = re.compile(r"<tr>\s*<th[^>]*>\s*</th>")
FIRST_CELL = re.compile(r"(<tr>\s*)<td([^>]*)>(.*?)</td>", re.DOTALL)
SECTION = re.compile(r"(?=<h2)")


def notes(html: str, prefix: str) -> tuple[str, dict[str, str]]:
    """The text with a numbered call and a comment for each note, and the notes by the name that comment has.

    A joiner keeps the call with its word. Where the notes stand is decided when the pages are known (see marginalia).
    """
    text: list[str] = []
    bodies: dict[str, str] = {}
    body: list[str] = []
    depth = 0
    for part in SPAN.split(html):
        if depth:
            depth += part.startswith("<span") - (part == "</span>")
            body += [part] if depth else []
            if not depth:
                bodies[f"{prefix}-{len(bodies) + 1}"] = "".join(body)
        elif part == NOTE:
            number, depth = len(bodies) + 1, 1
            body = [f'<span class="note-number">{number}</span> ']
            text.append(f'\u2060<sup class="call" id="{prefix}-{number}">{number}</sup><!--{prefix}-{number}-->')
        else:
            text.append(part)
    return "".join(text), bodies


def row_heads(html: str) -> str:
    """In a table whose first column has no head, the cells of that column are the heads of their rows."""
    return TABLE.sub(lambda table: _headed(table[0]) if HEADLESS.search(table[0]) else table[0], html)


def _headed(table: str) -> str:
    head, end, body = HEADLESS.sub("<tr>\n<td></td>", table, count=1).partition("</thead>")
    return head + end + FIRST_CELL.sub(r'\1<th scope="row"\2>\3</th>', body)


def groups(html: str) -> str:
    """A checklist's sections in blocks: those with boxes share columns, the others have the whole width."""
    blocks = []
    for checks, members in itertools.groupby(SECTION.split(html), lambda section: 'class="tasks"' in section):
        inner = "".join(f'<section class="group">{section}</section>' for section in members if section.strip())
        if inner:
            blocks.append(f'<div class="{"checks" if checks else "plain"}">{inner}</div>')
    return "".join(blocks)


def coloured(html: str, values: Mapping[str, str]) -> str:
    """Drawings with the colours and the font of the page; in SVG, WeasyPrint knows no var()."""
    return DRAWING.sub(lambda svg: VARIABLE.sub(lambda name: values[name[1]], svg[0]), html)


def extent(title: str) -> str:
    """How large a title may be set: short, medium or long."""
    longest = max(map(len, title.split()), default=0)
    if len(title) <= 24 and longest <= 12:
        return "short"
    return "medium" if len(title) <= 48 and longest <= 16 else "long"


def balanced(text: str, width: int | Mapping[str, int]) -> Markup:
    """Lines of about equal length, none longer than `width` characters where words allow it (or a width by extent)."""
    most = width if isinstance(width, int) else width[extent(text)]
    count = max(1, math.ceil(len(text) / most))
    lines = _lines(text, count)
    while max(map(len, lines), default=0) > most and len(lines) == count:
        count += 1
        lines = _lines(text, count)
    return Markup("<br>").join(lines)


def _lines(text: str, count: int) -> list[str]:
    """The text in at most `count` lines, the longest as short as it can be."""
    for width in range(1, len(text) + 1):
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        if len(lines) <= count:
            return lines
    return [text]


def shown(url: str) -> str:
    """An address as one reads it aloud."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")
