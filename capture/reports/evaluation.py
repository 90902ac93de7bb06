"""A file of leads with their outcomes, ranked by rules and by points fitted on its earlier part."""

import math
import re
import tomllib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from capture.engagement.models import EventKind
from capture.errors import CannotFit, UploadRefused
from capture.handoff import spreadsheet
from capture.scoring import counting, fitting
from capture.scoring.conditions import Condition, Facts, Question
from capture.scoring.counting import Occurrence
from capture.scoring.fitting import Area
from capture.scoring.rules import FitRule, Rules

EARLIER = 0.7  # of the rows, by date
LATER_OF_TEN = (2, 5, 8)  # rows that are held out of each ten where the file has no dates
BANDS = 8  # of a number
MOST_VALUES = 30  # of a text
MOST_OCCURRENCES = 50  # of one thing that a lead did
_SOME_DAY = date(2000, 1, 1)
_YES = ("1", "yes", "true", "won", "converted")
_OF_EVENT = ("event", "column", "values", "magnet_kind", "each", "low", "high")
_SECTIONS = ("outcome", "date", "order", "yes", "blank", "date_format", "fields", "numbers", "events")


@dataclass(frozen=True, slots=True)
class Did:
    """A column that tells of an event: it happened as often as its number says, divided by `each`; or once, where the
    number lies between `low` and `high`, both included, or the cell has one of the words `values`.
    """

    event: str
    column: str
    values: tuple[str, ...] = ()
    magnet_kind: str = ""
    each: float = 1.0
    low: float | None = None
    high: float | None = None

    def count(self, cell: str) -> int:
        """How often it happened."""
        if self.values:
            return int(cell.strip().casefold() in self.values)
        number = _number(cell)
        if self.low is not None or self.high is not None:
            low, high = self.low or 0.0, math.inf if self.high is None else self.high
            return int(number is not None and low <= number <= high)
        return max(0, min(MOST_OCCURRENCES, int((number or 0.0) / self.each)))


@dataclass(frozen=True, slots=True)
class Columns:
    """What the columns of a file mean. `fields` and `numbers` map what rules look at to headers.

    A `date`, or an `order` (numbers that grow with time), or neither. A cell with one of the words `blank` is empty.
    """

    outcome: str
    date: str
    fields: Mapping[str, str]
    numbers: Mapping[str, str]
    events: Sequence[Did]
    yes: tuple[str, ...] = _YES
    date_format: str = ""
    order: str = ""
    blank: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """A lead of the file."""

    since: date | float  # its day, or its number in the file's order
    facts: Facts
    acts: Sequence[Occurrence]
    won: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How well rules and fitted points rank the rows that are held out; `rules` also over the whole file."""

    rows: int
    won: int
    later: int
    later_since: date | float | None  # None where the file has no order: then three rows of each ten are held out
    of_rules: Area
    of_rules_later: Area
    of_fitted_later: Area
    fitted: Rules


def columns(text: str) -> Columns:
    """The mapping of a TOML file. Raises UploadRefused with what is wrong in it."""
    try:
        table = tomllib.loads(text)
        strange = sorted(set(table) - set(_SECTIONS))
        if strange:
            raise ValueError(f"“{strange[0]}” is not known; it has {', '.join(_SECTIONS)}")
        if {"date", "order"} <= set(table):
            raise ValueError("“date” and “order” both say what came first; keep one of them")
        return Columns(
            outcome=str(table["outcome"]),
            date=str(table.get("date", "")),
            fields={str(name): str(header) for name, header in table.get("fields", {}).items()},
            numbers={str(name): str(header) for name, header in table.get("numbers", {}).items()},
            events=tuple(_did(one) for one in table.get("events", [])),
            yes=_words(table, "yes") or _YES,
            date_format=str(table.get("date_format", "")),
            order=str(table.get("order", "")),
            blank=_words(table, "blank"),
        )
    except KeyError as missing:
        raise UploadRefused(f"The mapping does not say {missing}. See docs/scoring.md.") from None
    except (ValueError, TypeError, AttributeError) as fault:
        raise UploadRefused(f"The mapping cannot be read: {fault}.") from None


def evaluate(content: bytes, meaning: Columns, rules: Rules) -> Evaluation:
    """Rank a CSV's leads. Raises UploadRefused for what cannot be read, CannotFit for what says too little."""
    in_order = bool(meaning.date or meaning.order)
    rows = sorted(read(content, meaning), key=lambda row: row.since)
    turn: Any = rows[int(len(rows) * EARLIER)].since if rows and in_order else None
    held = [row.since >= turn if in_order else number % 10 in LATER_OF_TEN for number, row in enumerate(rows)]
    earlier, later = (
        [row for row, is_held in zip(rows, held, strict=True) if is_held is side] for side in (False, True)
    )
    if not earlier or len({row.won for row in earlier}) < 2:
        raise CannotFit("The earlier rows of the file need good and bad leads, on days before the later ones.")
    fitted = fit(earlier, meaning)
    by_rules = [score(rules, row) for row in rows]
    return Evaluation(
        rows=len(rows),
        won=sum(row.won for row in rows),
        later=len(later),
        later_since=turn,
        of_rules=fitting.area(by_rules, [row.won for row in rows]),
        of_rules_later=fitting.area([score(rules, row) for row in later], [row.won for row in later]),
        of_fitted_later=fitting.area([score(fitted, row) for row in later], [row.won for row in later]),
        fitted=fitted,
    )


