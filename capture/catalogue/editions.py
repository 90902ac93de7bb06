"""Editions: published, immutable versions of a magnet."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Text, bindparam, cast, select

from capture.catalogue.models import Edition, LinkPolicy
from capture.db import session

SHARED = 0
"""The page number of the picture that other sites show of a page."""
LOGO = -1
"""The page number of the brand's logo."""
OTHER_COVERS: Mapping[str, int] = {"grid": -2, "contours": -3, "arcs": -4, "weave": -5}
"""The page numbers of covers with another drawing, for variants of the page, by [magnet] cover_art."""
MOST_OTHER_COVERS = 16
"""Pictures of covers for variants that a later edition takes along: those of four variants in two widths, twice."""


_NEWEST = select(Edition).where(Edition.magnet_id == bindparam("magnet_id")).order_by(Edition.number.desc()).limit(1)


@dataclass(frozen=True, slots=True)
class ContentsEntry:
    """A line of the table of contents: level 1 is a chapter, `page` counts from 1."""

    title: str
    level: int
    page: int
    minutes: int


@dataclass(frozen=True, slots=True)
class PagePicture:
    """A picture of a page in the store, sizes in pixels: page 1 is the cover, 0 for sharing, -1 the logo.

    `ending` is that of its kind: webp, and jpg for sharing, since not every network takes WebP.
    """

    page: int
    width: int
    height: int
    sha: str
    ending: str = "webp"


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything of an edition but its number: what publishing prepared. A webinar's has no document."""

    bundle_digest: str
    title: str
    subtitle: str
    summary: str
    authors: tuple[Mapping[str, str], ...]
    language: str
    personalised: bool
    link_policy: LinkPolicy
    document: str | None = None
    document_bytes: int = 0
    pages: int = 0
    words: int = 0
    minutes: int = 0
    contents: tuple[ContentsEntry, ...] = ()
    pictures: tuple[PagePicture, ...] = ()


@dataclass(frozen=True, slots=True)
class Succession:
    """How an edition follows the one before it.

    A correction is served by every link that served what it corrects. A new edition is served by links given before
    unless it `keeps_earlier` where they were; None leaves them as each was promised.
    """

    is_correction: bool = False
    keeps_earlier: bool | None = None


AS_PROMISED = Succession()
CORRECTION = Succession(is_correction=True)


def newest(magnet_id: int) -> Edition | None:
    """The edition with the highest number."""
    return session().scalars(_NEWEST, {"magnet_id": magnet_id}).one_or_none()


def by_id(edition_id: int) -> Edition | None:
    """The edition of that key."""
    return session().get(Edition, edition_id)


def contents(edition: Edition) -> tuple[ContentsEntry, ...]:
    """The edition's real table of contents."""
    return tuple(ContentsEntry(**entry) for entry in edition.contents)


def pictures(edition: Edition, page: int) -> tuple[PagePicture, ...]:
    """One page's pictures, the narrowest first; empty for a page without."""
    found = (PagePicture(**picture) for picture in edition.pictures if picture["page"] == page)
    return tuple(sorted(found, key=lambda picture: picture.width))


def pictured_pages(edition: Edition) -> tuple[int, ...]:
    """The pages that have pictures, the cover first."""
    return tuple(sorted({picture["page"] for picture in edition.pictures if picture["page"] > 0}))


def set_cover(edition_id: int, pictures: Sequence[PagePicture]) -> None:
    """Another drawing of the edition's cover, beside its own."""
    query = select(Edition).where(Edition.id == edition_id).with_for_update()
    edition = session().scalars(query.execution_options(populate_existing=True)).one()
    drawn = {picture.page for picture in pictures}
    others = [picture for picture in edition.pictures if picture["page"] not in drawn]
    edition.pictures = [*others, *(_plain(picture) for picture in pictures)]


def other_cover(cover: str) -> int:
    """The page number of a cover for variants: one with a drawing, or with a picture by whatever names it."""
    return OTHER_COVERS[cover] if cover in OTHER_COVERS else -1_000 - zlib.crc32(cover.encode())


def has_picture(sha: str) -> bool:
    """Whether the hash is that of a picture of any edition, and so public; documents never are."""
    if not re.fullmatch("[0-9a-f]{64}", sha):
        return False
    return session().scalar(select(Edition.id).where(cast(Edition.pictures, Text).contains(sha)).limit(1)) is not None


def publish(magnet_id: int, draft: Draft, *, succession: Succession = AS_PROMISED, at: datetime) -> Edition:
    """The next edition of a magnet; where nothing changed since the newest, that one."""
    last = newest(magnet_id)
    if last is not None and last.bundle_digest == draft.bundle_digest:
        return last
    edition = Edition(
        magnet_id=magnet_id,
        number=last.number + 1 if last else 1,
        bundle_digest=draft.bundle_digest,
        title=draft.title,
        subtitle=draft.subtitle,
        summary=draft.summary,
        authors=[dict(author) for author in draft.authors],
        language=draft.language,
        document=draft.document,
        document_bytes=draft.document_bytes,
        pages=draft.pages,
        words=draft.words,
        minutes=draft.minutes,
        contents=[_plain(entry) for entry in draft.contents],
        pictures=[*(_plain(picture) for picture in draft.pictures), *(_other_covers(last) if last else [])],
        personalised=draft.personalised,
        link_policy=draft.link_policy,
        corrects=(last.corrects or last.number) if last and succession.is_correction else None,
        keeps_earlier=succession.keeps_earlier,
        published_at=at,
    )
    session().add(edition)
    session().flush()
    return edition


def _other_covers(before: Edition) -> list[dict[str, str | int]]:
    """Until they are drawn for the next edition they stand as they were: visitors stay on their variants."""
    return [picture for picture in before.pictures if picture["page"] < LOGO][-MOST_OTHER_COVERS:]


def _plain(value: ContentsEntry | PagePicture) -> dict[str, str | int]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}
