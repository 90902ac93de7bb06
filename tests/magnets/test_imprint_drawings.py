import math
import subprocess
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import segno
from click.testing import CliRunner
from outloud.cli import main as outloud
from pikepdf import Name
from PIL import ImageDraw, ImageOps

from magnets.imprint import PreparationFailed, Prepared, Value, codes, prepare
from magnets.imprint.prepare import RECORD
from tests.magnets.documents import a_document, an_edition, complaints, saved, slot, structure_faults, words

ADDRESS = "https://northwind.example/book"
PREFIX = "https://northwind.example/l/aaaaaaaaaaaaaaaaaaaaaa/1-"
HEIGHT = 841.89
VALUES: dict[str, Value] = {"speed": 72, "others": 40.5, "profile": (72, 10, 100)}


def a_report() -> bytes:
    """A page with a drawing of each kind."""
    drawings = (
        slot("speed", size=14, fallback="–", after=" of 100."),
        slot("speed", kind="bar", alt="Speed: {value} of 100", beside="; others {against}", against="others"),
        slot("speed", style="height: 20mm", kind="position", alt="Place: {value}", against="others", fallback="none"),
        slot("profile", style="height: 60mm", kind="radar", alt="Profile: {value}", labels="Speed|Care|Reach"),
        slot("code", style="height: 40mm", kind="code", alt="QR code: {value}", to=ADDRESS),
    )
    return a_document("".join(f"<div>{drawing}</div>" for drawing in drawings))


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return an_edition(a_report(), tmp_path_factory.mktemp("report"))


def alternatives(path: Path) -> list[str]:
    """What is said of each drawing to those who do not see it."""
    with pikepdf.open(path) as pdf:
        elements = [
            kid for kid in pdf.objects if isinstance(kid, pikepdf.Dictionary) and kid.get(Name.S) == Name.Figure
        ]
        return [str(element.Alt) for element in elements]


def ink(path: Path, box: tuple[float, float, float, float]) -> list[list[int]]:
    """How dark each point of a part of the first page is, at three pixels a point."""
    with pypdfium2.PdfDocument(path) as document:
        picture = document[0].render(scale=3).to_pil().convert("L")
    left, bottom, right, top = (round(3 * side) for side in box)
    part = picture.crop((left, picture.height - top, right, picture.height - bottom))
    return [[int(part.getpixel((x, y)) or 0) for x in range(part.width)] for y in range(part.height)]


def test_a_drawing_says_its_number_to_those_who_do_not_see_it(report: Prepared, tmp_path: Path) -> None:
    copy = saved(report.copy(VALUES, link_prefix=PREFIX), tmp_path)

    assert sorted(alternatives(copy)) == [
        "Place: 72",
        "Profile: Speed 72, Care 10, Reach 100",
        f"QR code: {PREFIX}0",
        "Speed: 72 of 100; others 40.5",
    ]
    assert "72 of 100." in words(copy)


def test_a_missing_number_draws_nothing_and_says_so(report: Prepared, tmp_path: Path) -> None:
    useless: list[dict[str, Value]] = [{}, {"speed": "", "profile": (1, 2)}, {"speed": math.nan, "profile": "abc"}]
    for values in useless:
        copy = saved(report.copy(values, link_prefix=None), tmp_path)

        assert sorted(alternatives(copy)) == [
            "Place: none",
            "Profile: –",
            f"QR code: {ADDRESS}",
            "Speed: – of 100",
        ]
        assert complaints(copy) == ""


def test_drawings_are_sound_figures_with_a_place(report: Prepared, tmp_path: Path) -> None:
    copy = saved(report.copy(VALUES, link_prefix=PREFIX), tmp_path)

    for path in (report.path, copy):
        assert complaints(path) == ""
        assert structure_faults(path) == []
        told = CliRunner().invoke(outloud, [str(path), "--layer", "conformance", "--fail-on", "warning"])
        assert told.exit_code == 0, told.output


def test_the_same_numbers_give_the_same_bytes_and_others_another_etag(report: Prepared) -> None:
    one, same, other = (report.copy({"speed": speed}, link_prefix=PREFIX) for speed in (72, 72, 73))

    assert (one.tail, one.etag) == (same.tail, same.etag)
    assert one.etag != other.etag


