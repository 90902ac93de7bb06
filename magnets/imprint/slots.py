"""A slot: a box in a document that waits for a lead's value, and the address in which a theme writes it down."""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qsl

from magnets.sentences import sentence

SCHEME = "slot:"

Value = str | float | Sequence[float]
"""What a lead has for a slot: a text, a number, or a number for each axis of a radar."""

Colour = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""


class PreparationFailed(Exception):
    """The document cannot become an edition; the reason says what to mend."""


class Align(StrEnum):
    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Family(StrEnum):
    SANS = "sans"
    SERIF = "serif"
    PLEX = "plex"


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


class Kind(StrEnum):
    """What a slot shows its value as; a code shows an address."""

    TEXT = "text"
    BAR = "bar"
    RADAR = "radar"
    POSITION = "position"
    CODE = "code"


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a value is drawn, from 0 to `most`, and what is said of it to those who do not see it.

    `against` names the value it is compared with, or is `=` and a number. In `alt` stands `{value}`, in `beside`,
    which is added where there is something to compare with, `{against}`. `labels` name the axes of a radar. `to` is the
    plain address that a code leads to.
    """

    kind: Kind
    most: float
    track: Colour
    mark: Colour
    text: Colour
    against: str
    alt: str
    beside: str
    labels: tuple[str, ...]
    to: str


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a value goes and how it is set: sizes in points; `after` sticks to it, `mark` stands before decimals."""

    name: str
    page: int
    box: Box
    size: float
    min_size: float
    colour: Colour
    align: Align
    family: Family
    weight: int
    fallback: str
    after: str = ""
    mark: str = "."
    drawing: Drawing | None = None

    def said(self, value: Value | None) -> str:
        """A value as text: numbers whole, or with one digit behind the language's decimal mark."""
        if value is None or isinstance(value, str):
            return value or ""
        if isinstance(value, Sequence):
            return ", ".join(map(self.said, value))
        return written(value, self.mark) if math.isfinite(value) else ""


def written(value: float, mark: str) -> str:
    """A finite number, whole or with one digit behind the decimal mark."""
    whole = round(value)
    return str(whole) if abs(value - whole) < 0.05 else f"{value:.1f}".replace(".", mark)


_TEXT_KEYS = frozenset({"size", "min", "colour", "align", "font", "weight", "fallback", "after", "mark"})
_DRAWING_KEYS = frozenset(
    {"kind", "most", "track", "against-colour", "text", "against", "alt", "beside", "labels", "to"}
)
_MOST_AXES = 12


def parse(address: str, box: Box, page: int) -> Slot:
    """Read `slot:NAME?size=18&min=9&colour=1f2937&align=left&font=sans&weight=600&fallback=TEXT`.

    Only the name is needed; the smallest size is 60 % of the size unless it is given. `kind` makes it a drawing, which
    takes further settings. Values are percent-encoded like a form's query. Raises PreparationFailed, naming the slot
    and the page (pages count from 1).
    """
    name, _, query = address.removeprefix(SCHEME).partition("?")
    try:
        return _read(name, dict(parse_qsl(query, keep_blank_values=True)), box, page)
    except ValueError as fault:
        raise PreparationFailed(
            sentence(
                "The slot “%(name)s” on page %(page)s cannot be read: %(why)s.", name=name, page=page, why=str(fault)
            )
        ) from fault


def _read(name: str, given: Mapping[str, str], box: Box, page: int) -> Slot:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_.-]*", name):
        raise ValueError("a slot's name begins with a letter and goes on with letters, digits, _ . -")
    kind = Kind(given.get("kind", "text"))
    if unknown := given.keys() - _TEXT_KEYS - (_DRAWING_KEYS if kind is not Kind.TEXT else {"kind"}):
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
        after=given.get("after", ""),
        mark=given.get("mark", "."),
        drawing=None if kind is Kind.TEXT else _drawing(kind, given),
    )


def _drawing(kind: Kind, given: Mapping[str, str]) -> Drawing:
    labels = tuple(label for label in given.get("labels", "").split("|") if label)
    if kind is Kind.RADAR and not 3 <= len(labels) <= _MOST_AXES:
        raise ValueError(f"a radar has 3 to {_MOST_AXES} axes with labels, not {len(labels)}")
    if kind is Kind.CODE and not given.get("to", "").startswith(("http://", "https://")):
        raise ValueError("a code leads to an address that begins with https://")
    most = float(given.get("most", "100"))
    if not 0 < most < 1e15:
        raise ValueError(f"a scale ends above 0, not at {most:g}")
    if not given.get("alt"):
        raise ValueError("a drawing needs words for those who do not see it")
    return Drawing(
        kind=kind,
        most=most,
        track=_colour(given.get("track", "ffffff" if kind is Kind.CODE else "e5e5e5")),
        mark=_colour(given.get("against-colour", "000000")),
        text=_colour(given.get("text", "000000")),
        against=given.get("against", ""),
        alt=given["alt"],
        beside=given.get("beside", ""),
        labels=labels,
        to=given.get("to", ""),
    )


def _points(text: str) -> float:
    size = float(text)
    if not 1 <= size <= 1000:
        raise ValueError(f"a size is 1 to 1000 points, not {text}")
    return size


def _colour(text: str) -> Colour:
    digits = text.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    if not re.fullmatch(r"[0-9a-fA-F]{6}", digits):
        raise ValueError(f"a colour is six hexadecimal digits, not {text}")
    red, green, blue = bytes.fromhex(digits)
    return red / 255, green / 255, blue / 255
