"""Fit, of many leads at once: each value is looked at once, and so is each combination of what values fulfil."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from capture.scoring.columns import Flags, Ints, Struck
from capture.scoring.conditions import Condition, Question
from capture.scoring.people import OWN, People
from capture.scoring.rules import Rules

_ALIKE = (Question.WORK_EMAIL, Question.THROWAWAY_EMAIL, Question.DOMAINS)  # these look at an address's host alone


class _Reader(dict[str, tuple[int, ...]]):
    """Which fit rules a value of one field fulfils: each value is looked at once."""

    def __init__(self, conditions: Sequence[tuple[int, Condition]], *, is_json: bool = False) -> None:
        super().__init__()
        self._conditions, self._is_json = conditions, is_json
        asked = {condition.asks for _, condition in conditions}
        fields = {condition.field for _, condition in conditions}
        self._by_host = not is_json and fields == {"email"} and asked <= {*_ALIKE, Question.KNOWN}
        self._by_being = not is_json and asked == {Question.KNOWN}

    def __missing__(self, value: str) -> tuple[int, ...]:
        values = _values(value) if self._is_json else (value,)
        found = tuple(number for number, condition in self._conditions if condition.holds({condition.field: values}))
        self[value] = found
        return found

    def read(self, values: Sequence[str]) -> list[tuple[int, ...]]:
        """For each value. Often a part of it is enough to know."""
        if self._by_being:
            return [self[value.strip()[:1]] for value in values]
        if self._by_host:
            return [self[value.rpartition("@")[2]] for value in values]
        return [self[value] for value in values]


def _values(answer: str) -> tuple[str, ...]:
    told = json.loads(answer or "null")
    values = told if isinstance(told, list) else [told]
    return tuple(str(value) for value in values if value not in (None, "", False))


class _Numbered(dict[Any, int]):
    """Numbers things in the order in which they come up."""

    def __missing__(self, key: Any) -> int:
        number = self[key] = len(self)
        return number


# Of some rows: fit, whether disqualified, and in a column for each rule its points, or 1 where it disqualifies.
Judged = tuple[Ints, Flags, Ints]


class Judge:
    """Fit under some rules, from leads' own fields, answers and results; each combination is judged once."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        fields: dict[str, list[tuple[int, Condition]]] = defaultdict(list)
        for number, rule in enumerate(rules.fit):
            fields[rule.when.field].append((number, rule.when))
        self._own = {name: _Reader(found) for name, found in fields.items() if name in OWN}
        self._told = {name: _Reader(found, is_json=True) for name, found in fields.items() if "." not in name}
        self._results = {name: _Reader(found) for name, found in fields.items() if "." in name}
        self._known = _Numbered()
        self._judged: list[list[int]] = []  # fit, whether disqualified, and the points of each rule

    def of(self, people: People) -> Judged:
        """Of each of their rows."""
        columns: list[list[tuple[int, ...]]] = []
        for name, reader in self._own.items():
            columns.append(reader.read(people.own[name]))
        for name, reader in self._told.items():
            answers: Sequence[str] = people.told.get(name, ())
            if name in self._own:  # what was answered counts where the lead itself has nothing
                answers = ["" if own else answer for own, answer in zip(people.own[name], answers, strict=False)]
            if answers:
                columns.append(reader.read(answers))
        for name, reader in self._results.items():
            columns.append(reader.read(people.results[name]))
        rows = zip(*columns, strict=True) if columns else ((),) * len(people.whose)
        places = np.array([self._known[row] for row in rows])
        for row in list(self._known)[len(self._judged) :]:
            self._judged.append(self._count({number for numbers in row for number in numbers}))
        table = np.array(self._judged)[places]
        return table[:, 0], table[:, 1] > 0, table[:, 2:]

    def without(self, struck: Struck, judged: Judged, people: People) -> Judged:
        """The same without what people took back, from the moment on at which they did."""
        if not struck.known:
            return judged
        fits, barred, by_rule = judged[0].copy(), judged[1].copy(), judged[2].copy()
        number = {(rule.key, rule.disqualifies): number for number, rule in enumerate(self._rules.fit)}
        bars = np.array([rule.disqualifies for rule in self._rules.fit], bool)
        for place, key, is_bar, at in struck.known:
            if (key, is_bar) in number:
                first, last = np.searchsorted(people.whose, (place, place + 1)).tolist()
                rows = np.arange(first, last)[people.since[first:last] >= at]
                by_rule[rows, number[key, is_bar]] = 0
                fits[rows] = by_rule[rows][:, ~bars].sum(axis=1)
                barred[rows] = by_rule[rows][:, bars].any(axis=1)
        return fits, barred, by_rule

    def heard(self, field: str, answer: str) -> tuple[int, ...]:
        """The rules that an answer or a result fulfils."""
        readers = self._results if "." in field else self._told
        return readers[field][answer] if field in readers else ()

    def _count(self, held: set[int]) -> list[int]:
        """As `counting.fit` counts."""
        rules = self._rules
        left = {group: cap.points for group, cap in rules.caps.items()}
        given = [0] * len(rules.fit)
        for number, rule in enumerate(rules.fit):
            if number not in held:
                continue
            given[number] = 1 if rule.disqualifies else rule.points
            if rule.group in left and rule.points > 0 and not rule.disqualifies:
                given[number] = min(rule.points, left[rule.group])
                left[rule.group] -= given[number]
        bars = [number for number in held if rules.fit[number].disqualifies]
        return [sum(given) - len(bars), len(bars), *given]
