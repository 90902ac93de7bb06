"""Where the fonts of the themes lie: font packages that were installed with the product."""

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

from magnets.imprint.fonts import subset
from magnets.imprint.slots import Family

FACES = {
    "inter.ttf": ("fontpkg_inter", "Inter[opsz,wght].ttf"),
    "inter-italic.ttf": ("fontpkg_inter", "Inter-Italic[opsz,wght].ttf"),
    "source-serif.ttf": ("fontpkg_source_serif_4", "SourceSerif4[opsz,wght].ttf"),
    "source-serif-italic.ttf": ("fontpkg_source_serif_4", "SourceSerif4-Italic[opsz,wght].ttf"),
    "source-code.ttf": ("fontpkg_source_code_pro", "SourceCodePro[wght].ttf"),
    "plex-sans.ttf": ("fontpkg_ibm_plex_sans", "IBMPlexSans[wdth,wght].ttf"),
    "plex-sans-italic.ttf": ("fontpkg_ibm_plex_sans", "IBMPlexSans-Italic[wdth,wght].ttf"),
}


@cache
def face(name: str) -> Path:
    """The file of one of FACES; raises FileNotFoundError when its package is not installed."""
    package, file = FACES[name]
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the font package {package.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / "files" / file


@cache
def form() -> bytes:
    """The font of form fields: embedded whole, so it is cut beforehand, and given a name that hides no other font."""
    font = TTFont(io.BytesIO(subset(Family.SANS, 400, 14.0)))
    for record in font["name"].names:
        record.string = "Lodestone-Form" if record.nameID == 6 else "Lodestone Form"
    cut = io.BytesIO()
    font.save(cut)
    return cut.getvalue()
