import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pikepdf import Pdf
from pypdf import PdfReader

from magnets.document import Page
from magnets.folder import read
from magnets.typeset import Limits, Progress, Typeset, TypesettingFailed, render, typeset

THEMES = Path(__file__).parents[2] / "templates" / "magnets"
SAMPLE = Path(__file__).parent / "sample"


@pytest.fixture(scope="module")
def book() -> Typeset:
    return typeset(read(SAMPLE), themes=THEMES)


@pytest.fixture
def reader(book: Typeset, tmp_path: Path) -> Iterator[PdfReader]:
    path = tmp_path / "book.pdf"
    path.write_bytes(book.pdf)
    with path.open("rb") as file:
        yield PdfReader(file)


def test_a_document_has_its_words_and_its_number_of_pages(book: Typeset, reader: PdfReader) -> None:
    words = " ".join(" ".join(page.extract_text() for page in reader.pages).split())

    assert len(reader.pages) == book.pages
    assert "Quiet Machines" in words
    assert "Every machine has a sound" in words.replace("E very", "Every")
    assert "Book a workshop visit" in words
    assert not book.findings


def test_the_contents_name_the_page_on_which_a_chapter_begins(book: Typeset, reader: PdfReader) -> None:
    assert book.contents
    for entry in book.contents:
        assert entry.title in " ".join(reader.pages[entry.page - 1].extract_text().split())


def test_a_document_knows_its_title_language_and_structure(book: Typeset, tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(book.pdf)

    with Pdf.open(path) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Quiet Machines"
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.MarkInfo.Marked
        assert "pdfuaid" in str(pdf.open_metadata())
        assert next(str(item.title) for item in pdf.open_outline().root) == "Contents"
    assert subprocess.run(["qpdf", "--check", path], capture_output=True).returncode == 0


def test_the_same_bundle_gives_the_same_bytes(book: Typeset) -> None:
    assert typeset(read(SAMPLE), themes=THEMES).pdf == book.pdf


def test_a_personalised_cover_has_a_place_for_name_and_company(book: Typeset, tmp_path: Path) -> None:
    path = tmp_path / "book.pdf"
    path.write_bytes(book.pdf)

    with Pdf.open(path) as pdf:
        addresses = [str(link.A.URI) for link in pdf.pages[0].obj.Annots]

    assert [address.partition("?")[0] for address in addresses] == ["slot:name", "slot:company"]


def test_a_document_that_is_not_personalised_has_no_place_for_a_name() -> None:
    bundle = read(SAMPLE)

    plain = typeset(replace(bundle, magnet=replace(bundle.magnet, personalised=False)), themes=THEMES)

    assert b"slot:name" not in plain.pdf


def test_progress_tells_stage_and_page(book: Typeset) -> None:
    heard: list[Progress] = []

    typeset(read(SAMPLE), themes=THEMES, progress=heard.append)

    assert heard[0] == Progress("composing")
    assert Progress("setting", 3) in heard
    assert heard[-1] == Progress("done", book.pages, book.pages)


def test_more_pages_than_allowed_are_refused_with_the_number() -> None:
    with pytest.raises(TypesettingFailed, match="more than 4 pages"):
        typeset(read(SAMPLE), themes=THEMES, limits=Limits(pages=4))


@pytest.mark.parametrize(
    ("html", "limits", "reason"),
    [
        ("<table>" + "<tr><td>cell<td>cell" * 20_000, Limits(cpu_seconds=4), "more than 4 seconds of work"),
        ("<div>" * 3_000 + "x", Limits(), "nested too deeply"),
        ("<p style='font-size: 99999999px'>x", Limits(pages=5), "cannot be laid out"),
        ("<p>word " * 9_000, Limits(wall_seconds=2), "not finished after 2 seconds"),
        ("<p>word " * 9_000, Limits(memory=150_000_000), "more than 150 MB of memory"),
        ("<p>word " * 9_000, Limits(pages=3), "more than 3 pages"),
    ],
    ids=["a table of 20,000 rows", "3,000 nested elements", "a huge font", "too slow", "too large", "too long"],
)
def test_a_document_that_breaks_a_limit_is_refused_with_its_reason(
    html: str, limits: Limits, reason: str, tmp_path: Path
) -> None:
    page = Page(f'<html lang="en"><title>x</title>{html}', css=(), files={})

    with pytest.raises(TypesettingFailed, match=reason):
        render(page, folder=tmp_path, limits=limits, tell=lambda _progress: None)


def test_typesetting_never_brings_the_renderer_into_the_callers_process() -> None:
    script = (
        "import sys; from pathlib import Path; from magnets.folder import read; from magnets.typeset import typeset;"
        f"typeset(read(Path({str(SAMPLE)!r})), themes=Path({str(THEMES)!r}));"
        "sys.exit('weasyprint' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", script], cwd=THEMES.parents[1]).returncode == 0
