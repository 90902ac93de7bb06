"""A text becomes a bundle: title, summary, chapters, form and form of the document, from what the text itself says."""

import re
import unicodedata
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

import tomlkit
from tomlkit.items import Array, InlineTable, Table

from capture.catalogue.models import MagnetKind
from capture.catalogue.outline import Outline, outline_of
from capture.catalogue.parcels import DEFINITION
from capture.errors import UploadRefused
from capture.languages import say
from magnets.definition import LANGUAGE
from magnets.prose.markdown import parse, parser, plain
from magnets.prose.source import FRONT_MATTER

if TYPE_CHECKING:
    from magnets.finished import Examined

LONGEST_TITLE = 150
LONGEST_SUMMARY = 400
_HEADING = re.compile(r"(#{1,6})[ \t]+(.*?)[ \t]*#*[ \t]*$")
_TOLD = re.compile(r"^(title|description|author|lang):[ \t]*(\S.*)$", re.MULTILINE)
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*$")
_TITLE_LIKE = re.compile(r"[^\W_].{0,78}[^\s.,:;!…] *")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+(\[[ xX]\]\s)?")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the lines below it, down to the next; level 0 is what stands before the first heading."""

    level: int
    title: str
    lines: tuple[str, ...]

    @property
    def has_text(self) -> bool:
        return any(line.strip() for line in self.lines)


def bundle_of(
    text: str, *, kind: MagnetKind | None = None, pictures: Mapping[str, bytes] = MappingProxyType({})
) -> dict[str, bytes]:
    """The files of a bundle made from a Markdown text. Every word that is read is in its chapters; none is added.

    `kind` None: a checklist where most list items are boxes to tick, an ebook otherwise. `pictures` came with the text,
    by their path in the bundle. Raises UploadRefused for a text without words.
    """
    text = "\n".join(text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    if not re.search(r"\w", text):
        raise UploadRefused(say("There is no text yet. Paste or choose one, and start again."))
    told, text = _front_matter(text)
    text = _with_headings(cleaned(text, pictures))
    kind = kind or kind_of(text)
    heading, chapters = _split(_sections(text), whole=kind is MagnetKind.CHECKLIST)
    words = _LEFT_BEHIND.sub("", text)
    title = (
        told.get("title")
        or _LEFT_BEHIND.sub("", heading).strip()
        or _first_words(words if re.search(r"\w", words) else text)
    )
    summary = told.get("description") or summary_of(words)
    said = outline_of(words)
    author, _, role = (said.author or told.get("author", "")).partition(",")
    proposal = Proposal(
        title, kind, summary, language_of(text, told.get("lang", "")), author.strip(), role.strip(), said
    )
    contents = {DEFINITION: _definition(proposal).encode()}
    for number, (name, chapter) in enumerate(chapters, start=1):
        titled = chapter if name else f"# {title}\n\n{chapter}"
        contents[f"chapters/{number:02d}-{slug_of(name or title) or 'text'}.md"] = titled.encode()
    return {**contents, **pictures}


def of_pdf(told: "Examined", name: str) -> str:
    """The definition of a magnet that is a finished PDF. What the file does not say is left for the marketer."""
    title = told.title or _title_of_file(name)
    language = told.language if LANGUAGE.fullmatch(told.language) else "en"
    found = Proposal(title, MagnetKind.FILE, told.subject, language, told.author, "", Outline())
    return _definition(found)


def _title_of_file(name: str) -> str:
    """`price_list-2026.pdf` as `Price list 2026`."""
    words = re.sub(r"[\W_]+", " ", name.replace("\\", "/").rpartition("/")[2].rpartition(".")[0]).strip()
    return words[:1].upper() + words[1:] if words else "Document"


# What other tools leave in a text, and what leads to files that did not come with it.
_TAGS = r"(?:a|aside|br|div|figcaption|figure|img|input|label|p|section|span|sub|sup)"
_FOREIGN = (
    (re.compile(rf"(?<!\\)</?{_TAGS}\b[^>]*>"), ""),
    (re.compile(r"\{%.*?%\}|\{\{.*?\}\}"), ""),
    (re.compile(r"(?<![!\\])\[([^\]]*)\]\((?!https?:|mailto:|#)[^)]*\)"), r"\1"),
)
_PICTURE = re.compile(r"!\[([^\]]*)\]\(((?!https?:)[^)]*)\)")
_PICTURE_OF_HTML = re.compile(r"(?<!\\)<img\b[^>]*>")
_CODE_OR_TAG = re.compile(
    rf"""^ {{0,3}}(?P<fence>`{{3,}}|~{{3,}}).*?(?:^ {{0,3}}(?P=fence)|\Z)"""
    rf"""|(?<!\\)<{_TAGS}(?:\s+[\w:-]+=(?:"[^"]*"|'[^']*'))*\s*/?>""",
    re.MULTILINE | re.DOTALL,
)
_DESCRIPTION = re.compile(r"""\balt=(?:"([^"]*)"|'([^']*)')""")
_LEFT_BEHIND = re.compile(r"!\[[^\]]*\]\(\)")


def cleaned(text: str, pictures: Container[str] = ()) -> str:
    """The text without tags of HTML and of template engines, and without links that lead to nothing.

    The words between tags and of links stay. A picture that did not come along keeps its place and its description,
    with no address: `![What it shows]()`. Code blocks stay as they are.
    """

    def own(picture: re.Match[str]) -> str:
        return picture[0] if picture[2].removeprefix("../") in pictures else f"![{picture[1]}]()"

    fence, lines = "", []
    for line in _CODE_OR_TAG.sub(_in_one_line, text).split("\n"):
        if found := _FENCE.match(line):
            fence = "" if fence and line.strip().startswith(fence) else fence or found.group(1)
        elif not fence and "`" not in line:
            bare = _PICTURE_OF_HTML.sub(_place_of, _PICTURE.sub(own, line))
            for foreign, instead in _FOREIGN:
                bare = foreign.sub(instead, bare)
            line = bare if bare == line else bare.strip() if line.lstrip().startswith("<") else bare.rstrip()
        lines.append(line)
    return "\n".join(lines)


def _in_one_line(found: re.Match[str]) -> str:
    """A tag that goes over several lines; code as it is."""
    return found[0] if found["fence"] else " ".join(found[0].split())


def _place_of(tag: re.Match[str]) -> str:
    told = _DESCRIPTION.search(tag[0])
    words = re.sub(r"[\[\]\\]|\s+", " ", (told[1] or told[2] or "") if told else "").strip()
    return f"![{words}]()"


def left_behind(contents: Mapping[str, bytes]) -> int:
    """How many pictures of a bundle's texts did not come along: those that have a place and no address."""
    texts = (text.decode() for path, text in contents.items() if path.endswith(".md"))
    tokens = (token for text in texts for token in parse(parser("en"), text).tokens)
    return sum(
        child.type == "image" and not child.attrs.get("src") for token in tokens for child in token.children or []
    )


def slug_of(title: str) -> str:
    """Lower-case letters, digits and single hyphens, at most 60; empty where the title has no such letters."""
    plain_letters = unicodedata.normalize("NFKD", title.replace("ß", "ss")).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain_letters.replace("'", ""))[:60].strip("-")


