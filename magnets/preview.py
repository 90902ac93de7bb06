"""Pictures of a document's pages: covers for landing pages, and pages to leaf through."""

import hashlib
import io
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image

from magnets.shelf import Shelf

QUALITY = 82
METHOD = 2  # of WebP: the usual 4 takes more than twice the time, and saves three bytes of a hundred

_one_at_a_time = threading.Lock()  # PDFium keeps global state


@dataclass(frozen=True, slots=True)
class Picture:
    """One page as WebP; sizes in pixels, pages count from 1."""

    page: int
    width: int
    height: int
    webp: bytes


def pictures(pdf: Path | bytes, pages: Sequence[int], *, widths: Sequence[int]) -> list[Picture]:
    """Each of the pages in each of the widths, page by page; pages that the document does not have are left out.

    Raises ValueError when the file is no PDF that can be opened.
    """
    with _one_at_a_time:
        try:
            document = pypdfium2.PdfDocument(pdf)
        except pypdfium2.PdfiumError as wrong:
            raise ValueError(f"This PDF cannot be opened: {wrong}") from wrong
        try:
            document.init_forms()
            wanted = [page for page in pages if 1 <= page <= len(document)]
            return [picture for page in wanted for picture in _page(document, page, widths)]
        finally:
            document.close()


def drawn_lately(
    pdf: bytes, pages: Sequence[int], *, widths: Sequence[int], shelf: Shelf | None = None
) -> list[Picture]:
    """The same, unless they stand on the `shelf`: from there; what is drawn is put there."""
    if shelf is None:
        return pictures(pdf, pages, widths=widths)
    asked = repr((QUALITY, METHOD, list(pages), list(widths)))
    name = hashlib.sha256(asked.encode() + pdf).hexdigest()
    if found := shelf.find(name):
        return list(_parted(*found))
    shown = pictures(pdf, pages, widths=widths)
    said = [(one.page, one.width, one.height, len(one.webp)) for one in shown]
    shelf.keep(name, {"pictures": said}, b"".join(one.webp for one in shown))
    return shown


def _parted(said: Mapping[str, Any], files: bytes) -> Iterator[Picture]:
    """Pictures as the shelf keeps them: what each is, and the bytes of all of them one after the other."""
    at = 0
    for page, width, height, size in said["pictures"]:
        yield Picture(page, width, height, files[at : at + size])
        at += size


def _page(document: pypdfium2.PdfDocument, number: int, widths: Sequence[int]) -> Iterator[Picture]:
    """Drawn once at the largest width; the smaller ones are reduced from it, which is sharper than drawing small."""
    page = document[number - 1]
    largest = _drawn(page, max(widths))
    for width in widths:
        height = round(largest.height * width / largest.width)
        image = largest if width == largest.width else largest.resize((width, height), Image.Resampling.LANCZOS)
        file = io.BytesIO()
        image.save(file, "WEBP", quality=QUALITY, method=METHOD)
        yield Picture(number, image.width, image.height, file.getvalue())


def _drawn(page: pypdfium2.PdfPage, width: int) -> Image.Image:
    """As wide as that to the pixel: PDFium takes the next whole number."""
    image: Image.Image = page.render(scale=(width - 0.01) / page.get_width()).to_pil()
    return image.convert("RGB")
