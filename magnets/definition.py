"""The tables [magnet] and [brand] of magnet.toml as typed values, and every fault in them."""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from magnets.findings import Finding, stop

FORMAT = 1
FILE = "magnet.toml"
TABLES = ("format", "magnet", "brand", "page", "form", "consent", "thanks", "mail", "seo", "webinar")
DEFAULT_COLOUR = "#1d4e89"

SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
WEB_ADDRESS = re.compile(r"https?://[^\s/]+\S*")

LineOf = Callable[..., int | None]


class MagnetKind(StrEnum):
    EBOOK = "ebook"
    CHECKLIST = "checklist"
    WEBINAR = "webinar"


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


class CoverArt(StrEnum):
    GRID = "grid"
    CONTOURS = "contours"
    ARCS = "arcs"
    WEAVE = "weave"


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
    theme: Theme = Theme.FOLIO
    page_size: PageSize = PageSize.A4
    personalised: bool = True
    links: LinkPolicy = LinkPolicy.NEWEST
    cover: str | None = None
    cover_art: CoverArt | None = None
    chapters: tuple[str, ...] = ()
    brand: Brand = Brand()


MAGNET_KEYS = tuple(name for name in MagnetDefinition.__dataclass_fields__ if name != "brand")
BRAND_KEYS = tuple(Brand.__dataclass_fields__)
AUTHOR_KEYS = tuple(Author.__dataclass_fields__)


def define(document: Mapping[str, object], line_of: LineOf) -> tuple[MagnetDefinition, tuple[Finding, ...]]:
    """The definition with its faults; a value that cannot be used is replaced by its default."""
    top = _Table(document, (), line_of)
    top.refuse_unknown(TABLES)
    if document.get("format") != FORMAT:
        top.fault("format", "unknown-format", f"Write `format = {FORMAT}` as the first line of {FILE}.")
    magnet = top.table("magnet", required=True)
    magnet.refuse_unknown(MAGNET_KEYS)
    definition = MagnetDefinition(
        slug=magnet.matching("slug", SLUG, "lower-case letters, digits and single hyphens", limit=80, required=True),
        kind=magnet.choice("kind", MagnetKind, MagnetKind.EBOOK, required=True),
        title=magnet.text("title", limit=150, required=True),
        subtitle=magnet.text("subtitle", limit=250),
        authors=magnet.authors(),
        summary=magnet.text("summary", limit=1200),
        language=magnet.matching("language", LANGUAGE, "a language code such as en or de-CH", limit=35) or "en",
        theme=magnet.choice("theme", Theme, Theme.FOLIO),
        page_size=magnet.choice("page_size", PageSize, PageSize.A4),
        personalised=magnet.flag("personalised", default=True),
        links=magnet.choice("links", LinkPolicy, LinkPolicy.NEWEST),
        cover=magnet.text("cover", limit=300) or None,
        cover_art=magnet.optional_choice("cover_art", CoverArt),
        chapters=magnet.texts("chapters"),
        brand=_brand(top.table("brand")),
    )
    return definition, tuple(top.findings)


def _brand(table: "_Table") -> Brand:
    table.refuse_unknown(BRAND_KEYS)
    return Brand(
        name=table.text("name", limit=120),
        colour=table.matching("colour", COLOUR, "a colour such as #0f5c4d", limit=7) or DEFAULT_COLOUR,
        website=table.matching("website", WEB_ADDRESS, "an address that begins with https://", limit=300),
        about=table.text("about", limit=2000),
    )


Choice = TypeVar("Choice", bound=StrEnum)


