"""What there is to say about a finished PDF before it is handed out: each fault with what to do."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name, Object

from magnets.findings import Finding, advice, stop
from magnets.finished import actions
from magnets.finished.actions import Met
from magnets.sentences import counted, sentence

MEGABYTE = 1_000_000
LARGE = 10 * MEGABYTE  # what mail programs and phones begin to refuse
MOST_PAGES = 2_000
_NO_TITLE = re.compile(r"untitled.*|unbenannt.*|microsoft (word|powerpoint).*|.*\.(docx?|indd|pptx?|pdf|ai|qxp)", re.I)
_DEEPEST = 50  # levels of the tree of pages
_NEAR = 1.0  # points within which two boxes are the same


class Unusable(Exception):
    """The file cannot be handed out; the finding says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


def opened(path: Path, name: str) -> pikepdf.Pdf:
    """The document, repaired where that is possible. Raises Unusable."""
    try:
        pdf = pikepdf.open(path, suppress_warnings=True)
    except pikepdf.PasswordError as wrong:
        message = sentence("This PDF asks for a password; save it without one.")
        raise Unusable(stop("pdf-password", message, name)) from wrong
    except pikepdf.PdfError as wrong:
        message = sentence("This is no PDF that can be opened; export it again.")
        raise Unusable(stop("pdf-broken", message, name)) from wrong
    if not len(pdf.pages):
        raise Unusable(stop("pdf-broken", sentence("This PDF has no pages; export it again."), name))
    if len(pdf.pages) > MOST_PAGES:
        message = sentence(
            "%(number)s pages are too many; split the document, %(most_pages)s at most.",
            number=len(pdf.pages),
            most_pages=f"{MOST_PAGES:,}",
        )
        raise Unusable(stop("pdf-too-long", message, name))
    if Name.XXLodestone in pdf.Root:
        message = sentence("This is a copy that was prepared here; take the file that it was made from.")
        raise Unusable(stop("pdf-edition", message, name))
    return pdf


def findings(pdf: pikepdf.Pdf, name: str, size: int) -> list[Finding]:
    """Everything that an editor and a printer would say. Cleans the open document on the way."""
    found = [*_file(pdf, name, size), *_boxes(pdf, name), *_fonts(pdf, name), *_access(pdf, name)]
    return [*found, *_actions(actions.strip(pdf), name)]


def _file(pdf: pikepdf.Pdf, name: str, size: int) -> Iterator[Finding]:
    if pdf.get_warnings():
        message = sentence("The file is damaged and was repaired on opening; look through it, or export it again.")
        yield advice("pdf-repaired", message, name)
    if pdf.is_encrypted:
        message = sentence(
            "The file forbids printing or copying without a password; people's copies are not restricted."
        )
        yield advice("pdf-restricted", message, name)
    if Name.Collection in pdf.Root:
        message = sentence(
            "This is a portfolio: its documents lie inside it and are taken out; publish one of them instead.",
        )
        yield advice("pdf-portfolio", message, name)
    if size > LARGE:
        pages = counted("%(num)s page", "%(num)s pages", len(pdf.pages))
        message = sentence(
            "%(megabytes)s MB for %(pages)s is much for a phone; people wait for it.",
            megabytes=size / MEGABYTE,
            pages=pages,
        )
        yield advice("pdf-large", message, name)


def _boxes(pdf: pikepdf.Pdf, name: str) -> Iterator[Finding]:
    marked = [number for number, page in enumerate(pdf.pages, start=1) if trimmed(page) is not None]
    if marked:
        message = sentence(
            "%(pages)s show bleed or crop marks around the trimmed page; people's copies show the trimmed page only.",
            pages=pages_in_words(marked),
        )
        yield advice("pdf-crop-marks", message, name)
    if turned := [number for number, page in enumerate(pdf.pages, start=1) if turn(page)]:
        message = sentence(
            "%(pages)s are turned on the screen; a stamped line is left off there.",
            pages=pages_in_words(turned),
        )
        yield advice("pdf-turned", message, name)


def turn(page: pikepdf.Page) -> int:
    """By how many degrees a viewer turns the page: 0, 90, 180 or 270. A page inherits it from its tree."""
    node: Object | None = page.obj
    for _ in range(_DEEPEST):
        if not isinstance(node, Dictionary):
            return 0
        if Name.Rotate in node:
            return int(node.Rotate) % 360
        node = node.get(Name.Parent)
    return 0


def trimmed(page: pikepdf.Page) -> Array | None:
    """The box that printers cut to, where the page shows more than that."""
    shown = [float(side) for side in page.cropbox]
    for key in (Name.TrimBox, Name.ArtBox):
        box = page.obj.get(key)
        if isinstance(box, Array) and len(box) == 4:
            inner = [float(side) for side in box]
            sound = inner[2] - inner[0] > 36 and inner[3] - inner[1] > 36
            return box if sound and any(abs(a - b) > _NEAR for a, b in zip(shown, inner, strict=True)) else None
    return None


def _fonts(pdf: pikepdf.Pdf, name: str) -> Iterator[Finding]:
    missing: set[str] = set()
    met: set[tuple[int, int]] = set()
    for page in pdf.pages:
        _fonts_in(page.resources, missing, met)
    if missing:
        listed = ", ".join(sorted(missing)[:6])
        if len(missing) > 6:
            listed = sentence("%(listed)s and %(number)s more", listed=listed, number=len(missing) - 6)
        message = sentence(
            "Fonts are not embedded: %(listed)s. Each reader's machine puts others; embed them on export.",
            listed=listed,
        )
        yield advice("pdf-fonts", message, name)


