"""The incremental update that makes a copy: changed objects and a cross-reference stream behind unchanged bytes.

ISO 32000-1, 7.5.6 and 7.5.8. What is the same for every lead is computed once: the link actions of a prefix of n bytes
always take the same room, so that only the streams behind them move.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

_ENTRY = struct.Struct(">BIB")
_MOST_SHAPES = 64


@dataclass(frozen=True, slots=True)
class Base:
    """What an update has to know of the bytes it follows; object numbers are the base's own."""

    length: int
    free: int
    root: int
    info: int | None
    identity: bytes
    startxref: int
    links: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Shape:
    """Everything about an update but its variable bytes: see Updater._shape."""

    links_length: int
    entries: bytes
    places: tuple[int, ...]
    head: bytes


class Updater:
    """Writes updates for one base. Thread-safe: a shape computed twice is the same shape."""

    __slots__ = ("_base", "_pieces", "_shapes")

    def __init__(self, base: Base) -> None:
        self._base = base
        closed = b""
        pieces = []
        for opening, closing in _actions(base.links):
            pieces.append(closed + opening)
            closed = closing
        self._pieces = (*pieces, closed)
        self._shapes: dict[tuple[int, tuple[int, ...]], _Shape] = {}

    def tail(self, prefix: bytes | None, objects: Sequence[tuple[int, bytes]], identity: bytes) -> bytes:
        """The bytes to append: actions with the escaped prefix (None leaves links alone), the objects, the xref stream.

        An object is its number and its whole text from `obj` to `endobj`, in ascending order; numbers from Base.free on
        are new ones.
        """
        shape = self._shape(-1 if prefix is None else len(prefix), tuple([number for number, _ in objects]))
        offset = self._base.length + shape.links_length
        entries = bytearray(shape.entries)
        for place, (_, text) in zip(shape.places, objects, strict=False):
            entries[place : place + 4] = offset.to_bytes(4, "big")
            offset += len(text)
        entries[-5:-1] = offset.to_bytes(4, "big")
        return b"".join(
            (
                b"" if prefix is None else prefix.join(self._pieces),
                *[text for _, text in objects],
                shape.head,
                b"/ID[<%s><%s>]>>stream\n" % (self._base.identity.hex().encode(), identity.hex().encode()),
                entries,
                b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n" % offset,
            )
        )

    def _shape(self, prefix_length: int, numbers: tuple[int, ...]) -> _Shape:
        shape = self._shapes.get((prefix_length, numbers))
        if shape is None:
            if len(self._shapes) >= _MOST_SHAPES:
                self._shapes.clear()
            shape = self._shapes[prefix_length, numbers] = self._computed(prefix_length, numbers)
        return shape

    def _computed(self, prefix_length: int, numbers: tuple[int, ...]) -> _Shape:
        base = self._base
        own = max((base.free - 1, *numbers)) + 1
        offsets = dict.fromkeys((*numbers, own), 0)
        links_length = 0
        if prefix_length >= 0:
            lengths = [len(opening) + prefix_length + len(closing) for opening, closing in _actions(base.links)]
            starts = accumulate(lengths, initial=base.length)
            offsets |= dict(zip(base.links, starts, strict=False))
            links_length = sum(lengths)
        ordered = sorted(offsets)
        entries = b"".join(_ENTRY.pack(1, offsets[number], 0) for number in ordered)
        place = {number: at * _ENTRY.size + 1 for at, number in enumerate(ordered)}
        return _Shape(
            links_length=links_length,
            entries=entries,
            places=tuple(place[number] for number in numbers),
            head=self._head(own, ordered, len(entries)),
        )

    def _head(self, own: int, ordered: Sequence[int], length: int) -> bytes:
        base = self._base
        info = b"" if base.info is None else b"/Info %d 0 R" % base.info
        index = b" ".join(b"%d %d" % run for run in _runs(ordered))
        return b"%d 0 obj\n<</Type/XRef/W[1 4 1]/Index[%s]/Size %d/Root %d 0 R%s/Prev %d/Length %d" % (
            own,
            index,
            own + 1,
            base.root,
            info,
            base.startxref,
            length,
        )


def _actions(links: Sequence[int]) -> list[tuple[bytes, bytes]]:
    """What stands before and behind the prefix in the action of each link: link n leads to the prefix and n."""
    return [(b"%d 0 obj\n<</S/URI/URI(" % number, b"%d)>>\nendobj\n" % n) for n, number in enumerate(links)]


def _runs(ordered: Sequence[int]) -> list[tuple[int, int]]:
    """Ascending numbers as (first, count) of unbroken runs."""
    runs: list[tuple[int, int]] = []
    for number in ordered:
        if runs and sum(runs[-1]) == number:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((number, 1))
    return runs
