import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capture.web import colour
from capture.web.colour import Oklch, contrast, from_hex, on
from capture.web.static import FOLDER

HEXES = st.integers(0, 0xFFFFFF).map(lambda number: f"{number:06x}")
TOKENS = (FOLDER / "css" / "tokens.css").read_text(encoding="utf-8")
LIGHT, DARK = TOKENS[TOKENS.index("  :root {") :].split("prefers-color-scheme: dark", 1)

# Text and what it stands on: 4.5 to 1. Lines of controls: 3 to 1. (WCAG 2.2, 1.4.3 and 1.4.11)
TEXTS = [(text, ground) for text in ("ink", "ink-soft", "brand-ink", "bad") for ground in ("paper", "surface", "tint")]
CONTROLS = [("control", "surface"), ("control", "paper"), ("focus", "paper"), ("focus", "surface")]


def token(name: str, sheet: str, brand: dict[str, float]) -> Oklch:
    """A colour of tokens.css with this brand's hue, chroma and lightness put in."""
    found = re.search(rf"--{name}: oklch\(([^;]+)\);", sheet) or re.search(rf"--{name}: oklch\(([^;]+)\);", LIGHT)
    assert found, name
    words = re.sub(r"var\(--brand-(\w+)\)", lambda match: str(brand[match[1]]), found[1])
    words = re.sub(r"calc\(([\d.]+) \* ([\d.]+)\)", lambda match: str(float(match[1]) * float(match[2])), words)
    words = re.sub(r"(min|max)\(([\d.]+), ([\d.]+)\)", _least_or_most, words)
    lightness, chroma, hue = map(float, words.split())
    return Oklch(lightness, chroma, hue)


def _least_or_most(match: re.Match[str]) -> str:
    pick = {"min": min, "max": max}[match[1]]
    return str(pick(float(match[2]), float(match[3])))


def properties(sheet: str) -> dict[str, float]:
    return {name: float(value) for name, value in re.findall(r"--brand-(hue|chroma|lightness):([\d.]+)", sheet)}


def halves(hexes: str) -> tuple[dict[str, float], dict[str, float]]:
    light, dark = colour.stylesheet(hexes).split("@media", 1)
    return properties(light), properties(dark)


@pytest.mark.parametrize(
    ("hexes", "lightness", "chroma", "hue"),
    [
        ("ffffff", 1.0, 0.0, None),
        ("000000", 0.0, 0.0, None),
        ("ff0000", 0.628, 0.258, 29.2),
        ("0000ff", 0.452, 0.313, 264.1),
    ],
)
def test_known_colours_have_their_known_place(hexes: str, lightness: float, chroma: float, hue: float | None) -> None:
    found = from_hex(hexes)

    assert found.lightness == pytest.approx(lightness, abs=0.002)
    assert found.chroma == pytest.approx(chroma, abs=0.002)
    assert hue is None or found.hue == pytest.approx(hue, abs=0.3)


def test_black_on_white_is_21_to_1() -> None:
    assert contrast(Oklch(0, 0, 0), Oklch(1, 0, 0)) == pytest.approx(21)


@given(HEXES)
def test_the_text_on_a_button_can_be_read_whatever_the_brand(hexes: str) -> None:
    for half in halves(hexes):
        brand = Oklch(half["lightness"], half["chroma"], half["hue"])

        assert contrast(on(brand), brand) >= 4.5


@given(HEXES)
def test_text_and_controls_can_be_seen_in_light_and_dark_whatever_the_brand(hexes: str) -> None:
    for sheet, brand in zip((LIGHT, DARK), halves(hexes), strict=True):
        for text, ground in TEXTS:
            assert contrast(token(text, sheet, brand), token(ground, sheet, brand)) >= 4.5, (text, ground)
        for line, ground in CONTROLS:
            assert contrast(token(line, sheet, brand), token(ground, sheet, brand)) >= 3, (line, ground)


@pytest.mark.parametrize("word", ["red", "12345", "1234567", "12345g", "", "0b5a6b;}", "０b5a6b"])
def test_only_six_hexadecimal_digits_are_a_colour(word: str) -> None:
    assert not colour.is_hex(word)


@given(HEXES)
def test_what_is_said_of_a_colour_in_use_is_how_the_pages_show_it(hexes: str) -> None:
    verdict = colour.verdict(hexes)
    assert verdict
    told = [float(number) for number in re.findall(r"([\d.]+):1", verdict.in_use)]

    for (_, words), sheet, brand in zip((told[:2], told[2:]), (LIGHT, DARK), halves(hexes), strict=True):
        ink = token("brand-ink", sheet, brand)
        least = min(contrast(ink, token(ground, sheet, brand)) for ground in ("paper", "surface", "tint"))
        assert words == pytest.approx(least, abs=0.15)
    assert min(told) >= 4.5