def fit(rows: Sequence[Row], meaning: Columns) -> Rules:
    """Rules of whole-number points: one for each band of a number and each frequent value of a text."""
    tried = [
        *(rule for name, header in meaning.numbers.items() for rule in _bands(name, header, rows)),
        *(rule for name, header in meaning.fields.items() for rule in _values(name, header, rows)),
    ]
    held = [[float(rule.when.holds(row.facts)) for rule in tried] for row in rows]
    worth = fitting.points(held, [row.won for row in rows], [0] * len(tried))
    keys = [re.sub(r"\W+", "_", rule.key)[-80:] for rule in tried]
    named = [f"{key}-{place}" if key in keys[:place] else key for place, key in enumerate(keys)]
    found = tuple(
        FitRule(key, rule.because, points, rule.when)
        for key, rule, points in zip(named, tried, worth, strict=True)
        if points
    )
    return Rules(fit_threshold=0, engagement_threshold=0, fit=found, engagement=())


def score(rules: Rules, row: Row) -> int:
    """Both axes together: only to put leads in an order. All of a row happened on one day, so that nothing fades."""
    done = (*counting.fit(rules, row.facts), *counting.engagement(rules, row.acts))
    return sum(due.points for due in done)


# --- reading ----------------------------------------------------------------------------------------------------------


def _did(told: Mapping[str, object]) -> Did:
    each, low, high = float(str(told.get("each", 1))), _end(told, "low"), _end(told, "high")
    if not 0 < each < math.inf:
        raise ValueError("“each” must be a number over 0")
    if low is not None and high is not None and low > high:
        raise ValueError("“low” must not be over “high”")
    if len(ways := [way for way in (("values",), ("each",), ("low", "high")) if not told.keys().isdisjoint(way)]) > 1:
        raise ValueError(f"“{ways[0][0]}” and “{ways[1][0]}” both say how often an event happened; keep one of them")
    if strange := sorted(set(told) - set(_OF_EVENT)):
        raise ValueError(f"“{strange[0]}” is not known of an event; it has {', '.join(_OF_EVENT)}")
    if told["event"] not in list(EventKind):
        raise ValueError(f"“{told['event']}” is no event; there are {', '.join(EventKind)}")
    return Did(
        event=str(told["event"]),
        column=str(told["column"]),
        values=_words(told, "values"),
        magnet_kind=str(told.get("magnet_kind", "")),
        each=each,
        low=low,
        high=high,
    )


def _end(told: Mapping[str, object], name: str) -> float | None:
    """One end of a span."""
    end = float(str(told[name])) if name in told else None
    if end is not None and not math.isfinite(end):
        raise ValueError(f"“{name}” must be a number")
    return end


def _words(told: Mapping[str, object], name: str) -> tuple[str, ...]:
    """A list of words, which are compared in any case."""
    words = told.get(name, [])
    if not isinstance(words, list):
        raise TypeError(f"“{name}” must be a list: write [ and ] around it")
    return tuple(str(word).strip().casefold() for word in words)


