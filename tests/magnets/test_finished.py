"""A finished PDF of the marketer's: what is said about it, what is taken out, and that copies are personal."""

import io
import subprocess
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from click.testing import CliRunner
from outloud.cli import main as outloud
from pikepdf import Array, Dictionary, Name, String
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat

from capture.config import resource
from magnets import bundle, finished
from magnets.finished import FileUnusable, marking, shrinking
from magnets.folder import LARGEST_FILE
from magnets.imprint import Prepared
from tests.magnets.documents import a_document, saved, words

DEFINITION = """format = 1

[magnet]
slug = "price-list"
kind = "file"
title = "The price list"
summary = "What it costs, and why."
theme = "{theme}"

[page]
next_step = {{ label = "Book a call", url = "https://northwind.example/call" }}
"""
THEMES = resource("templates") / "magnets"
BODY = "".join(
    f'<h1 style="break-before: page">Part {n}</h1><p>Words of part {n}. <a href="https://a.example/{n}">a link</a></p>'
    for n in (1, 2, 3)
)


@pytest.fixture(scope="module")
def plain() -> bytes:
    """Three chapters with bookmarks, tags and links."""
    return a_document(BODY, heading="")


def a_file(folder: Path, pdf: bytes, *, theme: str = "folio", more: str = "") -> bundle.Bundle:
    (folder / "magnet.toml").write_text(DEFINITION.format(theme=theme) + more, "utf-8")
    (folder / "prices.pdf").write_bytes(pdf)
    return bundle.read(folder)


def changed(pdf: bytes, change: Callable[[pikepdf.Pdf], None], **saving: object) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf)) as document:
        change(document)
        document.save(out, **saving)  # type: ignore[arg-type]
    return out.getvalue()


def a_copy(given: bundle.Bundle, folder: Path, *, link_prefix: str | None = None) -> Path:
    line = "Prepared for Ada Byron, Analytical"
    with finished.press(given, themes=THEMES) as pressed:
        edition = Prepared.open(pressed.document)
        made = edition.copy({"name": "Ada Byron", "company": "Analytical", "line": line}, link_prefix=link_prefix)
        return saved(made, folder)


def codes(given: bundle.Bundle) -> set[str]:
    return {finding.code for finding in bundle.check(given)}


@pytest.mark.parametrize("theme", ["folio", "signal", "atlas"])
def test_a_slip_before_the_first_page_says_for_whom_the_copy_is(tmp_path: Path, plain: bytes, theme: str) -> None:
    copy = a_copy(a_file(tmp_path, plain, theme=theme), tmp_path)

    text = words(copy)
    assert text.index("Ada Byron") < text.index("Part 1")
    assert "Book a call" in text
    with pikepdf.open(copy) as document:
        assert len(document.pages) == 4
    assert subprocess.run(["qpdf", "--check", copy], capture_output=True, check=False).returncode == 0
    report = CliRunner().invoke(outloud, [str(copy), "--layer", "conformance", "--fail-on", "warning"])
    assert report.exit_code == 0, report.output


@pytest.mark.parametrize(("mark", "times"), [("first-page", 1), ("every-page", 3), ("none", 0)])
def test_a_line_stands_at_the_foot_of_the_pages_that_were_chosen(
    tmp_path: Path, plain: bytes, mark: str, times: int
) -> None:
    copy = a_copy(a_file(tmp_path, plain, more=f'\n[file]\nmark = "{mark}"\n'), tmp_path)

    assert words(copy).count("Prepared for Ada Byron, Analytical") == times
    with pikepdf.open(copy) as document:
        assert len(document.pages) == 3


def test_every_link_of_it_becomes_the_leads_own(tmp_path: Path, plain: bytes) -> None:
    copy = a_copy(
        a_file(tmp_path, plain, more='\n[file]\nmark = "none"\n'), tmp_path, link_prefix="https://l.example/t"
    )

    with pikepdf.open(copy) as document:
        found = [str(one.A.URI) for page in document.pages for one in page.obj.get(Name.Annots, Array())]
    assert len(found) == 3
    assert all(target.startswith("https://l.example/t") for target in found)


def test_the_contents_come_from_the_bookmarks_and_the_words_from_the_pages(tmp_path: Path, plain: bytes) -> None:
    with finished.press(a_file(tmp_path, plain), themes=THEMES) as pressed:
        told = [(one.title, one.level, one.page) for one in pressed.contents]
        shown = pressed.pictures([1, 2], [120])

    assert told == [("Part 1", 1, 2), ("Part 2", 1, 3), ("Part 3", 1, 4)]
    assert all(count >= 5 for count in pressed.words)
    assert [(one.page, one.width) for one in shown] == [(1, 120), (2, 120)]


