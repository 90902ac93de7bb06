"""Bars, radars, positions and codes, drawn into the box of a slot; and the words for those who do not see them.

What is the same for every lead (tracks, rings, scales) is drawn once, when an edition is opened. Words beside a drawing
are the theme's to set; a drawing itself shows no text but numbers.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from magnets.imprint import codes
from magnets.imprint.slots import Align, Box, Colour, Drawing, Kind, Slot, Value, written

Point = tuple[float, float]

Pen = Callable[[Slot, str], bytes]
"""Sets a text into the box of a slot, in a face that the edition has."""

Draw = Callable[[Mapping[str, Value], str], tuple[bytes, str]]
"""From values, and the address for a code, to operators and the words for those who do not see what they paint."""

_RINGS = 4
_LABELS = 4096
"""Numbers of a scale that are remembered as they are set: most leads have the same ones."""

_FINE, _STRONG = 0.5, 1.6
_PAPER = b"1 1 1 rg\n"


def number(value: Value | None) -> float | None:
    """A finite number, or None for anything else; the numbers of a feed may come as texts."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    return float(value) if isinstance(value, int | float) and math.isfinite(value) else None


def numbers(value: Value | None, count: int) -> tuple[float, ...] | None:
    """A number for each axis, or None."""
    if value is None or isinstance(value, str | int | float) or len(value) != count:
        return None
    found = [each for part in value if (each := number(part)) is not None]
    return tuple(found) if len(found) == count else None


class Figure:
    """One drawing, ready to take values. Immutable, so threads may share it."""

    __slots__ = ("_draw",)

    def __init__(self, slot: Slot, drawing: Drawing, pen: Pen) -> None:
        self._draw = _DRAWN[drawing.kind](slot, drawing, pen)

    def shown(self, values: Mapping[str, Value], address: str) -> tuple[bytes, str]:
        """The operators that show the values, and the text alternative, which says them; a code shows the address."""
        content, words = self._draw(values, address)
        return b"q\n%sQ\n" % content, words


def _compared(drawing: Drawing, values: Mapping[str, Value]) -> Value | None:
    """What the marketer compares with, or what others have answered."""
    return drawing.against[1:] if drawing.against.startswith("=") else values.get(drawing.against)


def _words(slot: Slot, drawing: Drawing, value: str, compared: str) -> str:
    said = drawing.alt.replace("{value}", value or slot.fallback or "–")
    return said + drawing.beside.replace("{against}", compared) if compared else said


# --- bars ---------------------------------------------------------------------------------------


def _bar(slot: Slot, drawing: Drawing, _pen: Pen) -> Draw:
    """A bar on its track; what it is compared with is a mark that is taller than the bar and stands clear of it."""
    box = slot.box
    bottom, height = box.bottom + box.height / 8, box.height * 3 / 4
    track = _filled(drawing.track) + _rectangle(box.left, bottom, box.width, height)
    full, tick = _filled(slot.colour), _filled(drawing.mark)
    thin = min(1.6, box.width / 40)

    def draw(values: Mapping[str, Value], _address: str) -> tuple[bytes, str]:
        shown, said, beside = track, "", ""
        if (value := number(values.get(slot.name))) is not None:
            said = written(value, slot.mark)
            if value > 0:
                shown += full + _rectangle(box.left, bottom, box.width * _share(value, drawing), height)
        if (compared := number(_compared(drawing, values))) is not None:
            beside = written(compared, slot.mark)
            left = box.left + thin + (box.width - 3 * thin) * _share(compared, drawing)
            shown += _PAPER + _rectangle(left - thin, box.bottom, 3 * thin, box.height)
            shown += tick + _rectangle(left, box.bottom, thin, box.height)
        return shown, _words(slot, drawing, said, beside)

    return draw


# --- a position on a scale ----------------------------------------------------------------------


