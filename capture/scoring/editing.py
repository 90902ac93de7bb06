"""One rule at a time in a table of rules, as a form has it: put, moved, taken away. Plain arithmetic."""

import re
import unicodedata
from collections.abc import Mapping
from typing import cast

from capture.scoring.rules import STRUCK, Json

AXES = ("fit", "engagement")
Table = dict[str, Json]


def rules_of(table: Table, axis: str) -> list[Table]:
    """The rules of an axis, in their order; the list is the table's own."""
    return cast("list[Table]", table.setdefault(axis, []))


def find(table: Table, key: str) -> tuple[str, Table] | None:
    """The axis and the rule with this key."""
    return next(((axis, rule) for axis in AXES for rule in rules_of(table, axis) if rule["key"] == key), None)


def put(table: Table, axis: str, rule: Table, *, key: str = "") -> None:
    """Take a rule in, in place of the one with this key, or as the last one with a key made of its sentence."""
    known = rules_of(table, axis)
    place = next((number for number, one in enumerate(known) if one["key"] == key), None)
    if place is not None:
        known[place] = {**rule, "key": key}
    else:
        known.append({**rule, "key": new_key(str(rule.get("because", "")), table)})


def move(table: Table, key: str, step: int) -> None:
    """Let a rule change places with the one before it (-1) or behind it (1); at the end of the list nothing happens."""
    for axis in AXES:
        known = rules_of(table, axis)
        place = next((number for number, one in enumerate(known) if one["key"] == key), None)
        if place is not None and 0 <= place + step < len(known):
            known.insert(place + step, known.pop(place))


def take_away(table: Table, key: str) -> None:
    """The rule with this key goes."""
    for axis in AXES:
        table[axis] = cast(Json, [rule for rule in rules_of(table, axis) if rule["key"] != key])


def new_key(words: str, table: Mapping[str, Json]) -> str:
    """A key that no rule has, made of these words."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40].strip("_") or "rule"
    taken = {STRUCK, *(rule["key"] for axis in AXES for rule in rules_of(dict(table), axis))}
    return next(
        key for number in range(1, len(taken) + 2) if (key := f"{stem}_{number}" if number > 1 else stem) not in taken
    )
