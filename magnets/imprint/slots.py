"""A slot: a box in a document that waits for a lead's text, and the address in which a theme writes it down."""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

SCHEME = "slot:"


class PreparationFailed(Exception):
    """The document cannot become an edition; the reason says what to mend."""


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Family(StrEnum):
    SANS = "sans"
    SERIF = "serif"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the page, in points from its lower left corner."""

    left: float
    bottom: float
    right: float
    top: float

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.top - self.bottom

    def lies_in(self, other: "Box") -> bool:
        return (
            self != other
            and self.left >= other.left
            and self.bottom >= other.bottom
            and self.right <= other.right
            and self.top <= other.top
        )


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value goes and how it is set: sizes in points, colour as red, green and blue from 0 to 1."""

    name: str
    page: int
    box: Box
    size: float
    min_size: float
    colour: tuple[float, float, float]
    align: Align
    family: Family
    weight: int
    fallback: str


def parse(address: str, box: Box, page: int) -> Slot:
    """Read `slot:NAME?size=18&min=9&colour=1f2937&align=left&font=sans&weight=600&fallback=TEXT`.

    Only the name is needed; the smallest size is 60 % of the size unless it is given. Values are percent-encoded like
    a form's query. Raises PreparationFailed, naming the slot and the page (pages count from 1).
    """
    name, _, query = address.removeprefix(SCHEME).partition("?")
    try:
        return _read(name, dict(parse_qsl(query, keep_blank_values=True)), box, page)
    except ValueError as fault:
        raise PreparationFailed(f"The slot “{name}” on page {page} cannot be read: {fault}.") from fault


def _read(name: str, given: dict[str, str], box: Box, page: int) -> Slot:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name):
        raise ValueError("a slot's name begins with a letter and goes on with letters, digits, _ . -")
    if unknown := given.keys() - {"size", "min", "colour", "align", "font", "weight", "fallback"}:
        raise ValueError(f"there is no setting {', '.join(sorted(unknown))}")
    if min(box.width, box.height) < 1:
        raise ValueError("its box has no size; give it display: block or inline-block, a width and a height")
    size = _points(given.get("size", "12"))
    return Slot(
        name=name,
        page=page,
        box=box,
        size=size,
        min_size=min(size, _points(given["min"])) if "min" in given else round(size * 0.6, 2),
        colour=_colour(given.get("colour", "000000")),
        align=Align(given.get("align", "left")),
        family=Family(given.get("font", "sans")),
        weight=min(900, max(100, int(given.get("weight", "400")))),
        fallback=given.get("fallback", ""),
    )


def _points(text: str) -> float:
    size = float(text)
    if not 1 <= size <= 1000:
        raise ValueError(f"a size is 1 to 1000 points, not {text}")
    return size


def _colour(text: str) -> tuple[float, float, float]:
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise ValueError(f"a colour is six hexadecimal digits, not {text}")
    red, green, blue = bytes.fromhex(digits)
    return red / 255, green / 255, blue / 255
