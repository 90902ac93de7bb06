"""The countries of ISO 3166-1 with their names in the page's language, by CLDR."""

import unicodedata
from collections.abc import Mapping
from functools import cache

from babel import core

from capture import languages
from capture.languages import Phrase

# Two letters that CLDR has names for and that are no countries of ISO 3166-1.
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})

# The languages by whose names a country is known: of two that mean different ones, the later counts.
_KNOWN_IN = ("tr", "cs", "pl", "fi", "nb", "da", "sv", "nl", "pt", "it", "es", "fr", "de", "en")

# What people write and CLDR does not, as `_folded` gives it.
_ALSO: Mapping[str, str] = {
    "america": "US",
    "bosnia": "BA",
    "brd": "DE",
    "britain": "GB",
    "burma": "MM",
    "czech republic": "CZ",
    "eire": "IE",
    "england": "GB",
    "federal republic of germany": "DE",
    "ger": "DE",
    "great britain": "GB",
    "grossbritannien": "GB",
    "holland": "NL",
    "hong kong": "HK",
    "hongkong": "HK",
    "ivory coast": "CI",
    "korea": "KR",
    "macau": "MO",
    "macedonia": "MK",
    "northern ireland": "GB",
    "oesterreich": "AT",
    "peoples republic of china": "CN",
    "prc": "CN",
    "republic of ireland": "IE",
    "russian federation": "RU",
    "schottland": "GB",
    "scotland": "GB",
    "swaziland": "SZ",
    "turkey": "TR",
    "uae": "AE",
    "united states of america": "US",
    "usa": "US",
    "vereinigte staaten von amerika": "US",
    "viet nam": "VN",
    "vr china": "CN",
    "wales": "GB",
}


@cache
def names(language: str) -> Mapping[str, str]:
    """Two-letter code to name, in order of the names; English where CLDR does not know the language."""
    known = languages.locale(language).territories
    found = {code: name for code, name in known.items() if _is_country(code)}
    return dict(sorted(found.items(), key=lambda item: _sorting(item[1])))


def named(code: str) -> Phrase:
    """The name of a country in the language of whoever reads; what is no code as it stands."""
    return Phrase(lambda language: names(str(language.locale)).get(code, code))


def coded(told: str) -> str:
    """The code of a country that is given by a code or a name of it, as people write them; empty for what is none."""
    folded = _folded(told)
    return folded.upper() if folded.upper() in names("en") else _by_name().get(folded, "")


@cache
def _by_name() -> Mapping[str, str]:
    """By other codes, such as UK and DEU, and by names; what people write stands before both."""
    codes = {old: new[0] for old, new in core.get_global("territory_aliases").items() if len(new) == 1}
    found = {_folded(old): code for old, code in codes.items() if old.isalpha() and code in names("en")}
    found |= {_folded(name): code for language in _KNOWN_IN for code, name in names(language).items()}
    return {**found, **_ALSO}


def _folded(told: str) -> str:
    """Without dots, accents and capitals, so that U.K. and uk are the same; the article of the Netherlands goes."""
    plain = "".join(char for char in _sorting(told) if char.isalnum() or char.isspace())
    return " ".join(plain.split()).removeprefix("the ")


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES


def _sorting(name: str) -> str:
    """Å and Ö stand with A and O: people look for a country by its first letter."""
    plain = unicodedata.normalize("NFD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()
