"""What ISO 19005-3 (PDF/A-3, level U) forbids that a document of ours could do, found in a PDF."""

from collections.abc import Iterator
from pathlib import Path

import pikepdf
from pikepdf import Dictionary, Name, Object, Stream

NAMESPACE = "{http://www.aiim.org/pdfa/ns/id/}"
PRINT, HIDDEN, INVISIBLE, NO_VIEW = 4, 2, 1, 32
DEEPEST = 28  # 6.1.13: graphics states within each other
LONGEST_STRING = 32_767


def archive_faults(path: Path) -> list[str]:
    """The rules that a PDF breaks, each with its clause; an empty list is what one wants."""
    with pikepdf.open(path) as pdf:
        faults = [*_identity(pdf), *_catalogue(pdf)]
        for each in pdf.objects:
            faults += [*_object(each)]
        for page in pdf.pages:
            faults += [*_annotations(page.obj), *_content(page, page.obj.Resources)]
    return faults


def _identity(pdf: pikepdf.Pdf) -> Iterator[str]:
    metadata = pdf.open_metadata()
    if (metadata.get(f"{NAMESPACE}part"), metadata.get(f"{NAMESPACE}conformance")) != ("3", "U"):
        yield "6.6.4: the metadata do not name PDF/A-3u"
    if "pdfuaid" in str(metadata) and "<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>" not in str(metadata):
        yield "6.6.2.3: another standard is named without a description"
    if len(pdf.trailer.get("/ID", ())) != 2 or pdf.is_encrypted:
        yield "6.1.3: no identifier, or encrypted"


def _catalogue(pdf: pikepdf.Pdf) -> Iterator[str]:
    intents = list(pdf.Root.get("/OutputIntents", ()))
    if [(str(each.S), int(each.DestOutputProfile.N)) for each in intents] != [("/GTS_PDFA1", 3)]:
        yield "6.2.3: no sRGB output intent"
    form = pdf.Root.get("/AcroForm", Dictionary())
    if form.get("/NeedAppearances", False) or "/XFA" in form:
        yield "6.4.1: a form that a viewer has to draw"
    if pdf.Root.keys() & {"/AA", "/OCProperties", "/Requirements", "/Perms"}:
        yield "6.1 to 6.5: the catalogue has what it may not have"


def _object(each: Object) -> Iterator[str]:
    if isinstance(each, pikepdf.String) and len(bytes(each)) > LONGEST_STRING:
        yield "6.1.13: a string is too long"
    if isinstance(each, Stream):
        yield from _stream(each)
    if isinstance(each, Dictionary | Stream):
        if each.get("/S") in (Name.JavaScript, Name.Launch, Name.SubmitForm, Name.Movie, Name.Sound):
            yield f"6.5.1: an action {each.S}"
        if each.get("/Type") == Name.ExtGState and each.get("/TR", Name.Identity) != Name.Identity:
            yield "6.2.5: a transfer function"
        if each.get("/Type") == Name.FontDescriptor and not each.keys() & {"/FontFile2", "/FontFile3"}:
            yield f"6.2.11.4: {each.FontName} is not embedded"


def _stream(each: Stream) -> Iterator[str]:
    if "/F" in each or "/LZWDecode" in str(each.get("/Filter", "")):
        yield "6.1.7: a stream in another file, or packed by LZW"
    if each.get("/Subtype") == Name.Image:
        if each.get("/Interpolate", False) or "/Alternates" in each:
            yield "6.2.8: an image is interpolated"
        if each.get("/ColorSpace") == Name.DeviceCMYK:
            yield "6.2.4.3: colours of a press, with the profile of a screen"


def _annotations(page: Object) -> Iterator[str]:
    for each in page.get("/Annots", ()):
        flags = int(each.get("/F", 0))
        if not flags & PRINT or flags & (HIDDEN | INVISIBLE | NO_VIEW):
            yield "6.3.2: an annotation does not print"
        if each.Subtype == Name.Widget and (each.keys() & {"/A", "/AA"} or set(each.get("/AP", {}).keys()) != {"/N"}):
            yield "6.3.3, 6.4.1: a field without its one drawing, or with an action"
        if each.Subtype not in (Name.Widget, Name.Link):
            yield f"6.3.1: an annotation {each.Subtype}"


def _content(holder: pikepdf.Page | Object, resources: Object) -> Iterator[str]:
    depth, font, texts = 0, None, set[int]()
    for instruction in pikepdf.parse_content_stream(holder):
        operands = instruction.operands
        match str(instruction.operator):
            case "q":
                depth += 1
                if depth > DEEPEST:
                    yield "6.1.13: graphics states nested too deeply"
            case "Q":
                depth -= 1
            case "k" | "K":
                yield "6.2.4.3: colours of a press, with the profile of a screen"
            case "Tf":
                font = resources.Font[str(operands[0])]
                texts = _told(font)
            case "Tj" | "TJ" if font is not None:
                if silent := _codes(font, operands[0]) - texts:
                    yield f"6.2.11.7: {font.BaseFont} does not tell the text of {sorted(silent)}"
            case "Do":
                form = resources.XObject[str(operands[0])]
                if form.Subtype == Name.Form:
                    yield from _content(form, form.get("/Resources", resources))


def _told(font: Object) -> set[int]:
    """The codes whose text a font tells; a simple one does by its encoding."""
    if font.Subtype != Name.Type0:
        return set(range(256))
    rows = [line.split(b"><") for line in font.ToUnicode.read_bytes().splitlines() if line.count(b"<") == 2]
    rows += [line.split(b"> <") for line in font.ToUnicode.read_bytes().splitlines() if b"> <" in line]
    return {int(row[0].strip(b"<> "), 16) for row in rows if len(row) == 2}


def _codes(font: Object, shown: Object) -> set[int]:
    pieces = [
        bytes(piece)
        for piece in ([shown] if isinstance(shown, pikepdf.String) else shown)
        if isinstance(piece, pikepdf.String)
    ]
    width = 2 if font.Subtype == Name.Type0 else 1
    return {int.from_bytes(piece[at : at + width], "big") for piece in pieces for at in range(0, len(piece), width)}
