"""Sheets: what a screen of the studio shows of magnet.toml, and how what was typed goes back into it.

A sheet is data: entries with their key, shape and words. Only what was changed is written, through tomlkit, so that
comments, order and everything untouched stay as they were.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias, cast

import tomlkit
from tomlkit.items import Array, Table
from tomlkit.toml_document import TOMLDocument

from capture.accounts import marks

Rows: TypeAlias = tuple[tuple[str, ...], ...]
Value: TypeAlias = "str | bool | tuple[str, ...] | Rows"
Path: TypeAlias = tuple[str | int, ...]

LONGEST = 20_000  # characters of any one value
MOST_ROWS = 200


class Shape(StrEnum):
    """How a value is shown and typed."""

    LINE = "line"
    TEXT = "text"  # paragraphs
    LIST = "list"  # one entry a line
    OPTIONS = "options"  # labels, one a line; a label that stays keeps its value
    ROWS = "rows"  # tables of the entry's columns
    CHOICE = "choice"
    FLAG = "flag"
    COLOUR = "colour"
    NUMBER = "number"
    ANY = "any"  # any of the choices
    PATTERN = "pattern"  # a line that is kept to the letter; choices are such as others use
    INSTANT = "instant"  # a local date and time, as <input type="datetime-local"> has it


@dataclass(frozen=True, slots=True)
class Column:
    """One key of the tables in a list of rows."""

    key: str
    label: str
    is_long: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of magnet.toml. `default` is in force, and shown, where the key is missing."""

    path: Path
    shape: Shape
    label: str
    hint: str = ""
    default: str | bool = ""
    choices: tuple[tuple[str, str], ...] = ()
    columns: tuple[Column, ...] = ()

    @property
    def name(self) -> str:
        """The name of its control in the form."""
        return "-".join(map(str, self.path))


Sheet: TypeAlias = Sequence[Entry]
Values: TypeAlias = Mapping[str, Value]


def table_of(text: str) -> Mapping[str, object]:
    """The parsed magnet.toml. Raises tomllib.TOMLDecodeError."""
    return tomllib.loads(text)


def read(sheet: Sheet, table: Mapping[str, object], at: Path = ()) -> dict[str, Value]:
    """What the sheet shows, by the names of its controls; `at` leads to the table that its paths begin in."""
    return {entry.name: _shown(entry, found(table, (*at, *entry.path))) for entry in sheet}


def control(sheet: Sheet, path: Path) -> str | None:
    """The control of a sheet that holds this value: of a list of rows, that of the row and column."""
    for entry in sheet:
        if not path or path[: len(entry.path)] != entry.path:
            continue
        rest = path[len(entry.path) :]
        if entry.shape is Shape.ROWS:
            row = next((part for part in rest if isinstance(part, int)), 0)
            column = rest[-1] if rest and rest[-1] in [one.key for one in entry.columns] else entry.columns[0].key
            return f"{entry.name}-{row}-{column}"
        return entry.name
    return None


def faults(
    sheet: Sheet, table: Mapping[str, object], said: Sequence[tuple[Path, str]], at: Path = ()
) -> dict[str, str]:
    """What is said of values of the sheet, by the control; not of those that are still empty."""
    listed: dict[str, str] = {}
    values = read(sheet, table, at)
    for path, words in said:
        inside = path[len(at) :] if path[: len(at)] == at else ()
        entry = next((entry for entry in sheet if inside[: len(entry.path)] == entry.path), None)
        if entry is not None and values[entry.name] not in ("", ()):
            listed.setdefault(str(control(sheet, inside)), words)
    return listed


def mark(values: Values) -> str:
    """A short digest of what is shown: when it differs on saving, somebody else was here."""
    return marks.of(values)


def typed(sheet: Sheet, form: Mapping[str, Sequence[str]]) -> dict[str, Value]:
    """What was typed, as values; `form` holds all values of each control."""
    return {entry.name: _typed(entry, form) for entry in sheet}


