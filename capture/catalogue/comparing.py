"""Two versions of a draft side by side: which files changed, and in them which words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import zip_longest

from capture.catalogue import parcels
from capture.catalogue.parcels import Files
from capture.config import Settings

AROUND = 1  # lines shown before and after a change
MOST_LINES = 4_000  # of one file; comparing more would take seconds
_WORDS = re.compile(r"\w+|\s+|[^\w\s]")


class Was(StrEnum):
    """What became of some words, or of a file."""

    SAME = "same"
    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Part:
    """Some words of a line."""

    was: Was
    words: str


Line = tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class FileChange:
    """What became of a file; `passages` are runs of lines around its changes, none where it is no text."""

    path: str
    was: Was
    passages: tuple[tuple[Line, ...], ...] = ()


def changes(settings: Settings, before: Files, after: Files) -> tuple[FileChange, ...]:
    """The files that differ, in the order of their names."""
    paths = sorted(path for path in {*before, *after} if before.get(path) != after.get(path))
    return tuple(_change(settings, before, after, path) for path in paths)


def _change(settings: Settings, before: Files, after: Files, path: str) -> FileChange:
    was = Was.ADDED if path not in before else Was.REMOVED if path not in after else Was.CHANGED
    if not path.lower().endswith(parcels.TEXTS):
        return FileChange(path, was)
    old, new = (_lines(settings, files, path) for files in (before, after))
    if max(len(old), len(new)) > MOST_LINES:
        return FileChange(path, was)
    return FileChange(path, was, tuple(passages(old, new)))


def _lines(settings: Settings, files: Files, path: str) -> list[str]:
    if path not in files:
        return []
    return parcels.read(settings, files, path).decode("utf-8-sig", "replace").splitlines()


def passages(old: Sequence[str], new: Sequence[str]) -> Iterator[tuple[Line, ...]]:
    """Runs of lines around the changes from one text to another."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for group in matcher.get_grouped_opcodes(AROUND):
        passage: list[Line] = []
        for what, from_old, to_old, from_new, to_new in group:
            if what == "equal":
                passage += [(Part(Was.SAME, line),) for line in new[from_new:to_new]]
            else:
                pairs = zip_longest(old[from_old:to_old], new[from_new:to_new])
                passage += [tuple(_words(before, after)) for before, after in pairs]
        yield tuple(passage)


def _words(before: str | None, after: str | None) -> Iterator[Part]:
    """One line that shows both: what went, and what came."""
    if before is None or after is None:
        yield Part(Was.ADDED if before is None else Was.REMOVED, (after if before is None else before) or "")
        return
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    if matcher.quick_ratio() < 0.4:  # Another sentence: whole lines read better than scattered words.
        yield Part(Was.REMOVED, before)
        yield Part(Was.ADDED, after)
        return
    for what, from_old, to_old, from_new, to_new in matcher.get_opcodes():
        if what == "equal":
            yield Part(Was.SAME, "".join(new[from_new:to_new]))
            continue
        for was, words in ((Was.REMOVED, old[from_old:to_old]), (Was.ADDED, new[from_new:to_new])):
            if words:
                yield Part(was, "".join(words))
