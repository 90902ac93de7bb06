"""Durations, many in a few bytes: a median has no sum, so that the days keep the durations themselves."""

import struct
from collections.abc import Iterable, Sequence
from datetime import timedelta

MICROSECOND = timedelta(microseconds=1)


def packed(values: Iterable[int]) -> bytes:
    """Microseconds in eight bytes each, the shortest first."""
    told = sorted(values)
    return struct.pack(f"<{len(told)}q", *told)


def unpacked(packed: bytes) -> Sequence[int]:
    """The same microseconds."""
    return struct.unpack(f"<{len(packed) // 8}q", packed)


def median(values: Iterable[int]) -> float | None:
    """The one in the middle; of two the mean."""
    found = sorted(values)
    middle = len(found) // 2
    if not found:
        return None
    return found[middle] if len(found) % 2 else (found[middle - 1] + found[middle]) / 2


def median_days(values: Iterable[int]) -> float | None:
    """The median of microseconds, in days."""
    found = median(values)
    return None if found is None else found * MICROSECOND / timedelta(days=1)