def read(content: bytes, meaning: Columns) -> list[Row]:
    """The leads of a CSV, in its order. Raises UploadRefused."""
    lines = spreadsheet.table(content)
    if not lines:
        raise UploadRefused("The file is empty.")
    heads = [head.strip() for head in lines[0]]
    wanted = [
        meaning.outcome,
        *(head for head in (meaning.date, meaning.order) if head),
        *meaning.fields.values(),
        *meaning.numbers.values(),
        *(one.column for one in meaning.events),
    ]
    missing = [head for head in wanted if head not in heads]
    if missing:
        raise UploadRefused(f"The file has no column “{missing[0]}”. It has: {', '.join(heads)}.")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if any(cell.strip() for cell in line):
            cells = dict(zip(heads, line, strict=False))
            rows.append(_row(number, lambda head, cells=cells: _cell(cells.get(head, ""), meaning), meaning))  # type: ignore[misc]
    return rows


def _cell(text: str, meaning: Columns) -> str:
    bare = text.strip()
    return "" if bare.casefold() in meaning.blank else bare


def _row(line: int, cell: Callable[[str], str], meaning: Columns) -> Row:
    day = _day(line, cell(meaning.date), meaning.date_format) if meaning.date else _SOME_DAY
    facts = {name: (cell(head),) for name, head in meaning.fields.items() if cell(head)}
    for name, head in meaning.numbers.items():
        number = _number(cell(head))
        if number is not None:
            facts[name] = (f"{number:.2f}",)
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)
    acts = [
        Occurrence(turn, did.event, noon, page=f"{did.column} {turn}", magnet=f"{did.column} {turn}", magnet_kind=kind)
        for did in meaning.events
        for kind in (did.magnet_kind,)
        for turn in range(did.count(cell(did.column)))
    ]
    since = _place(line, cell(meaning.order)) if meaning.order else day
    return Row(since, facts, acts, cell(meaning.outcome).casefold() in meaning.yes)


def _place(line: int, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise UploadRefused(f"Line {line}: “{text}” is no number to put the leads in order by.")
    return number


def _day(line: int, text: str, form: str) -> date:
    try:
        return datetime.strptime(text, form).date() if form else date.fromisoformat(text[:10])  # noqa: DTZ007
    except ValueError:
        wanted = f"as {form}" if form else "as 2026-03-09; say date_format in the mapping where it is another"
        raise UploadRefused(f"Line {line}: “{text}” is no date {wanted}.") from None


def _number(cell: str) -> float | None:
    """A number of a cell, from 0 on, in hundredths; None for anything else."""
    try:
        number = float(cell)
    except ValueError:
        return None
    return round(number, 2) if 0 <= number < 1e12 else None


# --- what is tried ----------------------------------------------------------------------------------------------------


def _bands(name: str, header: str, rows: Sequence[Row]) -> list[FitRule]:
    """A rule for each span of a number: none at all is one of its own, the others hold equally many leads.

    Each span has its own points, so that more need not mean more.
    """
    found = sorted(float(row.facts[name][0]) for row in rows if name in row.facts)
    above = [value for value in found if value > 0]
    if not above:
        return []
    grain = 1.0 if all(value == int(value) for value in found) else 0.01
    edges = sorted({grain, *(above[len(above) * part // BANDS] for part in range(1, BANDS))})
    spans = [(0.0, 0.0), *zip(edges, [round(edge - grain, 2) for edge in edges[1:]], strict=False), (edges[-1], None)]
    return [
        FitRule(f"{name}_{place}", _sentence(header, low, high), 0, Condition(Question.RANGE, name, low=low, high=high))
        for place, (low, high) in enumerate(spans)
    ]


def _sentence(header: str, low: float, high: float | None) -> str:
    if high is None:
        return f"{header}: {low:,.10g} or more"
    return f"{header}: {low:,.10g}" if low == high else f"{header}: {low:,.10g} to {high:,.10g}"


def _values(name: str, header: str, rows: Sequence[Row]) -> list[FitRule]:
    """A rule for each value that one in a hundred has."""
    named = Counter(row.facts[name][0].casefold() for row in rows if name in row.facts)
    frequent = sorted(named.items(), key=lambda item: (-item[1], item[0]))[:MOST_VALUES]
    return [
        FitRule(f"{name}_{number}", f"{header}: {value}", 0, Condition(Question.EQUALS, name, (value,)))
        for number, (value, times) in enumerate(frequent)
        if times * 100 >= len(rows)
    ]
