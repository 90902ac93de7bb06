"""The form fields of a checklist: boxes that tick and a field that takes text in every viewer, with nothing to guess.

WeasyPrint writes the fields and leaves their look to the viewer (`NeedAppearances`). Here each state gets its drawing,
and text fields an embedded simple font: viewers cannot type into the composite fonts that WeasyPrint embeds.
"""

import io

import uharfbuzz as hb
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

ON = Name("/Yes")
FONT = Name("/Form")


def finish(pdf: Pdf, font: bytes) -> None:
    """Give every field its drawings; `font` is a TrueType font with the characters of Western European typing."""
    form = pdf.Root.get("/AcroForm")
    if form is None:
        return
    program = _simple_font(pdf, font)
    for field in form.Fields:
        draw = {"/Btn": _box, "/Tx": _text}[str(field.FT)]
        draw(pdf, field)
    if "/NeedAppearances" in form:
        del form["/NeedAppearances"]
    form.DR = Dictionary(Font=Dictionary({str(FONT): program}))
    form.DA = _text_style()
    _drop_composite_fonts(pdf)


def _box(pdf: Pdf, field: Object) -> None:
    left, bottom, right, top = _rectangle(field)
    colour = " ".join(f"{float(part):.4f}" for part in (field.MK.BC if "/MK" in field else (0, 0, 0)))
    width, height = right - left, top - bottom
    tick = (
        f"q {colour} RG {width * 0.15:.2f} w 1 J 1 j {width * 0.22:.2f} {height * 0.52:.2f} m "
        f"{width * 0.43:.2f} {height * 0.27:.2f} l {width * 0.8:.2f} {height * 0.76:.2f} l S Q"
    )
    states = {str(ON): _drawing(pdf, width, height, tick), "/Off": _drawing(pdf, width, height, "")}
    ticked = field.get("/AS", Name.Off) != Name.Off
    field.AP = Dictionary(N=Dictionary(states))
    field.AS = field.V = ON if ticked else Name.Off
    for key in ("/MK", "/Border"):
        if key in field:
            del field[key]


def _text(pdf: Pdf, field: Object) -> None:
    left, bottom, right, top = _rectangle(field)
    field.DA = _text_style()
    if not str(field.get("/V", "")):
        field.AP = Dictionary(N=_drawing(pdf, right - left, top - bottom, "/Tx BMC EMC"))


def _rectangle(field: Object) -> tuple[float, float, float, float]:
    """Put right where it stands upside down: left, bottom, right, top in points."""
    across, upright = sorted(float(x) for x in list(field.Rect)[::2]), sorted(float(y) for y in list(field.Rect)[1::2])
    field.Rect = Array([across[0], upright[0], across[1], upright[1]])
    return across[0], upright[0], across[1], upright[1]


def _drawing(pdf: Pdf, width: float, height: float, content: str) -> Stream:
    box = Array([0, 0, round(width, 2), round(height, 2)])
    return pdf.make_stream(content.encode(), Type=Name.XObject, Subtype=Name.Form, BBox=box, Resources=Dictionary())


def _text_style() -> str:
    return f"0.1 0.1 0.1 rg {FONT} 11 Tf"


def _simple_font(pdf: Pdf, font: bytes) -> Object:
    """A TrueType font for one-byte text in WinAnsi (ISO 32000-1, 9.6.3)."""
    program = TTFont(io.BytesIO(font))
    scale = 1000 / hb.Face(font).upem
    glyphs, advances = program.getBestCmap() or {}, program["hmtx"].metrics
    codes = [bytes([code]).decode("cp1252", errors="ignore") for code in range(32, 256)]
    widths = [round(advances[glyphs[ord(code)]][0] * scale) if code and ord(code) in glyphs else 0 for code in codes]
    descriptor = Dictionary(
        Type=Name.FontDescriptor,
        FontName=Name("/LSFORM+Lodestone-Form"),
        Flags=32,
        FontBBox=Array([-300, -300, 1400, 1100]),
        ItalicAngle=0,
        Ascent=round(program["hhea"].ascent * scale),
        Descent=round(program["hhea"].descent * scale),
        CapHeight=727,
        StemV=80,
        FontFile2=pdf.make_stream(font, Length1=len(font)),
    )
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.TrueType,
            BaseFont=descriptor.FontName,
            FirstChar=32,
            LastChar=255,
            Widths=Array(widths),
            Encoding=Name.WinAnsiEncoding,
            FontDescriptor=pdf.make_indirect(descriptor),
        )
    )


def _drop_composite_fonts(pdf: Pdf) -> None:
    """The form font as WeasyPrint embedded it, which no page uses any more."""
    for page in pdf.pages:
        listed = page.obj.Resources.Font
        for key in [key for key, font in listed.items() if str(font.BaseFont).endswith("+Form")]:
            del listed[key]
