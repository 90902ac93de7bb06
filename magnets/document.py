"""The HTML of one document: the manuscript inside a theme, with its colours, its cover and its fonts."""

import re
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
            chapters=[(chapter, _toned(chapter.html, tones, magnet.theme)) for chapter in manuscript.chapters],
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


def _toned(html: str, tones: Palette, theme: str) -> Markup:
    """The chapter with colours and font in its drawings, where WeasyPrint knows no var()."""
    values = dict(tones.items()) | {"chart-font": CHART_FONT[theme]}
    drawn = DRAWING.sub(lambda svg: VARIABLE.sub(lambda name: values[name[1]], svg[0]), html)
    return Markup(drawn)  # noqa: S704 - magnets.manuscript lets nothing through but its allow-list


def _environment(themes: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(themes),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["slot"] = slot
    environment.filters["shown"] = shown
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
