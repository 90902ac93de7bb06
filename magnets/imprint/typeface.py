"""A font as a document needs it: shapes a line of text into glyphs, and tells what a PDF must say about it."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from unicodedata import category, mirrored

import uharfbuzz as hb

EM = 1000
"""Everything is measured in thousandths of the type size, as PDF does."""


Strip = tuple[bytes, int, bytes]
"""What is shown at one height: name of the font resource, rise, elements of a TJ array."""


class Line(NamedTuple):
    """One line of set text, of any size: what to show, and how far it goes in thousandths of the type size.

    The pen moves by `width`; the ink goes from `left` (at most 0) to `right` (at least the width) and from `bottom` to
    `top`. `exact` tells that a reader gets the text back from the glyphs alone; otherwise it has to be given beside.
    """

    text: str
    strips: tuple[Strip, ...]
    width: int
    left: int
    right: int
    top: int
    bottom: int
    exact: bool


class Glyph(NamedTuple):
    """What setting a glyph needs: its code, its advance, and its ink around the place where it is put."""

    code: bytes
    advance: int
    left: int
    right: int
    top: int
    bottom: int


class Glyphs(dict[int, Glyph]):
    """The glyphs of a font, looked up when first used."""

    def __init__(self, font: hb.Font) -> None:
        super().__init__()
        self._font = font

    def __missing__(self, glyph: int) -> Glyph:
        ink = self._font.get_glyph_extents(glyph) or hb.GlyphExtents(0, 0, 0, 0)
        known = self[glyph] = Glyph(
            code=b"%04X" % glyph,
            advance=self._font.get_glyph_h_advance(glyph),
            left=ink.x_bearing,
            right=ink.x_bearing + ink.width,
            top=ink.y_bearing,
            bottom=ink.y_bearing + ink.height,
        )
        return known


class Typeface:
    """A font to set lines in. Glyph ids are the codes in the document; threads may share it."""

    __slots__ = ("_blank", "_font", "_glyphs", "_texts", "ascent", "descent")

    def __init__(self, font: hb.Font, texts: Mapping[int, str]) -> None:
        """Take a font of any scale, and what each of its glyphs stands for."""
        font.scale = (EM, EM)
        self._font = font
        self._glyphs = Glyphs(font)
        self._texts = texts
        self._blank = font.get_nominal_glyph(0x200C) or 0  # stands for joiners: a space would read as one
        extents = font.get_font_extents("ltr")
        self.ascent, self.descent = extents.ascender, extents.descender

    def covers(self, letters: str) -> bool:
        return all(self._font.get_nominal_glyph(ord(letter)) for letter in letters)

    def line(self, text: str, resource: bytes, direction: str = "ltr") -> Line | None:
        """Set the text with kerning and marks in place; None where the font lacks a glyph.

        The text is of one script and runs one way.
        """
        buffer = hb.Buffer()
        buffer.add_str(text)
        buffer.language = "und"  # else it is the locale of the process
        buffer.guess_segment_properties()
        buffer.direction = direction
        if self._blank:
            buffer.invisible_glyph = self._blank
        hb.shape(self._font, buffer)
        infos = buffer.glyph_infos
        glyphs = [info.codepoint for info in infos]
        if 0 in glyphs:
            return None
        known = [*map(self._glyphs.__getitem__, glyphs)]
        strips, width, left, right, top, bottom = _set(known, buffer.glyph_positions, resource)
        return Line(text, strips, width, left, right, top, bottom, self._tells(text, glyphs, infos, direction))

    def _tells(self, text: str, glyphs: Sequence[int], infos: Sequence[hb.GlyphInfo], direction: str) -> bool:
        """Whether a reader gets the text from the glyphs alone, in its order and without gaps before marks."""
        known = self._texts
        told = [known.get(glyph, "") for glyph in glyphs]
        if direction == "rtl":  # nothing but signs comes here, and brackets show their mirror image
            return all(one == other or mirrored(other) for one, other in zip(told, reversed(text), strict=False))
        return "".join(told) == text and not _MARKS.search(text)


def _set(
    glyphs: Sequence[Glyph], positions: Sequence[hb.GlyphPosition], resource: bytes
) -> tuple[tuple[Strip, ...], int, int, int, int, int]:
    """Glyphs at their positions: strips, width, and the ink to the left, right, top and bottom.

    Every copy's names pass here: marks take the longer way, letters the shorter one.
    """
    strips: list[Strip] = []
    shown = [b"<"]
    width = rise = leftmost = rightmost = highest = lowest = 0
    for (code, natural, left, right, top, bottom), position in zip(glyphs, positions, strict=True):
        shift, lift, advance, _ = position.position
        if shift or lift or rise:
            if lift != rise:
                strips.append((resource, rise, _array([*shown, b">"])))
                shown, rise = [b"<"], lift
            shown.append(b">%d<" % -shift)
            natural, top, bottom = natural + shift, top + lift, bottom + lift
            leftmost, rightmost = min(leftmost, width + shift + left), max(rightmost, width + shift + right)
        shown.append(code)
        if natural != advance:
            shown.append(b">%d<" % (natural - advance))
        width += advance
        if top > highest:
            highest = top
        if bottom < lowest:
            lowest = bottom
    shown.append(b">")
    strips.append((resource, rise, _array(shown)))
    leftmost = min(leftmost, glyphs[0].left)
    rightmost = max(rightmost, width, width - glyphs[-1].advance + glyphs[-1].right)
    return tuple(strips), width, leftmost, rightmost, highest, lowest


_MARKS = re.compile("[\u0300-\u036f\u0483-\u0489]")
"""Marks of the scripts that the embedded fonts are for."""


def _array(parts: Sequence[bytes]) -> bytes:
    return b"".join(parts).replace(b"<>", b" ")


def is_mark(letter: str) -> bool:
    return category(letter) in ("Mn", "Mc", "Me")


def _strips(
    known: Sequence[tuple[bytes, int, int, int]], moves: Sequence[tuple[int, int, int, int]], resource: bytes
) -> tuple[tuple[tuple[bytes, int, bytes], ...], int]:
    """Glyphs and their moves as strips, and the width of it all."""
    strips: list[tuple[bytes, int, bytes]] = []
    shown: list[bytes] = [b"<"]
    width = rise = 0
    for (code, natural, _, _), (shift, lift, advance, _) in zip(known, moves, strict=True):
        if lift != rise:
            shown.append(b">")
            strips.append((resource, rise, _array(shown)))
            shown, rise = [b"<"], lift
        if shift:
            shown.append(b">%d<" % -shift)
        shown.append(code)
        if back := natural + shift - advance:
            shown.append(b">%d<" % back)
        width += advance
    shown.append(b">")
    strips.append((resource, rise, _array(shown)))
    return tuple(strips), width


@lru_cache(maxsize=32)
def embedded(program: bytes, to_unicode: bytes) -> Typeface:
    """Editions of one theme carry the same fonts: they are read once. `to_unicode` is what encoded() wrote."""
    return Typeface(hb.Font(hb.Face(hb.Blob(program))), decoded(to_unicode))


@dataclass(frozen=True, slots=True)
class Description:
    """The parts of a PDF font that are the same however its objects are written (ISO 32000-1, 9.7 and 9.8).

    The dictionaries come without the references to each other and to the file, whose key in the descriptor and whose
    own entries are given.
    """

    name: str
    descriptor: bytes
    descendant: bytes
    to_unicode: bytes
    file: bytes
    file_key: str
    file_entries: bytes


def describe(program: bytes, name: str, texts: Mapping[int, str], *, weight: int) -> Description:
    """Describe a program with TrueType or CFF outlines under a PostScript name."""
    face = hb.Face(hb.Blob(program))
    font = hb.Font(face)
    font.scale = (EM, EM)
    base = f"{_tag(program)}+{name}".encode("ascii")
    advances = b" ".join(b"%d" % font.get_glyph_h_advance(glyph) for glyph in range(face.glyph_count))
    postscript = "CFF " in face.table_tags
    file = face.reference_table("CFF ").data if postscript else program
    return Description(
        name=base.decode("ascii"),
        descriptor=_descriptor(face, font, base, weight),
        descendant=(
            b"<</Type/Font/BaseFont/%s%s/DW 0/W[0[%s]]"
            b"/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>>>"
        )
        % (base, b"/Subtype/CIDFontType0" if postscript else b"/Subtype/CIDFontType2/CIDToGIDMap/Identity", advances),
        to_unicode=encoded(texts),
        file=file,
        file_key="FontFile3" if postscript else "FontFile2",
        file_entries=b"/Subtype/CIDFontType0C" if postscript else b"/Length1 %d" % len(file),
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