def _fonts_in(resources: Object | None, missing: set[str], met: set[tuple[int, int]]) -> None:
    if not isinstance(resources, Dictionary):
        return
    for font in _values(resources.get(Name.Font)):
        if font.objgen not in met or not font.is_indirect:
            met.add(font.objgen)
            if not _is_embedded(font):
                missing.add(str(font.get(Name.BaseFont, "/unnamed"))[1:].rpartition("+")[2])
    for form in _values(resources.get(Name.XObject)):
        if form.objgen not in met and form.get(Name.Subtype) == Name.Form:
            met.add(form.objgen)
            _fonts_in(form.get(Name.Resources), missing, met)


def _is_embedded(font: Object) -> bool:
    if font.get(Name.Subtype) == Name.Type3:
        return True
    below = font.get(Name.DescendantFonts)
    if isinstance(below, Array) and len(below):
        font = below[0]
    descriptor = font.get(Name.FontDescriptor)
    return isinstance(descriptor, Dictionary) and any(
        key in descriptor for key in (Name.FontFile, Name.FontFile2, Name.FontFile3)
    )


def _values(table: Object | None) -> list[Object]:
    if not isinstance(table, Dictionary):
        return []
    return [value for _, value in table.items() if isinstance(value, Dictionary | pikepdf.Stream)]


def _access(pdf: pikepdf.Pdf, name: str) -> Iterator[Finding]:
    if not is_tagged(pdf):
        message = sentence(
            "The document has no tags, so screen readers cannot read it well; export it as tagged PDF (PDF/UA).",
        )
        yield advice("pdf-untagged", message, name)
    if not language(pdf):
        message = sentence("The file does not say its language; people's copies say the magnet's.")
        yield advice("pdf-no-language", message, name)
    if not title(pdf):
        message = sentence("The file has no title of its own; people's copies have the magnet's.")
        yield advice("pdf-no-title", message, name)


def is_tagged(pdf: pikepdf.Pdf) -> bool:
    """Whether there is a structure for screen readers."""
    marks = pdf.Root.get(Name.MarkInfo)
    return Name.StructTreeRoot in pdf.Root and isinstance(marks, Dictionary) and bool(marks.get(Name.Marked, False))


def language(pdf: pikepdf.Pdf) -> str:
    """The language of the document, as it says; or nothing."""
    return str(pdf.Root.get(Name.Lang, "")).strip()


def title(pdf: pikepdf.Pdf) -> str:
    """The title that the file has; what programs write there by themselves is none."""
    found = told(pdf, Name.Title)
    return "" if _NO_TITLE.fullmatch(found) else found


def told(pdf: pikepdf.Pdf, key: Name) -> str:
    """One line of what the file says of itself, without what cannot be printed."""
    try:
        said = str(pdf.docinfo.get(key, ""))
    except (pikepdf.PdfError, ValueError):
        return ""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in said).split())[:300]


def _actions(met: Met, name: str) -> Iterator[Finding]:
    if met.signatures:
        message = sentence(
            "The document is signed. Every copy is another file than the one that was signed, so that "
            "the signature would be shown as broken: copies go out without it.",
        )
        yield advice("pdf-signed", message, name)
    if does := sorted(said for said, count in met.does.items() if count):
        message = sentence(
            "The document %(listed)s. That is taken out: mail gateways turn such files away.", listed=_listed(does)
        )
        yield advice("pdf-active", message, name)
    if met.files:
        message = counted(
            "A file lies inside this one; copies go out without, since nobody looks into what is passed on.",
            "%(num)s files lie inside this one; copies go out without, since nobody looks into what is passed on.",
            met.files,
        )
        yield advice("pdf-attachments", message, name)
    if met.fields:
        message = counted(
            "A field to fill in: they work in each copy, but nothing typed there comes back to you.",
            "%(num)s fields to fill in: they work in each copy, but nothing typed there comes back to you.",
            met.fields,
        )
        yield advice("pdf-form", message, name)
    for where, pages in sorted(met.nowhere.items())[:20]:
        places = sorted(set(pages) - {0})
        message = (
            sentence(
                "%(pages)s: a link leads to %(where)s; mend it in the original.",
                pages=pages_in_words(places),
                where=where,
            )
            if places
            else sentence("A link in the bookmarks leads to %(where)s; mend it in the original.", where=where)
        )
        yield advice("pdf-link-to-nowhere", message, name)


def _listed(parts: Sequence[str]) -> str:
    *others, last = parts
    joined = others[0] if others else ""
    for other in others[1:]:
        joined = sentence("%(words)s, %(more)s", words=joined, more=other)
    return sentence("%(words)s and %(last)s", words=joined, last=last) if others else last


def pages_in_words(numbers: Sequence[int]) -> str:
    """`Page 3`, `Pages 1 to 8`, `Pages 1, 4 and 9`."""
    if len(numbers) == 1:
        return sentence("Page %(number)s", number=numbers[0])
    if list(numbers) == list(range(numbers[0], numbers[-1] + 1)):
        return sentence("Pages %(first)s to %(last)s", first=numbers[0], last=numbers[-1])
    shown = [str(number) for number in numbers[:8]]
    if len(numbers) > 8:
        shown.append(sentence("%(number)s more", number=len(numbers) - 8))
    return sentence("Pages %(numbers)s", numbers=_listed(shown))
