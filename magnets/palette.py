"""Colour: every tone of a document, derived from one brand hue in OKLCH."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields

FALLBACK = "#0f5c4d"

HEX = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour in OKLCH: lightness 0 to 1, chroma 0 to about 0.37, hue in degrees."""

    lightness: float
    chroma: float
    hue: float

    @classmethod
    def read(cls, colour: str) -> "Tone":
        """From `#rgb` or `#rrggbb`; raises ValueError for anything else."""
        match = HEX.fullmatch(colour.strip())
        if match is None:
            raise ValueError(f"{colour!r} is not a colour: write it as #rrggbb.")
        digits = match[1] if len(match[1]) == 6 else "".join(digit * 2 for digit in match[1])
        return _from_rgb(*(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)))

    def at(self, lightness: float, chroma: float | None = None, *, turn: float = 0.0) -> "Tone":
        """The same hue (turned by `turn` degrees) at another lightness and, at most, another chroma."""
        wanted = self.chroma if chroma is None else min(chroma, self.chroma * 1.5)
        return Tone(lightness, wanted, (self.hue + turn) % 360)

    def hex(self) -> str:
        """`#rrggbb`; what sRGB cannot show loses chroma, never lightness or hue."""
        return "#" + "".join(f"{round(part * 255):02x}" for part in _into_gamut(self))


@dataclass(frozen=True, slots=True)
class Palette:
    """The tones of one document as `#rrggbb`. Text pairs hold 4.5:1, see `contrast`."""

    brand: str  # the brand colour, dark enough to be text on paper
    loud: str  # the brand colour for large areas: as given where text can be read on it
    on_loud: str  # text on `loud`
    deep: str  # a very dark tone for covers and back covers
    on_deep: str  # text on `deep`
    deep_soft: str  # quiet text on `deep`
    deep_tones: tuple[str, ...]  # art on `deep`, from near to far
    loud_tones: tuple[str, ...]  # art on `loud`, from near to far
    glow: str  # one warm point of light on `deep`
    ink: str  # body text
    soft: str  # secondary text
    line: str  # hairlines
    wash: str  # the lightest area: callouts, table heads
    tint: str  # areas a step darker than wash
    mid: str  # charts: second series
    pale: str  # charts: third series
    warm: str  # one contrasting accent, used sparingly
    warm_text: str  # the accent, dark enough to be text
    paper: str  # the page

    def items(self) -> Iterator[tuple[str, str]]:
        """Name and colour of every single tone."""
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, str):
                yield field.name, value


def palette(colour: str | None) -> Palette:
    """Derive a document's tones from one brand colour; raises ValueError when it is no colour."""
    base = Tone.read(colour or FALLBACK)
    light_text = contrast("#ffffff", base.hex()) >= 3  # then a touch darker, so that white can be read on it
    loud = (readable(base, on="#ffffff") if light_text else base).hex()
    brand = readable(base.at(min(base.lightness, 0.56)), on="#ffffff").hex()
    deep = base.at(0.25, 0.06)
    accent_hue = 235.0 if 20 < base.hue < 110 and base.chroma > 0.03 else 65.0  # amber, unless the brand is that warm
    return Palette(
        brand=brand,
        loud=loud,
        on_loud="#ffffff" if light_text else base.at(0.2, 0.05).hex(),
        deep=deep.hex(),
        on_deep=base.at(0.97, 0.01).hex(),
        deep_soft=readable(base.at(0.8, 0.04), on=deep.hex()).hex(),
        deep_tones=tuple(base.at(lightness, 0.075).hex() for lightness in (0.31, 0.38, 0.48, 0.62)),
        loud_tones=tuple(base.at(lightness).hex() for lightness in _steps(base.lightness)),
        glow=Tone(0.8, 0.13, accent_hue).hex(),
        ink=base.at(0.24, 0.018).hex(),
        soft=readable(base.at(0.46, 0.02), on=base.at(0.95, 0.012).hex()).hex(),
        line=base.at(0.86, 0.015).hex(),
        wash=base.at(0.972, 0.009).hex(),
        tint=base.at(0.93, 0.022).hex(),
        mid=base.at(0.68, 0.09).hex(),
        pale=base.at(0.84, 0.05).hex(),
        warm=readable(Tone(0.66, 0.14, accent_hue), on="#ffffff", ratio=3.0).hex(),
        warm_text=readable(Tone(0.55, 0.14, accent_hue), on="#ffffff").hex(),
        paper="#ffffff",
    )


def _steps(lightness: float) -> tuple[float, ...]:
    """Four lightnesses away from the given one, towards the side that has more room."""
    towards = 0.98 if lightness < 0.62 else 0.2
    return tuple(lightness + (towards - lightness) * part for part in (0.1, 0.22, 0.36, 0.55))


def readable(tone: Tone, *, on: str, ratio: float = 4.5) -> Tone:
    """The tone, moved away from `on` in lightness until the pair has at least `ratio` (WCAG 2)."""
    step = -0.01 if luminance(on) > 0.18 else 0.01
    while contrast(tone.hex(), on) < ratio and 0.0 < tone.lightness < 1.0:
        tone = Tone(tone.lightness + step, tone.chroma, tone.hue)
    return tone


def contrast(one: str, other: str) -> float:
    """Contrast of two `#rrggbb` colours, 1 to 21 (WCAG 2.2, relative luminance)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)


def _from_rgb(red: float, green: float, blue: float) -> Tone:
    """Matrices by Björn Ottosson, https://bottosson.github.io/posts/oklab/."""
    r, g, b = _linear(red), _linear(green), _linear(blue)
    long, middle, short = (
        math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b),
        math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b),
        math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b),
    )
    lightness = 0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short
    across = 1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short
    along = 0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short
    return Tone(lightness, math.hypot(across, along), math.degrees(math.atan2(along, across)) % 360)


def _to_linear(tone: Tone) -> tuple[float, float, float]:
    across = tone.chroma * math.cos(math.radians(tone.hue))
    along = tone.chroma * math.sin(math.radians(tone.hue))
    long = (tone.lightness + 0.3963377774 * across + 0.2158037573 * along) ** 3
    middle = (tone.lightness - 0.1055613458 * across - 0.0638541728 * along) ** 3
    short = (tone.lightness - 0.0894841775 * across - 1.2914855480 * along) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )


def _into_gamut(tone: Tone) -> tuple[float, float, float]:
    low, high = 0.0, tone.chroma
    if _fits(_to_linear(tone)):
        low = high
    for _ in range(24):
        middle = (low + high) / 2
        if _fits(_to_linear(Tone(tone.lightness, middle, tone.hue))):
            low = middle
        else:
            high = middle
    red, green, blue = _to_linear(Tone(tone.lightness, low, tone.hue))
    return _clamp(_gamma(red)), _clamp(_gamma(green)), _clamp(_gamma(blue))


def _fits(rgb: tuple[float, float, float]) -> bool:
    return all(-0.0005 <= part <= 1.0005 for part in rgb)


def _clamp(part: float) -> float:
    return min(1.0, max(0.0, part))