def kind_of(text: str) -> MagnetKind:
    """A checklist where at least five list items, and more than half of them, are boxes to tick."""
    items = [found for line in text.split("\n") if (found := _ITEM.match(line))]
    boxes = sum(1 for item in items if item.group(1))
    return MagnetKind.CHECKLIST if boxes >= 5 and boxes * 2 > len(items) else MagnetKind.EBOOK


def summary_of(text: str) -> str:
    """The first paragraph of running text, in whole sentences up to LONGEST_SUMMARY characters; or nothing."""
    tokens = parse(parser("en"), text[:200_000]).tokens
    for opening, inline in pairwise(tokens):
        if opening.type == "paragraph_open" and opening.level == 0:
            words = " ".join(plain(inline.children or []).split())
            if len(words) >= 40:
                return _whole_sentences(words)
    return ""


def _front_matter(text: str) -> tuple[Mapping[str, str], str]:
    """What another tool wrote above the text, as far as it is one line each; and the text without it."""
    block = FRONT_MATTER.match(text)
    if block is None:
        return {}, text
    return {key: value.strip("'\" ") for key, value in _TOLD.findall(block.group(1))}, text[block.end() :]


def _whole_sentences(words: str) -> str:
    if len(words) <= LONGEST_SUMMARY:
        return words
    ends = [end.end() for end in re.finditer(r"[.!?…](?=\s)", words[:LONGEST_SUMMARY])]
    return words[: ends[-1]] if ends else words[:LONGEST_SUMMARY].rpartition(" ")[0] + " …"


