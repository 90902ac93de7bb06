"""The picture that other sites show: of the size that they want, and never with boxes or words that run out of it."""

import io

import pytest
from PIL import Image, ImageChops

from magnets.card import card
from magnets.editor import SHOWN_BY_NETWORKS as SIZE

GREEN, YELLOW = "#0f5c4d", "#ffe680"


def a_cover() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (480, 679), "#803020").save(file, "WEBP")
    return file.getvalue()


def drawn(picture: bytes) -> Image.Image:
    return Image.open(io.BytesIO(picture)).convert("RGB")


def written(title: str, colour: str = GREEN, cover: bytes | None = None) -> tuple[int, int, int, int] | None:
    """Where something stands that an empty card does not have."""
    difference = ImageChops.difference(drawn(card(title, "", colour, cover)), drawn(card(" ", "", colour, cover)))
    return difference.convert("L").point(lambda value: 255 if value > 40 else 0).getbbox()


@pytest.mark.parametrize(
    "title", ["Pricing", "One pipeline for two teams " * 8, "Donaudampfschifffahrtsgesellschaft" * 5]
)
@pytest.mark.parametrize("cover", [None, a_cover()])
def test_a_title_of_any_length_stays_inside(title: str, cover: bytes | None) -> None:
    box = written(title, cover=cover)

    assert drawn(card(title, "Northwind Works", GREEN, cover)).size == SIZE
    assert box is not None
    left, top, right, bottom = box
    assert left >= 60
    assert top >= 60
    assert right <= (SIZE[0] - 60 if cover is None else 760)
    assert bottom <= SIZE[1] - 40


def test_a_title_that_the_font_cannot_show_leaves_the_cover_alone() -> None:
    assert card("価格設定", "Northwind Works", GREEN, a_cover()) == card("", "", GREEN, a_cover())


def test_words_are_dark_on_a_pale_colour_and_light_on_a_deep_one() -> None:
    pale, deep = (drawn(card("Pricing", "", colour, None)).convert("L").histogram() for colour in (YELLOW, GREEN))

    assert any(pale[:60])
    assert any(deep[230:])


def test_the_same_card_is_the_same_file() -> None:
    assert card("Pricing", "Northwind", GREEN, a_cover()) == card("Pricing", "Northwind", GREEN, a_cover())
