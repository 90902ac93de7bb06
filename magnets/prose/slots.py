"""What a marketer writes for a lead's own values: `{{company|your company}}` in a line, `{{bar team_size|Team}}` alone.

A slot is a box that the layout leaves free, so it has its places: not in a heading, which also stands in the contents
and in the bookmarks, nor in a link, a note or a caption.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from magnets import personal
from magnets.assessment import BEST, Assessment, QuestionKind
from magnets.findings import Finding, stop
from magnets.folder import Bundle
from magnets.personal import Look
from magnets.report import FEWEST_AXES
from magnets.sentences import quoted, sentence

WRITTEN = re.compile(r"\{\{[ \t]*([^{}|\n]+?)[ \t]*(?:\|([^{}\n]*))?\}\}")
NAME = re.compile(r"[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)?")
DRAWN = ("bar", "position", "radar", "qr")
CLOSING = re.compile(r"[.,;:!?…)\]”’»]{1,3}")
"""Punctuation that sticks to what stands before it."""

ADDRESS = re.compile(r"https?://[!-~]+")
LONGEST_ADDRESS = 300

ALWAYS = {"name": 11.0, "company": 13.0, "date": 7.0}
"""Values that every copy has, and the room that they are given in type sizes."""

ROOM_FOR_NUMBERS, ROOM_FOR_ANSWERS, ROOM_AT_THE_END = 3.0, 11.0, 17.0
WITHOUT_AN_ANSWER = ("consent", "contact_me", "email")


@dataclass(frozen=True, slots=True)
class Values:
    """What the copies of a magnet have values for: texts, and numbers with the end of their scale (0: none known).

    `axes` name those of the radar, if there is one. What the product itself works out needs no fallback.
    """

    texts: frozenset[str]
    numbers: Mapping[str, float]
    worked_out: frozenset[str] = frozenset()
    axes: tuple[str, ...] = ()

    def known(self) -> list[str]:
        return sorted({*self.texts, *self.numbers})


def values(bundle: Bundle) -> Values:
    """Those of the lead, of each field of the form, and of the result of an assessment."""
    form = bundle.table.get("form")
    fields = form.get("fields") if isinstance(form, dict) else None
    texts, numbers = set(ALWAYS), dict[str, float]()
    for asked in fields if isinstance(fields, list) else []:
        key, kind = (asked.get("key"), asked.get("kind")) if isinstance(asked, dict) else (None, None)
        if not isinstance(key, str) or kind in WITHOUT_AN_ANSWER:
            continue
        if kind == "number":
            most = asked.get("max")
            numbers[key] = float(most) if isinstance(most, int | float) and most > 0 else 0.0
        else:
            texts.add(key)
    asked = bundle.magnet.assessment
    return _with_result(asked, texts, numbers) if asked else Values(frozenset(texts), numbers)


def _with_result(asked: Assessment, texts: Collection[str], numbers: Mapping[str, float]) -> Values:
    answers = {question.key: 0.0 for question in asked.questions if question.kind is QuestionKind.NUMBER}
    chosen = {question.key for question in asked.questions if question.kind is not QuestionKind.NUMBER}
    keys = [
        *("score", "benchmark"),
        *(f"{of}.{part.key}" for of in ("score", "benchmark") for part in asked.dimensions),
    ]
    scores = {key: float(BEST) for key in keys} | {"people": 0.0}
    titles = tuple(part.title for part in asked.dimensions)
    return Values(
        frozenset({*texts, *chosen, "level"}),
        {**numbers, **answers, **scores},
        worked_out=frozenset({*scores, "level"}),
        axes=titles if len(titles) >= FEWEST_AXES else (),
    )


def plugin(markdown: MarkdownIt) -> None:
    markdown.inline.ruler.before("backticks", "slot", _rule)


def _rule(state: StateInline, silent: bool) -> bool:
    found = WRITTEN.match(state.src, state.pos)
    if found is None:
        return False
    if not silent:
        token = state.push("slot", "", 0)
        token.content = found[0]
        token.meta = {"head": found[1], "rest": found[2]}
    state.pos = found.end()
    return True


def without(line: str, known: Values) -> str:
    """A line of the manuscript without its slots; what is left in double braces belongs to another tool.

    In a table the bars of a slot are written with a backslash, since they would end the cell.
    """
    bars = line.replace("\\|", "|")
    return WRITTEN.sub(lambda found: "" if _is_slot(found[1], found[2], known) else found[0], bars)


def _is_slot(head: str, rest: str | None, known: Values) -> bool:
    if head.split()[0] in DRAWN:
        return True
    return bool(NAME.fullmatch(head)) and (rest is not None or head in known.known())


class _Wrong(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


@dataclass(slots=True)
class Slots:
    """One pass over a chapter: slots become what the theme prints; one that cannot be is a fault in its line."""

    path: str
    look: Look
    known: Values
    findings: list[Finding] = field(default_factory=list)

    def judge(self, tokens: list[Token], *, where: str = "") -> list[Token]:
        """The tokens with what is printed in the place of slots; none can stand `where`, if that is given."""
        shaped: list[Token] = []
        for token in tokens:
            shaped.append(token)
            if token.type == "heading_open":
                where = sentence("a heading of the text")
            elif token.type == "heading_close":
                where = ""
            elif token.type == "inline" and token.children:
                line = token.map[0] + 1 if token.map else 1
                drawing = self._alone(token, shaped, line) if not where else None
                if drawing is not None:
                    shaped[-2:] = [drawing]
                else:
                    token.children = [*self._within(token.children, where, line)]
        return _without_closings(shaped)

    def _alone(self, inline: Token, before: Sequence[Token], line: int) -> Token | None:
        """A paragraph that holds nothing but a drawing gives way to it."""
        children = inline.children or []
        if len(children) != 1 or children[0].type != "slot" or children[0].meta["head"].split()[0] not in DRAWN:
            return None
        try:
            if before[-2].type != "paragraph_open" or before[-2].hidden:
                raise _Wrong(
                    "slot-misplaced", sentence("A drawing needs a paragraph of its own; take it out of the list.")
                )
            content = self._drawing(*_parts(children[0]))
        except _Wrong as wrong:
            self.findings.append(stop(wrong.code, wrong.message, self.path, line))
            content = ""
        return Token("personal", "", 0, content=content, map=inline.map, block=True)

    def _within(self, children: Sequence[Token], where: str, line: int) -> Iterator[Token]:
        links = 0
        for at, token in enumerate(children):
            links += (token.type == "link_open") - (token.type == "link_close")
            if token.type == "image" and any(child.type == "slot" for child in token.children or []):
                message = sentence("A slot cannot stand in the description of a picture; move it into the text.")
                self.findings.append(stop("slot-misplaced", message, self.path, line))
            elif token.type == "slot" and not _is_slot(token.meta["head"], token.meta["rest"], self.known):
                yield Token("text", "", 0, content=token.content)
            elif token.type == "slot":
                after = _taken(children[at + 1 : at + 2])
                last = not any(child.content or child.children for child in children[at + 1 :])
                inside = where or (sentence("the words of a link") if links else "")
                yield from self._word(token, inside, line, after, last=last)
            else:
                yield token
            line += token.type in ("softbreak", "hardbreak")

    def _word(self, token: Token, where: str, line: int, after: str, *, last: bool) -> Iterator[Token]:
        head, parts = _parts(token)
        try:
            if where:
                raise _Wrong(
                    "slot-misplaced",
                    sentence(
                        "A slot cannot stand in %(where)s; move %(content)s into the text.",
                        where=where,
                        content=token.content,
                    ),
                )
            if head.split()[0] in DRAWN:
                raise _Wrong(
                    "slot-misplaced",
                    sentence("Give %(content)s a paragraph of its own; it is a drawing.", content=token.content),
                )
            self._is_known(head)
            fallback = parts[0] if parts else ""
            if not fallback and head in self.known.worked_out:
                fallback = "–"
            if not fallback:
                example = f"{{{{{head}|…}}}}"
                raise _Wrong(
                    "no-fallback",
                    sentence("Say what stands there where the answer is missing: %(example)s.", example=example),
                )
            width = self._room(head, parts[1] if len(parts) > 1 else "", last=last)
        except _Wrong as wrong:
            self.findings.append(stop(wrong.code, wrong.message, self.path, line))
            return
        content = personal.word(self.look, head, fallback, width=width, after=after, last=last)
        yield Token("personal", "", 0, content=content)

    def _room(self, name: str, given: str, *, last: bool) -> float:
        """The width of a slot in type sizes; the author may give it in millimetres."""
        if given:
            size = re.fullmatch(r"(\d{1,3})\s*mm", given)
            if size is None or not 5 <= int(size[1]) <= 120:
                raise _Wrong(
                    "bad-width",
                    sentence(
                        "Write the width of the slot as 5 to 120 mm, such as 40 mm; not %(given)s.", given=quoted(given)
                    ),
                )
            return round(int(size[1]) * 72 / 25.4 / self.look.size, 2)
        if name in self.known.numbers:
            return ROOM_FOR_NUMBERS
        return ROOM_AT_THE_END if last else ALWAYS.get(name, ROOM_FOR_ANSWERS)

    def _drawing(self, head: str, parts: Sequence[str]) -> str:
        kind, _, name = head.partition(" ")
        name, label, third = name.strip(), *(*parts, "", "")[:2]
        if kind == "qr":
            if not ADDRESS.fullmatch(name) or len(name) > LONGEST_ADDRESS:
                raise _Wrong(
                    "bad-address", sentence("A code leads to an address that begins with https:// and has no spaces.")
                )
            if not label:
                raise _Wrong("no-label", sentence("Say where the code leads: {{qr %(name)s|Book a call}}.", name=name))
            return personal.code(self.look, name, label)
        if kind == "radar":
            return self._radar()
        self._is_known(name)
        most = self.known.numbers.get(name)
        if most is None:
            raise _Wrong(
                "not-a-number",
                sentence("%(name)s is a text; a %(kind)s shows a field of kind number.", name=name, kind=kind),
            )
        if not most:
            raise _Wrong(
                "no-scale",
                sentence("Give the field %(name)s a `max`, so that the %(kind)s has an end.", name=name, kind=kind),
            )
        if not label:
            raise _Wrong(
                "no-label", sentence("Say what the %(kind)s shows: {{%(kind)s %(name)s|…}}.", kind=kind, name=name)
            )
        against = self._against(name, third, kind, most)
        draw = personal.bar if kind == "bar" else personal.position
        return draw(self.look, name, label, most=most, against=against)

    def _radar(self) -> str:
        if not self.known.axes:
            message = sentence(
                "Only an assessment with three dimensions or more has a radar; show single numbers as bars."
            )
            raise _Wrong("unknown-slot", message)
        return personal.radar(self.look, "profile-own", self.known.axes)

    def _against(self, name: str, given: str, kind: str, most: float) -> str:
        if name in self.known.worked_out and given in ("", "benchmark") and (given or kind == "position"):
            return name.replace("score", "benchmark", 1)
        if not given and kind == "position":
            raise _Wrong("no-benchmark", sentence("Say what to compare with: {{position field|Label|number}}."))
        if not given:
            return ""
        if not re.fullmatch(r"\d+(?:\.\d+)?", given) or float(given) > most:
            raise _Wrong(
                "bad-number",
                sentence(
                    "Write the number to compare with from 0 to %(most)s, such as 12; not %(given)s.",
                    most=f"{most:g}",
                    given=quoted(given),
                ),
            )
        return f"={given}"

    def _is_known(self, name: str) -> None:
        known = self.known.known()
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = (
                sentence("Did you mean %(near)s?", near=near[0])
                if near
                else sentence("There are %(known)s.", known=", ".join(known))
            )
            raise _Wrong(
                "unknown-slot",
                sentence("No field of the form is called %(name)s. %(hint)s", name=quoted(name), hint=hint),
            )


def _taken(following: Sequence[Token]) -> str:
    """The punctuation that the text behind a slot begins with; it is taken from there."""
    if not following or following[0].type != "text":
        return ""
    closing = CLOSING.match(following[0].content)
    if closing is None:
        return ""
    following[0].content = following[0].content[closing.end() :]
    return closing[0]


def _parts(token: Token) -> tuple[str, list[str]]:
    rest = token.meta["rest"]
    parts = [] if rest is None else [part.strip() for part in str(rest).split("|")]
    return str(token.meta["head"]), parts


def _without_closings(tokens: Sequence[Token]) -> list[Token]:
    """A drawing took the opening of its paragraph with it; the closing goes too."""
    kept: list[Token] = []
    for token in tokens:
        if token.type == "paragraph_close" and kept and kept[-1].type == "personal":
            continue
        kept.append(token)
    return kept
