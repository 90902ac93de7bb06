"""One brand colour in, the custom properties of a page out: readable in light and dark, whatever the brand.

OKLab and OKLCH after Björn Ottosson, https://bottosson.github.io/posts/oklab/; contrast after WCAG 2.2.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from capture.languages import Value, say

Linear = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Oklch:
    """Lightness 0 to 1, chroma 0 to about 0.37, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    def css(self) -> str:
        """As CSS writes it."""
        return f"oklch({self.lightness:.3f} {self.chroma:.3f} {self.hue:.1f})"


WHITE = Oklch(1, 0, 0)
READABLE = 4.55  # 4.5 and something for rounding


def is_hex(text: str) -> bool:
    """Whether this is a colour of six hexadecimal digits, without the hash sign."""
    return re.fullmatch(r"[0-9a-fA-F]{6}", text) is not None


def from_hex(text: str) -> Oklch:
    """The colour that six hexadecimal digits name."""
    red, green, blue = (_linear(int(text[i : i + 2], 16) / 255) for i in (0, 2, 4))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def to_linear(colour: Oklch) -> Linear:
    """Linear sRGB, each part clipped to 0 to 1 as browsers do."""
    a = colour.chroma * math.cos(math.radians(colour.hue))
    b = colour.chroma * math.sin(math.radians(colour.hue))
    long = (colour.lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (colour.lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (colour.lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _clip(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _clip(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _clip(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def contrast(one: Oklch, other: Oklch) -> float:
    """The contrast ratio, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def stylesheet(colour_hex: str) -> str:
    """Hue, chroma and lightness of a brand for light and dark pages, and the colour of text on it."""
    light, dark = _tones(from_hex(colour_hex))
    return (
        f"@layer brand{{:root{{{_properties(light)}}}"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{_properties(dark)}}}}}}}\n"
    )


def on_light(colour_hex: str) -> tuple[str, str]:
    """The tone that a brand colour such as `#0f5c4d` has on a light page, and that of text on it, as CSS."""
    tone, _ = _tones(from_hex(colour_hex.lstrip("#")))
    return tone.css(), on(tone).css()


def _tones(brand: Oklch) -> tuple[Oklch, Oklch]:
    """What becomes of it on light and on dark pages.

    On a dark page a dark brand would vanish, and on a light page a light one: each is moved until it shows.
    """
    return (
        _readable(Oklch(min(brand.lightness, 0.8), min(brand.chroma, 0.2), brand.hue)),
        _readable(Oklch(max(brand.lightness, 0.66), min(brand.chroma, 0.16), brand.hue)),
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a brand colour reads: its contrast ratio with white, what the product makes of it, and how that reads."""

    on_white: float
    sentence: str
    in_use: str


def verdict(colour_hex: str) -> Verdict | None:
    """What to know before choosing a colour such as `#0f5c4d`; None for what is none."""
    digits = colour_hex.lstrip("#")
    if not is_hex(digits):
        return None
    brand = from_hex(digits)
    ratio = contrast(WHITE, brand)
    if ratio >= READABLE:
        said = say("White text reads well on it, and it reads well on white.")
    elif contrast(on(brand), brand) >= READABLE:
        said = say("Too light for text on white: buttons carry dark text, and words take a darker tone of it.")
    else:
        said = say("Neither white nor dark text reads well on it: a slightly darker tone is used.")
    return Verdict(_floor(ratio), said, _in_use(brand))


def _in_use(brand: Oklch) -> str:
    """The least contrast on the surfaces where each tone stands, in light and in dark, see tokens.css."""
    light, dark = _tones(brand)
    words = replace(light, lightness=min(light.lightness, 0.45))
    dark_words = replace(dark, lightness=max(dark.lightness, 0.78), chroma=min(dark.chroma, 0.12))
    return say(
        "As it is used: text on buttons %(buttons)s:1, words on the page %(words)s:1; "
        "on dark screens %(dark_buttons)s:1 and %(dark_words)s:1.",
        buttons=_ratio(light, [on(light)]),
        words=_ratio(words, [WHITE, Oklch(0.985, 0.004, light.hue), Oklch(0.955, light.chroma * 0.16, light.hue)]),
        dark_buttons=_ratio(dark, [on(dark)]),
        dark_words=_ratio(
            dark_words,
            [Oklch(0.185, 0.012, dark.hue), Oklch(0.23, 0.014, dark.hue), Oklch(0.215, dark.chroma * 0.2, dark.hue)],
        ),
    )


def _ratio(tone: Oklch, grounds: Iterable[Oklch]) -> Value:
    least = _floor(min(contrast(tone, ground) for ground in grounds))
    return lambda language: language.decimal(least, 1)


def _floor(ratio: float) -> float:
    return math.floor(ratio * 10) / 10


def on(brand: Oklch) -> Oklch:
    """White or ink, whichever reads better on this colour."""
    ink = Oklch(0.2, 0.02, brand.hue)
    return max((WHITE, ink), key=lambda text: contrast(text, brand))


def _readable(brand: Oklch) -> Oklch:
    """The colour itself, or a little darker: in the middle neither white nor ink reaches 4.5:1."""
    while contrast(on(brand), brand) < READABLE:
        brand = Oklch(brand.lightness - 0.01, brand.chroma, brand.hue)
    return brand


def _properties(brand: Oklch) -> str:
    return (
        f"--brand-hue:{brand.hue:.1f};--brand-chroma:{brand.chroma:.3f};--brand-lightness:{brand.lightness:.3f};"
        f"--on-brand:{on(brand).css()}"
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4


def _clip(part: float) -> float:
    return min(1.0, max(0.0, part))


def _luminance(colour: Oklch) -> float:
    red, green, blue = to_linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