def active(document: pikepdf.Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    document.attachments["secret.txt"] = b"hello"
    document.pages[0].obj.AA = Dictionary(O=Dictionary(S=Name.Launch, F=String("calc.exe")))


def test_what_runs_and_what_lies_inside_is_taken_out_and_said(tmp_path: Path, plain: bytes) -> None:
    given = a_file(tmp_path, changed(plain, active))

    assert codes(given) >= {"pdf-active", "pdf-attachments"}
    raw = pikepdf.open(a_copy(given, tmp_path))
    with raw:
        assert Name.OpenAction not in raw.Root
        assert Name.AA not in raw.pages[1].obj
        assert not raw.attachments
    assert b"app.alert" not in (tmp_path / "copy.pdf").read_bytes()


def test_a_password_or_no_pdf_at_all_stops_and_an_owners_lock_does_not(tmp_path: Path, plain: bytes) -> None:
    locked = changed(plain, lambda _: None, encryption=pikepdf.Encryption(user="pw", owner="pw"))
    kept = changed(plain, lambda _: None, encryption=pikepdf.Encryption(user="", owner="pw"))

    for pdf, code in ((locked, "pdf-password"), (b"hello", "pdf-broken")):
        [found] = [one for one in bundle.check(a_file(tmp_path, pdf)) if one.stops]
        assert found.code == code
        with pytest.raises(FileUnusable), finished.press(bundle.read(tmp_path), themes=THEMES):
            pass
    assert "pdf-restricted" in codes(a_file(tmp_path, kept))
    assert "Ada Byron" in words(a_copy(bundle.read(tmp_path), tmp_path))


def test_a_file_may_be_named_from_where_one_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "list.pdf").write_bytes(a_document("<p>Prices</p>"))
    monkeypatch.chdir(tmp_path)

    assert finished.examine(Path("list.pdf"), "list.pdf").pages == 1


def test_crop_marks_missing_fonts_tags_language_and_title_are_said(tmp_path: Path) -> None:
    document = pikepdf.new()
    document.add_blank_page(page_size=(700, 900))
    page = document.pages[0]
    page.obj.TrimBox = Array([50, 50, 650, 850])
    page.obj.Resources = Dictionary(
        Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    )
    page.obj.Contents = document.make_stream(b"q BT /F1 12 Tf 80 400 Td (Hello there) Tj ET")
    out = io.BytesIO()
    document.save(out)

    given = a_file(tmp_path, out.getvalue(), more='\n[file]\nmark = "every-page"\n')

    assert codes(given) >= {"pdf-crop-marks", "pdf-fonts", "pdf-untagged", "pdf-no-language", "pdf-no-title"}
    copy = a_copy(given, tmp_path)
    assert "Prepared for Ada Byron" in words(copy)
    with pikepdf.open(copy) as made:
        assert [float(side) for side in made.pages[0].cropbox] == [50, 50, 650, 850]
        assert str(made.docinfo[Name.Title]) == "The price list"
        assert str(made.Root.Lang) == "en"


