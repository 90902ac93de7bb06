"""Fonts of this machine that one copy borrows: its letters only, embedded for just that copy."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import uharfbuzz as hb

from magnets.imprint import machine
from magnets.imprint.machine import MachineFont
from magnets.imprint.slots import Family
from magnets.imprint.typeface import Description, Line, Strip, Typeface, describe, is_mark

_PREFIX = b"XXM"
_NOT_FOR_PDF = ("GSUB", "GPOS", "GDEF", "BASE", "OS/2", "name", "post", "cmap", "gasp", "vhea", "vmtx", "VORG", "DSIG")
_SILENT = "\u200b"
"""What the second glyph of a letter stands for: PDF/UA wants a text for each."""

_LIGATURES = {unicodedata.normalize("NFKC", form): form for form in "\ufef5\ufef7\ufef9\ufefb\ufdf2"}
"""Arabic ligatures by their letters. Readers turn a line that runs to the left round letter by letter, and would turn
round the two letters of lam-alef too; one character stays whole, and every search takes it for its letters."""

_SHOWN = re.compile(rb"[0-9A-F]{4}(?=[0-9A-F]*>)")


class BorrowedFace(Typeface):
    """A font of this machine; learns what its glyphs stand for from the texts that are set in it."""

    __slots__ = ("_learned", "_nominal", "font", "weight")

    def __init__(self, font: MachineFont, weight: int) -> None:
        shaper = hb.Font(_face(font.path, font.index))
        shaper.set_variations({axis.tag: _position(axis, weight) for axis in shaper.face.axis_infos})
        self._learned: dict[int, str] = {}
        self._nominal = shaper.get_nominal_glyph
        self.font, self.weight = font, weight
        super().__init__(shaper, self._learned)

    def _tells(self, text: str, glyphs: Sequence[int], infos: Sequence[hb.GlyphInfo], direction: str) -> bool:
        infos = infos if direction == "ltr" else infos[::-1]
        clusters = [(at, [info.codepoint for info in group]) for at, group in groupby(infos, lambda info: info.cluster)]
        ends = [at for at, _ in clusters[1:]] + [len(text)]
        told = [self._learn(text[at:end], glyphs) for (at, glyphs), end in zip(clusters, ends, strict=True)]
        return all(told) and (direction == "rtl" or not any(map(is_mark, text)))

    def _learn(self, letters: str, glyphs: Sequence[int]) -> bool:
        """Note what the glyphs of a cluster stand for; tells whether they give its letters back."""
        letters = _LIGATURES.get(letters, letters)
        own = {self._nominal(ord(letter)): letter for letter in letters}
        rest = "".join(letter for glyph, letter in own.items() if glyph not in glyphs)
        for glyph in glyphs:
            text = own.get(glyph)
            if text is None:
                text, rest = rest or _SILENT, ""
            self._learned.setdefault(glyph, text)
        return "".join(self._learned[glyph] for glyph in glyphs) == letters

    def subset(self, glyphs: Iterable[int]) -> tuple[bytes, Mapping[int, int]]:
        """A program with just the glyphs, and the code of each in it."""
        face = _face(self.font.path, self.font.index)
        cut = hb.SubsetInput()
        cut.flags = (
            hb.SubsetFlags.NO_HINTING
            | hb.SubsetFlags.NO_LAYOUT_CLOSURE
            | hb.SubsetFlags.CFF_IDENTITY_CHARSET
            | hb.SubsetFlags.DOWNGRADE_CFF2
        )
        cut.glyph_set.update(glyphs)
        for axis in face.axis_infos:
            cut.pin_axis_location(face, axis.tag, _position(axis, self.weight))
        cut.drop_table_tag_set.update(int.from_bytes(tag.encode(), "big") for tag in _NOT_FOR_PDF)
        plan = hb.SubsetPlan(face, cut)
        return bytes(plan.execute().blob.data), dict(plan.old_to_new_glyph_mapping.items())

    def describe(self, program: bytes, codes: Mapping[int, int]) -> Description:
        name = re.sub(r"[^A-Za-z0-9-]", "", self.font.family) or "Borrowed"
        texts = {code: self._learned[glyph] for glyph, code in codes.items() if glyph in self._learned}
        return describe(program, name, texts, weight=self.weight)


@lru_cache(maxsize=8)
def _face(path: Path, index: int) -> hb.Face:
    return hb.Face(hb.Blob.from_file_path(str(path)), index)


def _position(axis: hb.OTVarAxisInfo, weight: int) -> float:
    return float(min(axis.max_value, max(axis.min_value, weight)) if axis.tag == "wght" else axis.default_value)


Codes = Mapping[bytes, Mapping[int, int]]
"""By resource name: the code of each glyph of the machine's font."""


@dataclass(frozen=True, slots=True)
class EmbeddedFont:
    """A font to write into a copy, under the name by which its pages know it."""

    resource: bytes
    description: Description


class Borrowed:
    """The fonts that one copy has borrowed so far."""

    __slots__ = ("_faces",)

    def __init__(self) -> None:
        self._faces: dict[tuple[MachineFont, int], tuple[bytes, BorrowedFace]] = {}

    def face(self, family: Family, weight: int, region: str, letters: str) -> tuple[bytes, Typeface] | None:
        """A face that has the letters, and its resource name; None where no font on this machine has them."""
        font = machine.find(letters, family, weight, region)
        if font is None:
            return None
        if (font, weight) not in self._faces:
            self._faces[font, weight] = b"%s%d" % (_PREFIX, len(self._faces)), BorrowedFace(font, weight)
        return self._faces[font, weight]

    def embed(self, lines: Iterable[Line]) -> tuple[list[EmbeddedFont], Codes]:
        """Cut the fonts to what the lines show; returns them, and the codes that their glyphs got."""
        shown: dict[bytes, set[int]] = {}
        for line in lines:
            for resource, _, strip in line.strips:
                shown.setdefault(resource, set()).update(int(code, 16) for code in _SHOWN.findall(strip))
        fonts: list[EmbeddedFont] = []
        codes: dict[bytes, Mapping[int, int]] = {}
        for resource, face in self._faces.values():
            if resource in shown:
                program, codes[resource] = face.subset(shown[resource])
                fonts.append(EmbeddedFont(resource, face.describe(program, codes[resource])))
        return fonts, codes


def recoded(line: Line, codes: Codes) -> Line:
    """The line with the glyphs of borrowed fonts by the codes that they got."""
    strips: list[Strip] = [
        (resource, rise, _recoded(shown, codes[resource]) if resource in codes else shown)
        for resource, rise, shown in line.strips
    ]
    return line._replace(strips=tuple(strips))


def _recoded(shown: bytes, codes: Mapping[int, int]) -> bytes:
    return _SHOWN.sub(lambda found: b"%04X" % codes[int(found[0], 16)], shown)
