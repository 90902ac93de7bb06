"""Languages: what the product says itself, and how a language writes dates and numbers. Knows no request.

A catalogue is a .po file beside this module, compiled in memory once in the life of a process: nothing is built, and
nothing that was built can be out of date. English is in the code; it needs no catalogue.
"""

import io
import re
from collections.abc import Callable, Iterable, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError, dates, numbers, units
from babel.lists import format_list
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from markupsafe import Markup, escape

from capture import currencies

ENGLISH = "en"
FOLDER = Path(__file__).parent / "translations"

_HAS_STOP = re.compile(r"[.!?…][”“»«\"']?$")
# English without a country is written as most of the world writes it: 10 December 2026, 16:00.
_WRITTEN_AS = {"en": "en_GB"}


@dataclass(frozen=True, slots=True)
class Language:
    """How the product speaks where something is in the language `tag`: in English where there is no catalogue."""

    tag: str
    locale: Locale
    texts: NullTranslations

    def gettext(self, message: str, **values: object) -> str:
        """The text in this language; `%(name)s` in it takes the value of that name."""
        said = str.__str__(self.texts.ugettext(message))  # A phrase is what it says in this language.
        return said % values if values else said

    def ngettext(self, one: str, many: str, count: int, **values: object) -> str:
        """The text for so many; `%(num)s` in it is the number as this language writes it."""
        return self.texts.ungettext(one, many, count) % {"num": self.number(count), **values}

    def pgettext(self, context: str, message: str, **values: object) -> str:
        """The text where the same words mean something else elsewhere."""
        said = self.texts.upgettext(context, message)
        return said % values if values else said

    def number(self, value: float) -> str:
        """12345 as 12,345."""
        if isinstance(value, int) and 0 <= value < 1000:  # the most of a large table, and the same everywhere
            return str(value)
        if isinstance(value, int) and value.bit_length() > 64:  # no count of ours, but an address may say any number
            return str(value)
        return _typeset(numbers.format_decimal(value, locale=self.locale))

    def exact(self, value: float) -> str:
        """1234.5678 as 1,234.5678, with every digit."""
        return _typeset(numbers.format_decimal(value, locale=self.locale, decimal_quantization=False))

    def decimal(self, value: float | Decimal, digits: int = 0) -> str:
        """1234.56 as 1,234.6, with exactly so many digits behind the mark."""
        return _typeset(numbers.format_decimal(value, format=_pattern(digits), locale=self.locale))

    def signed(self, value: float, digits: int = 0) -> str:
        """12 as +12, with exactly so many digits behind the mark."""
        pattern = f"+{_pattern(digits)};-{_pattern(digits)}"
        return _typeset(numbers.format_decimal(value, format=pattern, locale=self.locale))

    def percent(self, value: float, digits: int = 0) -> str:
        """0.123 as `12.3 %`, with exactly so many digits behind the mark."""
        return f"{self.decimal(value * 100, digits)} %"

    def amount(self, minor: float, currency: str, *, is_short: bool = False) -> str:
        """1250050 as `12,500.50 EUR`; short: without the part behind the mark where it is nothing."""
        digits = currencies.digits(currency)
        whole = is_short and digits < 3 and minor % 10**digits == 0
        return f"{self.decimal(currencies.whole(minor, currency), 0 if whole else digits)} {currency}"

    def any_of(self, words: Sequence[str]) -> str:
        """`a, b or c`."""
        return format_list(words, style="or", locale=self.locale)

    def all_of(self, words: Sequence[str]) -> str:
        """`a, b and c`."""
        return format_list(words, locale=self.locale)

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

    def near(self, instant: datetime, zone: str) -> str:
        """`Thursday 10 December, 16:00`, in that zone: an instant whose year nobody doubts."""
        day = dates.format_skeleton("MMMMEEEEd", _local(instant, zone), locale=self.locale)
        return self.gettext("%(day)s, %(time)s", day=day, time=self.time_of_day(instant, zone))

    def weekday(self, instant: datetime, zone: str) -> str:
        """`Thursday`, in that zone."""
        return dates.format_date(_local(instant, zone), "EEEE", locale=self.locale)

    def calendar_day(self, day: date, width: str = "long") -> str:
        """A day of the calendar: `10 December 2026`; medium: `10 Dec 2026`."""
        return dates.format_date(day, width, locale=self.locale)

    def short_date(self, day: date) -> str:
        """`10 Dec`."""
        return dates.format_skeleton("MMMd", _as_instant(day), locale=self.locale)

    def month_of(self, day: date) -> str:
        """The month of a day: `December 2026`."""
        return dates.format_skeleton("yMMMM", _as_instant(day), locale=self.locale)

    def days(self, first: date, last: date) -> str:
        """From one day to another: `16 to 22 November 2026`, or with both months where there are two."""
        same = first.month == last.month
        pattern = self.pgettext("a day of a month", "d") if same else self.pgettext("a day and its month", "d MMMM")
        begin = dates.format_date(first, pattern, locale=self.locale)
        return self.gettext("%(first)s to %(last)s", first=begin, last=self.calendar_day(last))

    def span(self, length: timedelta) -> str:
        """How long, as one says it: `5 minutes`, `3 hours`, `2 days`; whichever way it lies."""
        whole = max(1, round(abs(length.total_seconds()) / 60))
        unit, many = ("minute", 1) if whole < 60 else ("hour", 60) if whole < 48 * 60 else ("day", 24 * 60)
        return units.format_unit(whole // many, f"duration-{unit}", locale=self.locale)

    def lasting(self, value: float, unit: Literal["hour", "day"]) -> str:
        """How long, as `4.5 days`; what is less than one of the unit in a smaller one: `3 hours`, `5 minutes`."""
        if value >= 1:
            return units.format_unit(value, f"duration-{unit}", format=_pattern(1), locale=self.locale)
        length = timedelta(hours=value * (24 if unit == "day" else 1))
        return self.gettext("less than a minute") if length < timedelta(minutes=1) else self.span(length)

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


# What a sentence is about: a text or a number as it is, another phrase, or what a language writes in its own way.
Value = str | int | Callable[[Language], str]


class Phrase(str):
    """A text that is English wherever it is kept, logged or joined, and knows how other languages say it.

    A template says it in the language of whoever reads. Whatever makes another string of it makes plain English.
    """

    _in: Callable[[Language], str]

    def __new__(cls, said_in: Callable[[Language], str]) -> "Phrase":
        """From what says it in any language."""
        phrase = super().__new__(cls, said_in(of(ENGLISH)))
        phrase._in = said_in
        return phrase

    def said(self, language: Language) -> str:
        """The text in this language."""
        return self._in(language)

    def __str__(self) -> str:
        return self  # A plain `str()` would forget the other languages.

    def __html__(self) -> Markup:
        """What templates print."""
        return escape(self._in(spoken()))

    def __mod__(self, values: object) -> "Phrase":
        return Phrase(lambda language: self._in(language) % values)

    def __deepcopy__(self, _known: object) -> "Phrase":
        return self

    def __reduce__(self) -> tuple[type[str], tuple[str]]:
        return str, (str.__str__(self),)


def say(message: str, /, **values: Value) -> Phrase:
    """A text for the catalogues that is said later, in the language of whoever reads it."""
    return Phrase(lambda language: language.gettext(message, **_in(language, values)))


def say_many(one: str, many: str, count: int, /, **values: Value) -> Phrase:
    """The same for so many; `%(num)s` is the number."""
    return Phrase(lambda language: language.ngettext(one, many, count, **_in(language, values)))


def say_in(context: str, message: str, /, **values: Value) -> Phrase:
    """The same where the same words mean something else elsewhere."""
    return Phrase(lambda language: language.pgettext(context, message, **_in(language, values)))


def quoted(value: object) -> Phrase:
    """Something that somebody wrote, between the quotation marks of each language; on one line. A list: its parts."""
    if isinstance(value, list) and value:
        return all_quoted(value)
    text = str(value)
    return say("“%(text)s”", text=text if text.isprintable() else repr(text)[1:-1])


def all_quoted(values: Iterable[object]) -> Phrase:
    """Several of them, with commas between."""
    named = [quoted(value) for value in values]
    return Phrase(lambda language: ", ".join(one.said(language) for one in named))


def kept(message: str) -> str:
    """Marks a text that is stored as it stands, in English: `restated` says it in another language when it is shown.

    One with `%(name)s` or `{name}` in it is filled in before it is stored, and stands at the top of a module.
    """
    if _HOLE.search(message) and message not in _KEPT:
        _KEPT.append(message)
    return message


def restated(text: str, language: Language) -> str:
    """A stored text in this language, where it is one of those that are `kept`; otherwise as it stands."""
    if isinstance(text, Phrase) or language.texts is of(ENGLISH).texts:
        return said(text, language)
    exact = language.texts.ugettext(text) if text else text
    if exact != text:
        return exact
    for message, pattern in _patterns():
        if found := pattern.fullmatch(text):
            told = language.texts.ugettext(message)
            return re.sub(_HOLE, lambda hole: _filled(hole[1] or hole[2], found, language), told)
    return text


def _filled(name: str, found: re.Match[str], language: Language) -> str:
    """What stood in the hole of a kept text; a reason within a sentence is a kept text itself, a country has a name."""
    if name == "country":
        return str(language.locale.territories.get(_codes().get(found[name], ""), found[name]))
    return restated(found[name], language) if name == "because" else found[name]


@cache
def _codes() -> dict[str, str]:
    """What is called so in English."""
    return {name: code for code, name in locale(ENGLISH).territories.items()}


def again(text: str) -> Phrase:
    """A stored text as a phrase: English as it stands, and restated elsewhere."""
    return Phrase(lambda language: restated(text, language))


_KEPT: list[str] = []
_HOLE = re.compile(r"%\((\w+)\)s|\{(\w+)\}")


@cache
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    """The kept texts with something filled in, as one finds them again; those that say most first."""
    found = []
    for message in sorted(_KEPT, key=len, reverse=True):
        parts = _HOLE.split(message)  # text, one name or the other, text, ...
        names = [one or other for one, other in zip(parts[1::3], parts[2::3], strict=True)]
        holes = [f"(?P<{name}>.*)" for name in names] + [""]
        found.append((message, re.compile("".join(re.escape(t) + h for t, h in zip(parts[::3], holes, strict=True)))))
    return found


def numeral(value: float) -> Value:
    """A number within a phrase, as each language writes it: 12,345."""
    return lambda language: language.number(value)


def signed(value: float) -> Value:
    """The same with its sign: +12."""
    return lambda language: language.signed(value)


def joined(parts: Sequence[str], mark: str = ", ") -> Phrase:
    """Texts behind one another, each in the language of whoever reads; empty ones are left out."""
    return Phrase(lambda language: mark.join(said(part, language) for part in parts if part))


def all_of(names: Sequence[str]) -> Phrase:
    """Names as a sentence lists them: a, b and c."""
    return Phrase(lambda language: language.all_of(list(names)))


def ended(text: str) -> Phrase:
    """A sentence with its stop, which what is quoted at its end may have brought already."""
    return Phrase(lambda language: told if _HAS_STOP.search(told := said(text, language)) else f"{told}.")


def capitalised(text: str) -> Phrase:
    """A text as a sentence of its own begins."""
    return Phrase(lambda language: (whole := said(text, language))[:1].upper() + whole[1:])


def enumerated(words: Sequence[str]) -> Phrase:
    """Names in quotation marks, as a sentence lists them: “a”, “b” and “c”."""
    return Phrase(lambda language: language.all_of([language.gettext("“%(words)s”", words=word) for word in words]))


def said(text: str, language: Language) -> str:
    """A text in this language: a phrase as it says it, anything else as it stands."""
    return text.said(language) if isinstance(text, Phrase) else text


def _in(language: Language, values: dict[str, Value]) -> dict[str, object]:
    return {name: _value(value, language) for name, value in values.items()}


def _value(value: Value, language: Language) -> object:
    if isinstance(value, str):
        return said(value, language)
    return value(language) if callable(value) else value


_spoken: ContextVar[str] = ContextVar("_spoken", default=ENGLISH)


def spoken() -> Language:
    """The language in which phrases are printed now: that of the request or the mail. English by default."""
    return of(_spoken.get())


def speak(tag: str) -> None:
    """From here on phrases are printed in this language."""
    _spoken.set(tag)


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


def written_date(instant: datetime, tag: str, zone: str) -> str:
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


def _typeset(number: str) -> str:
    """With a minus sign where a hyphen stands."""
    return number.replace("-", "−")


def _pattern(digits: int) -> str:
    return "#,##0" + ("." + "0" * digits if digits else "")


def _as_instant(day: date) -> datetime:
    return datetime.combine(day, time(12))


def _local(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))
