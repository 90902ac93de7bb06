"""Rich text of word processors, mail programs and web pages becomes Markdown; what it looked like stays behind."""

import re
from dataclasses import dataclass

import nh3
from bs4 import BeautifulSoup
from bs4.element import NavigableString, Tag
from markdownify import MarkdownConverter

LARGEST = 5_000_000  # characters of HTML

TAGS = frozenset(
    {"a", "b", "blockquote", "br", "caption", "cite", "code", "dd", "del", "div", "dl", "dt", "em", "figcaption"}
    | {"figure", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "li", "ol", "p", "pre", "q", "s", "section"}
    | {"span", "strong", "sub", "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul"}
)
SCHEMES = frozenset({"http", "https", "mailto"})
_ATTRIBUTES = {"*": {"class", "style", "id"}, "a": {"href"}, "img": {"src", "alt"}}
_BOLD = re.compile(r"font-weight:\s*(?:bold|[6-9]00)")
_UPRIGHT = re.compile(r"font-weight:\s*(?:normal|[1-5]00)")
_ITALIC = re.compile(r"font-style:\s*italic")
_WORD_ITEM = re.compile(r"mso-list:\s*l\d+\s+level(\d)", re.IGNORECASE)
_MARKER = re.compile(r"mso-list:\s*ignore", re.IGNORECASE)
_NUMBER = re.compile(r"^\s*(?:\d+|[a-z]|[ivx]+)[.)]", re.IGNORECASE)
_SPECIAL = re.compile(r"[\\`*\[\]]|(?<!\w)_|_(?!\w)|<(?=[\w/!?])|(?<=\{)[{%]")
_NUMBERED = re.compile(r"^(\s*\d{1,9})([.)]\s)", re.MULTILINE)
_AT_THE_START = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+>](?=\s|$)|:::|(?:---|===)\s*$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Converted:
    """A text in Markdown; `left_out` counts the pictures that did not come with it: each has its place, `![…]()`."""

    text: str
    left_out: int = 0


def markdown_of(html: str) -> Converted:
    """The Markdown of some HTML: headings, lists, tables, links, emphasis and the pictures that lie in the bundle.

    Scripts and styles go, words never do. Word's lists and Google's bold spans are understood.
    """
    clean = nh3.clean(html[:LARGEST], tags=set(TAGS), attributes=_ATTRIBUTES, url_schemes=set(SCHEMES), link_rel=None)
    soup = BeautifulSoup(clean, "html.parser")
    for step in (_mean_what_it_looks_like, _word_headings, _word_lists, _notes_at_their_calls):
        step(soup)
    left_out = _leave_places_of_foreign_pictures(soup)
    written = _Writer(heading_style="atx", bullets="-", table_infer_header=True).convert_soup(soup)
    return Converted(_tidy(written), left_out)


def _mean_what_it_looks_like(soup: BeautifulSoup) -> None:
    """Google says bold with a style, and wraps all it copies in a <b> that is not bold."""
    for tag in soup.find_all(["b", "i", "span"]):
        style = str(tag.get("style", ""))
        if tag.name == "b" and _UPRIGHT.search(style):
            tag.unwrap()
        elif tag.name == "span" and (_BOLD.search(style) or _ITALIC.search(style)) and tag.get_text(strip=True):
            tag.name = "strong" if _BOLD.search(style) else "em"
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        for bold in heading.find_all(["b", "strong"]):
            bold.unwrap()


def _word_headings(soup: BeautifulSoup) -> None:
    for paragraph in soup.find_all("p", class_="MsoTitle"):
        paragraph.name = "h1"
    for quotation in soup.find_all("p", class_=["MsoQuote", "MsoIntenseQuote"]):
        quotation.wrap(soup.new_tag("blockquote"))


def _word_lists(soup: BeautifulSoup) -> None:
    """Word copies a list as paragraphs whose style says their level, each with its bullet as a word."""
    for paragraph in soup.find_all("p", style=_WORD_ITEM):
        _as_list(soup, paragraph)


def _as_list(soup: BeautifulSoup, first: Tag) -> None:
    """This paragraph, and those of the list that follow it, as a list where it stood; items of one know no level."""
    if not _level(first):
        return
    items = [first]
    while (after := items[-1].find_next_sibling()) is not None and _level(after):
        items.append(after)
    stack: list[Tag] = []
    for item in items:
        level = _level(item)
        name = "ol" if _NUMBER.match(_without_marker(item)) else "ul"
        del stack[level:]
        while len(stack) < level:
            opened = soup.new_tag(name)
            if not stack:
                first.insert_before(opened)
            else:
                (stack[-1].find_all("li", recursive=False) or [stack[-1]])[-1].append(opened)
            stack.append(opened)
        item.extract()
        item.name, item.attrs = "li", {}
        stack[-1].append(item)


def _level(tag: Tag) -> int:
    """How deep in a list Word's style says that a paragraph is; 0 for one that is in none."""
    found = _WORD_ITEM.search(str(tag.get("style", "")))
    return int(found[1]) if found else 0


def _without_marker(item: Tag) -> str:
    """Take the printed bullet or number off an item; gives it."""
    for span in item.find_all("span", style=_MARKER):
        return str(span.extract().get_text())
    return ""


def _notes_at_their_calls(soup: BeautifulSoup) -> None:
    """Footnotes move to where they are called, so that they stay with their chapter."""
    for call in soup.find_all("a", href=re.compile(r"^#(?:foot|end)note-\d+$")):
        note = soup.find("li", id=str(call["href"])[1:])
        if not isinstance(note, Tag):
            continue
        for back in note.find_all("a", href=re.compile(r"^#(?:foot|end)note-ref-")):
            back.decompose()
        words = soup.new_tag("span", attrs={"data-note": "1"})
        words.append(NavigableString(" ".join(note.get_text(" ").split())))
        (call.parent if call.parent is not None and call.parent.name == "sup" else call).replace_with(words)
        note.decompose()


def _leave_places_of_foreign_pictures(soup: BeautifulSoup) -> int:
    """Pictures that did not come along leave their place and description; gives how many."""
    count = 0
    for picture in soup.find_all("img"):
        if not str(picture.get("src", "")).startswith("../pictures/"):
            picture["src"] = ""
            count += 1
    return count


def _tidy(text: str) -> str:
    lines = [line.replace("\u00a0", " ").rstrip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n") + "\n"


class _Writer(MarkdownConverter):
    """Markdown as this house writes it; what would be a sign of Markdown in the words is escaped."""

    def escape(self, text: str, parent_tags: set[str]) -> str:
        return _NUMBERED.sub(r"\1\\\2", _AT_THE_START.sub(r"\1\\\2", _SPECIAL.sub(r"\\\g<0>", text)))

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"^[{text.strip()}]" if el.get("data-note") else text

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if "_inline" in parent_tags else "\\\n"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        alt = re.sub(r"[\[\]\\]|\s+", " ", str(el.get("alt", ""))).strip()
        return f"![{alt}]({el['src']})"
