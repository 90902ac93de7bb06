import pytest
from hypothesis import given
from hypothesis import strategies as st

from magnets.palette import Tone, contrast, palette

colours = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@given(colours)
def test_text_can_be_read_on_its_ground_whatever_the_brand_colour(colour: str) -> None:
    tones = palette(colour)

    for text, ground in (
        (tones.ink, tones.paper),
        (tones.ink, tones.wash),
        (tones.ink, tones.tint),
        (tones.soft, tones.paper),
        (tones.soft, tones.wash),
        (tones.brand, tones.paper),
        (tones.warm_text, tones.paper),
        (tones.on_deep, tones.deep),
        (tones.deep_soft, tones.deep),
        (tones.on_loud, tones.loud),
    ):
        assert contrast(text, ground) >= 4.5


@given(colours)
def test_a_colour_survives_the_way_through_oklch(colour: str) -> None:
    back = Tone.read(colour).hex()

    assert all(abs(int(colour[at : at + 2], 16) - int(back[at : at + 2], 16)) <= 1 for at in (1, 3, 5))


def test_short_notation_and_long_mean_the_same() -> None:
    assert palette("#0a6") == palette("#00aa66")


@pytest.mark.parametrize("colour", ["teal", "#12", "#12345g", "url(x)", "#123456;}"])
def test_what_is_no_colour_is_refused(colour: str) -> None:
    with pytest.raises(ValueError, match="write it as #rrggbb"):
        palette(colour)
