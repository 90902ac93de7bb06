"""A Word document becomes Markdown with its pictures."""

import io
import re
import zipfile
from typing import Protocol, cast

import mammoth
from PIL import Image, UnidentifiedImageError

from capture.catalogue import richtext
from capture.catalogue.richtext import Converted
from capture.errors import UploadRefused
from capture.languages import say
from magnets.folder import MEGABYTE

MOST_UNPACKED = 150 * MEGABYTE
LARGEST_BODY = 15 * MEGABYTE
BODY = "word/document.xml"
STYLES = """
p[style-name='Title'] => h1:fresh
p[style-name='Subtitle'] => p:fresh
p[style-name='Quote'] => blockquote > p:fresh
p[style-name='Intense Quote'] => blockquote > p:fresh
p[style-name='Caption'] => p:fresh
"""
KEPT = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp"}
# What Word writes into the description of a picture by itself is nobody's description.
_MACHINE = re.compile(r"\s*(?:Description automatically generated|AI-generated content may be incorrect)[^.]*\.?\s*$")


class _Embedded(Protocol):
    content_type: str
    alt_text: str | None

    def open(self) -> io.BytesIO: ...


def markdown_of(document: bytes) -> tuple[Converted, dict[str, bytes]]:
    """The text of a .docx, and its pictures by their path in the bundle. Raises UploadRefused.

    Pictures of vector formats that only Word draws are left out, and counted.
    """
    _judge(document)
    pictures: dict[str, bytes] = {}

    def keep(image: _Embedded) -> dict[str, str]:
        with image.open() as file:
            name, content = _printable(image.content_type, file.read())
        if not content:
            return {"src": "", "alt": ""}
        path = f"pictures/picture-{len(pictures) + 1:02d}{name}"
        pictures[path] = content
        return {"src": f"../{path}", "alt": _MACHINE.sub("", image.alt_text or "")}

    try:
        result = mammoth.convert_to_html(
            io.BytesIO(document), style_map=STYLES, convert_image=mammoth.images.img_element(keep)
        )
    except Exception as wrong:  # What a damaged file makes of the library's parsers is not listed anywhere.
        raise UploadRefused(
            say("This Word document cannot be read. Save it again as .docx, or copy its text and paste it.")
        ) from wrong
    return richtext.markdown_of(cast(str, result.value)), pictures


def _judge(document: bytes) -> None:
    """Refuse what is no .docx, and what would fill the memory; the sizes are those that reading stops at."""
    try:
        with zipfile.ZipFile(io.BytesIO(document)) as opened:
            sizes = {entry.filename: entry.file_size for entry in opened.infolist()}
    except (zipfile.BadZipFile, OSError) as wrong:
        raise UploadRefused(
            say("This is no .docx. Save the document as Word document (.docx) and try again.")
        ) from wrong
    if BODY not in sizes:
        raise UploadRefused(say("There is no text of Word in this file. Save the document as .docx and try again."))
    if sum(sizes.values()) > MOST_UNPACKED or sizes[BODY] > LARGEST_BODY:
        raise UploadRefused(
            say("This document is too large to take over at once. Split it, or make its pictures smaller.")
        )


def _printable(kind: str, content: bytes) -> tuple[str, bytes]:
    """The ending and bytes of a picture that can be printed; nothing where it cannot."""
    if kind in KEPT:
        return KEPT[kind], content
    try:
        with Image.open(io.BytesIO(content), formats=("TIFF", "BMP")) as opened:
            file = io.BytesIO()
            opened.convert("RGBA").save(file, "PNG")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return "", b""
    return ".png", file.getvalue()
