"""Makes capture/static/fonts from the font packages: `python tools/subset_fonts.py`.

Two files for each face: the letters of English with the signs that our pages use, and the rest of Latin that a browser
fetches only where a page needs it (see unicode-range in css/tokens.css).
"""

# mypy: allow-untyped-calls

import shutil
from collections.abc import Iterable
from pathlib import Path

import fontpkg_inter
import fontpkg_source_serif_4
from fontTools import subset
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

FONTS = Path(__file__).parent.parent / "capture" / "static" / "fonts"
SIGNS = "\u00a0\u00a9\u00ab\u00b7\u00bb\u00d7–—‘’‚“”„•…\u202f‹›€™←↑→↓−✓"
BASIC = [*range(0x20, 0x7F), *map(ord, SIGNS)]
REST = [code for code in [*range(0xA1, 0x180), *range(0x218, 0x21C), 0x1E9E] if code not in BASIC]


def make(name: str, source: Path, axes: dict[str, object], features: list[str]) -> None:
    """Write the basic and the further letters of one face as woff2."""
    for part, letters in ((name, BASIC), (f"{name}-latin", REST)):
        _write(FONTS / f"{part}.woff2", source, axes, features, letters)


def _write(path: Path, source: Path, axes: dict[str, object], features: list[str], letters: Iterable[int]) -> None:
    options = subset.Options()
    options.layout_features = features
    options.hinting = False
    options.name_IDs = [0, 1, 2, 13, 14]
    font = TTFont(source, recalcTimestamp=False)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    instantiateVariableFont(font, axes, inplace=True)
    font.flavor = "woff2"
    font.save(path)


if __name__ == "__main__":
    FONTS.mkdir(exist_ok=True)
    inter, serif = fontpkg_inter.ROOT, fontpkg_source_serif_4.ROOT
    make("inter", inter / "files" / "Inter[opsz,wght].ttf", {"opsz": 14, "wght": (400, 650)}, ["kern", "tnum"])
    make("serif", serif / "files" / "SourceSerif4[opsz,wght].ttf", {"opsz": 40, "wght": 600}, ["kern", "liga", "lnum"])
    shutil.copyfile(inter / "LICENSE", FONTS / "Inter-OFL.txt")
    shutil.copyfile(serif / "LICENSE", FONTS / "SourceSerif4-OFL.txt")
