"""The countries of ISO 3166-1 with their names in the page's language."""

import gettext
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache

import pycountry


@cache
def names(language: str) -> Mapping[str, str]:
    """Two-letter code to name, in order of the names; English where the language has no translation."""
    translate = _translation(language)
    found = {country.alpha_2: translate(_short_name(country)) for country in pycountry.countries}
    return dict(sorted(found.items(), key=lambda item: _sorting(item[1])))


def _short_name(country: object) -> str:
    return str(getattr(country, "common_name", None) or country.name)  # type: ignore[attr-defined]


def _translation(language: str) -> Callable[[str], str]:
    tag = language.replace("-", "_")
    found = gettext.translation(
        "iso3166-1", pycountry.LOCALES_DIR, languages=[tag, tag.partition("_")[0]], fallback=True
    )
    return found.gettext


def _sorting(name: str) -> str:
    """Å and Ö stand with A and O: people look for a country by its first letter."""
    plain = unicodedata.normalize("NFD", name)
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()