def write(text: str, sheet: Sheet, values: Values, at: Path = ()) -> str:
    """The magnet.toml with these values; where none differs from what it says, the very same text."""
    before = read(sheet, table_of(text), at)
    document = tomlkit.parse(text)
    changed = [entry for entry in sheet if values[entry.name] != before[entry.name]]
    for entry in changed:
        _put(document, (*at, *entry.path), entry, values[entry.name])
    return tomlkit.dumps(document) if changed else text


def renamed(text: str, *, slug: str, title: str) -> str:
    """The magnet.toml of a copy: another name and title, and no address of the page that the first one has."""
    document = tomlkit.parse(text)
    magnet = cast(Table, document["magnet"])
    magnet["slug"], magnet["title"] = slug, title
    _take_out(document, ("magnet", "translation_of"))
    _take_out(document, ("page", "slug"))
    return tomlkit.dumps(document)


def in_language(text: str, language: str, *, slug: str, original: str) -> str:
    """The magnet.toml of a version in another language: linked to the original, with a name and an address of its own.

    What it says is still to be translated.
    """
    document = tomlkit.parse(text)
    magnet = cast(Table, document["magnet"])
    magnet["slug"], magnet["language"], magnet["translation_of"] = slug, language, original
    _take_out(document, ("page", "slug"))
    return tomlkit.dumps(document)


# --- reading ------------------------------------------------------------------------------------------


def found(table: object, path: Path) -> object:
    """The value that this path leads to; None where there is none."""
    for key in path:
        if isinstance(key, int):
            table = table[key] if isinstance(table, list) and key < len(table) else None
        else:
            table = table.get(key) if isinstance(table, Mapping) else None
    return table


def _shown(entry: Entry, value: object) -> Value:
    if entry.shape is Shape.FLAG:
        return value if isinstance(value, bool) else bool(entry.default)
    if entry.shape in (Shape.LIST, Shape.OPTIONS, Shape.ANY):
        return tuple(_label(part) for part in value) if isinstance(value, list) else ()
    if entry.shape is Shape.ROWS:
        rows = value if isinstance(value, list) else []
        return tuple(tuple(_tidy(row.get(column.key, "")) for column in entry.columns) for row in rows if row)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(entry.default) if value is None else _tidy(value)


def _label(option: object) -> str:
    return _tidy(option.get("label", option.get("value", ""))) if isinstance(option, Mapping) else _tidy(option)


def _tidy(value: object) -> str:
    """As a browser gives it back: without blank ends, lines with a plain break."""
    lines = str(value).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(line.rstrip() for line in lines).strip()[:LONGEST]


# --- what was typed -----------------------------------------------------------------------------------


def _typed(entry: Entry, form: Mapping[str, Sequence[str]]) -> Value:
    given = form.get(entry.name, ())
    if entry.shape is Shape.FLAG:
        return bool(given)
    if entry.shape is Shape.ANY:
        return tuple(key for key, _ in entry.choices if key in given)
    text = _tidy(next(iter(given), "").replace("\x00", ""))
    if entry.shape in (Shape.LIST, Shape.OPTIONS):
        return tuple(" ".join(line.split()) for line in text.split("\n") if line.strip())[:MOST_ROWS]
    if entry.shape is Shape.ROWS:
        return _typed_rows(entry, form)
    if entry.shape is Shape.NUMBER:
        number = _number(text or str(entry.default))
        return text if number is None else str(number)
    return text if entry.shape in (Shape.TEXT, Shape.PATTERN) else " ".join(text.split())


def _number(text: str) -> int | float | None:
    """A number as people write it; None where it is none."""
    if not re.fullmatch(r"-?[0-9]{1,15}(?:[.,][0-9]{1,6})?", text):
        return None
    number = float(text.replace(",", "."))
    return int(number) if number.is_integer() else number


