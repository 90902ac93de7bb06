"""English in what should have none: texts of ours as the code has them, and the words that every sentence needs."""

import re
from functools import cache
from html import unescape

from capture import languages
from tools import translations

COMMON = re.compile(
    r"\b([Tt]he|[Aa]nd|[Yy]our?|[Ww]ith|[Ii]s|[Ii]t|[Ff]rom|[Tt]hi?[sa][st]?|[Ww]e|[Oo]ur|[Pp]lease|[Pp]ages?|[Cc]opy)\b"
)
TO_STAFF = re.compile(r"/studio/|pages/screens|capture/(?:scoring|handoff)/|emails/(mql|page|account|login)_?")
SPOKEN = re.compile(r'\s(?:alt|title|aria-label|placeholder|content|data-(?!is\b)[a-z-]+)="([^"]*)"')


def english_in(html: str, language: str = "de", *, studio: bool = False) -> list[str]:
    """What is English of a page, a mail or a text: in its words, and in attributes that are read aloud."""
    text = _words(html)
    return [match[0] for match in COMMON.finditer(text)] + _ours_in(text, language, studio=studio)


def ours_in(html: str, language: str = "de", *, studio: bool = False) -> list[str]:
    """What the product says of it in English; what the marketer wrote may be in any language."""
    return _ours_in(_words(html), language, studio=studio)


def _ours_in(text: str, language: str, *, studio: bool) -> list[str]:
    words = {"", *re.findall(r"\w+", text)}
    return [
        one
        for one, word, key, pattern in _ours(language, studio=studio)
        if word in words and key in text and pattern.search(text)
    ]


def _words(html: str) -> str:
    html = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->", " ", html, flags=re.DOTALL)
    spoken = [words for words in SPOKEN.findall(html) if not re.search(r"[/=]|^[a-z_-]+$|width", words)]
    text = unescape(" \n ".join([re.sub(r"<[^>]*>", " \n ", html), *spoken]))
    return re.sub(r"\S+@\S+|https?://\S+", " ", re.sub(r"[ \t]+", " ", text))


@cache
def _ours(language: str, *, studio: bool) -> list[tuple[str, str, str, re.Pattern[str]]]:
    """Every text that reads otherwise in this language, as it would look with any values in it.

    Before it stand a whole word and the longest part, without which it cannot be there: they are found sooner.
    What is said to staff alone is left out elsewhere: a marketer may write the same.
    """
    texts = languages.of(language).texts
    found = []
    for message in translations.said():
        if not studio and all(TO_STAFF.search(place) for place, _line in message.locations):
            continue
        for one in translations.forms(message.id):
            bare = re.sub(r"<[^>]*>", "", one)
            letters = re.sub(r"%\(\w+\)s|\{\w+\}", "", bare)
            if (
                len(re.sub(r"[^A-Za-z]", "", letters)) > (3 if letters == bare else 5)
                and not message.context
                and texts.ugettext(one) != one
            ):
                parts = re.split(r"%\(\w+\)s|\{\w+\}", bare)
                words = r"[^<\n]{0,80}?".join(map(re.escape, parts))
                key = max(parts, key=len)
                whole = re.findall(r"(?<=\W)\w+(?=\W)", f" {key} " if key == bare else key)
                pattern = re.compile(r"(?<!\w)" + words + r"(?!\w)")
                found.append((one, max(whole, key=len, default=""), key, pattern))
    return found
