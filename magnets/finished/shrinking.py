"""A smaller file for the web: pictures in the resolution in which they are seen, and nothing that nobody sees."""

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import pikepdf
from pikepdf import Dictionary, Name, Object
from PIL import Image

QUALITY = 80
MOST_PIXELS = 100_000_000
_WORTH_IT = 0.9  # a picture is replaced by one of at most so much of its bytes
_ENLARGED = 1.15  # up to so much more than is asked for, a picture is left alone
_DEEPEST = 8
_FEW_COLOURS = 256
_SHARP = 0.95  # a mask of which so much hides or shows entirely is an outline, such as lettering

Place = tuple[int, int]

Matrix = pikepdf.Matrix


@dataclass(slots=True)
class _Seen:
    """A picture and the widest it is shown anywhere, in points; `holders` are the pictures of which it is the mask."""

    image: Object
    width: float = 0.0
    height: float = 0.0
    holders: list[Place] = field(default_factory=list)


def shrink(pdf: pikepdf.Pdf, dpi: int) -> None:
    """Reduce the pictures of an open document to so many dots per inch; what only programs read goes."""
    found = _pictures(pdf)
    reduced = {place for place, seen in found.items() if not seen.holders and _reduce(seen, dpi)}
    for seen in found.values():
        if seen.holders:
            _thin_out(seen, dpi, is_drawing=not reduced.issuperset(seen.holders))
    for page in pdf.pages:
        for private in (Name.Thumb, Name.PieceInfo):  # previews and the working data of layout programs
            if private in page.obj:
                del page.obj[private]
    if Name.PieceInfo in pdf.Root:
        del pdf.Root.PieceInfo
    pdf.remove_unreferenced_resources()


def _pictures(pdf: pikepdf.Pdf) -> dict[Place, _Seen]:
    found: dict[Place, _Seen] = {}
    for page in pdf.pages:
        scale = float(page.obj.get(Name.UserUnit, 1))
        _look(page.obj, page.resources, Matrix().scaled(scale, scale), found, 0)
    return found


def _look(holder: Object, resources: Object, matrix: Matrix, found: dict[Place, _Seen], depth: int) -> None:
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


def _paint(thing: Object, outer: Object, matrix: Matrix, found: dict[Place, _Seen], depth: int) -> None:
    kind = thing.get(Name.Subtype)
    if kind == Name.Image:
        _note(thing, matrix, found)
        if isinstance(mask := thing.get(Name.SMask), pikepdf.Stream):
            _note(mask, matrix, found).holders.append(thing.objgen)
    elif kind == Name.Form:
        own = thing.get(Name.Matrix)
        inner = Matrix(*(float(value) for value in own)) @ matrix if own is not None else matrix
        _look(thing, thing.get(Name.Resources, outer), inner, found, depth + 1)


def _note(image: Object, matrix: Matrix, found: dict[Place, _Seen]) -> _Seen:
    seen = found.setdefault(image.objgen, _Seen(image))
    seen.width = max(seen.width, (matrix.a**2 + matrix.b**2) ** 0.5)
    seen.height = max(seen.height, (matrix.c**2 + matrix.d**2) ** 0.5)
    return seen


def _reduce(seen: _Seen, dpi: int) -> bool:
    """Set a picture anew where it has more dots than are seen; whether that was done."""
    size = _size(seen, dpi)
    picture = _opened(seen.image) if size else None
    if size is None or picture is None:
        return False  # also what was packed without loss: a screenshot's fine print stays sharp
    lossless = seen.image.get(Name.Filter) != Name.DCTDecode
    if lossless and picture.getcolors(_FEW_COLOURS) is not None:
        return False  # a drawing: it is small already, and would get blurred edges
    picture = picture.resize(size, Image.Resampling.LANCZOS)
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=QUALITY, optimize=True)
    return _replace(seen.image, picture, out.getvalue(), Name.DCTDecode)


def _thin_out(seen: _Seen, dpi: int, *, is_drawing: bool) -> None:
    """Set a soft mask anew, without loss: what JPEG puts around edges would show as dirt on the page."""
    size = _size(seen, dpi)
    mask = _opened(seen.image) if size else None
    if size is None or mask is None or (is_drawing and _is_sharp(mask)):
        return
    mask = mask.resize(size, Image.Resampling.HAMMING)  # which makes no edge lighter than white
    _replace(seen.image, mask, zlib.compress(mask.tobytes(), 9), Name.FlateDecode)


def _size(seen: _Seen, dpi: int) -> tuple[int, int] | None:
    """The dots that a picture is to have; None where it stays."""
    if not _can_be_set_anew(seen.image):
        return None
    wide, high = int(seen.image.Width), int(seen.image.Height)
    excess = min(wide * 72 / max(seen.width, 1), high * 72 / max(seen.height, 1)) / dpi
    return (max(1, round(wide / excess)), max(1, round(high / excess))) if excess > _ENLARGED else None


def _opened(image: Object) -> Image.Image | None:
    """The picture itself, whatever its mask hides of it."""
    try:
        picture = pikepdf.PdfImage(image).as_pil_image()  # type: ignore[arg-type]
    except (pikepdf.PdfError, NotImplementedError, OSError, ValueError, Image.DecompressionBombError):
        return None  # a rare way of packing pictures: it stays as it is
    colours = {"RGBA": "RGB", "LA": "L"}.get(picture.mode, picture.mode)
    return picture.convert(colours) if colours in ("RGB", "L") else None


def _is_sharp(mask: Image.Image) -> bool:
    levels = mask.histogram()
    return levels[0] + levels[-1] >= _SHARP * mask.width * mask.height


def _replace(image: Object, picture: Image.Image, packed: bytes, way: Name) -> bool:
    if len(packed) > len(image.read_raw_bytes()) * _WORTH_IT:
        return False
    image.write(packed, filter=way)
    image.Width, image.Height = picture.size
    image.BitsPerComponent = 8
    return True


def _can_be_set_anew(image: Object) -> bool:
    """Eight bits of grey or RGB without tricks: masks, keys, inverted values and inks of printers stay as they are.

    So does what was mixed with its background beforehand (Matte): mask and picture must go on having the same dots.
    """
    if any(key in image for key in (Name.ImageMask, Name.Mask, Name.Decode, Name.SMaskInData, Name.Matte)):
        return False
    if isinstance(mask := image.get(Name.SMask), pikepdf.Stream) and Name.Matte in mask:
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
