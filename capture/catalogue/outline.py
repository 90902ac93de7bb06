"""What a text says about itself: for whom it is, what one learns from it, which questions it answers, who wrote it.

Nothing is written here: each proposal is a sentence of the text, under a heading that says what it is.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from markdown_it.token import Token

from magnets.prose.markdown import parse, parser, plain

MOST = 6  # outcomes and readers on a page
LONGEST_LINE = 200
MOST_QUESTIONS = 8
LONGEST_ANSWER = 1200

_OUTCOMES = re.compile(
    r"what you(?:'ll|’ll| will)? (?:learn|get|take|be able)|you(?:'ll|’ll| will) learn"
    r"|was (?:sie|du) (?:hier )?(?:lernen|lernst)|das (?:lernen sie|lernst du)"
    r"|^\W*(?:(?:key |main )?takeaways|learning (?:goals|objectives)|objectives|(?:ihre |deine )?lernziele)\W*$",
    re.IGNORECASE,
)
_AUDIENCE = re.compile(
    r"^\W*(?:who (?:(?:this|it|the \w+)(?: \w+)? is|should read|is (?:this|it)(?: \w+)? for\b)|for whom\b|für wen\b"
    r"|(?:the |our |target |intended )*audience\W*$|(?:die |unsere )?zielgruppen?\W*$)",
    re.IGNORECASE,
)
# A sentence that says it in running text; "for information only" is about nobody.
_MEANT_FOR = re.compile(
    r"(?:^|(?<=[.!?]\s))((?:(?:This|The) (?:guide|e-?book|book|checklist|handbook|report|paper|playbook|workbook) is"
    r" (?:written |meant |intended |made )?for"
    r"|Diese[rs]? (?:Leitfaden|E-?Book|Buch|Checkliste|Handbuch|Bericht|Ratgeber) (?:ist für|richtet sich an))"
    r"(?! (?:\w+ )?(?:information|informational|educational|reference|general|internal|personal|illustrati\w+|example"
    r"|instance|now|sale|download|free|purposes?|informationszwecke|zwecke)\b) [^.!?…]+[.!?])(?=\s|$)"
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
        """The items of its first list, in one line each; none where one is too long to be a line of a page."""
        items = tuple(_items(self.body))
        return items[:MOST] if all(len(words) <= LONGEST_LINE for words in items) else ()

    @property
    def words(self) -> str:
        """Its running text."""
        return "\n\n".join(_words(token) for token in self.body if token.type == "inline")[:LONGEST_ANSWER]


def outline_of(text: str) -> Outline:
    """What the text, in Markdown, says about itself; empty where it says nothing."""
    parts = list(_parts(parse(parser("en"), text[:500_000]).tokens))
    return Outline(
        outcomes=next((part.items for part in parts if _OUTCOMES.search(part.title) and part.items), ()),
        audience=next((part.items for part in parts if _AUDIENCE.search(part.title) and part.items), _meant_for(parts)),
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


def _meant_for(parts: Sequence[_Part]) -> tuple[str, ...]:
    """The first sentence that says whom the text is for, as the only line."""
    running = (_words(token) for part in parts for token in part.body if token.type == "inline")
    found = (said[1] for words in running if (said := _MEANT_FOR.search(words)) and len(said[1]) <= LONGEST_LINE)
    return tuple(islice(found, 1))


def _author(parts: Sequence[_Part]) -> str:
    """The line below the title that says by whom it is."""
    first = next((part for part in parts if part.level), None)
    line = next((_words(token) for token in (first.body if first else ()) if token.type == "inline"), "")
    found = _BY.fullmatch(line)
    return found[1].strip() if found else ""


def _words(token: Token) -> str:
    return " ".join(plain(token.children or []).split())
