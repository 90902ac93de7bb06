"""A rule file changed where its rules did: what somebody wrote beside them, and how, stays."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from capture.errors import RulesRefused
from capture.scoring import rulefile
from capture.scoring import rules as rule_sets
from capture.scoring.rules import Json, Rules

_HEADER = re.compile(r"\s*(?:\[\[(fit|engagement)\]\]|\[(caps)\.[^\[\]]+\])\s*(?:#.*)?$")
_ORDER = ("caps", "fit", "engagement")


@dataclass(frozen=True, slots=True)
class Block:
    """A rule or a cap as it is written, with the comment right above it."""

    kind: str
    name: str
    text: str


def rewritten(text: str, rules: Rules) -> str:
    """The file, saying these rules: comments, order and spelling stay where a rule stays.

    Where that cannot be done the rules are written as new.
    """
    try:
        changed = _rewritten(text, rule_sets.to_json(rules))
        return changed if rulefile.read(changed) == rules else rulefile.write(rules)
    except (TOMLKitError, RulesRefused, LookupError, TypeError, AttributeError):
        return rulefile.write(rules)


def _rewritten(text: str, wanted: dict[str, Json]) -> str:
    top, blocks = _parts(text)
    known = {(block.kind, block.name): block for block in blocks}
    kinds = [*dict.fromkeys(block.kind for block in blocks), *_ORDER]
    written = [_top(top, wanted)]
    for kind in dict.fromkeys(kinds):
        for name, values in _wanted(wanted, kind):
            block = known.get((kind, name))
            written.append(_changed(block, values) if block else _new(kind, name, values))
    return "\n".join(part.strip("\n") + "\n" for part in written if part.strip())


def _parts(text: str) -> tuple[str, list[Block]]:
    """What stands before the first rule or cap, and these."""
    lines = text.splitlines(keepends=True)
    starts = []
    for number, line in enumerate(lines):
        if _HEADER.match(line):
            while number and lines[number - 1].lstrip().startswith("#"):
                number -= 1
            starts.append(number)
    bounds = [*starts, len(lines)]
    blocks = [_block("".join(lines[start:end])) for start, end in pairwise(bounds)]
    return "".join(lines[: bounds[0]]), blocks


def _block(text: str) -> Block:
    header = next(found for line in text.splitlines() if (found := _HEADER.match(line)))
    table = tomlkit.parse(text).unwrap()
    if header[2]:
        return Block("caps", next(iter(table["caps"])), text)
    return Block(header[1], table[header[1]][0]["key"], text)


def _wanted(wanted: dict[str, Json], kind: str) -> Iterator[tuple[str, dict[str, Json]]]:
    stored: Any = wanted[kind]
    yield from stored.items() if kind == "caps" else ((rule["key"], rule) for rule in stored)


def _top(top: str, wanted: dict[str, Json]) -> str:
    document = tomlkit.parse(top)
    for name in ("fit_threshold", "engagement_threshold"):
        if document.get(name) != wanted[name]:
            document[name] = wanted[name]
    return tomlkit.dumps(document)


def _changed(block: Block, values: dict[str, Json]) -> str:
    document = tomlkit.parse(block.text)
    table: Any = document["caps"][block.name] if block.kind == "caps" else document[block.kind][0]
    stands = table.unwrap()
    for name in [name for name in stands if name not in values and not _says_nothing(name, stands[name])]:
        del table[name]
    for name, value in values.items():
        if stands.get(name) != value:
            table[name] = value
    return tomlkit.dumps(document)


def _says_nothing(name: str, value: object) -> bool:
    """Whether a value is the default, which is kept as it is written."""
    return value in ("", [], False) or (name, value) in (("per", "lead"), ("points", 0))


def _new(kind: str, name: str, values: dict[str, Json]) -> str:
    return tomlkit.dumps({kind: {name: values}} if kind == "caps" else {kind: [values]})
