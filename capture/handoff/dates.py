"""Days as programs and people write them: 03/04/2026 is read only where it is known which comes first."""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from capture.languages import quoted, say


class DateOrder(StrEnum):
    """Which of day and month comes first where slashes part them."""

    MONTH = "mdy"
    DAY = "dmy"


_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?:,?\s+(\d{1,2}:\d{2}(?::\d{2})?)\s*([AaPp][Mm])?)?")
_FORMS = ("%d.%m.%Y", "%d.%m.%Y %H:%M", "%b %d, %Y", "%B %d, %Y", "%d %B %Y", "%d %b %Y")


def order_of(texts: Iterable[str]) -> DateOrder | None:
    """Which order they are in, by the first one that can be read one way alone; None where each can be both."""
    for found in filter(None, map(_SLASHED.fullmatch, texts)):
        first, second = int(found[1]), int(found[2])
        if (first > 12) != (second > 12):
            return DateOrder.DAY if first > 12 else DateOrder.MONTH
    return None


def read(text: str, order: DateOrder | None) -> datetime:
    """The instant, without a zone unless the text has one. Raises ValueError with what to do, in words."""
    slashed = _SLASHED.fullmatch(text)
    if slashed:
        return _slashed(slashed, order)
    for form in _FORMS:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  the caller knows the zone
        except ValueError:
            continue
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise _unknown(text) from None


def _slashed(found: re.Match[str], order: DateOrder | None) -> datetime:
    first, second, year, clock, half = found.groups()
    order = order or order_of([found[0]]) or (DateOrder.DAY if first == second else None)
    if order is None:
        raise ValueError(
            say("%(text)s may be read in two ways: choose whether the day or the month comes first.", text=found[0])
        )
    day, month = (first, second) if order is DateOrder.DAY else (second, first)
    form = "%d %m %Y" + (f" {'%I' if half else '%H'}:%M" + (":%S" if clock.count(":") == 2 else "") if clock else "")
    whole = f"{day} {month} {year if len(year) == 4 else '20' + year}" + (f" {clock}" if clock else "")
    try:
        return datetime.strptime(whole + (f" {half}" if half else ""), form + (" %p" if half else ""))  # noqa: DTZ007
    except ValueError:
        raise _unknown(found[0]) from None


def _unknown(text: str) -> ValueError:
    return ValueError(say("%(text)s is not a day such as 2026-11-25", text=quoted(text)))
