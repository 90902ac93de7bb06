"""Sets a text into a slot's box: at full size, else smaller, else on several lines, else cut at a word."""

import unicodedata
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from magnets.imprint.slots import Align, Slot
from magnets.imprint.typeface import EM, Line

LEADING = 1.2
"""Distance of base lines in type sizes."""

ELLIPSIS = "…"

_JOINERS = "\u200c\u200d"


class Setter(Protocol):
    """Sets one line in a face; height above and depth below its base line in thousandths of the type size."""

    @property
    def ascent(self) -> int: ...

    @property
    def descent(self) -> int: ...

    def line(self, text: str) -> Line | None: ...


class Setting(NamedTuple):
    """Lines at one size, which fit the box they were made for; `first` is the base line of the first, in points."""

    lines: tuple[Line, ...]
    size: float
    first: float
    leading: float


def fit(text: str, slot: Slot, setter: Setter) -> Setting | None:
    """The largest setting of the text that stays in the box; None where a glyph is missing.

    The size falls to the slot's smallest, then the text is broken into the lines that the box has room for, then it is
    cut at a word and ends with an ellipsis.
    """
    line = setter.line(text)
    if line is None:
        return None
    size = _one_line_size(line, slot)
    if size >= slot.min_size:
        return _placed((line,), size, 0.0, slot, setter)
    return _on_lines(line, slot, setter)


def _one_line_size(line: Line, slot: Slot) -> float:
    size, width, height = slot.size, line.right - line.left, line.top - line.bottom
    if width * size > slot.box.width * EM:
        size = int(slot.box.width * EM / width * 100) / 100
    if height * size > slot.box.height * EM:
        size = int(slot.box.height * EM / height * 100) / 100
    return size


def _on_lines(whole: Line, slot: Slot, setter: Setter) -> Setting | None:
    """At the smallest size, on as many lines as there is room for; smaller yet only where not even one has room."""
    height = whole.top - whole.bottom
    size = min(slot.min_size, slot.box.height * EM / height)
    leading = max(LEADING, height / EM) * size
    count = 1 + int((slot.box.height - height * size / EM) / leading)
    width = slot.box.width * EM / size
    lines: list[Line] = []
    rest = whole.text
    while rest and len(lines) < count:
        line, rest = _next_line(rest, width, setter, ELLIPSIS if len(lines) == count - 1 else "")
        if line is None:
            return None
        lines.append(line)
    return _placed(tuple(lines), size, leading, slot, setter)


def _placed(lines: tuple[Line, ...], size: float, leading: float, slot: Slot, setter: Setter) -> Setting:
    """The middle of the lines on the middle of the box, moved where the ink of tall or deep letters would leave it."""
    block = leading * (len(lines) - 1)
    middle = (slot.box.top + slot.box.bottom) / 2
    first = middle + block / 2 - (setter.ascent + setter.descent) * size / EM / 2
    highest = slot.box.top - lines[0].top * size / EM
    lowest = slot.box.bottom + block - lines[-1].bottom * size / EM
    return Setting(lines, size, max(lowest, min(highest, first)), leading)


def _next_line(text: str, width: float, setter: Setter, ending: str) -> tuple[Line | None, str]:
    """The longest beginning of the text that fits, and what is left; with the ending where something is left."""
    whole = setter.line(text)
    if whole is None or whole.right - whole.left <= width:
        return whole, ""
    for places in (_breaks(text), _letters(text)):
        best: tuple[Line, int] | None = None
        low, high = 0, len(places)
        while low < high:
            middle = (low + high) // 2
            line = setter.line(text[: places[middle]].rstrip() + ending)
            if line is not None and line.right - line.left <= width:
                best, low = (line, places[middle]), middle + 1
            else:
                high = middle
        if best:
            return best[0], text[best[1] :].lstrip()
    return setter.line(ending), ""


def _breaks(text: str) -> list[int]:
    """Where a line may end: after a space or hyphen, and around ideographs and kana."""
    return [
        place
        for place in range(1, len(text))
        if text[place - 1] in " -–—/"
        or _is_wide(text[place - 1])
        or (_is_wide(text[place]) and text[place] not in "、。")
    ]


def _letters(text: str) -> list[int]:
    """Where a word can be cut at need: never between a letter and its marks or joiners."""
    return [place for place in range(1, len(text)) if not _joins(text, place)]


def _joins(text: str, place: int) -> bool:
    return text[place] in _JOINERS or text[place - 1] == "\u200d" or unicodedata.category(text[place]).startswith("M")


def _is_wide(character: str) -> bool:
    return unicodedata.east_asian_width(character) in "WF"


def content(slot: Slot, setting: Setting) -> bytes:
    """The operators that show the setting, to stand between BT and ET."""
    size, y = setting.size, setting.first
    shown: list[bytes] = []
    for line in setting.lines:
        shown.append(b"1 0 0 1 %.2f %.2f Tm\n" % (_left(line, size, slot), y))
        font, height = b"", 0
        for resource, rise, strip in line.strips:
            if resource != font:
                shown.append(b"/%s %.2f Tf\n" % (resource, size))
            if rise != height:
                shown.append(b"%.2f Ts\n" % (rise * size / EM))
            shown.append(b"[%s]TJ\n" % strip)
            font, height = resource, rise
        if height:
            shown.append(b"0 Ts\n")
        y -= setting.leading
    return b"".join(shown)


def _left(line: Line, size: float, slot: Slot) -> float:
    """Where the pen starts: letters that reach out to the left of it stay in the box too."""
    start = slot.box.left - line.left * size / EM
    if slot.align is Align.LEFT:
        return start
    spare = slot.box.width - (line.right - line.left) * size / EM
    return start + (spare if slot.align is Align.RIGHT else spare / 2)


def given_text(lines: Sequence[Line]) -> str | None:
    """The text that has to stand beside the glyphs, or None where the glyphs tell it all."""
    for line in lines:
        if not line.exact:
            return " ".join([line.text for line in lines])
    return None
