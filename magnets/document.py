"""The HTML of one document: the manuscript inside a theme, with its colours, its cover and its fonts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from magnets import covers, fonts, personal, typography
from magnets._renderer import BUNDLE, FORM_FONT, THEME
from magnets.definition import MagnetKind
from magnets.folder import Bundle
from magnets.manuscript import Chapter, Manuscript
from magnets.marginalia import Margin
from magnets.palette import Palette, palette
from magnets.report import report
from magnets.words import Words, words

PICTURES = frozenset({".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg"})

SHEETS = {"A4": (595.28, 841.89), "Letter": (612.0, 792.0)}  # points
TEMPLATES = {MagnetKind.CHECKLIST: "checklist.html", MagnetKind.ASSESSMENT: "assessment.html"}
MARGINS = {
    "folio": Margin(foot=86, beside=("header",)),
    "signal": Margin(foot=64, beside=("header",)),
    "atlas": Margin(foot=72, beside=("header", "h2")),
}
CHART_FONTS = {"folio": "Inter", "signal": "Inter", "atlas": "Plex Sans"}


@dataclass(frozen=True, slots=True)
class Page:
    """What the renderer gets: HTML, style sheets in order, and the files it may load by their address."""

    html: str
    css: tuple[str, ...]
    files: Mapping[str, Path]
    forms: bool = False
    notes: Mapping[str, str] = field(default_factory=dict)  # bodies of notes, by the name of their call
    margin: Margin = field(default_factory=Margin)
    archive: bool = False


@dataclass(frozen=True, slots=True)
class Extract:
    """The part of a document that is set: the pages around the chapters or not, and which chapters, by their path."""

    has_covers: bool = True
    chapters: frozenset[str] | None = None  # None: all

    def has(self, chapter: Chapter) -> bool:
        """Whether this chapter is set."""
        return self.chapters is None or chapter.path in self.chapters


WHOLE = Extract()


@dataclass(frozen=True, slots=True)
class NextStep:
    label: str
    url: str


def build(bundle: Bundle, manuscript: Manuscript, *, themes: Path, folder: Path, extract: Extract = WHOLE) -> Page:
    """The document of a bundle, or an extract of it; `folder` takes the files made for it."""
    magnet = bundle.magnet
    extract = WHOLE if magnet.kind is MagnetKind.CHECKLIST else extract
    tones = palette(magnet.brand.colour)
    template = _environment(themes).get_template(f"{magnet.theme}/{TEMPLATES.get(magnet.kind, 'ebook.html')}")
    said = words(magnet.language)
    notes: dict[str, str] = {}
    html = template.render(
        magnet=magnet,
        brand=magnet.brand,
        chapters=[
            (chapter, _set(chapter, bundle, tones, notes) if extract.has(chapter) else None)
            for chapter in manuscript.chapters
        ],
        numbers={chapter.anchor: number for number, chapter in enumerate(manuscript.chapters, start=1)},
        has_covers=extract.has_covers,
        logo=quote(magnet.brand.logo) if magnet.brand.logo in bundle.files else "",
        minutes=manuscript.minutes,
        next_step=_next_step(bundle.table),
        report=report(magnet, magnet.assessment) if magnet.assessment else None,
        tones=tones,
        words=said,
    )
    names = ["base.css", f"{magnet.theme}/theme.css"]
    if magnet.kind is MagnetKind.CHECKLIST:
        names.insert(1, "checklist.css")
    if magnet.kind is MagnetKind.ASSESSMENT:
        names += ["assessment.css", f"{magnet.theme}/assessment.css"]
    if fonts.of_language(magnet.language):
        names.append("script.css")
    sheets = ((themes / name).read_text("utf-8") for name in names)
    return Page(
        html,
        (_settings(SHEETS[magnet.page_size], tones, said), *sheets),
        _files(bundle, tones, folder),
        forms=magnet.kind is MagnetKind.CHECKLIST,
        notes=notes,
        margin=Margin() if magnet.kind is MagnetKind.CHECKLIST else MARGINS[magnet.theme],
        archive=magnet.archive,
    )


def slip(bundle: Bundle, sheet: tuple[float, float], *, themes: Path, folder: Path) -> Page:
    """The page that is put before a finished document: for whom the copy is. `sheet` is its size in points."""
    magnet = bundle.magnet
    tones = palette(magnet.brand.colour)
    said = words(magnet.language)
    html = (
        _environment(themes)
        .get_template("_slip.html")
        .render(
            magnet=magnet,
            brand=magnet.brand,
            logo=quote(magnet.brand.logo) if magnet.brand.logo in bundle.files else "",
            next_step=_next_step(bundle.table),
            tones=tones,
            words=said,
        )
    )
    sheets = [(themes / name).read_text("utf-8") for name in ("base.css", "slip.css")]
    return Page(html, (_settings(sheet, tones, said), *sheets), _files(bundle, tones, folder))


def _set(chapter: Chapter, bundle: Bundle, tones: Palette, notes: dict[str, str]) -> Markup:
    """A chapter as the theme prints it; its notes go into `notes`, but for checklists, which have no margin."""
    values = dict(tones.items()) | {"chart-font": CHART_FONTS[bundle.magnet.theme]}
    html = typography.row_heads(typography.coloured(chapter.html, values))
    if bundle.magnet.kind is MagnetKind.CHECKLIST:
        return Markup(typography.groups(html))  # noqa: S704 - what the manuscript lets through is an allow-list
    html, bodies = typography.notes(html, f"note-{chapter.anchor}")
    notes |= bodies
    return Markup(html)  # noqa: S704 - what the manuscript lets through is an allow-list


def _environment(themes: Path) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(themes),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["slot"] = personal.slot
    environment.filters |= {
        "shown": typography.shown,
        "extent": typography.extent,
        "balanced": typography.balanced,
    }
    return environment


def _settings(sheet: tuple[float, float], tones: Palette, said: Words) -> str:
    """The page's size, the palette and some words as custom properties, for elements and the margins of pages alike."""
    width, height = sheet
    properties = "".join(f"--{name.replace('_', '-')}:{colour};" for name, colour in tones.items())
    properties += f'--word-figure:"{said.figure}";--word-table:"{said.table}";--word-page-of:"{said.page_of}";'
    properties += f"--page-width:{width}pt;--page-height:{height}pt"
    return f":root{{{properties}}}@page{{size:{width}pt {height}pt;{properties}}}"


