"""Which bytes of a copy are asked for, and which have been handed out. Plain arithmetic over half-open ranges."""

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


def within(start: int, stop: int | None, length: int) -> Range | None:
    """The part of start..stop (half-open) that lies in 0..length; None where there is none.

    A negative start are so many last bytes, or all where there are fewer (RFC 9110, 14.1.2); stop None is the end.
    """
    start = max(0, length + start) if start < 0 else start
    stop = length if stop is None else min(stop, length)
    return (start, stop) if start < stop else None
