"""From a lead's values to the content streams of the pages that have slots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from magnets.imprint import lettering
from magnets.imprint.cleaning import clean
from magnets.imprint.slots import Slot
from magnets.imprint.typeface import Line, Typeface


@dataclass(frozen=True, slots=True)
class Place:
    """A slot on a page: its face, by resource name, and the structure type and mark of its text (no type: no tags)."""

    slot: Slot
    face: bytes
    kind: str
    mark: int


class Composer:
    """Sets values into the slots of some pages. Immutable, so threads may share it."""

    __slots__ = ("_faces", "_openings", "_pages")

    def __init__(self, pages: Sequence[Sequence[Place]], faces: Mapping[bytes, Typeface]) -> None:
        self._pages = pages
        self._faces = faces

    def streams(self, values: Mapping[str, str]) -> list[bytes]:
        """The content of each page's own stream, in the order of the pages."""
        texts = {name: clean(value) for name, value in values.items()}
        setters = {resource: _Setter(face, resource) for resource, face in self._faces.items()}
        return [b"".join([_printed(place, texts, setters[place.face]) for place in places]) for places in self._pages]


class _Setter:
    """The lines of one copy in one face: a name that stands on sixty pages is shaped once."""

    __slots__ = ("_face", "_lines", "_resource", "ascent", "descent")

    def __init__(self, face: Typeface, resource: bytes) -> None:
        self._face, self._resource = face, resource
        self._lines: dict[str, Line | None] = {}
        self.ascent, self.descent = face.ascent, face.descent

    def line(self, text: str) -> Line | None:
        if text not in self._lines:
            self._lines[text] = self._face.line(text, self._resource)
        return self._lines[text]


def _printed(place: Place, texts: Mapping[str, str], setter: lettering.Setter) -> bytes:
    """The slot's marked content: its value, or its fallback, or nothing."""
    slot = place.slot
    for text in (texts.get(slot.name, ""), clean(slot.fallback)):
        setting = lettering.fit(text, slot, setter) if text else None
        if setting:
            shown = b"BT\n%.4g %.4g %.4g rg\n%sET\n" % (*slot.colour, lettering.content(slot, setting, setter))
            return _marked(place, shown, lettering.given_text(setting.lines))
    return _marked(place, b"", None)


def _marked(place: Place, shown: bytes, text: str | None) -> bytes:
    """Wrap operators in their tag, with the text beside them where the glyphs do not tell it (ISO 32000-1, 14.9.4)."""
    if text is not None:  # a Span of its own: poppler looks for the text in no other
        spoken = text.encode("utf-16-be").hex().upper().encode()
        shown = b"/Span<</ActualText<FEFF%s>>>BDC\n%sEMC\n" % (spoken, shown)
    if place.kind:
        shown = b"/%s<</MCID %d>>BDC\n%sEMC\n" % (place.kind.encode(), place.mark, shown)
    return shown