def _with_headings(text: str) -> str:
    """Of a text without marks, lines that stand alone like headings become some: the first one its title."""
    lines = text.split("\n")
    if any(_HEADING.match(line) or _FENCE.match(line) or _is_underlined(lines, at) for at, line in enumerate(lines)):
        return text
    written = [at for at, line in enumerate(lines) if line.strip()]
    alone = {at for at in written if _stands_alone(lines, at)}
    for at, following in zip(written, [*written[1:], None], strict=True):
        if at in alone and following is not None and (at == written[0] or following not in alone):
            lines[at] = f"{'#' if at == written[0] else '##'} {lines[at].strip()}"
    return "\n".join(lines)


def _stands_alone(lines: Sequence[str], number: int) -> bool:
    """A short line between empty ones, which does not end as a sentence does and is no item of a list."""
    line = lines[number]
    around = (lines[number - 1] if number else "", lines[number + 1] if number + 1 < len(lines) else "")
    return (
        not any(other.strip() for other in around)
        and _TITLE_LIKE.fullmatch(line) is not None
        and _ITEM.match(line) is None
    )


def _sections(text: str) -> list[Section]:
    """The text at its headings of the first two levels; `#` inside code is no heading."""
    marks = list(_headings(text.split("\n")))
    lines = text.split("\n")
    sections = [Section(0, "", tuple(lines[: marks[0][0] if marks else len(lines)]))]
    stops = [*(mark[0] for mark in marks[1:]), len(lines)]
    for (start, length, level, title), stop in zip(marks, stops, strict=False):
        sections.append(Section(level, title, tuple(lines[start + length : stop])))
    return sections


def _headings(lines: Sequence[str]) -> Iterator[tuple[int, int, int, str]]:
    """Line, number of lines, level 1 or 2, and words of each heading."""
    fence = ""
    for number, line in enumerate(lines):
        if found := _FENCE.match(line):
            if not fence:
                fence = found.group(1)
            elif line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
        elif fence:
            continue
        elif (heading := _HEADING.match(line)) and len(heading.group(1)) <= 2:
            yield number, 1, len(heading.group(1)), heading.group(2)
        elif _is_underlined(lines, number):
            yield number, 2, 1 if "=" in lines[number + 1] else 2, line.strip()


def _is_underlined(lines: Sequence[str], number: int) -> bool:
    line, before = lines[number], lines[number - 1] if number else ""
    return (
        number + 1 < len(lines)
        and bool(_UNDERLINE.match(lines[number + 1]))
        and bool(line.strip())
        and not before.strip()
        and not re.match(r"\s{4}|\s*[>|\-*+#]", line)
    )


def _split(sections: Sequence[Section], *, whole: bool) -> tuple[str, list[tuple[str, str]]]:
    """The title, and the chapters with their names: at the only level-1 heading's sections, or at each of them."""
    tops = [section for section in sections if section.level == 1]
    title = next((section.title for section in sections if section.level), "")
    if whole or (len(tops) <= 1 and sum(section.level == 2 for section in sections) < 2):
        return title, [(tops[0].title if tops else "", _written(sections))]
    if len(tops) > 1:
        groups = _grouped(sections, at=1)
        if not groups[0][1:] and not groups[0][0].has_text:
            groups = groups[1:]  # What stood alone at the top is the title of the whole.
        return title, [(group[0].title, _written(group)) for group in groups]
    groups = [
        group for group in _grouped(sections, at=2) if any(section.has_text for section in group) or len(group) > 1
    ]
    return title, [(group[0].title, _written(group, raised=group[0].level == 2)) for group in groups]


def _grouped(sections: Sequence[Section], *, at: int) -> list[list[Section]]:
    """Sections of this level, each with those below it; what stands before the first is a group of its own."""
    groups: list[list[Section]] = [[]]
    for section in sections:
        if section.level == at and groups[-1]:
            groups.append([])
        if section.level or section.has_text:
            groups[-1].append(section)
    return [group for group in groups if group]


