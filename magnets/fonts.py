"""Where the fonts of the themes lie: font packages that were installed with the product."""

import io
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import uharfbuzz as hb
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

ARABIC = ("fontpkg_amiri", "Amiri-Regular.ttf", "Amiri-Bold.ttf")
HEBREW = ("fontpkg_frank_ruhl_libre", "FrankRuhlLibre[wght].ttf", "FrankRuhlLibre[wght].ttf")
DEVANAGARI = ("fontpkg_noto_sans_devanagari", "NotoSansDevanagari[wdth,wght].ttf", "NotoSansDevanagari[wdth,wght].ttf")
SCRIPTS = {
    **dict.fromkeys(("ar", "fa", "ur"), ARABIC),
    **dict.fromkeys(("he", "yi"), HEBREW),
    **dict.fromkeys(("hi", "mr", "ne", "sa"), DEVANAGARI),
}


@cache
def face(name: str) -> Path:
    """The file of one of FACES; raises FileNotFoundError when its package is not installed."""
    return _file(*FACES[name])


def of_language(language: str) -> dict[str, bytes]:
    """Regular and bold of a font for the language's script, by file name; nothing where the themes' fonts have it."""
    script = SCRIPTS.get(language.partition("-")[0])
    if script is None:
        return {}
    package, regular, bold = script
    return {"script.ttf": _fixed(_file(package, regular), 400), "script-bold.ttf": _fixed(_file(package, bold), 700)}


def _file(package: str, name: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"the font package {package.replace('_', '-')} is not installed")
    return Path(spec.origin).parent / "files" / name


@cache
def _fixed(path: Path, weight: int) -> bytes:
    """A font at one weight. WeasyPrint fails on a variable font when text carries settings for an axis it has not."""
    font = hb.Face(hb.Blob.from_file_path(str(path)))
    if not font.axis_infos:
        return path.read_bytes()
    cut = hb.SubsetInput()
    cut.keep_everything()
    for axis in font.axis_infos:
        cut.pin_axis_location(font, axis.tag, float(weight) if axis.tag == "wght" else axis.default_value)
    return bytes(hb.subset(font, cut).blob.data)


@cache
def form() -> bytes:
    """The font of form fields: embedded whole, so it is cut beforehand, and given a name that hides no other font."""
    font = TTFont(io.BytesIO(subset(Family.SANS, 400, 14.0)))
    for record in font["name"].names:
        record.string = "Lodestone-Form" if record.nameID == 6 else "Lodestone Form"
    cut = io.BytesIO()
    font.save(cut)
    return cut.getvalue()
