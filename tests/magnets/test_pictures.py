import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pikepdf import Pdf, Stream
from PIL import Image

from magnets._renderer import BUNDLE
from magnets.document import Page
from magnets.typeset import Limits, render

WIDE = 4000
PRINTED = 630  # pixels of 8 cm at 200 dpi
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 6" width="9" height="6"><path d="M0 0 L9 6"/></svg>'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures as marketers have them: a photograph, a small one, a cut-out with transparency, a drawing."""
    folder = tmp_path_factory.mktemp("pictures")
    waves = Image.linear_gradient("L").resize((WIDE, WIDE * 2 // 3))
    photo = Image.merge("RGB", (waves, waves.transpose(Image.Transpose.ROTATE_180), waves.point(lambda v: v * 7 % 256)))
    photo.save(folder / "photo.jpg", quality=98)
    photo.resize((400, 267)).save(folder / "small.jpg", quality=80)
    photo.convert("L").save(folder / "grey.jpg")
    cutout = photo.convert("RGBA")
    cutout.putalpha(waves)
    cutout.save(folder / "cutout.png", compress_level=1)
    (folder / "drawing.svg").write_text(SVG)
    return folder


@pytest.fixture(scope="module")
def pictures(folder: Path) -> Iterator[list[Stream]]:
    """What a document holds in which each of them is printed 8 cm wide."""
    names = [path.name for path in sorted(folder.iterdir()) if path.is_file()]
    body = "".join(f'<img alt="x" style="display:block;width:8cm" src="{BUNDLE}{name}">' for name in names)
    page = Page(
        f'<html lang="en"><title>x</title>{body}', css=(), files={BUNDLE + name: folder / name for name in names}
    )
    work = folder / "work"
    work.mkdir()
    made = render(page, folder=work, limits=Limits(), tell=lambda _: None)
    with Pdf.open(io.BytesIO(made.pdf)) as pdf:
        yield [thing for thing in pdf.objects if isinstance(thing, Stream) and thing.get("/Subtype") == "/Image"]


def jpegs(pictures: list[Stream]) -> list[Stream]:
    return [picture for picture in pictures if picture.get("/Filter") == "/DCTDecode"]


def test_a_photograph_is_scaled_to_200_dpi_of_its_printed_size(pictures: list[Stream]) -> None:
    sizes = {(int(picture.Width), int(picture.Height)) for picture in jpegs(pictures)}

    assert sizes == {(PRINTED, 420), (400, 267)}


def test_a_photograph_is_compressed_once_and_one_that_is_small_enough_not_at_all(
    folder: Path, pictures: list[Stream]
) -> None:
    held = {picture.read_raw_bytes() for picture in jpegs(pictures)}
    with Image.open(folder / "photo.jpg") as scaled:
        scaled.thumbnail((PRINTED, 420))
        once = io.BytesIO()
        scaled.save(once, "JPEG")

    assert (folder / "small.jpg").read_bytes() in held
    assert once.getvalue() in held


def test_transparency_is_kept_and_scaled_too(pictures: list[Stream]) -> None:
    [cutout] = [picture for picture in pictures if "/SMask" in picture]

    assert (int(cutout.Width), int(cutout.SMask.Width)) == (PRINTED, PRINTED)


def test_a_drawing_stays_a_drawing(pictures: list[Stream]) -> None:
    assert len(pictures) == 5  # three photographs, and a cut-out with its mask
