"""The picture that other sites show beside a link to a page: title and publisher, and the cover where there is one."""

import io
from functools import cache

import fontpkg
from PIL import Image, ImageDraw, ImageFont, ImageOps

from magnets.editor import SHOWN_BY_NETWORKS as SIZE
from magnets.editor import contrast_with_white

QUALITY = 88
MARGIN = 72
INK, PAPER = "#14181f", "#ffffff"
_LARGEST, _SMALLEST, _STEP = 72, 34, 2


def card(title: str, publisher: str, colour: str, cover: bytes | None) -> bytes:
    """A JPEG, since not every network takes WebP. The same arguments give the same bytes.

    `cover` is a picture of the first page. A title with letters that the font lacks stands on the cover alone.
    """
    picture = Image.new("RGB", SIZE, colour)
    ink = PAPER if contrast_with_white(colour) >= 4.5 else INK
    right = SIZE[0] - MARGIN
    if cover is not None:
        right = _place(picture, cover, alone=not _has_letters(title)) - MARGIN
    if _has_letters(title):
        _write(picture, title, publisher, ink, right - MARGIN)
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=QUALITY, optimize=True)
    return file.getvalue()


def _place(picture: Image.Image, cover: bytes, *, alone: bool) -> int:
    """Put the cover at the right, or in the middle where it is alone; gives its left edge."""
    with Image.open(io.BytesIO(cover)) as opened:
        page = opened.convert("RGB")
    page.thumbnail((SIZE[0] // 2 - MARGIN, SIZE[1] - MARGIN), Image.Resampling.LANCZOS)
    page = ImageOps.expand(page, 3, PAPER)  # covers are often of the brand's colour too
    left = (SIZE[0] - page.width) // 2 if alone else SIZE[0] - MARGIN - page.width
    picture.paste(page, (left, (SIZE[1] - page.height) // 2))
    return left


def _write(picture: Image.Image, title: str, publisher: str, ink: str, width: int) -> None:
    drawing = ImageDraw.Draw(picture)
    foot = SIZE[1] - MARGIN
    if publisher and _has_letters(publisher):
        drawing.text((MARGIN, foot), _cut(publisher, _font(30, "Medium"), width), ink, _font(30, "Medium"), anchor="ls")
        foot -= 66
    for size in range(_LARGEST, _SMALLEST - 1, -_STEP):
        font = _font(size, "SemiBold")
        lines = _lines(title, font, width)
        if len(lines) * size * 1.2 <= foot - MARGIN and all(font.getlength(line) <= width for line in lines):
            break
    fitting = max(1, int((foot - MARGIN) / (size * 1.2)))
    for number, line in enumerate(lines[:fitting]):
        drawing.text((MARGIN, MARGIN + number * size * 1.2), _cut(line, font, width), ink, font, anchor="la")


def _lines(text: str, font: ImageFont.FreeTypeFont, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and font.getlength(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _cut(line: str, font: ImageFont.FreeTypeFont, width: int) -> str:
    """The line as far as there is room for it."""
    if font.getlength(line) <= width:
        return line
    while line and font.getlength(f"{line}…") > width:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _has_letters(text: str) -> bool:
    """Whether the font can show it: nothing is ever printed as boxes."""
    return bool(text) and all(ord(sign) in _letters() for sign in text if not sign.isspace())


@cache
def _letters() -> frozenset[int]:
    from fontTools.ttLib import TTFont  # Slow to import; only the press draws cards.

    with TTFont(_path()) as font:
        return frozenset(font.getBestCmap() or ())


@cache
def _font(size: int, name: str) -> ImageFont.FreeTypeFont:
    font = ImageFont.truetype(_path(), size)
    font.set_variation_by_name(name)
    return font


def _path() -> str:
    return str(fontpkg.path("inter", weight=600, nearest=True))
