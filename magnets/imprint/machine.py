"""The fonts of this machine, for letters that the embedded fonts lack: fontconfig lists them, once per process."""

import logging
import subprocess
from array import array
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from magnets.imprint.slots import Family

_log = logging.getLogger(__name__)

_LISTED = ("file", "index", "family[0]", "weight", "slant", "outline", "color", "charset")
_WEIGHTS = {100: 0, 200: 40, 300: 50, 400: 80, 500: 100, 600: 180, 700: 200, 800: 205, 900: 210}
"""fontconfig's weights by those of CSS and OpenType."""

_BOXES = ("last resort", "lastresort", "adobe blank", "adobeblank")
"""Families that show a box for everything."""


@dataclass(frozen=True, slots=True)
class MachineFont:
    """One face in a font file, and the code points it has glyphs for."""

    path: Path
    index: int
    family: str
    weight: int
    slanted: bool
    coverage: "Coverage" = field(repr=False, compare=False)


class Coverage:
    """A set of code points as ranges."""

    __slots__ = ("_firsts", "_lasts")

    def __init__(self, charset: str) -> None:
        """Read fontconfig's notation: hexadecimal `20-7e a0 1e00-1eff`."""
        ranges = sorted((int(first, 16), int(last or first, 16)) for first, _, last in _parts(charset))
        self._firsts = array("I", [first for first, _ in ranges])
        self._lasts = array("I", [last for _, last in ranges])

    def __contains__(self, character: str) -> bool:
        at = bisect_right(self._firsts, ord(character)) - 1
        return at >= 0 and ord(character) <= self._lasts[at]


def _parts(charset: str) -> Iterator[tuple[str, str, str]]:
    return (part.partition("-") for part in charset.split())


@lru_cache(maxsize=4096)
def find(letters: str, family: Family, weight: int, region: str) -> MachineFont | None:
    """The font that suits best of those that have every letter; None where there is none.

    The region (JP, KR or SC) chooses between the shapes that Han characters take in fonts for all of East Asia.
    """
    suitable = [font for font in _fonts() if all(letter in font.coverage for letter in letters)]
    return min(suitable, key=lambda font: _distance(font, family, weight, region), default=None)


def _distance(font: MachineFont, family: Family, weight: int, region: str) -> tuple[object, ...]:
    """How far a font is from what is wanted; the last parts make the choice the same on every run."""
    return (
        "Mono" in font.family,
        not font.family.startswith("Noto Serif " if family is Family.SERIF else "Noto Sans "),
        not font.family.startswith("Noto "),
        font.slanted,
        " CJK " in font.family and not font.family.endswith(region),
        abs(font.weight - _WEIGHTS[min(900, max(100, round(weight, -2)))]),
        font.family,
        str(font.path),
        font.index,
    )


@lru_cache(maxsize=1)
def _fonts() -> tuple[MachineFont, ...]:
    wanted = "|".join(f"%{{{name}}}" for name in _LISTED) + "\n"
    try:
        done = subprocess.run(["fc-list", "--format", wanted], capture_output=True, check=True, timeout=30)
    except (OSError, subprocess.SubprocessError) as fault:
        _log.warning("fonts_not_listed reason=%s", type(fault).__name__)
        return ()
    rows = (line.split("|") for line in done.stdout.decode("utf-8", "replace").splitlines())
    return tuple(font for row in rows if len(row) == len(_LISTED) for font in _usable(*row))


def _usable(
    file: str, index: str, family: str, weight: str, slant: str, outline: str, colour: str, charset: str
) -> Iterator[MachineFont]:
    """Fonts of outlines; pictures in colour cannot be set in the colour of a slot."""
    if outline != "True" or colour == "True" or not charset or family.lower().startswith(_BOXES):
        return
    if not index.isdigit() or int(index) > 0xFFFF:  # named instances of variable fonts: the font itself is listed too
        return
    heaviness = int(float(weight)) if weight.replace(".", "").isdigit() else _WEIGHTS[400]
    yield MachineFont(Path(file), int(index), family, heaviness, slant not in ("0", ""), Coverage(charset))
