"""The HTML of one document: the manuscript inside a theme, with its colours, its cover and its fonts."""

import math
import re
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from magnets import covers, fonts
from magnets.folder import Bundle
from magnets.manuscript import Manuscript
from magnets.palette import Palette, palette

BUNDLE = "bundle:///"
THEME = "theme:///"
PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})

DRAWING = re.compile(r"<svg [^>]*class=\"line\".*?</svg>", re.DOTALL)
NOTE = '<span class="footnote">'
SPAN = re.compile(r"(<span[^>]*>|</span>)")
VARIABLE = re.compile(r"var\(--([a-z-]+)\)")
CHART_FONT = {"folio": "Inter", "signal": "Inter", "atlas": "Plex Sans"}

SHEETS = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}  # points


@dataclass(frozen=True, slots=True)
class Page:
    """What the renderer gets: HTML, style sheets in order, and the files it may load by their address."""

    html: str
    css: tuple[str, ...]
    files: Mapping[str, Path]
    forms: bool = False


@dataclass(frozen=True, slots=True)
class NextStep:
    label: str
    url: str


def shown(url: str) -> str:
    """An address as one reads it aloud."""
    parts = urlsplit(url)
    return f"{parts.netloc}{parts.path}".rstrip("/")


def build(bundle: Bundle, manuscript: Manuscript, *, themes: Path, folder: Path) -> Page:
    """The document of a bundle; `folder` takes the files made for it."""
    magnet = bundle.magnet
    tones = palette(magnet.brand.colour)
    files = {BUNDLE + name: path for name, path in bundle.files.items() if path.suffix.lower() in PICTURES}
    files |= {THEME + name: fonts.face(name) for name in fonts.FACES}
    files |= _cover(bundle, tones, folder)
    forms = magnet.kind == "checklist"
    html = (
        _environment(themes)
        .get_template(f"{magnet.theme}/{'checklist' if forms else 'ebook'}.html")
        .render(
            magnet=magnet,
            brand=magnet.brand,
            chapters=[(chapter, _set(chapter.html, tones, magnet.theme)) for chapter in manuscript.chapters],
            minutes=manuscript.minutes,
            next_step=_next_step(bundle.table),
            tones=tones,
        )
    )
    css = (
        _settings(magnet.page_size, tones),
        *(_sheet(themes, name) for name in ("base.css", f"{magnet.theme}/theme.css")),
    )
    return Page(html, css, files, forms)


def slot(
    name: str,
    *,
    size: float,
    minimum: float,
    colour: str,
    align: str = "left",
    font: str = "sans",
    weight: int = 400,
    fallback: str = "",
) -> str:
    """The address of a place that is filled in for each lead; sizes in points (see magnets.imprint)."""
    fields = {
        "size": f"{size:g}",
        "min": f"{minimum:g}",
        "colour": colour.removeprefix("#"),
        "align": align,
        "font": font,
        "weight": str(weight),
        "fallback": fallback,
    }
    return f"slot:{name}?" + "&".join(f"{key}={quote(value)}" for key, value in fields.items())


def _set(html: str, tones: Palette, theme: str) -> Markup:
    """A chapter as the theme prints it: notes numbered, drawings with the colours and the font of the page."""
    values = dict(tones.items()) | {"chart-font": CHART_FONT[theme]}
    drawn = DRAWING.sub(lambda svg: VARIABLE.sub(lambda name: values[name[1]], svg[0]), html)  # SVG here knows no var()
    return Markup(_notes(drawn))  # noqa: S704 - what the manuscript lets through is an allow-list


def _notes(html: str) -> str:
    """Notes numbered, each as a call in the line and a body for the margin.

    WeasyPrint's own footnotes are not used: where a page is full, it moves them to the next one. A joiner keeps the
    call with its word; the body is wrapped, so that its box can be as wide as the column while its text is not.
    """
    number, depth = 0, 0
    parts: list[str] = []
    for part in SPAN.split(html):
        if part == NOTE and not depth:
            number, depth = number + 1, 1
            call = f'\u2060<sup class="call">{number}</sup>'
            parts.append(f'{call}{NOTE}<span class="note"><span class="note-number">{number}</span> ')
            continue
        parts.append(part)
        if depth and part.startswith("<span"):
            depth += 1
        elif depth and part == "</span>":
            depth -= 1
            parts.append("" if depth else "</span>")
    return "".join(parts)


def extent(title: str) -> str:
    """How large a title may be set: short, medium or long."""
    longest = max(map(len, title.split()), default=0)
    if len(title) <= 24 and longest <= 12:
        return "short"
    return "medium" if len(title) <= 48 and longest <= 16 else "long"


def balanced(text: str, width: int | Mapping[str, int]) -> Markup:
    """Lines of about equal length, none longer than `width` characters where words allow it (or a width by extent)."""
    most = width if isinstance(width, int) else width[extent(text)]
    count = max(1, math.ceil(len(text) / most))
    lines = _lines(text, count)
    while max(map(len, lines), default=0) > most and len(lines) == count:
        count += 1
        lines = _lines(text, count)
    return Markup("<br>").join(lines)


def _lines(text: str, count: int) -> list[str]:
    """The text in at most `count` lines, the longest as short as it can be."""
    for width in range(1, len(text) + 1):
        lines = textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)
        if len(lines) <= count:
            return lines
    return [text]


def _environment(themes: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(themes),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["slot"] = slot
    environment.filters |= {"shown": shown, "extent": extent, "balanced": balanced}
    return environment


def _sheet(themes: Path, name: str) -> str:
    return (themes / name).read_text("utf-8")


def _settings(page_size: str, tones: Palette) -> str:
    """The page's size and the palette as custom properties, for elements and for the margins of pages alike."""
    width, height = SHEETS[page_size]
    properties = "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in tones.items())
    properties += f"--page-width:{width}pt;--page-height:{height}pt"
    return f":root{{{properties}}}@page{{size:{width}pt {height}pt;{properties}}}"


def _cover(bundle: Bundle, tones: Palette, folder: Path) -> dict[str, Path]:
    """The marketer's picture where there is one; else drawings made for this title."""
    magnet = bundle.magnet
    made = {}
    for ground in ("deep", "loud", "paper"):
        drawing = folder / f"cover-{ground}.svg"
        drawing.write_text(
            covers.art(magnet.title, tones, kind=magnet.cover_art, ground=ground, size=SHEETS[magnet.page_size])
        )
        made[f"{THEME}cover-{ground}.svg"] = drawing
    if magnet.cover and magnet.cover in bundle.files:
        made |= dict.fromkeys(made, bundle.files[magnet.cover])
    return made


def _next_step(table: Mapping[str, object]) -> NextStep | None:
    page = table.get("page")
    step = page.get("next_step") if isinstance(page, dict) else None
    if not isinstance(step, dict) or not isinstance(step.get("url"), str) or not isinstance(step.get("label"), str):
        return None
    if urlsplit(step["url"]).scheme not in ("http", "https", "mailto"):
        return None
    return NextStep(step["label"], step["url"])
