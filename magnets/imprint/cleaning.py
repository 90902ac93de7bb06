"""What of a typed value may be printed: words, never controls, directions or markers that nobody can see."""

import re
import unicodedata

LONGEST = 400
"""Characters of one value that are looked at; no box of a cover holds more, and shaping stays cheap for any input."""

_JOINERS = frozenset("\u200c\u200d")
_JOINED = "\u200c\u200d "
_DROPPED = frozenset({"Cc", "Cf", "Cs", "Cn", "Co"})
_STAND_INS = frozenset("\ufffc\ufffd")
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0")
"""Letters and marks to Unicode's categories, yet nothing is seen of them: fillers of hangul, and their like."""

SELECTORS = "".join(map(chr, (*range(0x180B, 0x1810), *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""They choose the shape of the letter before them; Japanese names are written with them."""

_MARKS = frozenset({"Mn", "Me"})
_STACKED = 4


_PLAIN = re.compile(
    "[ -~\u00a1-\u00ac\u00ae-\u02ff\u0370-\u0373\u0376\u0377\u037b-\u037d\u0384-\u0386\u0388-\u038a\u038c\u038e-\u03a1"
    "\u03a3-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2027\u20ac]*"
)
"""Values that hold nothing to leave out or to compose: Latin, Greek and Cyrillic letters, digits and signs."""


def clean(value: str) -> str:
    """The value as one line of NFC text: runs of white space become one space, and what cannot be seen is left out.

    Left out are control characters, surrogates, unassigned and private code points, replacement characters, and every
    format character (bidi controls, soft hyphens, tags) but the two joiners that Persian and the scripts of India write
    with; fillers; and selectors of a shape that no letter stands before. No letter keeps more than four combining marks
    (Unicode's stream-safe format allows thirty).
    """
    if len(value) <= LONGEST and _PLAIN.fullmatch(value):
        return " ".join(value.split()) if "  " in value else value.strip()
    value = " ".join(value[: 4 * LONGEST].split())
    text = unicodedata.normalize("NFC", "".join(filter(_is_visible, value)))
    return _unstacked(" ".join(text.split()))[:LONGEST].lstrip(SELECTORS + _JOINED).rstrip(_JOINED)


def _is_visible(character: str) -> bool:
    if character in _JOINERS:
        return True
    return unicodedata.category(character) not in _DROPPED and character not in _STAND_INS and character not in _BLANK


def _unstacked(text: str) -> str:
    kept: list[str] = []
    stacked = 0
    for character in text:
        stacked = stacked + 1 if unicodedata.category(character) in _MARKS else 0
        if stacked <= _STACKED:
            kept.append(character)
    return "".join(kept)