def _files(bundle: Bundle, tones: Palette, folder: Path) -> dict[str, Path]:
    """Everything the document may load: the bundle's pictures, the fonts, and what is drawn for this title."""
    magnet = bundle.magnet
    files = {BUNDLE + name: path for name, path in bundle.files.items() if path.suffix.lower() in PICTURES}
    files |= {THEME + name: fonts.face(name) for name in fonts.FACES}
    if magnet.kind is MagnetKind.CHECKLIST:
        files[FORM_FONT] = _written(folder / "form.ttf", fonts.form())
        files[f"{THEME}ruled.svg"] = _written(folder / "ruled.svg", covers.ruled(tones).encode())
    for name, font in fonts.of_language(magnet.language).items():
        files[THEME + name] = _written(folder / name, font)
    for ground in covers.GROUNDS:
        name = f"cover-{ground}.svg"
        drawing = covers.art(magnet.title, tones, kind=magnet.cover_art, ground=ground, size=SHEETS[magnet.page_size])
        files[THEME + name] = bundle.files.get(magnet.cover or "") or _written(folder / name, drawing.encode())
    return files


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def _next_step(table: Mapping[str, object]) -> NextStep | None:
    page = table.get("page")
    step = page.get("next_step") if isinstance(page, dict) else None
    if not isinstance(step, dict) or not isinstance(step.get("url"), str) or not isinstance(step.get("label"), str):
        return None
    if urlsplit(step["url"]).scheme not in ("http", "https", "mailto"):
        return None
    return NextStep(step["label"], step["url"])
