"""Lists of tables in magnet.toml, such as the fields of the form: one more, one less, another order.

A list that is written as [[tables]] is changed by whole lines, so that each table keeps its bytes and the comments
right above it; one that is written in brackets goes through tomlkit.
"""

import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeVar, cast

import tomlkit
from tomlkit.items import AoT, Array, InlineTable, Table
from tomlkit.toml_document import TOMLDocument

from capture.pages.sheets import Path
from magnets.toml_lines import lines_of

FIELDS: Path = ("form", "fields")

Values = Mapping[str, object]


def listed(table: object, path: Path) -> list[tuple[int, Values]]:
    """The tables of a list with their numbers; what is no table is passed over."""
    found = _at(table, path)
    return [(number, part) for number, part in enumerate(found) if isinstance(part, dict)] if found else []


def place(table: object, path: Path, key: str) -> Path | None:
    """Where the table with this key stands."""
    number = next((number for number, part in listed(table, path) if part.get("key") == key), None)
    return None if number is None else (*path, number)


def path_at(text: str, line: int) -> Path:
    """What stands in this line of a magnet.toml that parses: the whole of it where several parts of one do."""
    known = lines_of(text)
    last = max((at for at in known.values() if at <= line), default=0)
    here = [path for path, at in known.items() if at == last]
    return min((path for path in here if len(path) > 3), key=len, default=max(here, key=len, default=()))


def add(text: str, path: Path, values: Values) -> str:
    """The magnet.toml with one more table in this list."""

    def by_lines() -> str:
        lines, spans = _spans(text, path)
        after, header = spans[-1][1], ".".join(key for key in path if isinstance(key, str))
        block = f"\n[[{header}]]\n{tomlkit.dumps(_filled(tomlkit.table(), values))}".rstrip("\n").split("\n")
        end = "\r" if lines[0].endswith("\r") else ""
        return "\n".join([*lines[:after], *(f"{line}{end}" for line in block), *lines[after:]])

    def by_tomlkit(parent: Table, key: str) -> None:
        rows = parent.get(key)
        if rows is None and any(isinstance(part, int) for part in path):
            parent[key] = tomlkit.array()
            rows = parent[key]
        if isinstance(rows, Array):
            rows.append(_filled(tomlkit.inline_table(), values))
            return
        if not isinstance(rows, AoT):
            parent[key] = tomlkit.aot()
        cast(AoT, parent[key]).append(_filled(tomlkit.table(), values))

    return _changed(text, path, lambda rows: [*rows, dict(values)], by_lines, by_tomlkit)


def remove(text: str, path: Path, number: int) -> str:
    """The magnet.toml without this table."""

    def by_lines() -> str:
        lines, spans = _spans(text, path)
        begin, end = spans[number]
        kept, rest = lines[:begin], lines[end:]
        while rest and not rest[0].strip():
            rest.pop(0)
        while not rest and kept and not kept[-1].strip():
            kept.pop()
        return "\n".join([*kept, *(rest or [""])])

    def by_tomlkit(parent: Table, key: str) -> None:
        del cast(Any, parent[key])[number]

    return _changed(text, path, lambda rows: rows[:number] + rows[number + 1 :], by_lines, by_tomlkit)


def order(text: str, path: Path, numbers: Sequence[int]) -> str:
    """The magnet.toml with the tables of this list as `numbers` has them, which are all of theirs."""
    if list(numbers) == sorted(numbers):
        return text

    def by_lines() -> str:
        lines, spans = _spans(text, path)
        done, at = [], 0
        for slot, number in zip(spans, numbers, strict=True):
            begin, end = spans[number]
            done += [*lines[at : slot[0]], *lines[begin:end]]
            at = slot[1]
        return "\n".join([*done, *lines[at:]])

    def by_tomlkit(parent: Table, key: str) -> None:
        rows, now = cast(Any, parent[key]), sorted(numbers)
        for to, number in enumerate(numbers):
            at = now.index(number)
            if at != to:
                row = rows[at]
                del rows[at]
                rows.insert(to, row)
                now.insert(to, now.pop(at))

    return _changed(text, path, lambda rows: [rows[number] for number in numbers], by_lines, by_tomlkit)


def move(text: str, path: Path, number: int, by: int) -> str:
    """The magnet.toml with this table `by` places further down; out of the ends it does not go."""
    numbers = list(range(len(_at(tomllib.loads(text), path) or ())))
    to = min(max(number + by, 0), len(numbers) - 1)
    numbers.insert(to, numbers.pop(number))
    return order(text, path, numbers)


