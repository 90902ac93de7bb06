"""Inside a line: raw HTML, links and pictures are judged; only what is sound stays."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token

from magnets.findings import Finding, advice, stop
from magnets.prose.markdown import plain
from magnets.prose.targets import Book, NoTarget, address_of
from magnets.sentences import sentence

# Phrase tags that mean the same in print; everything else has a Markdown form or is another tool's.
PHRASES = frozenset(
    {"abbr", "b", "cite", "code", "del", "em", "i", "ins", "kbd", "mark", "q", "s", "small", "strong", "sub", "sup"}
)
TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9-]*)")
HREF = re.compile(r"""\shref\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"']+))""", re.IGNORECASE)
CLASSES = frozenset({"decorative", "full", "lead", "narrow", "small", "wide"})
INSTEAD = {
    "img": sentence("write a picture as ![description](file)"),
    "aside": sentence("write `::: callout` or `::: pull`, the text, and `:::`"),
    "table": sentence("write a table with | between the cells"),
    "iframe": sentence("link to it, a document cannot hold it"),
    "video": sentence("link to it, a document cannot hold it"),
    "h1": sentence("write # before the words"),
    "h2": sentence("write ## before the words"),
}


@dataclass(slots=True)
class Inlines:
    """One pass over a chapter; notes what is wrong and which pictures are used."""

    path: str
    book: Book
    findings: list[Finding] = field(default_factory=list)
    pictures: set[str] = field(default_factory=set)

    def judge(self, tokens: Sequence[Token]) -> None:
        """Replaces the children of every inline token; attributes of blocks are judged too."""
        line = 1
        for token in tokens:
            line = token.map[0] + 1 if token.map else line
            self._classes(token, line)
            if token.type == "inline":
                token.children = list(self._sound(token.children or [], line))

    def _sound(self, children: Sequence[Token], line: int) -> Iterator[Token]:
        open_tags: list[str] = []
        links: list[bool] = []
        for before, token in zip((None, *children), children, strict=False):
            self._classes(token, line)
            if token.type == "html_inline":
                yield from self._raw(token.content, open_tags, links, line)
            elif token.type == "footnote_ref":
                if before and before.type == "text":
                    before.content = before.content.rstrip()  # the call belongs to the word
                yield token
            elif token.type == "image":
                yield from self._picture(token, line)
            elif token.type == "link_open":
                yield from self._link(token, links, line)
            elif token.type == "link_close":
                yield from [token] if links and links.pop() else []
            else:
                yield token
            line += token.type in ("softbreak", "hardbreak")
        for name in reversed(open_tags):
            self._stop("unclosed-html", sentence("Close <%(name)s> in the same paragraph.", name=name), line)
            yield from self._closing(name, links)

    def _link(self, token: Token, links: list[bool], line: int) -> Iterator[Token]:
        try:
            token.attrs["href"] = self.book.link(str(token.attrs.get("href", "")), self.path)
        except NoTarget as nowhere:
            self._stop(nowhere.code, nowhere.message, line)
            links.append(False)
            return
        token.attrs.pop("title", None)
        links.append(True)
        yield token

    def _picture(self, token: Token, line: int) -> Iterator[Token]:
        description = " ".join(plain(token.children or []).split())
        classes = str(token.attrs.get("class", "")).split()
        if not token.attrs.get("src"):
            self.findings.append(advice("picture-left-behind", _left_behind(description), self.path, line))
            return
        try:
            found = self.book.picture(str(token.attrs.get("src", "")), self.path)
        except NoTarget as nowhere:
            self._stop(nowhere.code, nowhere.message, line)
            return
        if not description and "decorative" not in classes:
            message = sentence(
                "Describe the picture between the brackets ![…], or mark it {.decorative} if it says nothing."
            )
            self._stop("missing-alt-text", message, line)
        self.pictures.add(found)
        token.attrs["src"] = address_of(found)
        token.attrs["alt"] = "" if "decorative" in classes else description
        yield token

    def _raw(self, content: str, open_tags: list[str], links: list[bool], line: int) -> Iterator[Token]:
        tag = TAG.match(content)
        if tag is None:
            return
        closing, name = bool(tag.group(1)), tag.group(2).lower()
        if name == "br":
            yield Token("hardbreak", "br", 0)
        elif name == "wbr":
            yield Token("text", "", 0, content="\u200b")
        elif name not in PHRASES and name != "a":
            if not closing:
                hint = INSTEAD.get(name, sentence("Markdown has no need of it"))
                self._stop(
                    "leftover-html", sentence("Take out the HTML tag <%(name)s>: %(hint)s.", name=name, hint=hint), line
                )
        elif not closing:
            open_tags.append(name)
            yield from self._opening(name, content, links, line)
        elif name in open_tags:
            while (inner := open_tags.pop()) != name:
                yield from self._closing(inner, links)
            yield from self._closing(name, links)
        else:
            self._stop("unclosed-html", sentence("</%(name)s> closes nothing; delete it.", name=name), line)

    def _opening(self, name: str, content: str, links: list[bool], line: int) -> Iterator[Token]:
        if name != "a":
            yield Token("html_inline", "", 0, content=f"<{name}>")
            return
        href = HREF.search(content)
        token = Token("link_open", "a", 1)
        token.attrs["href"] = next((part for part in href.groups() if part), "") if href else ""
        yield from self._link(token, links, line)

    def _closing(self, name: str, links: list[bool]) -> Iterator[Token]:
        if name != "a":
            yield Token("html_inline", "", 0, content=f"</{name}>")
        elif links and links.pop():
            yield Token("link_close", "a", -1)

    def _classes(self, token: Token, line: int) -> None:
        names = str(token.attrs.get("class", "")).split()
        for name in names:
            if name not in CLASSES:
                message = sentence(
                    "No theme knows .%(name)s; there are %(known)s.",
                    name=name,
                    known=", ".join("." + known for known in sorted(CLASSES)),
                )
                self.findings.append(advice("unknown-class", message, self.path, line))
        known = " ".join(name for name in names if name in CLASSES)
        if known:
            token.attrs["class"] = known
        else:
            token.attrs.pop("class", None)

    def _stop(self, code: str, message: str, line: int) -> None:
        self.findings.append(stop(code, message, self.path, line))


def _left_behind(description: str) -> str:
    if not description:
        return sentence(
            "A picture stayed behind. Add it under Files and write its path between ( and ), or delete ![]()."
        )
    return sentence(
        "The picture “%(description)s” stayed behind. Add it under Files and write its path between ( and ), or delete"
        " this line.",
        description=description[:80],
    )
