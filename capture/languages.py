"""Languages: what the product says itself, and how a language writes dates and numbers. Knows no request.

A catalogue is a .po file beside this module, compiled in memory once in the life of a process: nothing is built, and
nothing that was built can be out of date. English is in the code; it needs no catalogue.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers, units
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

ENGLISH = "en"
FOLDER = Path(__file__).parent / "translations"

# English without a country is written as most of the world writes it: 10 December 2026, 16:00.
_WRITTEN_AS = {"en": "en_GB"}


def to_translate(message: str) -> str:
    """Marks a text for the catalogues where it stands; it is translated where it is said."""
    return message


@dataclass(frozen=True, slots=True)
class Language:
    """How the product speaks where something is in the language `tag`: in English where there is no catalogue."""

    tag: str
    locale: Locale
    texts: NullTranslations

    def gettext(self, message: str, **values: object) -> str:
        """The text in this language; `%(name)s` in it takes the value of that name."""
        said = self.texts.ugettext(message)
        return said % values if values else said

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The text for so many; `%(num)s` in it is the number as this language writes it."""
        return self.texts.ungettext(one, many, count) % {"num": self.number(count), **values}

    def pgettext(self, context: str, message: str) -> str:
        """The text where the same words mean something else elsewhere."""
        return self.texts.upgettext(context, message)

    def number(self, value: float) -> str:
        """12345 as 12,345."""
        return numbers.format_decimal(value, locale=self.locale)

    def any_of(self, words: Sequence[str]) -> str:
        """`a, b or c`."""
        return format_list(words, style="or", locale=self.locale)

    def minutes(self, value: int) -> str:
        """A time that something takes: `1 minute`, `38 minutes`, `1 hour 20 minutes`."""
        hours, rest = divmod(max(1, value), 60)
        parts = [(hours, "duration-hour"), (rest, "duration-minute")]
        return " ".join(units.format_unit(count, unit, locale=self.locale) for count, unit in parts if count)

    def filesize(self, count: int) -> str:
        """Bytes as `48 kB` or `1.2 MB` (decimal units)."""
        if count < 1_000_000:
            size, unit, pattern = max(1.0, round(count / 1000)), "digital-kilobyte", "#,##0"
        else:
            size, unit, pattern = count / 1_000_000, "digital-megabyte", "#,##0.0"
        return units.format_unit(size, unit, length="short", format=pattern, locale=self.locale)

    def day(self, instant: datetime, zone: str, *, weekday: bool = True) -> str:
        """`Thursday, 10 December 2026`, in that zone."""
        return dates.format_date(_local(instant, zone), "full" if weekday else "long", locale=self.locale)

    def time_of_day(self, instant: datetime, zone: str) -> str:
        """`16:00`, in that zone."""
        return dates.format_time(_local(instant, zone), "short", locale=self.locale)

    def weekday(self, instant: datetime, zone: str) -> str:
        """`Thursday`, in that zone."""
        return dates.format_date(_local(instant, zone), "EEEE", locale=self.locale)

    def month(self, instant: datetime, zone: str) -> str:
        """`December 2026`, in that zone."""
        return dates.format_skeleton("yMMMM", _local(instant, zone), locale=self.locale)

    def instant(self, instant: datetime, zone: str) -> str:
        """`Thursday, 10 December 2026, 16:00`, in that zone."""
        day, time = self.day(instant, zone), self.time_of_day(instant, zone)
        return self.gettext("%(day)s, %(time)s", day=day, time=time)

    def city(self, zone: str) -> str:
        """The city that a time zone is named after: `Vienna` of `Europe/Vienna`."""
        return dates.get_timezone_location(zone, locale=self.locale, return_city=True)


@cache
def of(tag: str) -> Language:
    """The language of a page, a magnet or an installation, by its tag (`de`, `de-CH`); of any tag, whatever it is."""
    catalogue = next((name for name in _ways_to_say(tag) if name in shipped()), ENGLISH)
    return Language(tag, locale(tag if _base(tag) == _base(catalogue) else catalogue), _texts(catalogue))


@cache
def locale(tag: str) -> Locale:
    """The nearest of Babel's locales; that of plain English where it has none."""
    for name in _ways_to_say(tag):
        try:
            return Locale.parse(_WRITTEN_AS.get(name, name.replace("-", "_")))
        except (ValueError, UnknownLocaleError):
            continue
    return Locale.parse(_WRITTEN_AS[ENGLISH])


@cache
def shipped() -> tuple[str, ...]:
    """The languages in which the product speaks, English first."""
    return (ENGLISH, *sorted(path.name for path in FOLDER.iterdir() if (path / "LC_MESSAGES").is_dir()))


def name_of(tag: str) -> str:
    """What speakers of a language call it, as one writes it at the beginning of a line: `Deutsch`."""
    spoken = locale(tag)
    name = Locale.parse(_base(tag)).get_display_name() if _base(tag) == spoken.language else tag
    return f"{name[:1].upper()}{name[1:]}" if name else tag


def date(instant: datetime, tag: str, zone: str) -> str:
    """`10 December 2026` as that language writes it, also where the product does not speak it."""
    return dates.format_date(_local(instant, zone), "long", locale=locale(tag))


def _ways_to_say(tag: str) -> list[str]:
    """The tag and what is left of it when its last part is taken off, again and again."""
    parts = tag.split("-")
    return ["-".join(parts[:count]) for count in range(len(parts), 0, -1)]


def _base(tag: str) -> str:
    return tag.partition("-")[0].lower()


@cache
def _texts(catalogue: str) -> NullTranslations:
    if catalogue == ENGLISH:
        return NullTranslations()
    with (FOLDER / catalogue / "LC_MESSAGES" / "messages.po").open("rb") as source:
        parsed = read_po(source, locale=catalogue, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, parsed)
    compiled.seek(0)
    return Translations(compiled)


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))
