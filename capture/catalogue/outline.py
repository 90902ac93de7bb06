"""What a text says about itself: for whom it is, what one learns from it, which questions it answers, who wrote it.

Nothing is written here: each proposal is a sentence of the text, under a heading that says what it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

from magnets.prose.markdown import parse, parser, plain

MOST = 6  # outcomes and readers on a page
LONGEST_LINE = 200
MOST_QUESTIONS = 8
LONGEST_ANSWER = 1200

_OUTCOMES = re.compile(
    r"what you(?:'ll|’ll| will)? (?:learn|get|take|be able)|you(?:'ll|’ll| will) learn|(?:key )?takeaways"
    r"|learning goals|objectives|was (?:sie|du) (?:hier )?(?:lernen|lernst)|das (?:lernen sie|lernst du)|lernziele",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"who (?:this|it|the \w+) is for|who should read|who is (?:this|it) for|for whom|audience|für wen|zielgruppe",
    re.IGNORECASE,
)
_QUESTIONS = re.compile(r"\bfaqs?\b|(?:frequently )?asked questions|questions people ask|häufige fragen", re.IGNORECASE)
_BY = re.compile(r"(?:by|von|text:)\s+((?:[^\W\d_][\w.’'-]*\s?){1,5}(?:,\s*[^.]{2,80})?)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Outline:
    """What a page can say in the words of the text; `author` is a name, and a role behind a comma if there is one."""

    outcomes: tuple[str, ...] = ()
    audience: tuple[str, ...] = ()
    questions: tuple[tuple[str, str], ...] = ()
    author: str = ""


@dataclass(frozen=True, slots=True)
class _Part:
    """A heading and what stands below it, down to the next one."""

    level: int
    title: str
    body: Sequence[Token]

    @property
    def items(self) -> tuple[str, ...]:
        """The items of its first list, in one line each."""
        return tuple(_clipped(words) for words in _items(self.body))[:MOST]

    @property
    def words(self) -> str:
        """Its running text."""
        return "\n\n".join(_words(token) for token in self.body if token.type == "inline")[:LONGEST_ANSWER]


def outline_of(text: str) -> Outline:
    """What the text, in Markdown, says about itself; empty where it says nothing."""
    parts = list(_parts(parse(parser("en"), text[:500_000]).tokens))
    return Outline(
        outcomes=next((part.items for part in parts if _OUTCOMES.search(part.title) and part.items), ()),
        audience=next((part.items for part in parts if _AUDIENCE.search(part.title) and part.items), ()),
        questions=tuple(_questions(parts))[:MOST_QUESTIONS],
        author=_author(parts),
    )


def _parts(tokens: Sequence[Token]) -> Iterator[_Part]:
    level, title, start = 0, "", 0
    for number, token in enumerate(tokens):
        if token.type == "heading_open" and token.level == 0:
            yield _Part(level, title, tokens[start:number])
            level, title, start = int(token.tag[1]), _words(tokens[number + 1]), number + 3
    yield _Part(level, title, tokens[start:])


def _items(tokens: Sequence[Token]) -> Iterator[str]:
    depth = 0
    for number, token in enumerate(tokens):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            depth -= 1
            if depth == 0:
                return
        elif token.type == "list_item_open" and depth == 1:
            inline = next((later for later in tokens[number:] if later.type == "inline"), None)
            if inline is not None:
                yield _words(inline)


def _questions(parts: Sequence[_Part]) -> Iterator[tuple[str, str]]:
    """The headings that ask, below one that announces questions, each with the words below it."""
    announced = 0
    for part in parts:
        if announced and part.level <= announced:
            announced = 0
        if not announced and _QUESTIONS.search(part.title):
            announced = part.level
        elif announced and part.title.endswith("?") and part.words:
            yield part.title[:LONGEST_LINE], part.words


def _author(parts: Sequence[_Part]) -> str:
    """The line below the title that says by whom it is."""
    first = next((part for part in parts if part.level), None)
    line = next((_words(token) for token in (first.body if first else ()) if token.type == "inline"), "")
    found = _BY.fullmatch(line)
    return found[1].strip() if found else ""


def _words(token: Token) -> str:
    return " ".join(plain(token.children or []).split())


def _clipped(words: str) -> str:
    return words if len(words) <= LONGEST_LINE else words[: LONGEST_LINE - 2].rpartition(" ")[0] + " …"