@pytest.mark.parametrize("share", [0, 25, 50, 100, 250])
def test_a_bar_is_as_long_as_its_number(report: Prepared, tmp_path: Path, share: float) -> None:
    copy = saved(report.copy({"speed": share}, link_prefix=None), tmp_path)

    box = report.slots[1].box
    rows = ink(copy, (box.left, box.bottom, box.right, box.top))
    dark = sum(value < 40 for value in rows[len(rows) // 2])
    assert dark / len(rows[0]) == pytest.approx(min(share, 100) / 100, abs=0.02)


def test_no_drawing_leaves_its_box(report: Prepared, tmp_path: Path) -> None:
    extremes: list[dict[str, Value]] = [
        {"speed": 10**9, "others": -5, "profile": (10**9,) * 3},
        {"speed": 0.04, "others": 99.96},
    ]
    for values in extremes:
        copy = saved(report.copy(values, link_prefix=PREFIX), tmp_path)

        with pypdfium2.PdfDocument(copy) as document:
            shown = document[0].render(scale=3).to_pil().convert("L")
        blank = ImageDraw.Draw(shown)
        for box in (each.box for each in report.slots):
            edges = (box.left - 0.5, HEIGHT - box.top - 0.5, box.right + 0.5, HEIGHT - box.bottom + 0.5)
            blank.rectangle([3 * edge for edge in edges], fill="white")
        blank.rectangle([0, 0, shown.width, 3 * (HEIGHT - report.slots[0].box.top) - 2], fill="white")  # the title
        assert ImageOps.invert(shown).getbbox() is None


@pytest.mark.parametrize("prefix", [PREFIX, None])
def test_a_code_leads_where_the_leads_links_lead(report: Prepared, tmp_path: Path, prefix: str | None) -> None:
    copy = saved(report.copy({}, link_prefix=prefix), tmp_path)

    address = f"{prefix}0" if prefix else ADDRESS
    box = report.slots[4].box
    rows = segno.make(address, error="m", mask=0, mode="byte", boost_error=False, micro=False).matrix
    seen = ink(copy, (box.left, box.top - box.height, box.left + box.height, box.top))
    module = len(seen) / (len(rows) + 2 * codes.QUIET)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            at = [int((place + codes.QUIET + 0.5) * module) for place in (y, x)]
            assert (seen[at[0]][at[1]] < 128) == bool(dark)


@pytest.mark.parametrize("length", [20, 61])
def test_a_code_that_was_added_up_is_the_one_that_segno_makes(length: int) -> None:
    address = ("https://northwind.example/l/" + "Az09-_~%" * 80)[:length]

    side, rows = codes.modules(address)

    whole = segno.make(address, error="m", mask=0, mode="byte", boost_error=False, micro=False).matrix
    width = (side + 7) // 8 * 8
    assert [[rows >> (width * (side - 1 - y) + width - 1 - x) & 1 for x in range(side)] for y in range(side)] == [
        [*row] for row in whole
    ]


def test_every_reader_opens_a_copy_with_drawings(report: Prepared, tmp_path: Path) -> None:
    copy = saved(report.copy(VALUES, link_prefix=PREFIX), tmp_path)

    for command in (["mutool", "draw", "-q", "-F", "txt", str(copy), "1"], ["pdftotext", str(copy), "-"]):
        read = subprocess.run(command, capture_output=True, text=True, check=True)
        assert "72 of 100." in read.stdout


def test_an_edition_of_the_format_before_still_opens(tmp_path: Path) -> None:
    edition = an_edition(a_document(slot("name")), tmp_path)
    with pikepdf.open(edition.path, allow_overwriting_input=True) as pdf:
        pdf.Root[RECORD].Format = 1
        pdf.save(edition.path, object_stream_mode=pikepdf.ObjectStreamMode.generate)

    copy = saved(Prepared.open(edition.path).copy({"name": "Ada Lovelace"}, link_prefix=None), tmp_path)

    assert "Ada Lovelace" in words(copy)
    assert complaints(copy) == ""


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"kind": "pie", "alt": "x"}, "pie"),
        ({"kind": "bar"}, "needs words for those who do not see it"),
        ({"kind": "bar", "alt": "x", "most": 0}, "a scale ends above 0"),
        ({"kind": "radar", "alt": "x", "labels": "a|b"}, "3 to 12 axes"),
        ({"kind": "code", "alt": "x", "to": "javascript:x"}, "begins with https"),
        ({"most": 3}, "no setting most"),
    ],
)
def test_a_drawing_that_cannot_be_made_is_named(settings: dict[str, str | float], says: str) -> None:
    with pytest.raises(PreparationFailed, match=says):
        prepare(a_document(slot("speed", **settings)))  # type: ignore[arg-type]
