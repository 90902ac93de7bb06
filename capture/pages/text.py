"""Whatever was typed becomes clean text: plain arithmetic on characters."""

import re
import unicodedata

# A form post may hold far more than any field takes; beyond this nothing is looked at.
MOST_TYPED = 20_000

_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\x1c-\x1e\x85\u2028\u2029]")
# Embeddings, overrides and isolates turn the text around them; the plain direction marks that names need stay.
_TURNERS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
_INVISIBLE = frozenset({"Cf", "Zs", "Zl", "Zp", "Mn", "Me"})


def _is_kept(char: str) -> bool:
    if char in _TURNERS or ord(char) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(char) <= 0xFDEF:
        return False
    return char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs", "Cn", "Co"}


def lines(raw: str) -> str:
    """Text of several lines: NFC, LF line ends, no control characters, surrogates or turned directions, stripped.

    The result can be stored by every database; text without a visible character becomes empty.
    """
    unified = _LINE_ENDS.sub("\n", raw)
    kept = unicodedata.normalize("NFC", "".join(char for char in unified if _is_kept(char)))
    tidy = re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in kept.split("\n"))).strip()
    return tidy if any(unicodedata.category(char) not in _INVISIBLE and not char.isspace() for char in tidy) else ""


def line(raw: str) -> str:
    """Text of one line: as `lines`, with every run of white space as one space."""
    return " ".join(lines(raw).split())


def bare(raw: str) -> str:
    """One word for machines (address, number): also without invisible format characters that copying brings along."""
    return "".join(char for char in line(raw) if unicodedata.category(char) != "Cf")
