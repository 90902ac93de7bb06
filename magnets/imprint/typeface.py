"""A font as a document needs it: shapes a line of text into glyphs, and tells what a PDF must say about it."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import uharfbuzz as hb

EM = 1000
"""Everything is measured in thousandths of the type size, as PDF does."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of set text, of any size: what to show, and its ink in thousandths of the type size.

    A strip is (name of the font resource, rise, elements of a TJ array). `exact` tells that a reader gets the text back
    from the glyphs alone; otherwise the text has to be given beside them.
    """

    text: str
    strips: tuple[tuple[bytes, int, bytes], ...]
    width: int
    top: int
    bottom: int
    exact: bool


class Typeface:
    """An embedded font. Glyph ids are the codes in the document; immutable, so threads may share it."""

    __slots__ = ("_advances", "_extents", "_font", "_hex", "_texts", "ascent", "descent")

    def __init__(self, program: bytes, texts: Mapping[int, str]) -> None:
        face = hb.Face(hb.Blob(program))
        self._font = hb.Font(face)
        self._font.scale = (EM, EM)
        self._advances = [self._font.get_glyph_h_advance(glyph) for glyph in range(face.glyph_count)]
        self._hex = [b"%04X" % glyph for glyph in range(face.glyph_count)]
        self._texts = texts
        self._extents: dict[int, tuple[int, int]] = {}
        extents = self._font.get_font_extents("ltr")
        self.ascent, self.descent = extents.ascender, extents.descender

    def line(self, text: str, resource: bytes) -> Line | None:
        """Set the text with kerning and marks in place; None where the font lacks a glyph."""
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.guess_segment_properties()
        hb.shape(self._font, buffer)
        glyphs = [info.codepoint for info in buffer.glyph_infos]
        if 0 in glyphs:
            return None
        moves = [position.position for position in buffer.glyph_positions]
        strips, width = self._strips(glyphs, moves, resource)
        top, bottom = self._ink(glyphs)
        known = self._texts
        exact = "".join([known.get(glyph, "") for glyph in glyphs]) == text
        return Line(text, strips, width, top, bottom, exact)

    def _strips(
        self, glyphs: Sequence[int], moves: Sequence[tuple[int, int, int, int]], resource: bytes
    ) -> tuple[tuple[tuple[bytes, int, bytes], ...], int]:
        strips: list[tuple[bytes, int, bytes]] = []
        shown: list[bytes] = [b"<"]
        width = rise = 0
        for glyph, (shift, lift, advance, _) in zip(glyphs, moves, strict=True):
            if lift != rise:
                strips.append((resource, rise, b"".join(shown) + b">"))
                shown, rise = [b"<"], lift
            if shift:
                shown.append(b">%d<" % -shift)
            shown.append(self._hex[glyph])
            if back := self._advances[glyph] + shift - advance:
                shown.append(b">%d<" % back)
            width += advance
        strips.append((resource, rise, b"".join(shown) + b">"))
        return tuple(strips), width

    def _ink(self, glyphs: Sequence[int]) -> tuple[int, int]:
        top, bottom = 0, 0
        for glyph in glyphs:
            reach = self._extents.get(glyph)
            if reach is None:
                extents = self._font.get_glyph_extents(glyph)
                reach = self._extents[glyph] = (extents.y_bearing, extents.y_bearing + extents.height)
            top, bottom = max(top, reach[0]), min(bottom, reach[1])
        return top, bottom


@lru_cache(maxsize=32)
def typeface(program: bytes, to_unicode: bytes) -> Typeface:
    """Editions of one theme carry the same fonts: they are read once. `to_unicode` is what encoded() wrote."""
    return Typeface(program, decoded(to_unicode))


@dataclass(frozen=True, slots=True)
class Description:
    """The parts of a PDF font that are the same however its objects are written (ISO 32000-1, 9.7 and 9.8)."""

    name: str
    descriptor: bytes
    descendant: bytes
    to_unicode: bytes


def describe(program: bytes, name: str, texts: Mapping[int, str], *, weight: int) -> Description:
    """Describe a TrueType program under a PostScript name; dictionaries come without their references."""
    face = hb.Face(hb.Blob(program))
    font = hb.Font(face)
    font.scale = (EM, EM)
    base = f"{_tag(program)}+{name}".encode("ascii")
    advances = [font.get_glyph_h_advance(glyph) for glyph in range(face.glyph_count)]
    return Description(
        name=base.decode("ascii"),
        descriptor=_descriptor(face, font, base, weight),
        descendant=(
            b"<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDToGIDMap/Identity/DW 0/W[0[%s]]"
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
        )
        % (base, b" ".join(b"%d" % advance for advance in advances)),
        to_unicode=encoded(texts),
    )


def _tag(program: bytes) -> str:
    """Six capitals that tell this subset from another of the same font, the same for the same bytes."""
    number, letters = zlib.crc32(program), ""
    for _ in range(6):
        number, digit = divmod(number, 26)
        letters += chr(ord("A") + digit)
    return letters


def _descriptor(face: hb.Face, font: hb.Font, base: bytes, weight: int) -> bytes:
    extents = font.get_font_extents("ltr")
    head = face.reference_table("head").data
    box = [
        round(int.from_bytes(head[at : at + 2], "big", signed=True) * EM / face.upem) for at in range(36, 44, 2)
    ]  # xMin, yMin, xMax, yMax of the head table
    return (
        b"<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%d %d %d %d]/ItalicAngle 0"
        b"/Ascent %d/Descent %d/CapHeight %d/StemV %d>>"
    ) % (
        base,
        *box,
        extents.ascender,
        extents.descender,
        font.get_metric_position_with_fallback(hb.OTMetricsTag.CAP_HEIGHT),
        50 + (weight // 65) ** 2,  # what pdfTeX's users settled on: it is a hint for substitutes only
    )


def encoded(texts: Mapping[int, str]) -> bytes:
    """The CMap that gives the text back (ISO 32000-1, 9.10.3), at most 100 glyphs in a block."""
    rows = [b"<%04X><%s>\n" % (glyph, text.encode("utf-16-be").hex().encode()) for glyph, text in sorted(texts.items())]
    blocks = [rows[at : at + 100] for at in range(0, len(rows), 100)]
    return (
        b"/CIDInit/ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n"
        b"/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000><FFFF>\nendcodespacerange\n"
        + b"".join(b"%d beginbfchar\n%sendbfchar\n" % (len(block), b"".join(block)) for block in blocks)
        + b"endcmap\nCMapName currentdict/CMap defineresource pop\nend\nend\n"
    )


def decoded(cmap: bytes) -> dict[int, str]:
    """What encoded() was given."""
    rows = re.findall(rb"^<([0-9A-F]{4})><([0-9a-f]+)>$", cmap, re.MULTILINE)
    return {int(glyph, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for glyph, text in rows}
