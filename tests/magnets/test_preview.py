import io
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from magnets.preview import drawn_lately, pictures
from magnets.shelf import Shelf


def a_pdf(pages: int) -> bytes:
    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    file = io.BytesIO()
    pdf.save(file)
    return file.getvalue()


def test_a_page_is_shown_in_each_width_in_its_own_proportions() -> None:
    shown = pictures(a_pdf(3), [1, 3], widths=[320, 640])

    assert [(picture.page, picture.width, picture.height) for picture in shown] == [
        (1, 320, 453),
        (1, 640, 906),
        (3, 320, 453),
        (3, 640, 906),
    ]
    for picture in shown:
        image = Image.open(io.BytesIO(picture.webp))
        assert (image.format, image.size) == ("WEBP", (picture.width, picture.height))


def test_a_file_on_disk_and_its_bytes_look_alike(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(a_pdf(1))

    assert pictures(path, [1], widths=[100]) == pictures(path.read_bytes(), [1], widths=[100])


def test_pages_the_document_does_not_have_are_left_out() -> None:
    assert [picture.page for picture in pictures(a_pdf(2), [0, 2, 9], widths=[50])] == [2]


def test_what_is_no_pdf_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be opened"):
        pictures(b"not a document", [1], widths=[50])


def test_what_was_drawn_lately_is_found_as_it_was_and_anything_else_is_drawn(tmp_path: Path) -> None:
    shelf, pdf = Shelf(tmp_path), a_pdf(3)
    shown = drawn_lately(pdf, [1, 3], widths=[50, 100], shelf=shelf)
    [kept] = tmp_path.iterdir()

    assert shown == pictures(pdf, [1, 3], widths=[50, 100])
    assert drawn_lately(pdf, [1, 3], widths=[50, 100], shelf=shelf) == shown
    assert [*tmp_path.iterdir()] == [kept]
    shelf.keep(kept.name, {"pictures": [[1, 2, 3, 4], [3, 4, 5, 1]]}, b"webp!")
    assert [one.webp for one in drawn_lately(pdf, [1, 3], widths=[50, 100], shelf=shelf)] == [b"webp", b"!"]
    for other, pages, widths in ((a_pdf(4), [1, 3], [50, 100]), (pdf, [1], [50, 100]), (pdf, [1, 3], [100])):
        drawn = drawn_lately(other, pages, widths=widths, shelf=shelf)
        assert drawn == pictures(other, pages, widths=widths)
    assert len([*tmp_path.iterdir()]) == 4
