"""Which bytes of a copy have been handed out. Plain arithmetic over half-open ranges."""

from collections.abc import Iterable

Range = tuple[int, int]


def add(ranges: Iterable[Range], start: int, stop: int) -> list[Range]:
    """The ranges with start..stop (half-open) added: disjoint, in order, neighbours joined."""
    joined: list[Range] = []
    for low, high in sorted([*ranges, (start, stop)]):
        if low >= high:
            continue
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined


def cover(ranges: Iterable[Range], length: int) -> bool:
    """Whether every byte of 0..length is in the ranges."""
    return list(ranges) == [(0, length)]
