"""A lead's own values as a theme prints them: words in a line, bars, radars, positions and codes, with their labels.

The HTML holds links to `slot:` addresses where the values will stand (see magnets.imprint.slots). Labels are ordinary
text, set with the page; only what differs from lead to lead is left to the copy.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from magnets.definition import MagnetDefinition, Theme
from magnets.palette import Palette, palette
from magnets.typography import shown
from magnets.words import Words, words

FULL_STOP = "."
DECIMAL_COMMA = frozenset({"de", "fr", "es", "it", "nl", "pt", "da", "sv", "nb", "fi", "pl", "cs", "ru", "uk", "tr"})


@dataclass(frozen=True, slots=True)
class Look:
    """How a theme sets a lead's values in its text; sizes in points."""

    font: str
    size: float
    strong: int
    tones: Palette
    said: Words
    mark: str
    """What stands between a number and its decimals."""


_TEXTS = {Theme.FOLIO: ("serif", 10.5, 600), Theme.SIGNAL: ("sans", 9.6, 700), Theme.ATLAS: ("plex", 9.7, 600)}


def look(magnet: MagnetDefinition) -> Look:
    font, size, strong = _TEXTS[magnet.theme]
    language = magnet.language.partition("-")[0].lower()
    mark = "," if language in DECIMAL_COMMA and magnet.language != "de-CH" else FULL_STOP
    return Look(font, size, strong, palette(magnet.brand.colour), words(magnet.language), mark)


def slot(name: str, **settings: str | float) -> str:
    """The address of a place that is filled in for each lead."""
    fields = {key: f"{value:g}" if isinstance(value, int | float) else value for key, value in settings.items()}
    return f"slot:{name}?" + "&".join(
        f"{key.replace('_', '-')}={quote(value.removeprefix('#') if _is_colour(key) else value, safe='')}"
        for key, value in fields.items()
        if value != ""
    )


def _is_colour(key: str) -> bool:
    return key in ("colour", "track", "against_colour", "text")


def word(seen: Look, name: str, fallback: str, *, width: float, after: str = "", last: bool = False) -> str:
    """A value in running text, `width` in type sizes; `after` is the punctuation that follows it closely.

    A box cannot be as wide as a name that nobody knows yet: within a line it is printed like a field that was filled in
    by hand, at the end of a paragraph no gap is to be seen.
    """
    address = slot(
        name,
        size=seen.size,
        min=round(seen.size * 0.7, 2),
        colour=seen.tones.ink,
        font=seen.font,
        weight=400,
        fallback=fallback,
        after=after,
        mark=seen.mark,
    )
    kind = "slot-last" if last else "slot-within"
    return f'<a class="slot slot-word {kind}" style="width: {width:g}em" href="{escape(address)}"></a>'


def figure(
    seen: Look,
    name: str,
    *,
    size: float,
    width: float,
    height: float,
    align: str = "right",
    weight: int | None = None,
    colour: str | None = None,
) -> str:
    """A number by itself, large or small, in the brand's colour unless another is given; the box in points."""
    address = slot(
        name,
        size=size,
        min=round(size * 0.6, 2),
        colour=colour or seen.tones.brand,
        font=seen.font,
        weight=weight or seen.strong,
        align=align,
        fallback="–",
        mark=seen.mark,
    )
    return f'<a class="slot lead-number" style="width: {width:g}pt; height: {height:g}pt" href="{escape(address)}"></a>'


def bar(seen: Look, name: str, label: str, *, most: float = 100, against: str = "") -> str:
    """A bar with its label and number above it; a mark stands at the number that it is compared with."""
    drawn = _drawn(seen, name, "bar", label, most=most, against=against)
    return (
        f'<div class="lead-bar"><p class="lead-label">{escape(label)}</p>'
        f"{figure(seen, name, size=seen.size + 0.5, width=48, height=14)}{drawn}</div>"
    )


def position(
    seen: Look, name: str, label: str, *, most: float = 100, against: str = "", others: str = "", has_key: bool = True
) -> str:
    """A scale with the lead's place on it and, below the line, that of all others."""
    drawn = _drawn(seen, name, "position", label, most=most, against=against, size=seen.size + 1, weight=seen.strong)
    return (
        f'<div class="lead-position"><p class="lead-label">{escape(label)}</p>{drawn}'
        f"{key(seen, others) if has_key else ''}</div>"
    )


def key(seen: Look, others: str = "") -> str:
    """Which mark is the lead's, and which one that of all others."""
    return (
        f'<p class="lead-key"><span class="key-you">{escape(seen.said.you)}</span> '
        f'<span class="key-others">{escape(others or seen.said.benchmark)}</span></p>'
    )


def radar(seen: Look, name: str, axes: Sequence[str], *, most: float = 100, against: str = "") -> str:
    """A radar with the names of its axes around it: set with the page, so that they may be in any script."""
    address = _address(
        seen, name, "radar", most=most, against=against, alt=f"{seen.said.profile}: {{value}}", axes=axes
    )
    names = "".join(_axis(label, at, len(axes)) for at, label in enumerate(axes))
    return f'<div class="lead-radar"><a class="slot radar-drawn" href="{escape(address)}"></a>{names}</div>'


def _axis(label: str, at: int, count: int) -> str:
    """A name beside the end of its axis: places in per cent of a box that is wider and taller than the circle."""
    turn = 2 * math.pi * at / count
    across, up = math.sin(turn), math.cos(turn)
    side = "middle" if abs(across) < 0.1 else "right" if across > 0 else "left"
    level = "above" if up > 0.9 else "below" if up < -0.9 else "beside"
    x, y = 50 + across * RADAR_ACROSS, 50 - up * RADAR_UP
    place = f"left: {x:.1f}%" if side != "left" else f"right: {100 - x:.1f}%"
    height = f"bottom: {100 - y:.1f}%" if level == "above" else f"top: {y:.1f}%"
    return f'<p class="radar-axis {side} {level}" style="{place}; {height}">{escape(label)}</p>'


RADAR_ACROSS, RADAR_UP = 25.5, 36.5
"""How far the names stand from the middle, in per cent of the box (see .lead-radar in base.css)."""


def code(seen: Look, url: str, label: str) -> str:
    """A code for a telephone's camera beside the words that say where it leads."""
    address = slot("code", kind="code", colour=seen.tones.ink, alt=f"{seen.said.code}: {{value}}", to=url)
    return (
        f'<div class="lead-code"><a class="slot code-drawn" href="{escape(address)}"></a>'
        f'<div class="code-words"><p class="code-label">{escape(label)}</p>'
        f'<p class="code-address"><a href="{escape(url)}">{escape(shown(url))}</a></p></div></div>'
    )


def _drawn(seen: Look, name: str, kind: str, label: str, *, most: float, **settings: str | float) -> str:
    alt = f"{label}: {{value}} {seen.said.page_of} {most:g}"
    address = _address(seen, name, kind, (), alt=alt, most=most, **settings)
    return f'<a class="slot {kind}-drawn" href="{escape(address)}"></a>'


def _address(seen: Look, name: str, kind: str, axes: Sequence[str], **settings: str | float) -> str:
    given = {
        "kind": kind,
        "colour": seen.tones.brand,
        "track": seen.tones.tint,
        "against_colour": seen.tones.warm_text,
        "text": seen.tones.soft,
        "font": seen.font,
        "mark": seen.mark,
        "fallback": seen.said.no_value,
        "labels": "|".join(axis.replace("|", "/") for axis in axes),
        "beside": f". {seen.said.benchmark}: {{against}}" if settings.get("against") else "",
    }
    return slot(name, **(given | settings))
