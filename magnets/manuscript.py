"""Markdown to HTML that is safe to print and to show: headings, notes, tables, figures, checklists."""

from dataclasses import dataclass

from markdown_it import MarkdownIt

from magnets.findings import Finding
from magnets.folder import Bundle

WORDS_PER_MINUTE = 230


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the chapter's title: level 2 to 6, and the headings under it."""

    level: int
    text: str
    anchor: str
    line: int
    children: tuple["Heading", ...] = ()


@dataclass(frozen=True, slots=True)
class Chapter:
    """`html` holds the text without the title, headings from h2; image addresses are relative to the bundle."""

    title: str
    anchor: str
    html: str
    words: int
    minutes: int
    headings: tuple[Heading, ...]
    path: str


@dataclass(frozen=True, slots=True)
class Manuscript:
    chapters: tuple[Chapter, ...]
    words: int
    minutes: int
    findings: tuple[Finding, ...] = ()


def compose(bundle: Bundle) -> Manuscript:
    """All chapters of a bundle as safe HTML, with every fault that was met on the way."""
    chapters = tuple(_chapter(bundle, path) for path in bundle.chapters)
    words = sum(chapter.words for chapter in chapters)
    return Manuscript(chapters, words, reading_minutes(words))


def reading_minutes(words: int) -> int:
    """Whole minutes at 230 words a minute, at least one."""
    return max(1, round(words / WORDS_PER_MINUTE))


def _chapter(bundle: Bundle, path: str) -> Chapter:
    text = bundle.files[path].read_text("utf-8", errors="replace")
    words = len(text.split())
    stem = path.rsplit("/", 1)[-1].removesuffix(".md")
    html = MarkdownIt("commonmark", {"html": False}).render(text)
    return Chapter(stem, stem, html, words, reading_minutes(words), (), path)
