"""The countries of ISO 3166-1 with their names in the page's language, by CLDR."""

import unicodedata
from collections.abc import Mapping
from functools import cache

from capture import languages
from capture.languages import Phrase

# Two letters that CLDR has names for and that are no countries of ISO 3166-1.
_NO_COUNTRIES = frozenset({"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"})


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
    """The code of a country that is given by its code or by a name of it; empty for what is none."""
    return told.upper() if told.upper() in names("en") else _by_name().get(told.casefold(), "")


@cache
def _by_name() -> Mapping[str, str]:
    return {name.casefold(): code for language in ("fr", "de", "en") for code, name in names(language).items()}


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in _NO_COUNTRIES


def _sorting(name: str) -> str:
    """Å and Ö stand with A and O: people look for a country by its first letter."""
    plain = unicodedata.normalize("NFD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()
