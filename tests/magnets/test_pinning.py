"""Fonts of documents are brought to one weight and size by HarfBuzz, exactly as fontTools would do it."""

import io

import pytest
import uharfbuzz as hb
from fontTools.pens.recordingPen import DecomposingRecordingPen
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont
from pikepdf import Dictionary, Pdf

from magnets import _pinning, fonts
from magnets.folder import read
from magnets.typeset import typeset
from tests.magnets.bundles import a_folder
from tests.magnets.test_typeset import THEMES

TEXT = "Ágnes €7, fi"


def as_weasyprint_has_it(name: str) -> bytes:
    """A few glyphs of a font of the themes, under their own numbers."""
    face = hb.Face(hb.Blob.from_file_path(str(fonts.face(name))))
    cut = hb.SubsetInput()
    cut.flags = hb.SubsetFlags.RETAIN_GIDS
    cut.unicode_set.update(map(ord, TEXT))
    return bytes(hb.subset(face, cut).blob.data)


def outlines(font: TTFont) -> dict[str, object]:
    glyphs = font.getGlyphSet()
    drawn: dict[str, object] = {}
    for name in font.getGlyphOrder():
        pen = DecomposingRecordingPen(glyphs)
        glyphs[name].draw(pen)
        drawn[name] = (glyphs[name].width, pen.value)
    return drawn


@pytest.mark.parametrize("name", fonts.FACES)
def test_a_font_is_drawn_as_fonttools_would_draw_it(name: str) -> None:
    given = as_weasyprint_has_it(name)
    axes = {axis.axisTag for axis in TTFont(io.BytesIO(given))["fvar"].axes}
    at = {tag: value for tag, value in {"wght": 612.0, "opsz": 17.0, "wdth": 88.0}.items() if tag in axes}

    pinned = _pinning.static(TTFont(io.BytesIO(given)), at)

    theirs = io.BytesIO()
    instantiateVariableFont(TTFont(io.BytesIO(given)), at, static=True).save(theirs)
    assert "fvar" not in pinned
    assert outlines(pinned) == outlines(TTFont(theirs))


def test_the_fonts_in_a_document_offer_no_choice_of_weights(tmp_path_factory: pytest.TempPathFactory) -> None:
    book = typeset(read(a_folder(tmp_path_factory.mktemp("bundle"))), themes=THEMES)

    with Pdf.open(io.BytesIO(book.pdf)) as pdf:
        descriptors = [one for one in pdf.objects if isinstance(one, Dictionary) and "/FontFile2" in one]
        programs = [TTFont(io.BytesIO(one.FontFile2.read_bytes())) for one in descriptors]

    assert len(programs) > 3
    assert [table for font in programs for table in ("fvar", "gvar", "STAT") if table in font] == []
