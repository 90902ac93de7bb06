"""Bars, radars, positions and codes, drawn into the box of a slot; and the words for those who do not see them.

What is the same for every lead (tracks, rings, scales) is drawn once, when an edition is opened. Words beside a drawing
are the theme's to set; a drawing itself shows no text but numbers.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from magnets.imprint import codes
from magnets.imprint.slots import Align, Box, Colour, Drawing, Kind, Slot, Value

Point = tuple[float, float]

Pen = Callable[[Slot, str], bytes]
"""Sets a text into the box of a slot."""

_RINGS = 4
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


def words(slot: Slot, drawing: Drawing, values: Mapping[str, Value], address: str) -> str:
    """The text alternative: it says the number."""
    if drawing.kind is Kind.CODE:
        return drawing.alt.replace("{value}", address)
    shown, compared = _said(slot, drawing, values.get(slot.name)), _said(slot, drawing, _compared(drawing, values))
    said = drawing.alt.replace("{value}", shown or slot.fallback or "–")
    return said + drawing.beside.replace("{against}", compared) if compared else said


def _said(slot: Slot, drawing: Drawing, value: Value | None) -> str:
    if drawing.kind is not Kind.RADAR:
        single = number(value)
        return "" if single is None else slot.said(single)
    several = numbers(value, len(drawing.labels))
    if several is None:
        return ""
    return ", ".join(f"{label} {slot.said(each)}" for label, each in zip(drawing.labels, several, strict=True))


class Figure:
    """One drawing, ready to take values. Immutable, so threads may share it."""

    __slots__ = ("_draw",)

    def __init__(self, slot: Slot, drawing: Drawing) -> None:
        self._draw = _DRAWN[drawing.kind](slot, drawing)

    def content(self, values: Mapping[str, Value], address: str, pen: Pen) -> bytes:
        """The operators that show the values; a code shows the address."""
        return b"q\n" + self._draw(values, address, pen) + b"Q\n"


def _compared(drawing: Drawing, values: Mapping[str, Value]) -> Value | None:
    """What the marketer compares with, or what others have answered."""
    return drawing.against[1:] if drawing.against.startswith("=") else values.get(drawing.against)


Draw = Callable[[Mapping[str, Value], str, Pen], bytes]


# --- bars ---------------------------------------------------------------------------------------


def _bar(slot: Slot, drawing: Drawing) -> Draw:
    """A bar on its track; what it is compared with is a mark that is taller than the bar and stands clear of it."""
    box = slot.box
    bottom, height = box.bottom + box.height / 8, box.height * 3 / 4
    track = _filled(drawing.track) + _rectangle(box.left, bottom, box.width, height)
    full, tick = _filled(slot.colour), _filled(drawing.mark)
    thin = min(1.6, box.width / 40)

    def draw(values: Mapping[str, Value], _address: str, _pen: Pen) -> bytes:
        shown = track
        if (value := number(values.get(slot.name))) is not None and value > 0:
            shown += full + _rectangle(box.left, bottom, box.width * _share(value, drawing), height)
        if (compared := number(_compared(drawing, values))) is not None:
            left = box.left + thin + (box.width - 3 * thin) * _share(compared, drawing)
            shown += _PAPER + _rectangle(left - thin, box.bottom, 3 * thin, box.height)
            shown += tick + _rectangle(left, box.bottom, thin, box.height)
        return shown

    return draw


# --- a position on a scale ----------------------------------------------------------------------


def _position(slot: Slot, drawing: Drawing) -> Draw:
    """The value above the line and what it is compared with below, so that their numbers never meet."""
    box, middle = slot.box, (slot.box.bottom + slot.box.top) / 2
    radius = min(4.5, box.height / 8)
    room = box.height / 2 - radius - 1
    scale = _stroked(drawing.text, 0.6) + b"".join(
        _lines([(box.left + box.width * at / 4, middle - 2), (box.left + box.width * at / 4, middle + 2)])
        for at in range(5)
    )
    scale += _lines([(box.left, middle), (box.right, middle)])

    def label(value: float, x: float, bottom: float, colour: Colour, pen: Pen) -> bytes:
        text = slot.said(value)
        wide = min(len(text) * slot.size * 0.7, box.width)  # no digit of our faces is wider
        left = max(box.left, min(x - wide / 2, box.right - wide))
        place = Box(left, bottom, left + wide, bottom + room)
        align = Align.CENTER if left == x - wide / 2 else Align.LEFT if left == box.left else Align.RIGHT
        return pen(replace(slot, box=place, colour=colour, align=align, drawing=None), text)

    def draw(values: Mapping[str, Value], _address: str, pen: Pen) -> bytes:
        shown = scale
        if (compared := number(_compared(drawing, values))) is not None:
            x = box.left + radius + (box.width - 2 * radius) * _share(compared, drawing)
            shown += _filled(drawing.mark) + _rectangle(x - 0.9, middle - radius, 1.8, 2 * radius)
            shown += label(compared, x, box.bottom, drawing.text, pen)
        if (value := number(values.get(slot.name))) is not None:
            x = box.left + radius + (box.width - 2 * radius) * _share(value, drawing)
            shown += _filled(slot.colour) + _disc((x, middle), radius)
            shown += label(value, x, box.top - room, slot.colour, pen)
        return shown

    return draw


# --- radars -------------------------------------------------------------------------------------


def _radar(slot: Slot, drawing: Drawing) -> Draw:
    count = len(drawing.labels)
    centre = (slot.box.left + slot.box.right) / 2, (slot.box.bottom + slot.box.top) / 2
    radius = min(slot.box.width, slot.box.height) / 2 - 2.5  # half a dot stays inside
    grid = _grid(centre, radius, count, drawing)

    def corners(shares: Sequence[float]) -> list[Point]:
        return [_on_axis(centre, radius * share, at, count) for at, share in enumerate(shares)]

    def draw(values: Mapping[str, Value], _address: str, _pen: Pen) -> bytes:
        own = numbers(values.get(slot.name), count)
        others = numbers(_compared(drawing, values), count)
        shown = grid
        if own is not None:
            shape = corners([_share(value, drawing) for value in own])
            shown = _filled(drawing.track) + _polygon(shape, b"f") + grid
        if others is not None:
            shape = corners([_share(value, drawing) for value in others])
            shown += _stroked(drawing.mark, 1) + b"[3 2]0 d\n" + _polygon(shape, b"s") + b"[]0 d\n"
        if own is not None:
            shape = corners([_share(value, drawing) for value in own])
            shown += _stroked(slot.colour, _STRONG) + _polygon(shape, b"s")
            shown += _filled(slot.colour) + b"".join([_disc(corner, 2.2) for corner in shape])
        return shown

    return draw


def _on_axis(centre: Point, distance: float, at: int, count: int) -> Point:
    """The first axis points up, the others follow clockwise."""
    turn = 2 * math.pi * at / count
    return centre[0] + distance * math.sin(turn), centre[1] + distance * math.cos(turn)


def _grid(centre: Point, radius: float, count: int, drawing: Drawing) -> bytes:
    line = tuple((part + 0.72) / 2 for part in drawing.text)
    shown = _stroked((line[0], line[1], line[2]), _FINE)
    for ring in range(1, _RINGS + 1):
        corners = [_on_axis(centre, radius * ring / _RINGS, at, count) for at in range(count)]
        shown += _polygon(corners, b"s")
    return shown + b"".join(_lines([centre, _on_axis(centre, radius, at, count)]) for at in range(count))


# --- codes --------------------------------------------------------------------------------------


def _code(slot: Slot, drawing: Drawing) -> Draw:
    side = min(slot.box.width, slot.box.height)
    left, bottom = slot.box.left, slot.box.top - side
    paper = _filled(drawing.track) + _rectangle(left, bottom, side, side) + _filled(slot.colour)

    def draw(_values: Mapping[str, Value], address: str, _pen: Pen) -> bytes:
        count, rows = codes.fixed(address) if address == drawing.to else codes.modules(address)
        module = side / (count + 2 * codes.QUIET)
        width = (count + 7) // 8
        return b"%s%.4f 0 0 %.4f %.4f %.4f cm\nBI/W %d/H %d/IM true/BPC 1/D[1 0]/F/AHx ID %s>\nEI\n" % (
            paper,
            count * module,
            count * module,
            left + codes.QUIET * module,
            bottom + codes.QUIET * module,
            count,
            count,
            rows.to_bytes(width * count, "big").hex().encode(),
        )

    return draw


_DRAWN: dict[Kind, Callable[[Slot, Drawing], Draw]] = {
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


def _polygon(points: Sequence[Point], painted: bytes) -> bytes:
    (x, y), *others = points
    return b"%.2f %.2f m " % (x, y) + b"".join([b"%.2f %.2f l " % point for point in others]) + b"h %s\n" % painted


def _disc(centre: Point, radius: float) -> bytes:
    """A circle of four Bézier curves."""
    x, y = centre
    r, k = radius, radius * 0.5523
    return b"%.2f %.2f m %.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c " % (
        *(x + r, y, x + r, y + k, x + k, y + r, x, y + r),
        *(x - k, y + r, x - r, y + k, x - r, y),
    ) + b"%.2f %.2f %.2f %.2f %.2f %.2f c %.2f %.2f %.2f %.2f %.2f %.2f c f\n" % (
        *(x - r, y - k, x - k, y - r, x, y - r),
        *(x + k, y - r, x + r, y - k, x + r, y),
    )
