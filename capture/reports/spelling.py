"""One name for values that differ in capitals alone: people, links and platforms disagree on them."""

from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from capture.attribution.models import Touch
from capture.db import distinct_values, session
from capture.reports import daily
from capture.reports.models import DailyTotal


class Spelling:
    """How values are written in a report: as the team writes them in its list, else as most visits wrote them."""

    def __init__(self, listed: Iterable[str], came: Mapping[str, Sequence[int]]) -> None:
        """`came` counts by value; of as many, the first in the alphabet is shown."""
        often = sorted(sorted(came, reverse=True), key=lambda value: tuple(came[value]))
        self._shown = {value.casefold(): value for value in (*often, *listed)}

    def of(self, value: str) -> str:
        """What the value is written as."""
        return self._shown.get(value.casefold(), value)


def carried(dimension: str, column: ColumnElement[str] | InstrumentedAttribute[str], zone: ZoneInfo) -> set[str]:
    """The raw values of the kept days, and those of visits (in this column) on days that are not kept yet."""
    kept = distinct_values(DailyTotal.value, DailyTotal.dimension == dimension)
    since = select(column).distinct().where(*daily.within(Touch.at, daily.not_kept(zone)))
    return {*session().scalars(kept), *session().scalars(since)}


def alike(value: str, values: Iterable[str]) -> list[str]:
    """Those of the values that differ from this one in capitals alone, and itself."""
    return sorted({value, *(one for one in values if one.casefold() == value.casefold())})
