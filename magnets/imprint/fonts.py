"""The fonts that slots are set in: one static subset for Latin, Greek and Cyrillic, cut once per edition."""

import io
from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

import fontpkg
import uharfbuzz as hb
from fontTools.ttLib import TTFont

from magnets.imprint.slots import Family

PACKAGES = {
    Family.SANS: ("inter", "Inter"),
    Family.SERIF: ("source-serif-4", "SourceSerif4"),
    Family.PLEX: ("ibm-plex-sans", "IBMPlexSans"),
}

_RANGES = (
    (0x20, 0x7E),  # Basic Latin
    (0xA0, 0x24F),  # Latin-1, Extended-A, Extended-B
    (0x2B0, 0x2FF),  # modifier letters, the okina among them
    (0x300, 0x36F),  # combining marks
    (0x370, 0x3FF),  # Greek
    (0x400, 0x52F),  # Cyrillic
    (0x1E00, 0x1EFF),  # Vietnamese and other precomposed letters
    (0x2010, 0x2027),  # dashes, quotation marks, ellipsis
    (0x2030, 0x203A),
    (0x20A0, 0x20BF),  # currencies
    (0x2116, 0x2116),
    (0x2122, 0x2122),
)
_FEATURES = ("ccmp", "locl", "mark", "mkmk", "kern", "liga", "rlig")
_NOT_FOR_PDF = ("DSIG", "STAT", "MVAR", "HVAR", "avar", "fvar", "gvar", "gasp", "meta")


@lru_cache(maxsize=16)
def subset(family: Family, weight: int, size: float) -> bytes:
    """A TrueType program with the weight and optical size pinned, small enough to travel in every copy."""
    package, _ = PACKAGES[family]
    face = hb.Face(hb.Blob.from_file_path(str(fontpkg.path(package, weight=weight, nearest=True))))
    cut = hb.SubsetInput()
    cut.flags = hb.SubsetFlags.NO_HINTING | hb.SubsetFlags.NOTDEF_OUTLINE
    for first, last in _RANGES:
        cut.unicode_set.update(range(first, last + 1))
    for axis in face.axis_infos:
        wanted = {"wght": float(weight), "opsz": size}.get(axis.tag, axis.default_value)
        cut.pin_axis_location(face, axis.tag, min(axis.max_value, max(axis.min_value, wanted)))
    cut.layout_feature_tag_set.clear()
    cut.layout_feature_tag_set.update(map(_number, _FEATURES))
    cut.drop_table_tag_set.update(map(_number, _NOT_FOR_PDF))
    return bytes(hb.subset(face, cut).blob.data)


def texts(program: bytes) -> dict[int, str]:
    """What each glyph stands for: its character, or those of the glyphs that shaping puts it in the place of.

    So a reader gets “office” back from a ligature, and an accent from the lower one that a capital takes.
    """
    font = TTFont(io.BytesIO(program))
    known: dict[str, str] = {}
    for code, glyph in sorted((font.getBestCmap() or {}).items(), key=_commonest_first):
        known.setdefault(glyph, chr(code))
    replacements = [*_replacements(font)]
    for _ in range(3):  # a replacement of a replacement of a replacement: deeper ones do not occur
        for sources, glyph in replacements:
            if all(source in known for source in sources):
                known.setdefault(glyph, "".join(known[source] for source in sources))
    return {font.getGlyphID(glyph): text for glyph, text in known.items()}


def _commonest_first(entry: tuple[int, str]) -> tuple[bool, int]:
    """Where characters share a glyph, the apostrophe of O’Neill comes before the modifier letter."""
    return 0x2B0 <= entry[0] < 0x300, entry[0]


def _replacements(font: TTFont) -> Iterator[tuple[tuple[str, ...], str]]:
    """The substitutions of one glyph for one or several, as (glyphs, what takes their place)."""
    if "GSUB" not in font:
        return
    tables = chain.from_iterable(lookup.SubTable for lookup in font["GSUB"].table.LookupList.Lookup)
    for table in tables:
        rules = getattr(table, "ExtSubTable", table)
        if rules.LookupType == 1:
            yield from (((source,), glyph) for source, glyph in rules.mapping.items())
        elif rules.LookupType == 4:
            for first, ligatures in rules.ligatures.items():
                yield from (((first, *ligature.Component), ligature.LigGlyph) for ligature in ligatures)


def postscript_name(family: Family, weight: int) -> str:
    return f"{PACKAGES[family][1]}-{weight}"


def _number(tag: str) -> int:
    return int.from_bytes(tag.encode("ascii"), "big")