def _position(slot: Slot, drawing: Drawing, pen: Pen) -> Draw:
    """The value above the line and what it is compared with below, so that their numbers never meet."""
    box, middle = slot.box, (slot.box.bottom + slot.box.top) / 2
    radius = min(4.5, box.height / 8)
    room = box.height / 2 - radius - 1
    scale = _stroked(drawing.text, 0.6) + b"".join(
        _lines([(box.left + box.width * at / 4, middle - 2), (box.left + box.width * at / 4, middle + 2)])
        for at in range(5)
    )
    scale += _lines([(box.left, middle), (box.right, middle)])
    dot = _disc(radius)

    @lru_cache(maxsize=_LABELS)
    def lettered(text: str, wide: float, align: Align, colour: Colour) -> bytes:
        return pen(replace(slot, box=Box(0, 0, wide, room), colour=colour, align=align, drawing=None), text)

    def label(text: str, x: float, bottom: float, colour: Colour) -> bytes:
        wide = min(len(text) * slot.size * 0.7, box.width)  # no digit of our faces is wider
        left = max(box.left, min(x - wide / 2, box.right - wide))
        align = Align.CENTER if left == x - wide / 2 else Align.LEFT if left == box.left else Align.RIGHT
        return _moved(lettered(text, wide, align, colour), left, bottom)

    def draw(values: Mapping[str, Value], _address: str) -> tuple[bytes, str]:
        shown, said, beside = scale, "", ""
        if (compared := number(_compared(drawing, values))) is not None:
            beside = written(compared, slot.mark)
            x = box.left + radius + (box.width - 2 * radius) * _share(compared, drawing)
            shown += _filled(drawing.mark) + _rectangle(x - 0.9, middle - radius, 1.8, 2 * radius)
            shown += label(beside, x, box.bottom, drawing.text)
        if (value := number(values.get(slot.name))) is not None:
            said = written(value, slot.mark)
            x = box.left + radius + (box.width - 2 * radius) * _share(value, drawing)
            shown += _filled(slot.colour) + _moved(dot, x, middle) + label(said, x, box.top - room, slot.colour)
        return shown, _words(slot, drawing, said, beside)

    return draw


# --- radars -------------------------------------------------------------------------------------


def _radar(slot: Slot, drawing: Drawing, _pen: Pen) -> Draw:
    count = len(drawing.labels)
    x, y = (slot.box.left + slot.box.right) / 2, (slot.box.bottom + slot.box.top) / 2
    radius = min(slot.box.width, slot.box.height) / 2 - 2.5  # half a dot stays inside
    turns = [2 * math.pi * at / count for at in range(count)]
    axes = [(radius * math.sin(turn), radius * math.cos(turn)) for turn in turns]  # the first points up, then clockwise
    grid = _grid((x, y), axes, drawing)
    area, others_line = _filled(drawing.track), _stroked(drawing.mark, 1) + b"[3 2]0 d\n"
    own_line, dot = _stroked(slot.colour, _STRONG), _disc(2.2)
    full = _filled(slot.colour)

    def corners(several: Sequence[float]) -> list[Point]:
        shares = [_share(value, drawing) for value in several]
        return [(x + share * across, y + share * up) for share, (across, up) in zip(shares, axes, strict=True)]

    def said(several: Sequence[float] | None) -> str:
        pairs = zip(drawing.labels, several or (), strict=False)
        return ", ".join([f"{label} {written(value, slot.mark)}" for label, value in pairs])

    def draw(values: Mapping[str, Value], _address: str) -> tuple[bytes, str]:
        own = numbers(values.get(slot.name), count)
        others = numbers(_compared(drawing, values), count)
        shown, shape = grid, b""
        if own is not None:
            places = corners(own)
            shape = _path(places)
            shown = area + shape + b"f\n" + grid
        if others is not None:
            shown += others_line + _path(corners(others)) + b"s\n[]0 d\n"
        if own is not None:
            shown += own_line + shape + b"s\n" + full + b"".join([_moved(dot, *place) for place in places])
        return shown, _words(slot, drawing, said(own), said(others))

    return draw