class _Table:
    """One table of the file; collects what is wrong while the values are taken out."""

    def __init__(self, values: Mapping[str, object], at: tuple[str | int, ...], line_of: LineOf) -> None:
        self._values = values
        self._at = at
        self._line_of = line_of
        self.findings: list[Finding] = []

    def fault(self, key: str, code: str, message: str) -> None:
        self.findings.append(stop(code, message, FILE, self._line_of(*self._at, key)))

    def table(self, key: str, *, required: bool = False) -> "_Table":
        """The table of that name; it reports into the same list."""
        value = self._values.get(key)
        if required and value is None:
            self.fault(key, "missing-key", f"{FILE} needs a table [{key}].")
        elif value is not None and not isinstance(value, dict):
            self.fault(key, "wrong-type", f"Write [{key}] as a table, with its keys in the lines below it.")
        inner = _Table(value if isinstance(value, dict) else {}, (*self._at, key), self._line_of)
        inner.findings = self.findings
        return inner

    def refuse_unknown(self, known: tuple[str, ...]) -> None:
        for key in self._values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"Did you mean `{near[0]}`?" if near else f"Known here: {', '.join(known)}."
                self.fault(key, "unknown-key", f"{self._name(key)} is not a key of this format. {hint}")

    def text(self, key: str, *, limit: int, required: bool = False) -> str:
        value = self._values.get(key, "")
        if not isinstance(value, str):
            self.fault(key, "wrong-type", f"Write {self._name(key)} as a text in quotation marks.")
            return ""
        if any(ord(char) < 32 and char not in "\n\t" for char in value):
            self.fault(key, "control-character", f"Take the invisible control characters out of {self._name(key)}.")
            value = "".join(char for char in value if ord(char) >= 32 or char in "\n\t")
        value = value.strip()
        if required and not value:
            self.fault(key, "missing-key", f"Give {self._name(key)} a value.")
        if len(value) > limit:
            message = f"{self._name(key)} has {len(value)} characters; shorten it to {limit} at most."
            self.fault(key, "too-long", message)
        return value[:limit]

    def matching(self, key: str, pattern: re.Pattern[str], shape: str, *, limit: int, required: bool = False) -> str:
        value = self.text(key, limit=limit, required=required)
        if value and not pattern.fullmatch(value):
            self.fault(key, f"bad-{key}", f"Write {self._name(key)} as {shape}; {value!r} is not.")
            return ""
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._values.get(key, [])
        if isinstance(value, list) and all(isinstance(part, str) for part in value):
            return tuple(value)
        self.fault(key, "wrong-type", f'Write {self._name(key)} as a list of texts: ["…", "…"].')
        return ()

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._values.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault(key, "wrong-type", f"Write {self._name(key)} as true or false, without quotation marks.")
        return default

    def choice(self, key: str, kind: type[Choice], default: Choice, *, required: bool = False) -> Choice:
        if required and key not in self._values:
            self.fault(key, "missing-key", f"Give {self._name(key)} a value: {_any_of(kind)}.")
        return self.optional_choice(key, kind) or default

    def optional_choice(self, key: str, kind: type[Choice]) -> Choice | None:
        value = self._values.get(key)
        if value is None:
            return None
        if isinstance(value, str) and value in list(kind):
            return kind(value)
        self.fault(key, f"unknown-{key.replace('_', '-')}", f"{self._name(key)} can be {_any_of(kind)}; not {value!r}.")
        return None

    def authors(self) -> tuple[Author, ...]:
        value = self._values.get("authors", [])
        if not isinstance(value, list) or not all(isinstance(author, dict) for author in value):
            self.fault("authors", "wrong-type", 'Write authors as a list of tables: [{ name = "…", role = "…" }].')
            return ()
        return tuple(self._author(number, author) for number, author in enumerate(value))

    def _author(self, number: int, values: Mapping[str, object]) -> Author:
        table = _Table(values, (*self._at, "authors", number), self._line_of)
        table.findings = self.findings
        table.refuse_unknown(AUTHOR_KEYS)
        return Author(name=table.text("name", limit=120, required=True), role=table.text("role", limit=160))

    def _name(self, key: str) -> str:
        words = [str(part) for part in self._at if isinstance(part, str)]
        return f"[{'.'.join(words)}] `{key}`" if words else f"`{key}`"


def _any_of(kind: type[StrEnum]) -> str:
    return " or ".join(f'"{choice.value}"' for choice in kind)