def _written(sections: Sequence[Section], *, raised: bool = False) -> str:
    """The Markdown of one chapter; `raised`: its headings go up by one level, so that it begins with the first."""
    parts = []
    for section in sections:
        heading = [f"{'#' * (section.level - raised)} {section.title}"] if section.level else []
        parts += [*heading, *(_raised(section.lines) if raised else section.lines)]
    return "\n".join(parts).strip("\n") + "\n"


def _raised(lines: Sequence[str]) -> Iterator[str]:
    fence = ""
    for line in lines:
        if found := _FENCE.match(line):
            fence = "" if fence and line.strip().startswith(fence) else fence or found.group(1)
        yield line[1:] if not fence and re.match(r"#{3,6}[ \t]", line) else line


def _first_words(text: str) -> str:
    line = next(line.strip(" #*_->\t") for line in text.split("\n") if re.search(r"\w", line))
    return line if len(line) <= 90 else line[:90].rpartition(" ")[0]


# The form that is proposed: the address, and what is printed on the cover of a personal copy.
_WORDS: Mapping[str, tuple[str, str, str, str]] = {
    "en": ("Work e-mail", "Your link goes here.", "First name", "Company"),
    "de": ("Geschäftliche E-Mail", "Dorthin kommt Ihr Link.", "Vorname", "Firma"),
}
# The most frequent words that no other of these languages has.
_FREQUENT: Mapping[str, str] = {
    "en": "the and of that with for you is are this",
    "de": "der und das nicht ist sie mit für ein den auf",
    "fr": "le les des et est une pour dans que vous",
    "es": "el los las y que una por con para como",
    "it": "il che di per una non sono della gli con",
    "nl": "het een van niet zijn voor met op dat ook",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """What was found in a text for its magnet and its page."""

    title: str
    kind: MagnetKind
    summary: str
    language: str
    author: str
    role: str
    said: Outline


def language_of(text: str, told: str = "") -> str:
    """The language that the text was said to be in, or the one whose most frequent words it has; English in doubt."""
    if LANGUAGE.fullmatch(told):
        return told
    words = Counter(re.findall(r"[^\W\d_]+", text[:100_000].lower()))
    scores = {language: sum(words[word] for word in frequent.split()) for language, frequent in _FREQUENT.items()}
    best = max(scores, key=lambda language: scores[language])
    return best if scores[best] > 2 * scores["en"] else "en"


def _fields(language: str) -> Iterator[Mapping[str, str | bool]]:
    address, hint, name, company = _WORDS.get(language.partition("-")[0], _WORDS["en"])
    yield {"key": "email", "kind": "email", "label": address, "hint": hint, "required": True, "fills": "email"}
    yield {"key": "first_name", "kind": "text", "label": name, "fills": "first_name"}
    yield {"key": "company", "kind": "text", "label": company, "fills": "company"}


def _definition(found: Proposal) -> str:
    title = found.title[:LONGEST_TITLE]
    document = tomlkit.document()
    document["format"] = 1
    magnet = tomlkit.table()
    magnet["slug"] = slug_of(title) or found.kind.value
    magnet["kind"] = found.kind.value
    magnet["title"] = title
    if found.author:
        magnet["authors"] = _listed([_inline(name=found.author, role=found.role)])
    if found.summary:
        magnet["summary"] = found.summary
    if found.language != "en":
        magnet["language"] = found.language
    magnet["theme"] = "signal" if found.kind is MagnetKind.CHECKLIST else "folio"
    document["magnet"] = magnet
    if page := _page(found.said):
        document["page"] = page
    fields = tomlkit.aot()
    for given in _fields(found.language):
        field = tomlkit.table()
        field.update(given)
        fields.append(field)
    document["form"] = tomlkit.table(is_super_table=True)
    document["form"]["fields"] = fields
    return tomlkit.dumps(document).rstrip("\n") + "\n"


def _page(said: Outline) -> Table:
    page = tomlkit.table()
    for key, lines in (("outcomes", said.outcomes), ("audience", said.audience)):
        if lines:
            page[key] = _listed(lines)
    if said.questions:
        page["faq"] = _listed([_inline(question=question, answer=answer) for question, answer in said.questions])
    return page


def _listed(items: Iterable[object]) -> Array:
    array = tomlkit.array()
    array.extend(items)
    return array.multiline(len(array) > 1)


def _inline(**values: str) -> InlineTable:
    table = tomlkit.inline_table()
    table.update({key: value for key, value in values.items() if value})
    return table
