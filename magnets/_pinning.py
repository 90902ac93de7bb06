"""In the renderer: HarfBuzz brings a variable font to the one weight and size that a document sets it in.

WeasyPrint leaves that to fontTools, which reckons glyph by glyph in Python: a quarter of the time of a document, and
with some thirty weights and sizes in one. The outlines are the same to the unit.
"""

import io
from collections.abc import Mapping
from typing import cast

import uharfbuzz as hb
from fontTools.ttLib import TTFont
from fontTools.ttLib.sfnt import SFNTReader

_NAMES = range(7)  # what a font is called; the others name weights to choose from
_CHOICE = int.from_bytes(b"STAT", "big")


def install() -> None:
    """From here on WeasyPrint, in this process, has its fonts from `static`."""
    from weasyprint.pdf import fonts

    fonts.instantiateVariableFont = static  # type: ignore[attr-defined,assignment]


def static(font: TTFont, location: Mapping[str, float], **_always_static: bool) -> TTFont:
    """The font at this place on its axes, with the same glyph numbers; axes not named are at their defaults.

    Stands in for fontTools.varLib.instancer.instantiateVariableFont, as WeasyPrint calls it on a font it has just read.
    """
    face = hb.Face(hb.Blob(cast(SFNTReader, font.reader).file.getvalue()))
    cut = hb.SubsetInput()
    cut.keep_everything()
    cut.flags |= hb.SubsetFlags.RETAIN_GIDS
    cut.name_id_set.clear()
    cut.name_id_set.update(_NAMES)
    cut.drop_table_tag_set.add(_CHOICE)
    for axis in face.axis_infos:
        wanted = location.get(axis.tag, axis.default_value)
        cut.pin_axis_location(face, axis.tag, float(min(axis.max_value, max(axis.min_value, wanted))))
    return TTFont(io.BytesIO(hb.subset(face, cut).blob.data))
