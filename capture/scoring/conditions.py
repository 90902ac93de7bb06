"""What a fit rule asks of a lead's values. Plain arithmetic: no database, no framework."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from capture.pages import emails
from capture.scoring import titles
from capture.scoring.titles import has_word

# A lead's values by field: one value for a text, several for ticked boxes; what is not known is not there.
Facts = Mapping[str, tuple[str, ...]]


class Question(StrEnum):
    """How a value is looked at."""

    KNOWN = "known"  # something was answered
    EQUALS = "equals"
    ONE_OF = "one_of"
    CONTAINS = "contains"
    RANGE = "range"  # the first number in the value lies between `low` and `high`, both included
    DOMAINS = "domains"  # the host of an address or a website is one of these or lies below one
    KEYWORDS = "keywords"  # a whole word or phrase stands in the value, as in a job title
    SENIORITY = "seniority"  # a job title stands this high (see titles.Seniority)
    FUNCTION = "function"  # a job title names this part of a company (see titles.Function)
    WORK_EMAIL = "work_email"  # the host gives its addresses neither for nothing nor to be thrown away
    THROWAWAY_EMAIL = "throwaway_email"


@dataclass(frozen=True, slots=True)
class Condition:
    """What is asked of one field. Upper and lower case are the same; several values hold if one of them does."""

    asks: Question
    field: str
    values: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None

    def holds(self, facts: Facts) -> bool:
        """Whether one of the field's values answers the question with yes."""
        return any(_TESTS[self.asks](self, value) for value in facts.get(self.field, ()) if value.strip())


_DIGITS = r"\d{1,3}(?:[,.\u00a0\u202f'’ ]\d{3})+(?!\d)(?:[.,]\d{1,2}(?!\d))?|\d+(?:[.,]\d+(?![.,]?\d))?"
_UNITS: Mapping[float, Sequence[str]] = {
    1e3: ("k", "tsd", "thousand", "tausend", "mille", "mil", "mila", "duizend"),
    1e6: (
        *("m", "mn", "mio", "mln", "million", "millions", "millionen", "millón", "millones", "milione", "milioni"),
        *("milhão", "milhões", "miljoen"),
    ),
    1e9: ("bn", "mrd", "billion", "billions", "milliarde", "milliarden", "milliard", "milliards", "miljard"),
}
_TIMES = {name: times for times, names in _UNITS.items() for name in names}
_FIRST = re.compile(
    rf"((?<!\w)[-\u2212])?({_DIGITS})(?:\s?[-\u2010-\u2015]\s?(?:{_DIGITS}))?(?:\s?({'|'.join(_TIMES)})\b)?",
    re.IGNORECASE,
)


def first_number(text: str) -> float | None:
    """The first number in an answer such as "51–200", "1,000+", "10k" or "about -5"; None where there is none.

    What stands behind a range is meant of both its ends: "5-10 million" begins with five million.
    """
    found = _FIRST.search(text)
    if found is None:
        return None
    minus, digits, unit = found.groups()
    number = round(_number(digits) * _TIMES.get((unit or "").casefold(), 1), 6)
    return -number if minus else number


def _number(digits: str) -> float:
    """What is written with a comma or a point, which parts thousands before three digits, unless it cannot."""
    whole, mark, part = digits, "", ""
    if found := re.fullmatch(r"(.+)([.,])(\d+)", digits):
        whole, mark, part = found.groups()
    is_decimal = mark and (len(part) != 3 or re.fullmatch(r"0|\d{4,}", whole))
    kept = re.sub(r"\D", "", whole)
    return float(f"{kept}.{part}" if is_decimal else kept + part)


def _within(condition: Condition, value: str) -> bool:
    number = first_number(value)
    if number is None:
        return False
    return (condition.low is None or number >= condition.low) and (condition.high is None or number <= condition.high)


def _below(condition: Condition, value: str) -> bool:
    above, domains = _host(value), _hosts(condition.values)
    while above and above not in domains:
        above = above.partition(".")[2]
    return bool(above)


@lru_cache(maxsize=256)
def _hosts(domains: tuple[str, ...]) -> frozenset[str]:
    return frozenset(_host(domain).removeprefix("www.") for domain in domains)


def _host(text: str) -> str:
    """The host of an address, of a website, or of a domain as people write it down: *.rival.example, too."""
    bare = text.strip().lower()
    begin, is_website, rest = bare.partition("//")
    if is_website and re.fullmatch(r"([a-z][a-z0-9+.-]*:)?", begin):
        bare = re.split(r"[/?#]", rest, maxsplit=1)[0]
    mailbox, _, domain = bare.rpartition("@")
    if mailbox and "." in domain:  # before it, an address may have what ends a host elsewhere
        bare = domain
    return emails.host(re.sub(r"[/:?#].*$", "", bare).lstrip("@*."))


def _folded(values: Sequence[str]) -> list[str]:
    """In one case, and with accents written in one way."""
    return [unicodedata.normalize("NFC", value).strip().casefold() for value in values]


_TESTS: Mapping[Question, Callable[[Condition, str], bool]] = {
    Question.KNOWN: lambda _, value: bool(value.strip()),
    Question.EQUALS: lambda condition, value: _folded([value]) == _folded(condition.values[:1]),
    Question.ONE_OF: lambda condition, value: _folded([value])[0] in _folded(condition.values),
    Question.CONTAINS: lambda condition, value: any(part in _folded([value])[0] for part in _folded(condition.values)),
    Question.RANGE: _within,
    Question.DOMAINS: _below,
    Question.KEYWORDS: lambda condition, value: has_word(value, condition.values),
    Question.SENIORITY: lambda condition, value: titles.seniority(value) in condition.values,
    Question.FUNCTION: lambda condition, value: not titles.functions(value).isdisjoint(condition.values),
    Question.WORK_EMAIL: lambda _, value: emails.is_of_work(value),
    Question.THROWAWAY_EMAIL: lambda _, value: emails.is_disposable(value),
}
