"""A line of several scripts, directions and fonts: cut into runs that are set one by one and put in visual order."""

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import uharfbuzz as hb

from magnets.imprint import bidi
from magnets.imprint.typeface import Line, Typeface

_JOINER = "\u200d"
_UNSEEN = frozenset("\u200c\u200d" + "".join(map(chr, range(0xFE00, 0xFE10))))
"""Joiners and variation selectors: a font need not have glyphs for them."""

Lender = Callable[[str], tuple[bytes, Typeface] | None]
"""Gives a face that has all the letters, and its resource name."""


@dataclass(slots=True)
class _Run:
    text: str
    level: int
    script: str
    resource: bytes
    face: Typeface


def line(text: str, own: tuple[bytes, Typeface], lend: Lender, base: int) -> Line | None:
    """Set a line in its own face and, for letters that are not in it, in lent ones.

    The base is the embedding level of the paragraph. None where a letter has no glyph on this machine.
    """
    runs = _runs(text, own, lend, base)
    if not runs:
        return None
    lines = [run.face.line(run.text, run.resource, "rtl" if run.level % 2 else "ltr") for run in runs]
    ordered = [lines[at] for at in bidi.visual_order([run.level for run in runs])]
    parts = [part for part in ordered if part is not None]
    if len(parts) < len(runs):
        return None
    starts = [*accumulate([part.width for part in parts], initial=0)]
    return Line(
        text=text,
        strips=tuple(strip for part in parts for strip in part.strips),
        width=starts[-1],
        left=min(start + part.left for start, part in zip(starts, parts, strict=False)),
        right=max(start + part.right for start, part in zip(starts, parts, strict=False)),
        top=max(part.top for part in parts),
        bottom=min(part.bottom for part in parts),
        exact=all(part.exact for part in parts),
    )


def _runs(text: str, own: tuple[bytes, Typeface], lend: Lender, base: int) -> list[_Run]:
    """Runs of one level, script and face, in reading order; empty where a letter has no face."""
    levels = bidi.levels(text, base)
    if not levels:
        return []
    runs: list[_Run] = []
    for start, end in _clusters(text):
        cluster, level, script = text[start:end], levels[start], _script(text[start])
        last = runs[-1] if runs else None
        chosen = _face(cluster, script, own, last, lend)
        if chosen is None:
            return []
        resource, face = chosen
        if last and (last.level, last.resource) == (level, resource) and _agree(last.script, script):
            last.text += cluster
            last.script = last.script or script
        else:
            runs.append(_Run(cluster, level, script, resource, face))
    return runs


def _face(
    cluster: str, script: str, own: tuple[bytes, Typeface], last: _Run | None, lend: Lender
) -> tuple[bytes, Typeface] | None:
    """The face of what stands before goes on for spaces, digits and signs; letters take their own face first."""
    letters = "".join(letter for letter in cluster if letter not in _UNSEEN)
    if last and not script and last.face.covers(letters):
        return last.resource, last.face
    if own[1].covers(letters):
        return own
    if last and last.face.covers(letters):
        return last.resource, last.face
    return lend(letters)


def _agree(one: str, other: str) -> bool:
    return not one or not other or one == other


def _clusters(text: str) -> Iterator[tuple[int, int]]:
    """Letters with their marks and joiners, as places in the text."""
    start = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or not (
            text[at] in _UNSEEN or text[at - 1] == _JOINER or unicodedata.category(text[at]).startswith("M")
        ):
            yield start, at
            start = at


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    """The ISO 15924 code of a letter's script; nothing for what all scripts share."""
    buffer = hb.Buffer()
    buffer.add_str(letter)
    buffer.guess_segment_properties()
    return buffer.script or ""


def region(text: str) -> str:
    """Whose forms Han characters take beside this text: Japan's next to kana, Korea's next to hangul, else China's."""
    scripts: Sequence[str] = [_script(letter) for letter in text]
    if "Hira" in scripts or "Kana" in scripts:
        return "JP"
    return "KR" if "Hang" in scripts else "SC"