def _grid(centre: Point, axes: Sequence[Point], drawing: Drawing) -> bytes:
    """Rings and the lines of the axes, which are given as the way from the centre."""
    line = tuple((part + 0.72) / 2 for part in drawing.text)
    shown = _stroked((line[0], line[1], line[2]), _FINE)
    for part in [ring / _RINGS for ring in range(1, _RINGS + 1)]:
        shown += _path([(centre[0] + part * across, centre[1] + part * up) for across, up in axes]) + b"s\n"
    return shown + b"".join(_lines([centre, (centre[0] + across, centre[1] + up)]) for across, up in axes)


# --- codes --------------------------------------------------------------------------------------


def _code(slot: Slot, drawing: Drawing, _pen: Pen) -> Draw:
    side = min(slot.box.width, slot.box.height)
    left, bottom = slot.box.left, slot.box.top - side
    paper = _filled(drawing.track) + _rectangle(left, bottom, side, side) + _filled(slot.colour)

    def draw(_values: Mapping[str, Value], address: str) -> tuple[bytes, str]:
        count, rows = codes.fixed(address) if address == drawing.to else codes.modules(address)
        module = side / (count + 2 * codes.QUIET)
        width = (count + 7) // 8
        shown = b"%s%.4f 0 0 %.4f %.4f %.4f cm\nBI/W %d/H %d/IM true/BPC 1/D[1 0]/F/AHx ID %s>\nEI\n" % (
            paper,
            count * module,
            count * module,
            left + codes.QUIET * module,
            bottom + codes.QUIET * module,
            count,
            count,
            rows.to_bytes(width * count, "big").hex().encode(),
        )
        return shown, drawing.alt.replace("{value}", address)

    return draw


_DRAWN: dict[Kind, Callable[[Slot, Drawing, Pen], Draw]] = {
    Kind.BAR: _bar,
    Kind.POSITION: _position,
    Kind.RADAR: _radar,
    Kind.CODE: _code,
}


# --- operators ----------------------------------------------------------------------------------


def _share(value: float, drawing: Drawing) -> float:
    return min(1.0, max(0.0, value / drawing.most))


def _filled(colour: Colour) -> bytes:
    return b"%.4g %.4g %.4g rg\n" % colour


def _stroked(colour: Colour, width: float) -> bytes:
    return b"%.4g %.4g %.4g RG %.4g w 1 j\n" % (*colour, width)


def _rectangle(left: float, bottom: float, width: float, height: float) -> bytes:
    return b"%.2f %.2f %.2f %.2f re f\n" % (left, bottom, width, height)


def _lines(points: Sequence[Point]) -> bytes:
    (x, y), *others = points
    return b"%.2f %.2f m " % (x, y) + b"".join([b"%.2f %.2f l " % point for point in others]) + b"S\n"


def _path(points: Sequence[Point]) -> bytes:
    """A closed line that is not painted yet, but for a last `s` or `f`."""
    (x, y), *others = points
    return b"%.2f %.2f m " % (x, y) + b"".join([b"%.2f %.2f l " % point for point in others]) + b"h "


def _moved(content: bytes, x: float, y: float) -> bytes:
    """What was drawn around the origin, at another place."""
    return b"q 1 0 0 1 %.2f %.2f cm\n%sQ\n" % (x, y, content)


def _disc(r: float) -> bytes:
    """A circle of four Bézier curves around the origin."""
    k = r * 0.5523
    curves = ((r, k, k, r, 0, r), (-k, r, -r, k, -r, 0), (-r, -k, -k, -r, 0, -r), (k, -r, r, -k, r, 0))
    return b"%.2f 0 m " % r + b"".join(b"%.2f %.2f %.2f %.2f %.2f %.2f c " % curve for curve in curves) + b"f\n"
