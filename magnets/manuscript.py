"""Markdown to HTML that is safe to print and to show: headings, notes, tables, figures, checklists.

What a theme finds in a chapter's HTML, besides what Markdown gives: `figure > img + figcaption`, `figure.chart` as
magnets.figures draws it, `aside.callout.note` (tip, important, warning, caution, example) with `p.callout-title`,
`blockquote.pull`, `p.attribution` without its dash, `p.lead`, `ul.tasks > li.task > label > input + span`,
`div.notes > p.notes-title + textarea`, `table > caption`, cells `.align-right` and `.align-center`, and
`span.footnote` at the place where the note is called. Figures and paragraphs may carry `.wide`, `.full`, `.narrow`,
`.small`, and `.decorative` for a picture that says nothing.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markdown_it import MarkdownIt
from markdown_it.token import Token

from magnets import personal
from magnets.findings import Finding, advice, stop
from magnets.folder import Bundle
from magnets.prose.blocks import Blocks, unknown_containers
from magnets.prose.inlines import Inlines
from magnets.prose.markdown import Parsed, parse, parser, plain
from magnets.prose.markup import ChapterRenderer
from magnets.prose.outline import Heading, Outline, outline, slug
from magnets.prose.slots import Slots, Values, values
from magnets.prose.source import CODE_SPAN, Source, leftovers, load
from magnets.prose.targets import Book
from magnets.sentences import sentence

__all__ = ["Chapter", "Heading", "Manuscript", "compose", "count_words", "reading_minutes"]

WORDS_PER_MINUTE = 230
WORD = re.compile(r"\w+(?:[-'’.,]\w+)*")
WITHOUT_SPACES = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")
NOTE_CALL = re.compile(r"\[\^([^\]\s]+)\](:?)")


@dataclass(frozen=True, slots=True)
class Chapter:
    """`html` holds the text without the title, headings from h2; picture addresses are relative to the bundle."""

    title: str
    anchor: str
    html: str
    words: int
    minutes: int
    headings: tuple[Heading, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Manuscript:
    """`pictures` are the bundle's files that the chapters show."""

    chapters: tuple[Chapter, ...]
    words: int
    minutes: int
    findings: tuple[Finding, ...] = ()
    pictures: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Draft:
    """A chapter that was read; links can be judged once all drafts are there."""

    source: Source
    parsed: Parsed
    outline: Outline
    anchor: str
    findings: tuple[Finding, ...]


def compose(bundle: Bundle) -> Manuscript:
    """All chapters of a bundle as safe HTML, with every fault that was met on the way; never raises for a fault."""
    markdown = parser(bundle.magnet.language)
    anchors = _chapter_anchors(bundle.chapters)
    known, look = values(bundle), personal.look(bundle.magnet)
    drafts = [_draft(markdown, path, anchors[path], bundle, known) for path in bundle.chapters]
    book = Book(frozenset(bundle.files), {draft.source.path: draft.outline.anchors for draft in drafts})
    chapters: list[Chapter] = []
    findings: list[Finding] = []
    pictures: set[str] = set()
    for draft in drafts:
        inlines = Inlines(draft.source.path, book)
        slots = Slots(draft.source.path, look, known)
        blocks = Blocks(draft.source.path, draft.anchor, bundle.magnet.language, markdown)
        chapters.append(_print(markdown, draft, inlines, slots, blocks))
        findings += [*draft.findings, *inlines.findings, *slots.findings, *blocks.findings]
        findings += _emptiness(draft, chapters[-1])
        pictures |= inlines.pictures
    words = sum(chapter.words for chapter in chapters)
    return Manuscript(tuple(chapters), words, reading_minutes(words), tuple(findings), frozenset(pictures))


def reading_minutes(words: int) -> int:
    """Whole minutes at 230 words a minute, at least one."""
    return max(1, round(words / WORDS_PER_MINUTE))


def count_words(text: str) -> int:
    """Words between spaces; where a script sets none (Chinese, Japanese), two characters count as one."""
    signs = len(WITHOUT_SPACES.findall(text))
    return len(WORD.findall(WITHOUT_SPACES.sub(" ", text))) + (signs + 1) // 2