def test_a_smaller_file_is_offered_and_the_original_is_kept(tmp_path: Path) -> None:
    noise = Image.effect_noise((2400, 1800), 90).convert("RGB")
    held = io.BytesIO()
    noise.save(held, "JPEG", quality=97)
    document = pikepdf.new()
    document.add_blank_page(page_size=(595, 842))
    image = document.make_stream(held.getvalue())
    image.update(
        {"/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 2400, "/Height": 1800, "/BitsPerComponent": 8}
    )
    image.ColorSpace, image.Filter = Name.DeviceRGB, Name.DCTDecode
    page = document.pages[0].obj
    page.Resources = Dictionary(XObject=Dictionary(Im=image))
    page.Contents = document.make_stream(b"q 400 0 0 300 60 400 cm /Im Do Q")
    out = io.BytesIO()
    document.save(out)
    original = out.getvalue()

    [offer] = [one for one in bundle.check(a_file(tmp_path, original)) if one.code == "pdf-smaller"]
    small = a_copy(a_file(tmp_path, original, more='\n[file]\nmark = "none"\ndeliver = "smaller"\n'), tmp_path)

    assert "instead of" in offer.message
    assert small.stat().st_size < 0.5 * len(original)
    assert (tmp_path / "prices.pdf").read_bytes() == original
    with pikepdf.open(small) as made:
        assert int(made.pages[0].resources.XObject.Im.Width) < 1000


DOTS = 1200


def a_cut_out(picture: Image.Image, mask: Image.Image, **entries: object) -> pikepdf.Pdf:
    """A page with a picture on an orange ground, seen as far as its soft mask lets it."""
    document = pikepdf.new()

    def packed(shown: Image.Image, space: Name, **more: object) -> pikepdf.Stream:
        facts = {"Width": DOTS, "Height": DOTS, "BitsPerComponent": 8, "ColorSpace": space, "Filter": Name.FlateDecode}
        kind = {"Type": Name.XObject, "Subtype": Name.Image}
        return document.make_stream(zlib.compress(shown.tobytes()), **kind, **facts, **more)

    document.add_blank_page(page_size=(300, 300))
    page = document.pages[0].obj
    picture_with_mask = packed(picture, Name.DeviceRGB, SMask=packed(mask, Name.DeviceGray, **entries))
    page.Resources = Dictionary(XObject=Dictionary(Im=picture_with_mask))
    page.Contents = document.make_stream(b"1 0.6 0.1 rg 0 0 300 300 re f q 240 0 0 240 30 30 cm /Im Do Q")
    return document


def drawn(document: pikepdf.Pdf, path: Path) -> Image.Image:
    """Its page as poppler shows it."""
    document.save(path)
    subprocess.run(["pdftoppm", "-r", "150", "-singlefile", "-png", path, path.with_suffix("")], check=True)
    return Image.open(path.with_suffix(".png")).convert("RGB")


def widths(document: pikepdf.Pdf) -> tuple[int, int]:
    """Dots of the picture and of its mask, from side to side."""
    shown = document.pages[0].resources.XObject.Im
    return int(shown.Width), int(shown.SMask.Width)


def a_disc(blur: int) -> Image.Image:
    mask = Image.new("L", (DOTS, DOTS))
    ImageDraw.Draw(mask).ellipse((200, 200, 1000, 1000), fill=255)
    return mask.filter(ImageFilter.GaussianBlur(blur))


def a_photo() -> Image.Image:
    across, middle = Image.linear_gradient("L"), Image.radial_gradient("L")
    return Image.merge("RGB", (across, middle, across.rotate(90))).resize((DOTS, DOTS))


@pytest.mark.parametrize("blur", [2, 60])
def test_a_smaller_picture_has_a_smaller_soft_mask_and_looks_the_same(tmp_path: Path, blur: int) -> None:
    document = a_cut_out(a_photo(), a_disc(blur))
    before = drawn(document, tmp_path / "before.pdf")

    shrinking.shrink(document, 150)

    difference = ImageChops.difference(before, drawn(document, tmp_path / "after.pdf"))
    assert widths(document) == (500, 500)
    assert ImageStat.Stat(difference.convert("L")).extrema[0][1] < 24
    assert max(ImageStat.Stat(difference).mean) < 1
    assert (tmp_path / "after.pdf").stat().st_size < 0.3 * (tmp_path / "before.pdf").stat().st_size


def test_a_shadow_gets_smaller_and_an_outline_or_what_is_mixed_already_stays(tmp_path: Path) -> None:
    black = Image.new("RGB", (DOTS, DOTS))
    shadow, outline = a_cut_out(black, a_disc(60)), a_cut_out(black, a_disc(0))
    mixed = a_cut_out(a_photo(), a_disc(2), Matte=Array([0, 0, 0]))

    for document in (shadow, outline, mixed):
        shrinking.shrink(document, 150)

    assert widths(shadow) == (DOTS, 500)
    assert widths(outline) == (DOTS, DOTS)
    assert widths(mixed) == (DOTS, DOTS)


def test_pages_keep_their_numbers_behind_a_slip() -> None:
    document, front = pikepdf.new(), pikepdf.new()
    front.add_blank_page()
    for _ in range(6):
        document.add_blank_page()

    def kids(*nodes: Dictionary) -> Array:
        return Array([document.make_indirect(node) for node in nodes])

    arabic, appendix = Dictionary(S=Name.D), Dictionary(S=Name.D, St=7, P=String("A-"))
    preface = Dictionary(Limits=Array([0, 0]), Nums=Array([0, Dictionary(S=Name.r)]))
    rest = Dictionary(Limits=Array([2, 4]), Nums=Array([2, arabic, 4, appendix]))
    document.Root.PageLabels = Dictionary(Kids=kids(preface, Dictionary(Limits=Array([2, 4]), Kids=kids(rest))))

    marking.slip(document, front)

    out = io.BytesIO()
    document.save(out)
    labels = ["–", "i", "ii", "1", "2", "A-7", "A-8"]
    with closing(pypdfium2.PdfDocument(out.getvalue())) as seen:
        assert [seen.get_page_label(number) for number in range(7)] == labels
    with pikepdf.open(out) as read:
        assert [str(page.label) for page in read.pages] == labels


def test_pages_without_a_number_of_their_own_are_counted_from_behind_the_slip() -> None:
    document, front = pikepdf.new(), pikepdf.new()
    front.add_blank_page()
    for _ in range(3):
        document.add_blank_page()
    document.Root.PageLabels = Dictionary(Nums=Array([2, Dictionary(S=Name.r)]))

    marking.slip(document, front)

    assert [str(page.label) for page in document.pages] == ["–", "1", "2", "i"]


def test_of_a_file_that_is_too_large_that_alone_is_said(tmp_path: Path, plain: bytes) -> None:
    a_file(tmp_path, plain)
    with (tmp_path / "prices.pdf").open("r+b") as file:
        file.truncate(LARGEST_FILE + 1)

    assert codes(bundle.read(tmp_path)) & {"no-pdf", "too-large"} == {"too-large"}


def test_one_of_several_files_has_to_be_named(tmp_path: Path, plain: bytes) -> None:
    a_file(tmp_path, plain)
    (tmp_path / "other.pdf").write_bytes(plain)

    assert "no-pdf" in codes(bundle.read(tmp_path))
    assert "no-pdf" not in codes(a_file(tmp_path, plain, more='\n[file]\npdf = "prices.pdf"\n'))
    assert "no-pdf" in codes(a_file(tmp_path, plain, more='\n[file]\npdf = "gone.pdf"\n'))
