"""QR codes in microseconds: what differs between two addresses of one length is added up, never computed anew.

Data, error correction and mask are sums over GF(2), so that with the version and the mask held still the modules of a
code are an affine function of the bits of its text. A code is therefore that of a text of zeros, with a difference
added for every bit that is set; segno is asked once for each of them (ISO/IEC 18004, 7.4 to 7.8).
"""

from functools import lru_cache

import segno

_ERROR, _MASK = "m", 0
QUIET = 4
"""Modules of white on every side (ISO/IEC 18004, 5.3.8)."""


def modules(address: str) -> tuple[int, int]:
    """The code of an ASCII address: modules on a side, and its rows from the top as one number, whole bytes a row."""
    data = address.encode("ascii")
    code = _origin(len(data))
    for at, byte in enumerate(data):
        code ^= _difference(len(data), at, byte)
    return _side(len(data)), code


@lru_cache(maxsize=256)
def fixed(address: str) -> tuple[int, int]:
    """The same for an address that is no lead's own: it is made once, and remembered as it is."""
    data = address.encode("ascii")
    return _side(len(data)), _made(data)


@lru_cache(maxsize=65536)
def _difference(length: int, at: int, byte: int) -> int:
    """What a byte at a place changes in the code of zeros."""
    changed = 0
    for bit in range(8):
        if byte >> bit & 1:
            changed ^= _bit(length, at, bit)
    return changed


@lru_cache(maxsize=16384)
def _bit(length: int, at: int, bit: int) -> int:
    text = bytearray(length)
    text[at] = 1 << bit
    return _made(bytes(text)) ^ _origin(length)


@lru_cache(maxsize=256)
def _origin(length: int) -> int:
    return _made(bytes(length))


@lru_cache(maxsize=256)
def _side(length: int) -> int:
    return len(_code(bytes(length)).matrix)


def _made(data: bytes) -> int:
    rows = _code(data).matrix
    width = (len(rows) + 7) // 8 * 8
    code = 0
    for row in rows:
        for module in row:
            code = code << 1 | module
        code <<= width - len(rows)
    return code


def _code(data: bytes) -> segno.QRCode:
    return segno.make(data, error=_ERROR, mask=_MASK, mode="byte", boost_error=False, micro=False)
