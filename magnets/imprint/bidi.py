"""Which way each character of a line runs: the Unicode Bidirectional Algorithm (UAX #9), by FriBidi.

FriBidi is the library that Pango, and with it the typesetting of every edition, stands on; so it is there.
"""

import ctypes
from collections.abc import Sequence
from functools import lru_cache

_NAMES = ("libfribidi.so.0", "libfribidi.0.dylib", "fribidi-0.dll")
_BY_FIRST_STRONG, _LEFT_TO_RIGHT, _RIGHT_TO_LEFT = 0x40, 0x110, 0x111


@lru_cache(maxsize=1)
def _fribidi() -> ctypes.CDLL | None:
    for name in _NAMES:
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    return None


def levels(text: str, base: int | None = None) -> list[int]:
    """The embedding level of each character, odd where it runs to the left; empty where FriBidi is missing.

    The base level is that of the first strong character unless it is given.
    """
    library = _fribidi()
    if library is None or not text:
        return []
    length = len(text)
    characters = (ctypes.c_uint32 * length)(*map(ord, text))
    types, brackets = (ctypes.c_uint32 * length)(), (ctypes.c_uint32 * length)()
    library.fribidi_get_bidi_types(characters, length, types)
    library.fribidi_get_bracket_types(characters, length, types, brackets)
    wanted = _BY_FIRST_STRONG if base is None else (_LEFT_TO_RIGHT, _RIGHT_TO_LEFT)[base]
    direction = ctypes.c_uint32(wanted)
    found = (ctypes.c_int8 * length)()
    library.fribidi_get_par_embedding_levels_ex(types, brackets, length, ctypes.byref(direction), found)
    return list(found)


def base_level(text: str) -> int:
    """1 where the first strong character of the text runs to the left, else 0."""
    found = levels(text + "\n")
    return found[-1] & 1 if found else 0


def visual_order(levels_of_runs: Sequence[int]) -> list[int]:
    """The runs of a line from left to right (rule L2): indexes into the runs in reading order."""
    order = list(range(len(levels_of_runs)))
    odd = [level for level in levels_of_runs if level % 2]
    for level in range(max(levels_of_runs, default=0), min(odd, default=1) - 1, -1):
        start = 0
        while start < len(order):
            end = start
            while end < len(order) and levels_of_runs[order[end]] >= level:
                end += 1
            order[start:end] = order[start:end][::-1]
            start = max(end, start + 1)
    return order
