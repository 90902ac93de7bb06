"""One name for values that differ in capitals alone: people, links and platforms disagree on them."""

from collections.abc import Iterable, Mapping, Sequence

from capture.db import distinct_values, session
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


def alike(dimension: str, value: str) -> list[str]:
    """The values of the kept days that differ from this one in capitals alone, and itself."""
    carried = session().scalars(distinct_values(DailyTotal.value, DailyTotal.dimension == dimension))
    return sorted({value, *(one for one in carried if one.casefold() == value.casefold())})
