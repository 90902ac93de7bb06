"""The tables [magnet] and [brand] of magnet.toml as typed values, and every fault in them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from magnets import questionnaire
from magnets.assessment import Assessment
from magnets.findings import Finding
from magnets.sentences import sentence
from magnets.tables import FILE, LineOf, Table

FORMAT = 1
TABLES = (
    *("format", "magnet", "brand", "file", "page", "form", "consent", "thanks", "mail", "seo", "webinar", "assessment"),
)
DEFAULT_COLOUR = "#1d4e89"

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
A_SLUG = sentence("lower-case letters, digits and single hyphens")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")


class MagnetKind(StrEnum):
    EBOOK = "ebook"
    CHECKLIST = "checklist"
    ASSESSMENT = "assessment"
    WEBINAR = "webinar"
    FILE = "file"


class Theme(StrEnum):
    FOLIO = "folio"
    SIGNAL = "signal"
    ATLAS = "atlas"


class PageSize(StrEnum):
    A4 = "A4"
    LETTER = "Letter"


class LinkPolicy(StrEnum):
    """What a link that was already given serves once a newer edition is out."""

    NEWEST = "newest"
    PINNED = "pinned"


class Lettering(StrEnum):
    """The fonts of a page's headings, of those that are shipped."""

    SERIF = "serif"
    SANS = "sans"


class Voice(StrEnum):
    """How buttons speak: as the visitor does ("Send me the guide"), or about what they do ("Get the guide")."""

    VISITOR = "visitor"
    DIRECT = "direct"


class CoverArt(StrEnum):
    GRID = "grid"
    CONTOURS = "contours"
    ARCS = "arcs"
    WEAVE = "weave"


class Mark(StrEnum):
    """Where a finished PDF says for whom a copy is."""

    SLIP = "slip"
    FIRST_PAGE = "first-page"
    EVERY_PAGE = "every-page"
    NONE = "none"


class Deliver(StrEnum):
    """Which file people get: the marketer's own, or one with pictures reduced to `resolution`."""

    ORIGINAL = "original"
    SMALLER = "smaller"


@dataclass(frozen=True, slots=True)
class Author:
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True)
class Brand:
    name: str = ""
    colour: str = DEFAULT_COLOUR
    website: str = ""
    about: str = ""
    logo: str = ""  # a path in the bundle
    lettering: Lettering | None = None  # None: as the theme has it
    voice: Voice = Voice.VISITOR


@dataclass(frozen=True, slots=True)
class FileChoice:
    """A finished PDF and what is done with it; no `pdf` means the only one in the folder. `resolution` is in dpi."""

    pdf: str | None = None
    mark: Mark = Mark.SLIP
    deliver: Deliver = Deliver.ORIGINAL
    resolution: int = 150


@dataclass(frozen=True, slots=True)
class MagnetDefinition:
    """`cover` and `chapters` are paths relative to the bundle; no chapters means: take the Markdown files there are."""

    slug: str
    kind: MagnetKind
    title: str
    subtitle: str = ""
    authors: tuple[Author, ...] = ()
    summary: str = ""
    language: str = "en"
    translation_of: str = ""  # the slug of the magnet that it says in another language
    theme: Theme = Theme.FOLIO
    page_size: PageSize = PageSize.A4
    archive: bool = False  # PDF/A-3u besides PDF/UA-1
    personalised: bool = True
    links: LinkPolicy = LinkPolicy.NEWEST
    cover: str | None = None
    cover_art: CoverArt | None = None
    chapters: tuple[str, ...] = ()
    brand: Brand = Brand()
    assessment: Assessment | None = None
    file: FileChoice = FileChoice()


MAGNET_KEYS = tuple(
    name for name in MagnetDefinition.__dataclass_fields__ if name not in ("brand", "assessment", "file")
)
FILE_KEYS = tuple(FileChoice.__dataclass_fields__)
BRAND_KEYS = tuple(Brand.__dataclass_fields__)
AUTHOR_KEYS = tuple(Author.__dataclass_fields__)


