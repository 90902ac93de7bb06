"""Blocks that print differently: figures, callouts, pull quotes, task lists, room for notes, captions of tables."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from itertools import islice, takewhile

from markdown_it import MarkdownIt
from markdown_it.token import Token

from magnets import figures
from magnets.findings import Finding, advice, stop
from magnets.prose.markdown import paragraph, plain
from magnets.sentences import sentence

CALLOUTS = ("note", "tip", "important", "warning", "caution", "example")
CALLOUT_TITLES: Mapping[str, Sequence[str]] = {
    "en": ("Note", "Tip", "Important", "Warning", "Caution", "Example"),
    "de": ("Hinweis", "Tipp", "Wichtig", "Warnung", "Vorsicht", "Beispiel"),
    "fr": ("Remarque", "Conseil", "Important", "Avertissement", "Attention", "Exemple"),
    "es": ("Nota", "Consejo", "Importante", "Advertencia", "Cuidado", "Ejemplo"),
    "it": ("Nota", "Consiglio", "Importante", "Avviso", "Attenzione", "Esempio"),
    "nl": ("Opmerking", "Tip", "Belangrijk", "Waarschuwing", "Let op", "Voorbeeld"),
    "pt": ("Nota", "Dica", "Importante", "Aviso", "Cuidado", "Exemplo"),
}
NOTES_TITLES = {"en": "Notes", "de": "Notizen", "fr": "Notes", "es": "Notas", "it": "Note", "nl": "Notities"}
QUOTED_CALLOUT = re.compile(r"\[!([A-Za-z]+)\][ \t]*(.*)")
TASK = re.compile(r"\[([ xX])\]\s+")
TABLE_CAPTION = re.compile(r"Table:\s+")
LINE = re.compile(r"at line (\d+)")
ATTRIBUTION = re.compile(r"[—–]\s*(?=\w)")
WIDEST_TABLE = 6


@dataclass(slots=True)
class Blocks:
    """One pass over the blocks of a chapter; `anchor` makes the names of form fields unique in the document."""

    path: str
    anchor: str
    language: str
    markdown: MarkdownIt
    findings: list[Finding] = field(default_factory=list)
    fields: int = 0

    def shape(self, tokens: list[Token]) -> list[Token]:
        for step in self._steps():
            tokens = step(tokens)
        return tokens

    def _steps(self) -> tuple[Callable[[list[Token]], list[Token]], ...]:
        return (
            _without_empty_paragraphs,
            self._quoted_callouts,
            self._containers,
            self._figures,
            self._charts,
            self._tasks,
            self._tables,
            _attributions,
        )

    def _quoted_callouts(self, tokens: list[Token]) -> list[Token]:
        """`> [!NOTE]` as code hosts write it becomes the same as `::: callout note`."""
        for place, opening in enumerate(tokens):
            if opening.type != "blockquote_open" or place + 2 >= len(tokens) or not tokens[place + 2].children:
                continue
            children = tokens[place + 2].children or []
            mark = QUOTED_CALLOUT.fullmatch(children[0].content) if children[0].type == "text" else None
            if mark is None:
                continue
            closing = tokens[_end(tokens, place)]
            opening.type, opening.info = "container_callout_open", f"callout {mark.group(1).lower()} {mark.group(2)}"
            closing.type = "container_callout_close"
            tokens[place + 2].children = children[2:]
        return _without_empty_paragraphs(tokens)

    def _containers(self, tokens: list[Token]) -> list[Token]:
        shaped: list[Token] = []
        for place, token in enumerate(tokens):
            shaped.append(token)
            if token.type == "container_callout_open":
                shaped += self._callout(tokens, place)
            elif token.type == "container_pull_open":
                token.tag = tokens[_end(tokens, place)].tag = "blockquote"
                token.attrs["class"] = "pull"
            elif token.type == "container_notes_open":
                token.attrs["class"] = "notes"
                shaped += self._room_for_notes(token)
        return shaped

    def _callout(self, tokens: Sequence[Token], place: int) -> list[Token]:
        opening = tokens[place]
        opening.tag = tokens[_end(tokens, place)].tag = "aside"
        words = opening.info.split(maxsplit=2)[1:]
        kind = words.pop(0).lower() if words and words[0].lower() in CALLOUTS else "note"
        titles = CALLOUT_TITLES.get(self.language.split("-")[0], CALLOUT_TITLES["en"])
        title = " ".join(words) or titles[CALLOUTS.index(kind)]
        opening.attrs["class"] = f"callout {kind}"
        return self._paragraph(title, opening, "callout-title")

    def _room_for_notes(self, opening: Token) -> list[Token]:
        title = opening.info.partition("notes")[2].strip()
        title = title or NOTES_TITLES.get(self.language.split("-")[0], NOTES_TITLES["en"])
        area = f'<textarea name="{self._field_name()}" title="{escape(title)}" rows="6"></textarea>\n'
        return [*self._paragraph(title, opening, "notes-title"), Token("markup", "", 0, content=area)]

    def _paragraph(self, text: str, opening: Token, name: str) -> list[Token]:
        tokens = paragraph(text, opening.map, opening.level + 1, **{"class": name})
        tokens[1].children = self._inline(text, opening)
        return tokens

    def _inline(self, text: str, near: Token) -> list[Token]:
        """Emphasis and quotation marks in a title or caption; links, pictures and slots have no place there."""
        children = self.markdown.parseInline(text)[0].children or []
        if any(token.type == "slot" for token in children):
            message = sentence("A slot cannot stand in a title or a caption; move it into the text.")
            self.findings.append(stop("slot-misplaced", message, self.path, near.map[0] + 1 if near.map else None))
        return [token for token in children if token.type in ("text", "code_inline") or token.tag in ("em", "strong")]

    def _figures(self, tokens: list[Token]) -> list[Token]:
        """A picture alone in its paragraph is a figure; its title is the caption."""
        shaped = list(tokens)
        for place in range(len(tokens) - 3, -1, -1):
            if tokens[place].type == "paragraph_open" and (pictures := _only_pictures(tokens[place + 1])):
                figures = [token for picture in pictures for token in self._figure(tokens[place], picture)]
                shaped[place : place + 3] = figures
        return shaped

    def _figure(self, opening: Token, picture: Token) -> list[Token]:
        figure = Token("figure_open", "figure", 1, map=opening.map, level=opening.level, block=True)
        if names := picture.attrs.pop("class", None):
            figure.attrs["class"] = names
        inline = Token("inline", "", 0, map=opening.map, level=opening.level + 1, children=[picture])
        caption = str(picture.attrs.pop("title", "")).strip()
        below = [Token("figure_close", "figure", -1, level=opening.level, block=True)]
        if caption:
            below = [*self._caption("figcaption", caption, opening), *below]
        return [figure, inline, *below]

    def _caption(self, tag: str, text: str, near: Token) -> list[Token]:
        tokens = paragraph(text, near.map, near.level + 1)
        tokens[0].tag = tokens[2].tag = tag
        tokens[0].type, tokens[2].type = f"{tag}_open", f"{tag}_close"
        tokens[1].children = self._inline(text, near)
        return tokens

    def _charts(self, tokens: list[Token]) -> list[Token]:
        """A fenced block `chart` becomes a figure; one that cannot be drawn is a fault in its line."""
        shaped: list[Token] = []
        for token in tokens:
            if not (token.type == "fence" and token.info.split()[:1] == ["chart"]):
                shaped.append(token)
                continue
            try:
                shaped.append(Token("chart", "", 0, content=figures.chart(token.content), map=token.map))
            except ValueError as wrong:
                inner = LINE.search(str(wrong))
                line = (token.map[0] if token.map else 0) + 1 + (int(inner.group(1)) if inner else 0)
                self.findings.append(stop("bad-chart", str(wrong), self.path, line))
        return shaped

    def _tasks(self, tokens: list[Token]) -> list[Token]:
        lists: list[Token] = []
        for place, token in enumerate(tokens):
            if token.type in ("bullet_list_open", "ordered_list_open"):
                lists.append(token)
            elif token.type in ("bullet_list_close", "ordered_list_close"):
                lists.pop()
            if token.type != "list_item_open" or place + 2 >= len(tokens) or tokens[place + 2].type != "inline":
                continue
            children = tokens[place + 2].children or []
            mark = TASK.match(children[0].content) if children and children[0].type == "text" else None
            if mark is None:
                continue
            children[0].content = children[0].content[mark.end() :]
            token.attrs["class"] = "task"
            lists[-1].attrs["class"] = "tasks"
            words = escape(" ".join(plain(children).split()))
            checked = " checked" if mark.group(1) in "xX" else ""
            box = f'<label><input type="checkbox" name="{self._field_name()}" title="{words}"{checked}><span>'
            tokens[place + 2].children = [
                Token("markup", "", 0, content=box),
                *children,
                Token("markup", "", 0, content="</span></label>"),
            ]
        return tokens

    def _field_name(self) -> str:
        self.fields += 1
        return f"{self.anchor}-{self.fields}"

    def _tables(self, tokens: list[Token]) -> list[Token]:
        shaped: list[Token] = []
        for place, token in enumerate(tokens):
            shaped.append(token)
            if token.type in ("th_open", "td_open"):
                _align(token)
            elif token.type == "table_open":
                shaped += self._table_caption(shaped)
                self._judge_width(tokens, place)
        return shaped

    def _table_caption(self, shaped: list[Token]) -> list[Token]:
        """The paragraph `Table: …` directly above a table is its caption."""
        if len(shaped) < 4 or shaped[-2].type != "paragraph_close" or not shaped[-3].children:
            return []
        opening, inline, table = shaped[-4], shaped[-3], shaped[-1]
        children = inline.children or []
        mark = TABLE_CAPTION.match(children[0].content) if children[0].type == "text" else None
        if mark is None or opening.type != "paragraph_open":
            return []
        children[0].content = children[0].content[mark.end() :]
        del shaped[-4:-1]
        caption = self._caption("caption", "", table)
        caption[1].children = children
        return caption

    def _judge_width(self, tokens: Sequence[Token], place: int) -> None:
        head = takewhile(lambda token: token.type != "tr_close", islice(tokens, place, None))
        columns = sum(token.type == "th_open" for token in head)
        if columns > WIDEST_TABLE:
            message = sentence(
                "%(columns)s columns are hard to read on a page; split the table or drop what nobody compares.",
                columns=columns,
            )
            lines = tokens[place].map
            self.findings.append(advice("wide-table", message, self.path, lines[0] + 1 if lines else None))


def unknown_containers(path: str, lines: Sequence[str], tokens: Sequence[Token], code: set[int]) -> list[Finding]:
    """Lines of colons that open or close nothing we know, and blocks that nobody closed."""
    findings = []
    fences = {number for number, line in enumerate(lines, start=1) if line.lstrip(" >").startswith(":::")} - code
    for token in tokens:
        if token.type.startswith("container_") and token.nesting == 1 and token.map:
            first, last = token.map[0] + 1, token.map[1] + 1
            fences.discard(first)
            if last in fences:
                fences.discard(last)
            else:
                message = sentence("Close this block with a line ::: of its own.")
                findings.append(stop("unclosed-block", message, path, first))
    for number in sorted(fences):
        message = sentence(
            "These colons open no block we know; write ::: callout, ::: pull or ::: notes, and ::: to close it.",
        )
        findings.append(stop("unknown-block", message, path, number))
    return findings


def _without_empty_paragraphs(tokens: list[Token]) -> list[Token]:
    kept: list[Token] = []
    for token in tokens:
        kept.append(token)
        if token.type == "paragraph_close" and kept[-2].type == "inline" and not _says_something(kept[-2]):
            del kept[-3:]
    return kept


def _says_something(inline: Token) -> bool:
    return any(child.type not in ("text", "softbreak") or child.content.strip() for child in inline.children or [])


def _only_pictures(inline: Token) -> list[Token]:
    """The pictures of a paragraph that holds nothing else."""
    children = inline.children or []
    pictures = [child for child in children if child.type == "image"]
    others = [child for child in children if child.type not in ("image", "softbreak") and child.content.strip()]
    return [] if others else pictures


def _attributions(tokens: list[Token]) -> list[Token]:
    """A last paragraph that begins with a dash says whose words a quotation is; the theme sets a dash of its own."""
    for place in range(3, len(tokens)):
        if tokens[place].tag == "blockquote" and tokens[place].nesting == -1:
            opening, children = tokens[place - 3], tokens[place - 2].children or []
            dash = ATTRIBUTION.match(plain(children))
            if opening.type == "paragraph_open" and dash and children[0].type == "text":
                opening.attrs["class"] = "attribution"
                children[0].content = children[0].content[dash.end() :]
    return tokens


def _align(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if style.startswith("text-align:"):
        token.attrs["class"] = f"align-{style.removeprefix('text-align:')}"
    if token.type == "th_open":
        token.attrs["scope"] = "col"


def _end(tokens: Sequence[Token], place: int) -> int:
    depth = 0
    for here in range(place, len(tokens)):
        depth += tokens[here].nesting
        if depth == 0:
            return here
    return len(tokens) - 1
