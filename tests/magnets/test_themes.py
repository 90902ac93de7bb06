"""Every theme, kind and sheet, judged as readers and checkers see them."""

import re
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2
import pytest
from click.testing import CliRunner
from outloud.cli import main as outloud
from pikepdf import Dictionary, Name, Object, Pdf

from magnets.definition import MagnetKind, PageSize, Theme
from magnets.folder import read
from magnets.typeset import Typeset, typeset

THEMES = Path(__file__).parents[2] / "templates" / "magnets"
SAMPLE = Path(__file__).parent / "sample"


WORD = re.compile(r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>')


@dataclass(frozen=True, slots=True)
class Made:
    path: Path
    document: Typeset
    size: PageSize


MAKINGS = [
    (Theme.FOLIO, MagnetKind.EBOOK, PageSize.A4),
    (Theme.SIGNAL, MagnetKind.EBOOK, PageSize.LETTER),
    (Theme.ATLAS, MagnetKind.EBOOK, PageSize.A4),
    (Theme.FOLIO, MagnetKind.CHECKLIST, PageSize.LETTER),
    (Theme.SIGNAL, MagnetKind.CHECKLIST, PageSize.A4),
    (Theme.ATLAS, MagnetKind.CHECKLIST, PageSize.LETTER),
]


@pytest.fixture(scope="module", params=MAKINGS, ids=lambda making: " ".join(making))
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Made:
    theme, kind, size = request.param
    bundle = read(SAMPLE)
    document = typeset(
        replace(bundle, magnet=replace(bundle.magnet, theme=theme, kind=kind, page_size=size)), themes=THEMES
    )
    path = tmp_path_factory.mktemp("made") / f"{theme}-{kind}.pdf"
    path.write_bytes(document.pdf)
    return Made(path, document, size)


def test_nothing_is_complained_of(made: Made) -> None:
    assert [finding.message for finding in made.document.findings] == []


def test_the_structure_of_the_file_is_clean(made: Made) -> None:
    assert subprocess.run(["qpdf", "--check", made.path], capture_output=True).returncode == 0


def test_a_checker_of_accessibility_finds_no_error(made: Made) -> None:
    checked = CliRunner().invoke(outloud, [str(made.path), "--no-info"])

    assert checked.exit_code == 0, checked.output


def test_every_reader_finds_the_words(made: Made, tmp_path: Path) -> None:
    poppler = subprocess.run(["pdftotext", made.path, "-"], capture_output=True, text=True).stdout
    mupdf = subprocess.run(["mutool", "draw", "-F", "txt", made.path], capture_output=True, text=True).stdout
    pages = pypdfium2.PdfDocument(made.path)
    pdfium = " ".join(page.get_textpage().get_text_bounded() for page in pages)
    pages.close()

    for reader in (poppler, mupdf, pdfium):
        words = " ".join(reader.split())
        assert "It was fine on Friday." in words
        assert "Three of four faults announce themselves." in words
        assert "The switch is off" in words


def test_no_note_is_lost(made: Made) -> None:
    words = " ".join(subprocess.run(["pdftotext", made.path, "-"], capture_output=True, text=True).stdout.split())

    for note in ("It is always the valve.", "it asks for it back.", "The clock in the kitchen will do.", "if you like"):
        assert note in words.replace("\u2010 ", "").replace("- ", ""), note


def test_no_words_are_printed_over_each_other(made: Made, tmp_path: Path) -> None:
    boxes = tmp_path / "words.html"
    subprocess.run(["pdftotext", "-bbox", made.path, boxes], check=True)

    for page in re.split("<page", boxes.read_text())[1:]:
        words = [(tuple(float(edge) for edge in found[:4]), found[4]) for found in WORD.findall(page)]
        for at, (box, word) in enumerate(words):
            for other_box, other in words[at + 1 :]:
                assert shared(box, other_box) < 0.25, f"{word} and {other}"


def shared(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    """The part of the smaller box that lies under the other one, 0 to 1."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    upright = min(one[3], other[3]) - max(one[1], other[1])
    if across <= 0 or upright <= 0:
        return 0.0
    smaller = min((box[2] - box[0]) * (box[3] - box[1]) for box in (one, other))
    return across * upright / smaller if smaller else 0.0


def test_the_sheet_is_the_one_that_was_asked_for(made: Made) -> None:
    width, height = {PageSize.A4: (595.28, 841.89), PageSize.LETTER: (612, 792)}[made.size]

    with Pdf.open(made.path) as pdf:
        for page in pdf.pages:
            assert [float(edge) for edge in page.mediabox] == pytest.approx([0, 0, width, height], abs=0.02)


def test_every_picture_has_its_text(made: Made) -> None:
    with Pdf.open(made.path) as pdf:
        figures = [element for element in elements(pdf) if str(element.S) == "/Figure"]

    assert len(figures) == 2
    assert all(str(figure.get("/Alt", "")) for figure in figures)


def test_links_can_be_printed_and_lead_somewhere_once(made: Made) -> None:
    with Pdf.open(made.path) as pdf:
        links = [link for page in pdf.pages for link in page.obj.get("/Annots", ()) if link.Subtype == Name.Link]

    assert all(int(link.F) & 4 for link in links)
    places = [(*tuple(round(float(edge)) for edge in link.Rect), str(link.get("/Dest", ""))) for link in links]
    assert len(set(places)) == len(places)


def test_fonts_are_embedded_in_part_and_the_file_is_small(made: Made) -> None:
    fonts = subprocess.run(["pdffonts", made.path], capture_output=True, text=True).stdout.splitlines()[2:]

    assert all(line.split()[-5:-3] == ["yes", "yes"] for line in fonts), fonts
    assert len(made.document.pdf) < 300_000


def elements(pdf: Pdf) -> list[Object]:
    return [thing for thing in pdf.objects if isinstance(thing, Dictionary) and "/S" in thing and "/P" in thing]
