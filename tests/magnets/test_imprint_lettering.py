import re
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from PIL import Image, ImageDraw, ImageOps

from magnets.imprint import Prepared
from tests.magnets.documents import a_page_with_one_slot, an_edition, saved, words

NAMES = [
    "Ada Lovelace",
    "ÄÇŞÅ ĘQJgjpqy",
    "j",
    "Wolfeschlegelsteinhausenbergerdorff the elder of Philadelphia and of all the other places he was ever seen in",
    "W" * 300,
    "Z̆̆̆̆̆̆̆̆̆̆ä̤̤̤̤̤̤̤̤̤̤l̐̐̐̐̐̐̐̐̐̐g̊̊̊̊̊̊̊̊̊̊o̱̱̱̱̱̱̱̱̱̱",
    "محمد عبد الله بن عبد العزيز آل سعود",
    "प्रियंका शर्मा",
    "བོད་ཡིག་སྐྱེས་བུ",
    "မြန်မာ ကြွ",
    "山田太郎と日本語のとても長い名前の会社とその他",
    "ﷺ",
]
BOXES = [
    {"style": "width: 60mm; height: 8mm", "size": 18},
    {"style": "width: 20mm; height: 4mm", "size": 30, "align": "center"},
    {"style": "width: 35mm; height: 20mm", "size": 24, "min": 11, "align": "right", "font": "serif"},
    {"style": "width: 150mm; height: 60mm", "size": 40, "weight": 800},
]


def ink_outside(edition: Prepared, path: Path, *, scale: int = 3) -> tuple[int, int, int, int] | None:
    """Where anything is painted outside the one box of the page, in pixels; half a point is allowed for its edges."""
    picture, box = picture_of(path, scale), edition.slots[0].box
    top = picture.height / scale
    inside = [box.left - 0.5, top - box.top - 0.5, box.right + 0.5, top - box.bottom + 0.5]
    ImageDraw.Draw(picture).rectangle([side * scale for side in inside], fill="white")
    return ImageOps.invert(picture).getbbox()


def picture_of(path: Path, scale: int) -> Image.Image:
    with pypdfium2.PdfDocument(path) as document:
        return document[0].render(scale=scale).to_pil().convert("L")


def ink_of(edition: Prepared, path: Path) -> tuple[float, float]:
    """The left and right end of what is painted, in points from the left edge of the box."""
    box = ImageOps.invert(picture_of(path, 4)).getbbox()
    assert box, "nothing is painted"
    return box[0] / 4 - edition.slots[0].box.left, box[2] / 4 - edition.slots[0].box.left


def sizes(path: Path) -> list[float]:
    content = path.read_bytes().rpartition(b"MCID")[2]
    return [float(size) for size in re.findall(rb"([\d.]+) Tf", content)]


@pytest.mark.parametrize("box", BOXES)
def test_no_text_leaves_its_box(tmp_path: Path, box: dict[str, Any]) -> None:
    edition = an_edition(a_page_with_one_slot(**box), tmp_path)

    for name in NAMES:
        copy = saved(edition.copy({"name": name}, link_prefix=None), tmp_path)
        assert ink_outside(edition, copy) is None, name


def test_a_short_name_has_the_full_size_and_a_long_one_shrinks_to_fit(tmp_path: Path) -> None:
    edition = an_edition(a_page_with_one_slot(style="width: 60mm", size=18, min=9), tmp_path)

    short = sizes(saved(edition.copy({"name": "Ada"}, link_prefix=None), tmp_path))
    longer = saved(edition.copy({"name": "Ada Lovelace, Countess of"}, link_prefix=None), tmp_path)

    assert short == [18]
    assert 9 < sizes(longer)[0] < 18
    assert words(longer) == "Ada Lovelace, Countess of"
    assert ink_of(edition, longer)[1] == pytest.approx(edition.slots[0].box.width, abs=2)


def test_at_its_smallest_size_a_text_goes_on_over_several_lines(tmp_path: Path) -> None:
    edition = an_edition(a_page_with_one_slot(style="width: 50mm; height: 20mm", size=18, min=12), tmp_path)
    name = "Ada Lovelace, Countess of the Engines and their Programs"

    copy = saved(edition.copy({"name": name}, link_prefix=None), tmp_path)

    assert words(copy) == name
    assert sizes(copy) == [12, 12, 12]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ada Lovelace, Countess of the Analytical Engine", "Ada Lovelace,…"),
        ("Donaudampfschifffahrtsgesellschaft", "Donaudampfsc…"),
        ("株式会社日本語のとても長い名前の会社", "株式会社日本語…"),
    ],
)
def test_what_does_not_fit_is_cut_at_a_word_where_there_is_one(tmp_path: Path, name: str, shown: str) -> None:
    edition = an_edition(a_page_with_one_slot(style="width: 35mm; height: 8mm", size=14, min=12), tmp_path)

    copy = saved(edition.copy({"name": name}, link_prefix=None), tmp_path)

    assert words(copy) == shown


def test_a_name_stands_where_the_theme_wants_it(tmp_path: Path) -> None:
    ends = {}
    for align in ("left", "center", "right"):
        edition = an_edition(a_page_with_one_slot(style="width: 200pt", size=16, align=align), tmp_path)
        ends[align] = ink_of(edition, saved(edition.copy({"name": "HillH"}, link_prefix=None), tmp_path))

    assert ends["left"][0] == pytest.approx(0, abs=2)
    assert sum(ends["center"]) == pytest.approx(200, abs=2)
    assert ends["right"][1] == pytest.approx(200, abs=2)


def test_a_name_has_the_colour_of_its_slot(tmp_path: Path) -> None:
    edition = an_edition(a_page_with_one_slot(size=30, colour="cc0000", weight=900), tmp_path)
    copy = saved(edition.copy({"name": "HHHH"}, link_prefix=None), tmp_path)

    with pypdfium2.PdfDocument(copy) as document:
        colours = document[0].render(scale=2).to_pil().convert("RGB").getcolors(100_000) or []

    assert (0xCC, 0, 0) in {colour for _, colour in sorted(colours)[-2:]}


def test_kerning_brings_letters_together(tmp_path: Path) -> None:
    edition = an_edition(a_page_with_one_slot(size=30), tmp_path)

    tail = edition.copy({"name": "AVATAR To"}, link_prefix=None).tail

    assert re.search(rb"\[<[0-9A-F]{4}>\d+<", tail)
