"""What templates may say without thinking: addresses of static files, and numbers and dates as people write them.

Numbers and dates are written in the language of the request.
"""

import datetime as calendar
import re
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext

from capture.catalogue import sentences
from capture.config import Settings
from capture.web import colour, language, static


def install(app: Flask, settings: Settings) -> None:
    """Give every template these filters, the test `hex`, `asset`, `brand`, and the facts that every page shows."""
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters.update({words.__name__: words for words in FILTERS})
    app.jinja_env.tests.update(hex=colour.is_hex)
    app.jinja_env.globals.update(
        asset=static.asset,
        brand=static.brand,
        organisation=settings.organisation,
        base_url=settings.base_url,
    )


def number(value: int) -> str:
    """12345 as 12,345."""
    return language.current().number(value)


def headcount(size: str) -> str:
    """How large a company is, as forms offer it: 250-999 as `250 to 999`, 1000+ as `1,000 or more`."""
    if found := re.fullmatch(r"(\d{1,9})\s*[-–]\s*(\d{1,9})", size):
        return gettext("%(low)s to %(high)s", low=number(int(found[1])), high=number(int(found[2])))
    if found := re.fullmatch(r"(\d{1,9})\s*\+", size):
        return gettext("%(low)s or more", low=number(int(found[1])))
    return number(int(size)) if re.fullmatch(r"\d{1,9}", size) else size


def minutes(value: int) -> str:
    """A reading time: `1 minute`, `38 minutes`, `2 hours`, `1 hour 20 minutes`."""
    return language.current().minutes(value)


def short_minutes(value: int) -> str:
    """Where there is little room: `38 min`."""
    return gettext("%(minutes)s min", minutes=number(value))


def span(length: timedelta) -> str:
    """How long, as one says it: `5 minutes`, `3 hours`, `2 days`; whichever way it lies."""
    return language.current().span(length)


def lasting(value: float, unit: Literal["hour", "day"]) -> str:
    """So many of a unit as `4.5 days`; where it is less than one of them in a smaller one: `3 hours`, `5 minutes`."""
    return language.current().lasting(value, unit)


def decimal(value: float, digits: int = 0) -> str:
    """1234.56 as 1,234.6, with exactly so many digits behind the mark."""
    return language.current().decimal(value, digits)


def signed(value: float, digits: int = 0) -> str:
    """12 as +12, with exactly so many digits behind the mark."""
    return language.current().signed(value, digits)


def percent(value: float, digits: int = 0) -> str:
    """0.123 as `12.3 %`, with exactly so many digits behind the mark."""
    return language.current().percent(value, digits)


def amount(minor: float, currency: str) -> str:
    """1250050 as `12,500.50 EUR`."""
    return language.current().amount(minor, currency)


def written(minor: int, currency: str) -> str:
    """The same without the part behind the mark where it is nothing."""
    return language.current().amount(minor, currency, is_short=True)


def date(day: calendar.date, width: str = "long") -> str:
    """A day of the calendar: `10 December 2026`; medium: `10 Dec 2026`."""
    return language.current().calendar_day(day, width)


def month_of(day: calendar.date) -> str:
    """The month of a day: `December 2026`."""
    return language.current().month_of(day)


def stored(text: str) -> str:
    """A sentence of ours that is kept in English, in the language of whoever reads."""
    return language.told(sentences.recalled(text))


def upper_first(text: str) -> str:
    """The same, beginning with a capital."""
    return text[:1].upper() + text[1:]


def filesize(count: int) -> str:
    """Bytes as `48 kB` or `1.2 MB` (decimal units)."""
    return language.current().filesize(count)


def day(instant: datetime, zone: str | ZoneInfo = "UTC", *, weekday: bool = True) -> str:
    """`Thursday, 10 December 2026`, in that zone."""
    return language.current().day(instant, str(zone), weekday=weekday)


def time_of_day(instant: datetime, zone: str | ZoneInfo = "UTC") -> str:
    """`16:00`, in that zone."""
    return language.current().time_of_day(instant, str(zone))


def weekday(instant: datetime, zone: str | ZoneInfo = "UTC") -> str:
    """`Thursday`, in that zone."""
    return language.current().weekday(instant, str(zone))


def day_of_month(instant: datetime, zone: str | ZoneInfo = "UTC") -> int:
    """`10`, in that zone."""
    return instant.astimezone(ZoneInfo(str(zone))).day


def month(instant: datetime, zone: str | ZoneInfo = "UTC") -> str:
    """`December 2026`, in that zone."""
    return language.current().month(instant, str(zone))


def agenda_item(text: str) -> tuple[str, str]:
    """`Your questions (15 minutes)` as the words and the time; no time where none stands at the end."""
    found = re.fullmatch(r"(.*\S)\s*\((\d+)\s*[Mm]in(?:ut\w*|\.)?\)", text)
    return (found[1], short_minutes(int(found[2]))) if found else (text, "")


def initials(name: str) -> str:
    """`Imke Aldous` as `IA`."""
    words = name.split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words)).upper()


FILTERS = (
    number,
    minutes,
    short_minutes,
    span,
    headcount,
    lasting,
    filesize,
    day,
    time_of_day,
    weekday,
    day_of_month,
    month,
    agenda_item,
    initials,
    decimal,
    signed,
    percent,
    amount,
    written,
    date,
    month_of,
    stored,
    upper_first,
)
