"""From a lead's values to the content streams of the pages that have slots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from magnets.imprint import bidi, lettering, paragraph
from magnets.imprint.borrowing import Borrowed, Codes, EmbeddedFont, recoded
from magnets.imprint.cleaning import clean
from magnets.imprint.lettering import Setting
from magnets.imprint.slots import Slot
from magnets.imprint.typeface import Line, Typeface


@dataclass(frozen=True, slots=True)
class Place:
    """A slot on a page: its face, by resource name, and the structure type and mark of its text (no type: no tags)."""

    slot: Slot
    face: bytes
    kind: str
    mark: int


@dataclass(frozen=True, slots=True)
class Composition:
    """The content of each page's own stream, in the order of the pages, and fonts that the edition lacks."""

    streams: Sequence[bytes]
    fonts: Sequence[EmbeddedFont]


class Composer:
    """Sets values into the slots of some pages. Immutable, so threads may share it."""

    __slots__ = ("_borrowing", "_faces", "_names", "_pages")

    def __init__(
        self, pages: Sequence[Sequence[Place]], faces: Mapping[bytes, Typeface], *, borrowing: bool = True
    ) -> None:
        self._pages = [[(place, clean(place.slot.fallback)) for place in places] for places in pages]
        self._names = sorted({place.slot.name for places in pages for place in places})
        self._faces = faces
        self._borrowing = borrowing

    def compose(self, values: Mapping[str, str]) -> Composition:
        texts = {name: clean(values[name]) for name in self._names if name in values}
        sheet = _Sheet(self._faces, borrowing=self._borrowing)
        pages = [[(place, sheet.setting(place, texts, fallback)) for place, fallback in page] for page in self._pages]
        fonts: Sequence[EmbeddedFont] = ()
        if sheet.borrowed is not None:
            lines = [line for page in pages for _, setting in page if setting for line in setting.lines]
            fonts, codes = sheet.borrowed.embed(lines)
            pages = [[(place, setting and _recoded(setting, codes)) for place, setting in page] for page in pages]
        return Composition([b"".join([_printed(place, setting) for place, setting in page]) for page in pages], fonts)


class _Sheet:
    """What one copy has set so far: a name that stands on sixty pages is shaped once."""

    __slots__ = ("_borrowing", "_faces", "_mixed", "_plain", "borrowed")

    def __init__(self, faces: Mapping[bytes, Typeface], *, borrowing: bool) -> None:
        self._faces = faces
        self._plain: dict[tuple[bytes, str], Line | None] = {}
        self._mixed: dict[tuple[bytes, int, str], Line | None] = {}
        self._borrowing = borrowing
        self.borrowed: Borrowed | None = None

    def setting(self, place: Place, texts: Mapping[str, str], fallback: str) -> Setting | None:
        """The value in its slot, else the fallback, else nothing."""
        for text in (texts.get(place.slot.name), fallback):
            if text:
                setting = lettering.fit(text, place.slot, _Setter(self, place, text, self._faces[place.face]))
                if setting:
                    return setting
        return None

    def plain(self, text: str, place: Place) -> Line | None:
        """A line in the slot's own face."""
        key = place.face, text
        if key not in self._plain:
            self._plain[key] = self._faces[place.face].line(text, place.face)
        return self._plain[key]

    def mixed(self, text: str, place: Place, paragraph_of: str) -> Line | None:
        """A line that needs faces of this machine, or several directions."""
        if not self._borrowing:
            return None
        base = bidi.base_level(paragraph_of)
        key = place.face, base, text
        if key not in self._mixed:
            borrowed = self.borrowed = self.borrowed or Borrowed()
            region = paragraph.region(paragraph_of)
            slot = place.slot

            def lend(letters: str) -> tuple[bytes, Typeface] | None:
                return borrowed.face(letters, slot.family, slot.weight, region)

            self._mixed[key] = paragraph.line(text, (place.face, self._faces[place.face]), lend, base)
        return self._mixed[key]


class _Setter:
    """Sets lines of one text for one slot."""

    __slots__ = ("_paragraph", "_place", "_sheet", "ascent", "descent")

    def __init__(self, sheet: _Sheet, place: Place, paragraph_of: str, face: Typeface) -> None:
        self._sheet, self._place, self._paragraph = sheet, place, paragraph_of
        self.ascent, self.descent = face.ascent, face.descent

    def line(self, text: str) -> Line | None:
        return self._sheet.plain(text, self._place) or self._sheet.mixed(text, self._place, self._paragraph)


def _recoded(setting: Setting, codes: Codes) -> Setting:
    return setting._replace(lines=tuple(recoded(line, codes) for line in setting.lines))


def _printed(place: Place, setting: Setting | None) -> bytes:
    """The marked content of a slot."""
    if setting is None:
        return _marked(place, b"", None)
    shown = b"BT\n%.4g %.4g %.4g rg\n%sET\n" % (*place.slot.colour, lettering.content(place.slot, setting))
    return _marked(place, shown, lettering.given_text(setting.lines))


def _marked(place: Place, shown: bytes, text: str | None) -> bytes:
    """Wrap operators in their tag, with the text beside them where the glyphs do not tell it (ISO 32000-1, 14.9.4)."""
    if text is not None:  # a Span of its own: poppler looks for the text in no other
        spoken = text.encode("utf-16-be").hex().upper().encode()
        shown = b"/Span<</ActualText<FEFF%s>>>BDC\n%sEMC\n" % (spoken, shown)
    if place.kind:
        shown = b"/%s<</MCID %d>>BDC\n%sEMC\n" % (place.kind.encode(), place.mark, shown)
    return shown
