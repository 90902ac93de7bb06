"""From a lead's values to the content streams of the pages that have slots."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from magnets.imprint import bidi, drawings, lettering, paragraph
from magnets.imprint.borrowing import Borrowed, Codes, EmbeddedFont, recoded
from magnets.imprint.cleaning import clean
from magnets.imprint.lettering import Setting
from magnets.imprint.slots import Slot, Value
from magnets.imprint.typeface import Line, Typeface


@dataclass(frozen=True, slots=True)
class Place:
    """A slot on a page: its face, by resource name, and the structure type and mark of its content (no type: no tags).

    `link` is the number of the link that a code leads to.
    """

    slot: Slot
    face: bytes
    kind: str
    mark: int
    link: int | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """The content of each page's own stream, in the order of the pages, and fonts that the edition lacks.

    `spoken` are the words for each drawing, in the order in which they stand on the pages.
    """

    streams: Sequence[bytes]
    fonts: Sequence[EmbeddedFont]
    spoken: Sequence[str] = ()


class Composer:
    """Sets values into the slots of some pages. Immutable, so threads may share it."""

    __slots__ = ("_borrowing", "_faces", "_figures", "_pages", "_slots")

    def __init__(
        self, pages: Sequence[Sequence[Place]], faces: Mapping[bytes, Typeface], *, borrowing: bool = True
    ) -> None:
        alike: dict[tuple[bytes, Slot], int] = {}
        every = [place for page in pages for place in page]
        keys = [(place.face, replace(place.slot, page=0)) for place in every if place.slot.drawing is None]
        for key in keys:
            alike.setdefault(key, len(alike))
        self._figures = [
            (place, drawing, drawings.Figure(place.slot, drawing, _pen(place.face, faces)))
            for place in every
            if (drawing := place.slot.drawing) is not None
        ]
        drawn = {id(place): at for at, (place, _, _) in enumerate(self._figures, start=len(alike))}
        self._pages = [
            [
                (
                    drawn[id(place)] if place.slot.drawing else alike[place.face, replace(place.slot, page=0)],
                    *_tags(place),
                )
                for place in page
            ]
            for page in pages
        ]
        self._slots = [(face, slot, _between(slot, clean(slot.fallback))) for face, slot in alike]
        self._faces = faces
        self._borrowing = borrowing

    def compose(self, values: Mapping[str, Value], link_prefix: str | None = None) -> Composition:
        """Set the values; slots that differ in nothing but the page are set once."""
        sheet = _Sheet(self._faces, borrowing=self._borrowing)
        texts = {name: clean(value) if isinstance(value, str) else value for name, value in values.items()}
        settings = [
            sheet.setting(face, slot, _between(slot, slot.said(texts.get(slot.name))), fallback)
            for face, slot, fallback in self._slots
        ]
        fonts: Sequence[EmbeddedFont] = ()
        if sheet.borrowed is not None:
            fonts, codes = sheet.borrowed.embed(line for setting in settings if setting for line in setting.lines)
            settings = [setting and _recoded(setting, codes) for setting in settings]
        shown = [_shown(slot, setting) for (_, slot, _), setting in zip(self._slots, settings, strict=True)]
        spoken: list[str] = []
        for place, drawing, figure in self._figures:
            address = drawing.to if link_prefix is None or place.link is None else f"{link_prefix}{place.link}"
            content, words = figure.shown(values, address)
            shown.append(content)
            spoken.append(words)
        return Composition(
            [b"".join([opening + shown[at] + closing for at, opening, closing in page]) for page in self._pages],
            fonts,
            spoken,
        )


def _between(slot: Slot, text: str) -> str:
    """The text with what sticks to it; nothing where there is none."""
    return f"{text}{slot.after}" if text else ""


def _tags(place: Place) -> tuple[bytes, bytes]:
    """What stands before and behind a slot's content on its page."""
    if place.kind == "Artifact":  # the document has tags, and this is printed beside them, as a running foot is
        return b"/Artifact BMC\n", b"EMC\n"
    return (b"/%s<</MCID %d>>BDC\n" % (place.kind.encode(), place.mark), b"EMC\n") if place.kind else (b"", b"")


def _pen(face: bytes, faces: Mapping[bytes, Typeface]) -> drawings.Pen:
    """Sets numbers into drawings, in a face that is embedded."""

    def letter(slot: Slot, text: str) -> bytes:
        return _shown(slot, _Sheet(faces, borrowing=False).setting(face, slot, text))

    return letter


class _Sheet:
    """What one copy has set so far: a name that stands in several slots is shaped once."""

    __slots__ = ("_borrowing", "_mixed", "_plain", "borrowed", "faces")

    def __init__(self, faces: Mapping[bytes, Typeface], *, borrowing: bool) -> None:
        self.faces = faces
        self._plain: dict[tuple[bytes, str], Line | None] = {}
        self._mixed: dict[tuple[bytes, int, str], Line | None] = {}
        self._borrowing = borrowing
        self.borrowed: Borrowed | None = None

    def setting(self, face: bytes, slot: Slot, *texts: str) -> Setting | None:
        """The first of the texts that can be set, in the slot's box; None where none can."""
        for text in texts:
            setting = lettering.fit(text, slot, _Setter(self, face, slot, text)) if text else None
            if setting:
                return setting
        return None

    def plain(self, text: str, face: bytes) -> Line | None:
        """A line in the slot's own face."""
        key = face, text
        if key not in self._plain:
            self._plain[key] = self.faces[face].line(text, face)
        return self._plain[key]

    def mixed(self, text: str, face: bytes, slot: Slot, whole: str) -> Line | None:
        """A line that needs faces of this machine, or several directions; `whole` is the text it is a part of."""
        if not self._borrowing:
            return None
        base = bidi.base_level(whole)
        key = face, base, text
        if key not in self._mixed:
            self.borrowed = self.borrowed or Borrowed()
            lend = partial(self.borrowed.face, slot.family, slot.weight, paragraph.region(whole))
            self._mixed[key] = paragraph.line(text, (face, self.faces[face]), lend, base)
        return self._mixed[key]


class _Setter:
    """Sets lines of one text for one slot."""

    __slots__ = ("_face", "_sheet", "_slot", "_whole", "ascent", "descent")

    def __init__(self, sheet: _Sheet, face: bytes, slot: Slot, whole: str) -> None:
        self._sheet, self._face, self._slot, self._whole = sheet, face, slot, whole
        self.ascent, self.descent = sheet.faces[face].ascent, sheet.faces[face].descent

    def line(self, text: str) -> Line | None:
        return self._sheet.plain(text, self._face) or self._sheet.mixed(text, self._face, self._slot, self._whole)


def _recoded(setting: Setting, codes: Codes) -> Setting:
    return setting._replace(lines=tuple(recoded(line, codes) for line in setting.lines))


def _shown(slot: Slot, setting: Setting | None) -> bytes:
    """The operators of a slot, with the text beside them where the glyphs do not tell it (ISO 32000-1, 14.9.4)."""
    if setting is None:
        return b""
    shown = b"BT\n%.4g %.4g %.4g rg\n%sET\n" % (*slot.colour, lettering.content(slot, setting))
    text = lettering.given_text(setting.lines)
    if text is None:
        return shown
    spoken = text.encode("utf-16-be").hex().upper().encode()
    return b"/Span<</ActualText<FEFF%s>>>BDC\n%sEMC\n" % (spoken, shown)  # poppler looks for it in a Span only
