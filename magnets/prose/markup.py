"""Blocks and notes to HTML, and the wall behind it: an allow-list through which everything has to pass."""

import re
from collections.abc import Mapping, Sequence
from html import escape

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

TAGS = {
    *("a", "abbr", "b", "br", "cite", "code", "del", "em", "i", "img", "ins", "kbd", "mark", "q", "s", "small"),
    *("span", "strong", "sub", "sup"),
    *("aside", "blockquote", "caption", "dd", "div", "dl", "dt", "figcaption", "figure", "h2", "h3", "h4", "h5", "h6"),
    *("hr", "li", "ol", "p", "pre", "table", "tbody", "td", "th", "thead", "tr", "ul"),
    *("input", "label", "textarea"),
}
ATTRIBUTES = {
    "*": {"class", "id"},
    "a": {"href"},
    "img": {"src", "alt"},
    "input": {"type", "name", "title", "checked"},
    "textarea": {"name", "title", "rows"},
    "ol": {"start"},
    "th": {"scope"},
}
SCHEMES = {"http", "https", "mailto"}
LANGUAGE_NAME = re.compile(r"[\w+-]{1,30}")

_cleaner = nh3.Cleaner(
    tags=TAGS,
    clean_content_tags={"script", "style"},
    attributes=ATTRIBUTES,
    attribute_filter=lambda tag, name, value: _kept(tag, name, value),
    url_schemes=SCHEMES,
    link_rel=None,
)


def clean(html: str) -> str:
    return str(_cleaner.clean(html))


def _kept(tag: str, name: str, value: str) -> str | None:
    """Pictures come from the bundle: an address with a scheme, a host or a way up is none of it."""
    if tag == "img" and name == "src" and (":" in value or value.startswith("/") or ".." in value.split("/")):
        return None
    return value


def _place_of(number: int, tag: str) -> str:
    """Nobody can write this: classes of a manuscript come from a short list."""
    return f'<{tag} class="drawing-{number}"></{tag}>'


class ChapterRenderer(RendererHTML):
    """Prints one chapter; a footnote stands where it is called, as `<span class="footnote">`, and floats by style."""

    def __init__(self, notes: Mapping[int, list[Token]]) -> None:
        super().__init__()
        self._notes = notes
        self._inside_note = False
        self._drawings: list[tuple[str, str]] = []

    def html(self, markdown: MarkdownIt, tokens: Sequence[Token]) -> str:
        """The chapter behind the wall; drawings of ours, which are no Markdown, are put in after it."""
        html = clean(self.render(tokens, markdown.options, {}))
        for number, (tag, drawing) in enumerate(self._drawings):
            html = html.replace(_place_of(number, tag), drawing, 1)
        return html

    def chart(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return f"{self._kept('div', tokens[idx].content)}\n"

    def personal(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self._kept("div" if tokens[idx].block else "span", tokens[idx].content)

    def _kept(self, tag: str, drawing: str) -> str:
        self._drawings.append((tag, drawing))
        return _place_of(len(self._drawings) - 1, tag)

    def footnote_ref(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        if self._inside_note:
            return ""
        self._inside_note = True
        try:
            note = self._notes.get(int(tokens[idx].meta["id"]), [])
            return f'<span class="footnote">{self._in_one_line(note, options, env)}</span>'
        finally:
            self._inside_note = False

    def _in_one_line(self, note: Sequence[Token], options: OptionsDict, env: EnvType) -> str:
        parts = []
        for token in note:
            if token.type == "inline":
                parts.append(self.renderInline(token.children or [], options, env))
            elif token.type in ("fence", "code_block"):
                parts.append(f"<code>{escape(token.content.strip())}</code>")
        return "<br>".join(part for part in parts if part.strip())

    def image(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return self.renderToken(tokens, idx, options, env)

    def markup(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return tokens[idx].content

    def html_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        return tokens[idx].content

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType) -> str:
        token = tokens[idx]
        name = LANGUAGE_NAME.match(token.info.strip())
        of_language = f' class="language-{name.group(0)}"' if name else ""
        return f"<pre><code{of_language}>{escape(token.content)}</code></pre>\n"