def changed(text: str, path: Path, values: Values, gone: Collection[str]) -> str:
    """The magnet.toml with other values in this table, and without the keys that are to go."""
    document = tomlkit.parse(text)
    table = cast(Table, cast(Any, _parent(document, path))[path[-1]])
    for key in gone:
        if key in table:
            del table[key]
    _filled(table, values)
    return tomlkit.dumps(document)


def rearranged(table: object, path: Path, keys: Sequence[str]) -> list[int]:
    """The numbers of a list once the tables with these keys stand in this order, in the places that they have now."""
    numbers = {str(part.get("key")): number for number, part in reversed(listed(table, path))}
    wanted = [numbers[key] for key in keys]
    moved = dict(zip(sorted(wanted), wanted, strict=True))
    return [moved.get(number, number) for number in range(len(_at(table, path) or ()))]


# --- how ----------------------------------------------------------------------------------------------


def _at(table: object, path: Path) -> list[Any] | None:
    for key in path:
        if isinstance(key, int):
            table = table[key] if isinstance(table, list) and key < len(table) else None
        else:
            table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, list) else None


def _changed(
    text: str,
    path: Path,
    rows: Callable[[list[Any]], list[Any]],
    by_lines: Callable[[], str],
    by_tomlkit: Callable[[Table, str], None],
) -> str:
    """By lines where that comes to what is wanted, otherwise through tomlkit."""
    table = tomllib.loads(text)
    before = _at(table, path)
    if before is not None and before:
        before[:] = rows(list(before))
        try:
            done = by_lines()
            if tomllib.loads(done) == table:
                return done
        except (IndexError, tomllib.TOMLDecodeError):
            pass  # The list is not written as [[tables]] that stand by themselves.
    document = tomlkit.parse(text)
    by_tomlkit(_parent(document, path), str(path[-1]))
    return _with_blank_lines(tomlkit.dumps(document))


def _parent(document: TOMLDocument, path: Path) -> Table:
    here = cast(Any, document)
    for key in path[:-1]:
        if isinstance(key, str) and key not in here:
            here[key] = tomlkit.table(is_super_table=True)
        here = here[key]
    return cast(Table, here)


def _spans(text: str, path: Path) -> tuple[list[str], list[tuple[int, int]]]:
    """The lines of a text, and from which to which each table of the list goes, without blank lines behind it.

    Raises IndexError where the list is not written as [[tables]].
    """
    lines, known = text.split("\n"), lines_of(text)
    spans = []
    for number in range(sum(len(one) == len(path) + 1 and one[:-1] == path for one in known)):
        own = (*path, number)
        first = known[own]
        if not lines[first - 1].lstrip().startswith("[["):
            raise IndexError(first)
        others = (line for one, line in known.items() if line > first and one[: len(own)] != own)
        after = min((line for line in others if lines[line - 1].lstrip().startswith("[")), default=len(lines) + 1)
        begin, end = _with_comments(lines, first - 1), _with_comments(lines, after - 1)
        while end > begin and not lines[end - 1].strip():
            end -= 1
        spans.append((begin, end))
    return lines, [spans[number] for number in range(len(spans))]


def _with_comments(lines: Sequence[str], header: int) -> int:
    """Where the comments begin that stand right above a header."""
    while header > 0 and header <= len(lines) and lines[header - 1].lstrip().startswith("#"):
        header -= 1
    return header


Row = TypeVar("Row", Table, InlineTable)


def _filled(row: Row, values: Values) -> Row:
    """The table with these values; a list of tables in it is written in brackets."""
    for key, value in values.items():
        if isinstance(value, list):
            array = tomlkit.array()
            array.extend(_filled(tomlkit.inline_table(), part) for part in value)
            row[key] = array.multiline(len(value) > 1)
        else:
            row[key] = value
    return row


def _with_blank_lines(text: str) -> str:
    """One blank line before each table that was put somewhere else, unless a text would change by it."""
    lines: list[str] = []
    for line in text.split("\n"):
        if line.startswith("[") and lines and lines[-1].strip() and not lines[-1].startswith(("#", "[")):
            lines.append("")
        lines.append(line)
    spaced = "\n".join(lines)
    return spaced if tomllib.loads(spaced) == tomllib.loads(text) else text
