"""What is known of leads in each span of their time: columns, a row for each span. No database."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from capture.pages.fields import LEAD_FIELDS
from capture.scoring.columns import Ints, ranges

OWN = ("email", *LEAD_FIELDS)  # what a lead has of its own; everything else is an answer or a result
Values = Mapping[str, Sequence[str]]  # by field: the value in each row, "" for none


@dataclass(frozen=True, slots=True)
class Changes:
    """When a field became something else: lead after lead, those of each in the order of time."""

    whose: Ints  # the place of the lead
    at: Ints
    before: Sequence[str]  # what had been so until then


@dataclass(frozen=True, slots=True)
class People:
    """Some leads, in the order of their keys, and what is known of them.

    A row is a span of a lead's time, those of each in its order; the last one is now. Each lead is one row where
    nothing changed, or only now is asked for.
    """

    leads: Ints
    whose: Ints  # of each row: the place of its lead
    since: Ints  # of each row: its beginning; that of a lead's first is when the lead became known
    own: Values
    told: Values  # the newest answer, as JSON
    results: Values  # of assessments

    def apart(
        self,
        own: Mapping[str, Changes],
        told: Mapping[str, Changes],
        results: Mapping[str, Changes],
        others: Sequence[Changes] = (),
    ) -> "People":
        """The same leads in spans between changes, where each was one row. What changed before it was known is left.

        `others` are changes of what is in no column here.
        """
        every = [*own.values(), *told.values(), *results.values(), *others]
        whose = np.concatenate([self.whose[:0], *(one.whose for one in every)])
        if not len(whose):
            return self
        turns = _Turns.of(whose, np.concatenate([one.at for one in every]), len(self.leads))
        since = self.since[turns.whose]
        since[turns.begins] = turns.at
        return replace(
            self,
            whose=turns.whose,
            since=since,
            own={name: turns.told(values, own.get(name)) for name, values in self.own.items()},
            told={name: turns.told(values, told.get(name)) for name, values in self.told.items()},
            results={name: turns.told(values, results.get(name)) for name, values in self.results.items()},
        )


@dataclass(frozen=True, slots=True)
class _Turns:
    """Rows that begin where something changes."""

    whose: Ints  # of each row
    first: Ints  # of each lead, its first row
    begins: Ints  # the rows that begin with a change, in order
    at: Ints  # of each of these
    of_lead: Ints

    @classmethod
    def of(cls, whose: Ints, at: Ints, leads: int) -> "_Turns":
        order = np.lexsort((at, whose))
        whose, at = whose[order], at[order]
        other = np.append(True, (whose[1:] != whose[:-1]) | (at[1:] != at[:-1]))
        whose, at = whose[other], at[other]
        count = np.bincount(whose, minlength=leads)
        first = np.arange(leads) + np.cumsum(count) - count
        return cls(np.repeat(np.arange(leads), count + 1), first, np.arange(len(at)) + whose + 1, at, whose)

    def told(self, values: Sequence[str], changes: Changes | None) -> list[str]:
        """A field's values in these rows; given are those of now, one for each lead."""
        cells: Any = np.array(values, object)[self.whose]
        if changes is not None and len(changes.whose):
            row = self._row(changes)
            before = np.append(-1, row[:-1])
            is_first = np.append(True, changes.whose[1:] != changes.whose[:-1])
            begin = np.where(is_first, self.first[changes.whose], before)
            which, rows = ranges(begin, row - begin)
            cells[rows] = np.array(changes.before, object)[which]
        told: list[str] = cells.tolist()
        return told

    def _row(self, changes: Changes) -> Ints:
        """The row with which each of these changes begins."""
        order = np.lexsort((np.append(self.at, changes.at), np.append(self.of_lead, changes.whose)))
        is_turn = order < len(self.at)  # the sort is stable: a turn comes before the changes of its moment
        row: Ints = np.zeros(len(order), np.int64)
        row[order] = self.begins[np.cumsum(is_turn) - 1]
        return row[len(self.at) :]


Alike = Callable[[str, str], object]  # what a field's value comes to; where it is the same, nothing changes


class _Kinds(dict[str, int]):
    """Numbers values by what they come to; `first` has one for each number. Nothing is 0, and so is what equals it."""

    def __init__(self, name: str, alike: Alike) -> None:
        super().__init__()
        self._name, self._alike = name, alike
        self._known: dict[object, int] = {alike(name, ""): 0}
        self.first = [""]

    def __missing__(self, value: str) -> int:
        number = self[value] = self._known.setdefault(self._alike(self._name, value), len(self.first))
        if number == len(self.first):
            self.first.append(value)
        return number


def changes(name: str, whose: Ints, at: Ints, values: Sequence[str], since: Ints, alike: Alike) -> Changes:
    """Where answers came to something else, once the lead was known; an empty one takes nothing back."""
    kinds = _Kinds(name, alike)
    kind = np.array([kinds[value] if value else -1 for value in values], np.int64)
    some = kind >= 0
    whose, at, kind = whose[some], at[some], kind[some]
    before = np.append(0, kind)[: len(kind)]
    before[np.append(True, whose[1:] != whose[:-1])[: len(whose)]] = 0
    changed = (kind != before) & (at > since[whose])
    return Changes(whose[changed], at[changed], [kinds.first[number] for number in before[changed].tolist()])
