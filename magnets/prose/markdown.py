"""The Markdown we read: CommonMark with tables, notes, definition lists, attributes, containers, quotation marks."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin

from magnets.prose import slots

CONTAINERS = ("callout", "pull", "notes")

# Opening and closing marks, double then single, as each language prints them.
QUOTES: Mapping[str, Sequence[str]] = {
    "en": "“”‘’",
    "de": "„“‚‘",
    "de-CH": "«»‹›",
    "fr": ("«\u202f", "\u202f»", "‹\u202f", "\u202f›"),
    "fr-CH": "«»‹›",
    "es": "«»“”",
    "it": "«»“”",
    "pt": "«»“”",
    "pt-BR": "“”‘’",
    "nl": "“”‘’",
    "pl": "„”«»",
    "cs": "„“‚‘",
    "sk": "„“‚‘",
    "da": "»«›‹",
    "sv": "””’’",
    "fi": "””’’",
    "nb": "«»‘’",
    "hu": "„”»«",
    "ru": "«»„“",
    "uk": "«»„“",
    "ja": "「」『』",
    "zh-TW": "「」『』",
}
DASHES = (
    (re.compile(r"(?<!\.)\.\.\.(?!\.)"), "…"),
    (re.compile(r"(?<!-)---(?!-)"), "—"),
    (re.compile(r"(?<!-)--(?!-)"), "–"),
)
MOST_QUOTES = 2_000
MOST_NESTED = 100
COMMENT = re.compile(r"\s*(?:<!--.*?-->\s*)+", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The blocks of a chapter; `notes` are its footnotes by number of first call, `labels` all that are defined."""

    tokens: list[Token]
    notes: Mapping[int, list[Token]] = field(default_factory=dict)
    labels: Mapping[str, int] = field(default_factory=dict)


def parser(language: str) -> MarkdownIt:
    """Links of any scheme pass here: they are judged, with their line, one step later."""
    options = {"html": True, "typographer": True, "quotes": quotes(language), "maxNesting": MOST_NESTED}
    markdown = MarkdownIt("commonmark", options)
    markdown.enable(["table", "strikethrough", "smartquotes"])
    markdown.use(footnote_plugin).use(deflist_plugin)
    markdown.use(attrs_plugin, allowed=("id", "class")).use(attrs_block_plugin, allowed=("id", "class"))
    markdown.use(slots.plugin)
    for name in CONTAINERS:
        markdown.use(container_plugin, name)
    markdown.core.ruler.after("block", "raw_html_is_text", _raw_html_is_text)
    markdown.core.ruler.before("smartquotes", "dashes", _dashes)
    markdown.validateLink = _any_link  # type: ignore[method-assign]
    return markdown


def quotes(language: str) -> Sequence[str]:
    return QUOTES.get(language) or QUOTES.get(language.split("-")[0]) or QUOTES["en"]


def parse(markdown: MarkdownIt, text: str) -> Parsed:
    env: dict[str, dict[str, dict[str, int]]] = {}
    tokens = markdown.parse(text, env)
    labels = {label.removeprefix(":"): number for label, number in env.get("footnotes", {}).get("refs", {}).items()}
    body: list[Token] = []
    notes: dict[int, list[Token]] = {}
    into = body
    for token in tokens:
        if token.type == "footnote_open":
            into = notes.setdefault(int(token.meta["id"]), [])
        elif token.type == "footnote_close":
            into = body
        elif not token.type.startswith("footnote_"):
            into.append(token)
    return Parsed(body, notes, labels)


def _any_link(url: str) -> bool:
    return True


def _raw_html_is_text(state: StateCore) -> None:
    """A block of HTML becomes a paragraph: its tags are then judged one by one, its words are kept."""
    tokens: list[Token] = []
    for token in state.tokens:
        if token.type != "html_block":
            tokens.append(token)
        elif not COMMENT.fullmatch(token.content):
            tokens += paragraph(token.content.strip("\n"), token.map, token.level)
    state.tokens = tokens


def paragraph(content: str, lines: list[int] | None, level: int, **attrs: str) -> list[Token]:
    opening = Token("paragraph_open", "p", 1, map=lines, level=level, block=True)
    opening.attrs = dict(attrs)
    inline = Token("inline", "", 0, map=lines, level=level + 1, block=True, content=content, children=[])
    return [opening, inline, Token("paragraph_close", "p", -1, level=level, block=True)]


def _dashes(state: StateCore) -> None:
    for block in state.tokens:
        if block.content.count('"') + block.content.count("'") > MOST_QUOTES:
            block.content = ""  # smartquotes passes it over; its time grows with the square of their number
        for token in block.children or []:
            if token.type == "text":
                for pattern, mark in DASHES:
                    token.content = pattern.sub(mark, token.content)


def plain(tokens: Sequence[Token]) -> str:
    """The words of inline tokens, as a screen reader would say them; notes and raw tags are left out."""
    parts = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            parts.append(token.content)
        elif token.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif token.children:
            parts.append(plain(token.children))
    return "".join(parts)
