import io
from dataclasses import replace
from pathlib import Path

import pytest
from pikepdf import Name, Object, Pdf
from PIL import Image

from magnets.definition import Theme
from magnets.folder import read
from magnets.preview import pictures
from magnets.typeset import typeset

THEMES = Path(__file__).parents[2] / "templates" / "magnets"

CHECKS = """
# Before you leave

Go round once.

## The room

- [ ] The window is closed.
- [x] The light is *off*.

## Notes

::: notes What is broken
:::
"""


def a_checklist(folder: Path, theme: Theme) -> Pdf:
    (folder / "chapters").mkdir()
    (folder / "chapters" / "1.md").write_text(CHECKS)
    (folder / "magnet.toml").write_text(
        'format = 1\n[magnet]\nslug = "x"\nkind = "checklist"\ntitle = "Locking up"\n[brand]\nname = "Halden Tools"\n'
    )
    bundle = read(folder)
    bundle = replace(bundle, magnet=replace(bundle.magnet, theme=theme))
    return Pdf.open(io.BytesIO(typeset(bundle, themes=THEMES).pdf))


@pytest.fixture(params=Theme)
def checklist(request: pytest.FixtureRequest, tmp_path: Path) -> Pdf:
    return a_checklist(tmp_path, request.param)


def fields(pdf: Pdf, kind: str) -> list[Object]:
    return [field for field in pdf.Root.AcroForm.Fields if str(field.FT) == kind]


def test_every_check_is_a_box_that_says_what_it_is_for(checklist: Pdf) -> None:
    window, light = fields(checklist, "/Btn")

    assert (str(window.TU), str(light.TU)) == ("The window is closed.", "The light is off.")
    assert [str(window.V), str(light.V)] == ["/Off", "/Yes"]
    assert window.T != light.T
    assert {"/Yes", "/Off"} == set(window.AP.N.keys())


def test_notes_are_a_field_of_several_lines_with_a_font_that_can_be_typed_in(checklist: Pdf) -> None:
    [notes] = fields(checklist, "/Tx")
    font = checklist.Root.AcroForm.DR.Font.Form

    assert str(notes.TU) == "What is broken"
    assert int(notes.Ff) == 1 << 12
    assert font.Encoding == Name.WinAnsiEncoding
    assert "/FontFile2" in font.FontDescriptor
    assert "/NeedAppearances" not in checklist.Root.AcroForm


def test_a_ticked_box_looks_ticked(checklist: Pdf) -> None:
    box = fields(checklist, "/Btn")[0]

    assert dark(checklist, box) < dark(ticked(checklist, box), box)


def ticked(pdf: Pdf, box: Object) -> Pdf:
    box.V = box.AS = Name.Yes
    return pdf


def dark(pdf: Pdf, box: Object) -> int:
    """How many dark points a viewer draws inside the box."""
    file = io.BytesIO()
    pdf.save(file)
    [picture] = pictures(file.getvalue(), [1], widths=[1600])
    scale = 1600 / float(pdf.pages[0].mediabox[2])
    left, bottom, right, top = (float(edge) * scale for edge in box.Rect)
    page = Image.open(io.BytesIO(picture.webp)).convert("L")
    inside = page.crop(
        (round(left) + 3, round(picture.height - top) + 3, round(right) - 3, round(picture.height - bottom) - 3)
    )
    return sum(inside.histogram()[:160])