def _typed_rows(entry: Entry, form: Mapping[str, Sequence[str]]) -> Rows:
    """Row n of a control is named NAME-n-KEY; rows without a word are left out.

    NAME-order has the numbers as they were dragged, NAME-move the one that goes a step: `2 up`.
    """
    rows: list[tuple[str, ...]] = []
    for number in range(MOST_ROWS):
        keys = [f"{entry.name}-{number}-{column.key}" for column in entry.columns]
        if not any(key in form for key in keys):
            break
        row = tuple(_tidy(next(iter(form.get(key, ())), "").replace("\x00", "")) for key in keys)
        rows.append(row)
    given = [next(iter(form.get(f"{entry.name}-{what}", ())), "") for what in ("order", "move")]
    return tuple(rows[number] for number in _row_order(len(rows), *given) if any(rows[number]))


def _row_order(count: int, dragged: str, move: str) -> list[int]:
    order = [int(part) for part in dragged.split(",") if part.isdecimal()]
    if sorted(order) != list(range(count)):
        order = list(range(count))
    number, _, way = move.partition(" ")
    if number.isdecimal() and int(number) in order and way in ("up", "down"):
        at = order.index(int(number))
        order.insert(max(at - 1, 0) if way == "up" else at + 1, order.pop(at))
    return order


# --- writing ------------------------------------------------------------------------------------------


def _put(document: TOMLDocument, path: Path, entry: Entry, value: Value) -> None:
    *parents, key = path
    if value in ("", ()) or (value == entry.default and entry.shape is not Shape.FLAG):
        _take_out(document, path)
        return
    here = cast(Table, document)
    for parent in parents:
        if isinstance(parent, str) and parent not in here:
            here[parent] = tomlkit.inline_table() if any(isinstance(part, int) for part in parents) else tomlkit.table()
        here = cast(Table, here[cast(str, parent)])
    here[cast(str, key)] = _item(entry, value, here.get(cast(str, key)))


def _take_out(document: TOMLDocument, path: Path) -> None:
    parent = cast(Table, document)
    for key in path[:-1]:
        if isinstance(key, str) and key not in parent:
            return
        parent = cast(Table, parent[cast(str, key)])
    if path[-1] in parent:
        del parent[cast(str, path[-1])]
    if len(path) > 2 and not isinstance(path[-2], int) and len(parent) == 0:
        _take_out(document, path[:-1])


def _item(entry: Entry, value: Value, before: object) -> object:
    if isinstance(value, str):
        if entry.shape is Shape.NUMBER and (number := _number(value)) is not None:
            return number
        if entry.shape is Shape.INSTANT:
            return _instant(value)
        return tomlkit.string(value, multiline="\n" in value or len(value) > 200)
    if isinstance(value, bool):
        return value
    items: list[object] = list(value)
    if entry.shape is Shape.OPTIONS:
        items = _options(cast("tuple[str, ...]", value), before)
    elif entry.shape is Shape.ROWS:
        items = [_row(entry, row) for row in cast(Rows, value)]
    array = tomlkit.array()
    array.extend(items)
    return array.multiline(len(items) > 1 and entry.shape is not Shape.ANY)


def _instant(value: str) -> object:
    try:
        return datetime.fromisoformat(value)  # local time in [webinar] zone
    except ValueError:
        return value  # The check says what is wrong with it.


def _row(entry: Entry, row: Sequence[str]) -> object:
    table = tomlkit.inline_table()
    for column, value in zip(entry.columns, row, strict=True):
        if value:
            table[column.key] = value
    return table


def _options(labels: Sequence[str], before: object) -> list[object]:
    """A label that was there keeps its value, so that answers given before stay comparable."""
    known = {_label(option): option for option in before} if isinstance(before, Array | list) else {}
    kept: list[object] = []
    for label in labels:
        option = known.get(label)
        if isinstance(option, Mapping):
            table = tomlkit.inline_table()
            table.update(dict(option))
            kept.append(table)
        else:
            kept.append(label)
    return kept