def define(document: Mapping[str, object], line_of: LineOf) -> tuple[MagnetDefinition, tuple[Finding, ...]]:
    """The definition with its faults; a value that cannot be used is replaced by its default."""
    top = Table(document, (), line_of, [])
    top.refuse_unknown(*TABLES)
    if document.get("format") != FORMAT:
        top.stop(
            "format",
            "unknown-format",
            sentence("Write `format = %(format)s` as the first line of %(file)s.", format=FORMAT, file=FILE),
        )
    magnet = top.table("magnet", required=True)
    magnet.refuse_unknown(*MAGNET_KEYS)
    kind = magnet.choice("kind", MagnetKind, MagnetKind.EBOOK, required=True)
    language = magnet.matching("language", LANGUAGE, sentence("a language code such as en or de-CH"), limit=35) or "en"
    definition = MagnetDefinition(
        slug=magnet.matching(
            "slug", SLUG, sentence("lower-case letters, digits and single hyphens"), limit=80, required=True
        ),
        kind=kind,
        title=magnet.text("title", limit=150, required=True),
        subtitle=magnet.text("subtitle", limit=250),
        authors=tuple(_author(entry) for entry in magnet.tables("authors")),
        summary=magnet.paragraphs("summary", limit=1200),
        language=language,
        translation_of=_translation_of(magnet),
        theme=magnet.choice("theme", Theme, Theme.FOLIO),
        page_size=magnet.choice("page_size", PageSize, PageSize.A4),
        archive=magnet.flag("archive", default=False),
        personalised=magnet.flag("personalised", default=True),
        links=magnet.choice("links", LinkPolicy, LinkPolicy.NEWEST),
        cover=magnet.text("cover", limit=300) or None,
        cover_art=magnet.optional_choice("cover_art", CoverArt),
        chapters=magnet.texts("chapters", limit=300, most=200),
        brand=_brand(top.table("brand")),
        assessment=_assessment(top, kind, language),
        file=_file(top, kind),
    )
    return definition, tuple(top.findings)


def _translation_of(magnet: Table) -> str:
    original = magnet.matching(
        "translation_of", SLUG, sentence("the slug of the magnet that it is a version of"), limit=80
    )
    if original and original == magnet.value("slug"):
        magnet.stop(
            "translation_of", "translation-of-itself", sentence("A magnet is no version of itself; take it out.")
        )
        return ""
    return original


def _brand(table: Table) -> Brand:
    table.refuse_unknown(*BRAND_KEYS)
    return Brand(
        name=table.text("name", limit=120),
        colour=table.matching("colour", COLOUR, sentence("a colour such as #0f5c4d"), limit=7) or DEFAULT_COLOUR,
        website=table.matching("website", WEB_ADDRESS, sentence("an address that begins with https://"), limit=300),
        about=table.paragraphs("about", limit=2000),
        logo=table.text("logo", limit=300),
        lettering=table.optional_choice("lettering", Lettering),
        voice=table.choice("voice", Voice, Voice.VISITOR),
    )


def _assessment(top: Table, kind: MagnetKind, language: str) -> Assessment | None:
    if kind is MagnetKind.ASSESSMENT:
        return questionnaire.define(top.table("assessment", required=True), language)
    if "assessment" in top:
        top.stop(
            "assessment",
            "assessment-unused",
            sentence('[assessment] is for `kind = "assessment"`, not for %(kind)s.', kind=kind.value),
        )
    return None


def _file(top: Table, kind: MagnetKind) -> FileChoice:
    table = top.table("file")
    if "file" in top and kind is not MagnetKind.FILE:
        top.stop("file", "file-unused", sentence('[file] is for `kind = "file"`, not for %(kind)s.', kind=kind.value))
    table.refuse_unknown(*FILE_KEYS)
    resolution = table.whole("resolution", low=72, high=600, default=150)
    return FileChoice(
        pdf=table.text("pdf", limit=300) or None,
        mark=table.choice("mark", Mark, Mark.SLIP),
        deliver=table.choice("deliver", Deliver, Deliver.ORIGINAL),
        resolution=resolution or 150,
    )


def _author(table: Table) -> Author:
    table.refuse_unknown(*AUTHOR_KEYS)
    return Author(name=table.text("name", limit=120, required=True), role=table.text("role", limit=160))
