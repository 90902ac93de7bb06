"""The title of a chapter, its headings as a tree, and the anchors that links may lead to."""

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from markdown_it.token import Token

from magnets.findings import Finding, advice, stop
from magnets.prose.markdown import plain
from magnets.sentences import sentence

GIVEN_ANCHOR = re.compile(r"\s*\{#([\w.:-]+)\}\s*$")
LONGEST_TITLE = 90


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the chapter's title, level 2 to 6, with the headings under it; `line` counts from 1."""

    level: int
    text: str
    anchor: str
    line: int
    children: tuple["Heading", ...] = ()


@dataclass(slots=True)
class Outline:
    """`anchors` maps what an author writes behind # to what the document calls it; "" is the chapter itself."""

    title: str = ""
    line: int = 1
    headings: tuple[Heading, ...] = ()
    anchors: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)


def slug(text: str) -> str:
    """As code hosts do it, so that anchors people know by heart work here too."""
    words = re.sub(r"[^\w\s-]", "", unicodedata.normalize("NFC", text).lower()).strip()
    return re.sub(r"\s", "-", words)


def outline(path: str, tokens: list[Token], given_title: str, anchor: str) -> Outline:
    """Takes the title out of `tokens`, and gives the headings their anchors and levels that skip none."""
    found = Outline(title=given_title, anchors={"": anchor})
    places = [place for place, token in enumerate(tokens) if token.type == "heading_open"]
    title_place = _title_place(tokens, places, given_title)
    if title_place is not None:
        found.title = _read(tokens, title_place, found, anchor)[0]
        found.line = _line(tokens[title_place])
    headings = [_heading(path, tokens, place, found, anchor) for place in places if place != title_place]
    found.headings = _tree(_without_gaps(path, headings, tokens, found))
    found.findings += _empty_sections(path, tokens)
    if title_place is not None:
        del tokens[title_place : title_place + 3]
    _judge_title(path, found)
    return found


def _title_place(tokens: Sequence[Token], places: list[int], given: str) -> int | None:
    """The first level-1 heading, unless the front matter names another title: then it is a section."""
    for place in places:
        if tokens[place].tag == "h1" and tokens[place].level == 0:
            same = not given or plain(tokens[place + 1].children or []).casefold() == given.casefold()
            return place if same else None
    return None


def _read(tokens: Sequence[Token], place: int, found: Outline, chapter: str) -> tuple[str, str]:
    """Text and anchor of a heading; a trailing {#name} is the author's own anchor and leaves the text."""
    opening, children = tokens[place], tokens[place + 1].children or []
    given = str(opening.attrs.pop("id", ""))
    if children and children[-1].type == "text" and (mark := GIVEN_ANCHOR.search(children[-1].content)):
        given = mark.group(1)
        children[-1].content = children[-1].content[: mark.start()]
    text = " ".join(plain(children).split())
    name = given or slug(text) or "section"
    unique, number = name, 0
    while unique in found.anchors:
        number += 1
        unique = f"{name}-{number}"
    found.anchors[unique] = f"{chapter}--{unique}"
    return text, found.anchors[unique]


def _heading(path: str, tokens: Sequence[Token], place: int, found: Outline, chapter: str) -> tuple[int, Heading]:
    opening = tokens[place]
    text, anchor = _read(tokens, place, found, chapter)
    line = _line(opening)
    if not text:
        found.findings.append(stop("empty-heading", sentence("Give this heading its words, or delete it."), path, line))
    if opening.tag == "h1":
        message = sentence("A chapter has one title; write this heading with ##. It is printed as a section.")
        found.findings.append(advice("second-title", message, path, line))
    opening.attrs["id"] = anchor
    return place, Heading(max(2, int(opening.tag[1:])), text, anchor, line)


def _without_gaps(
    path: str, headings: list[tuple[int, Heading]], tokens: Sequence[Token], found: Outline
) -> Iterator[Heading]:
    """Readers who listen navigate by level: a level that is skipped is closed up."""
    allowed = 2
    for place, heading in headings:
        level = min(heading.level, allowed)
        if level < heading.level:
            message = sentence(
                "Write this heading with %(signs)s: it skips a level. It is printed as if you had.", signs="#" * level
            )
            found.findings.append(advice("heading-skips-level", message, path, heading.line))
        allowed = level + 1
        tokens[place].tag = tokens[place + 2].tag = f"h{level}"
        yield replace(heading, level=level)


def _empty_sections(path: str, tokens: Sequence[Token]) -> Iterator[Finding]:
    """A heading with nothing below it but the next of its rank, or the end: often what is left of a list of notes."""
    for place, opening in enumerate(tokens):
        if opening.type == "heading_open":
            behind = tokens[place + 3] if place + 3 < len(tokens) else None
            if behind is None or (behind.type == "heading_open" and behind.tag <= opening.tag):
                message = sentence(
                    "Nothing stands below this heading; write something, or delete it. Notes need no heading."
                )
                yield advice("empty-section", message, path, _line(opening))


def _tree(headings: Iterator[Heading]) -> tuple[Heading, ...]:
    flat = deque(headings)

    def below(level: int) -> tuple[Heading, ...]:
        siblings = []
        while flat and flat[0].level >= level:
            heading = flat.popleft()
            siblings.append(replace(heading, children=below(heading.level + 1)))
        return tuple(siblings)

    return below(2)


def _judge_title(path: str, found: Outline) -> None:
    if not found.title:
        message = sentence("Begin the chapter with its title: a line `# Title`, or `title:` in the front matter.")
        found.findings.append(stop("no-chapter-title", message, path, 1))
    elif len(found.title) > LONGEST_TITLE:
        message = sentence(
            "The title has %(number)s characters; under %(longest_title)s it fits a running head.",
            number=len(found.title),
            longest_title=LONGEST_TITLE,
        )
        found.findings.append(advice("long-chapter-title", message, path, found.line))


def _line(token: Token) -> int:
    return token.map[0] + 1 if token.map else 1