def _chapter_anchors(paths: Sequence[str]) -> Mapping[str, str]:
    """Named after the file without its number, so that an anchor survives another title or order."""
    anchors: dict[str, str] = {}
    for path in paths:
        stem = path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
        name = re.sub(r"-{2,}", "-", slug(re.sub(r"^\d+[-_. ]*", "", stem))).strip("-") or "chapter"
        number, unique = 1, name
        while unique in anchors.values():
            number += 1
            unique = f"{name}-{number}"
        anchors[path] = unique
    return anchors


def _draft(markdown: MarkdownIt, path: str, anchor: str, bundle: Bundle, known: Values) -> _Draft:
    source = load(path, bundle.files[path])
    parsed = parse(markdown, source.text)
    found = outline(path, parsed.tokens, source.title, anchor)
    return _Draft(source, parsed, found, anchor, (*source.findings, *found.findings, *_faults(source, parsed, known)))


def _print(markdown: MarkdownIt, draft: _Draft, inlines: Inlines, slots: Slots, blocks: Blocks) -> Chapter:
    for tokens in (draft.parsed.tokens, *draft.parsed.notes.values()):
        inlines.judge(tokens)
    for note in draft.parsed.notes.values():
        slots.judge(note, where="a note")
    body = blocks.shape(slots.judge(draft.parsed.tokens))
    html = ChapterRenderer(draft.parsed.notes).html(markdown, body)
    words = sum(count_words(text) for text in _texts([*body, *_notes(draft.parsed)]))
    return Chapter(
        draft.outline.title or draft.anchor.replace("-", " ").capitalize(),
        draft.anchor,
        html,
        words,
        reading_minutes(words),
        draft.outline.headings,
        draft.source.path,
    )


def _emptiness(draft: _Draft, chapter: Chapter) -> Iterator[Finding]:
    if not chapter.html.strip():
        message = sentence("This chapter has no text; write it or delete the file.")
        yield stop("empty-chapter", message, chapter.path, draft.outline.line)


def _faults(source: Source, parsed: Parsed, known: Values) -> Iterator[Finding]:
    """What can be seen before links are resolved."""
    tokens = list(_every(parsed))
    code = {line for token in tokens for line in _lines(token) if token.type in ("fence", "code_block")}
    lines = source.text.split("\n")
    yield from leftovers(source, code, known)
    yield from unknown_containers(source.path, lines, tokens, code)
    yield from _note_faults(source.path, lines, parsed.labels, code)


def _note_faults(path: str, lines: Sequence[str], labels: Mapping[str, int], code: set[int]) -> Iterator[Finding]:
    defined: set[str] = set()
    for number, line in enumerate(lines, start=1):
        for call in NOTE_CALL.finditer("" if number in code else CODE_SPAN.sub("", line)):
            label, is_text = call.group(1), bool(call.group(2)) and not line[: call.start()].strip()
            if is_text and label in defined:
                yield stop(
                    "note-twice",
                    sentence("There are two notes [^%(label)s]; give one another name.", label=label),
                    path,
                    number,
                )
            elif is_text and labels.get(label, 0) < 0:
                message = sentence(
                    "Nothing calls the note [^%(label)s], so it is not printed; call it or delete it.", label=label
                )
                yield advice("note-not-called", message, path, number)
            elif label not in labels:
                yield stop(
                    "note-missing",
                    sentence("There is no note [^%(label)s]: here; write it or delete the call.", label=label),
                    path,
                    number,
                )
            if is_text:
                defined.add(label)


def _every(parsed: Parsed) -> Iterator[Token]:
    yield from parsed.tokens
    yield from _notes(parsed)


def _notes(parsed: Parsed) -> list[Token]:
    return [token for note in parsed.notes.values() for token in note]


def _lines(token: Token) -> range:
    return range(token.map[0] + 1, token.map[1] + 1) if token.map else range(0)


def _texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield plain(token.children or [])
        elif token.type in ("fence", "code_block"):
            yield token.content
