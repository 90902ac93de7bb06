"""A smaller file for the web: pictures in the resolution in which they are seen, and nothing that nobody sees."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import pikepdf
from pikepdf import Dictionary, Name, Object
from PIL import Image

QUALITY = 80
MOST_PIXELS = 100_000_000
_WORTH_IT = 0.9  # a picture is replaced by one of at most so much of its bytes
_ENLARGED = 1.15  # up to so much more than is asked for, a picture is left alone
_DEEPEST = 8
_FEW_COLOURS = 256

Matrix = pikepdf.Matrix


@dataclass(slots=True)
class _Seen:
    """A picture and the widest it is shown anywhere, in points."""

    image: Object
    width: float = 0.0
    height: float = 0.0


def shrink(pdf: pikepdf.Pdf, dpi: int) -> None:
    """Reduce the pictures of an open document to so many dots per inch; what only programs read goes."""
    for seen in _pictures(pdf).values():
        _reduce(seen, dpi)
    for page in pdf.pages:
        for private in (Name.Thumb, Name.PieceInfo):  # previews and the working data of layout programs
            if private in page.obj:
                del page.obj[private]
    if Name.PieceInfo in pdf.Root:
        del pdf.Root.PieceInfo
    pdf.remove_unreferenced_resources()


def _pictures(pdf: pikepdf.Pdf) -> dict[tuple[int, int], _Seen]:
    found: dict[tuple[int, int], _Seen] = {}
    for page in pdf.pages:
        scale = float(page.obj.get(Name.UserUnit, 1))
        _look(page.obj, page.resources, Matrix().scaled(scale, scale), found, 0)
    return found


def _look(holder: Object, resources: Object, matrix: Matrix, found: dict[tuple[int, int], _Seen], depth: int) -> None:
    """Follow a content stream as far as it moves and paints; forms are content streams of their own."""
    drawn = resources.get(Name.XObject)
    if not isinstance(drawn, Dictionary) or depth > _DEEPEST:
        return
    kept: list[Matrix] = []
    for operands, operator in _instructions(holder):
        if operator == "q":
            kept.append(matrix)
        elif operator == "Q" and kept:
            matrix = kept.pop()
        elif operator == "cm" and len(operands) == 6:
            matrix = Matrix(*(float(value) for value in operands)) @ matrix
        elif operator == "Do" and operands and operands[0] in drawn:
            _paint(drawn[Name(str(operands[0]))], resources, matrix, found, depth)


def _instructions(holder: Object) -> Iterator[tuple[list[Object], str]]:
    try:
        for instruction in pikepdf.parse_content_stream(holder, operators="q Q cm Do"):
            yield list(instruction.operands), str(instruction.operator)
    except pikepdf.PdfParsingError:
        return


def _paint(thing: Object, outer: Object, matrix: Matrix, found: dict[tuple[int, int], _Seen], depth: int) -> None:
    kind = thing.get(Name.Subtype)
    if kind == Name.Image:
        seen = found.setdefault(thing.objgen, _Seen(thing))
        seen.width = max(seen.width, (matrix.a**2 + matrix.b**2) ** 0.5)
        seen.height = max(seen.height, (matrix.c**2 + matrix.d**2) ** 0.5)
    elif kind == Name.Form:
        own = thing.get(Name.Matrix)
        inner = Matrix(*(float(value) for value in own)) @ matrix if own is not None else matrix
        _look(thing, thing.get(Name.Resources, outer), inner, found, depth + 1)


def _reduce(seen: _Seen, dpi: int) -> None:
    image = seen.image
    if not _can_be_set_anew(image):
        return
    before, wide, high = len(image.read_raw_bytes()), int(image.Width), int(image.Height)
    excess = min(wide * 72 / max(seen.width, 1), high * 72 / max(seen.height, 1)) / dpi
    lossless = image.get(Name.Filter) != Name.DCTDecode
    if excess <= _ENLARGED:
        return  # also what was packed without loss: a screenshot's fine print stays sharp
    try:
        picture = pikepdf.PdfImage(image).as_pil_image()  # type: ignore[arg-type]
    except (pikepdf.PdfError, NotImplementedError, OSError, ValueError, Image.DecompressionBombError):
        return  # a rare way of packing pictures: it stays as it is
    if picture.mode not in ("RGB", "L"):
        return
    if lossless and picture.getcolors(_FEW_COLOURS) is not None:
        return  # a drawing: it is small already, and would get blurred edges
    size = (max(1, round(wide / excess)), max(1, round(high / excess)))
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    if out.tell() > before * _WORTH_IT:
        return
    image.write(out.getvalue(), filter=Name.DCTDecode)
    image.Width, image.Height = picture.size
    image.BitsPerComponent = 8


def _can_be_set_anew(image: Object) -> bool:
    """Eight bits of grey or RGB without tricks: masks, keys, inverted values and inks of printers stay as they are."""
    if any(key in image for key in (Name.ImageMask, Name.Mask, Name.Decode, Name.SMaskInData)):
        return False
    if int(image.get(Name.BitsPerComponent, 0)) != 8 or int(image.Width) * int(image.Height) > MOST_PIXELS:
        return False
    packed = image.get(Name.Filter)
    if packed is not None and packed not in (Name.DCTDecode, Name.FlateDecode):
        return False
    space = image.get(Name.ColorSpace)
    if space in (Name.DeviceRGB, Name.DeviceGray):
        return True
    return isinstance(space, pikepdf.Array) and space[0] == Name.ICCBased and int(space[1].get(Name.N, 0)) in (1, 3)
