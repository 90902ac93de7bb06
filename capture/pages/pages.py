"""Landing pages: found by their slug, published as immutable versions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, Select, delete, select

from capture.catalogue.models import Magnet, MagnetKind
from capture.db import JsonObject, insert_once, session
from capture.errors import NotFound, PublishingStopped
from capture.pages.definition import Definition
from capture.pages.models import Page, PageSlug, PageStatus, PageVersion


@dataclass(frozen=True, slots=True)
class LivePage:
    """What visitors see now. `digest` changes with every version: caches may build on it.

    Found by a slug that it had before, its own `slug` differs from the one asked for: then redirect.
    """

    page_id: int
    public_id: str
    version_id: int
    version: int
    digest: str
    slug: str
    status: PageStatus
    magnet_id: int
    magnet_slug: str
    kind: MagnetKind
    created_at: datetime
    changed_at: datetime
    definition: Definition

    @property
    def is_open(self) -> bool:
        """Whether it takes fills."""
        return self.status is PageStatus.LIVE


def by_slug(slug: str) -> LivePage | None:
    """The page that owns the slug or had it once, live or closed."""
    found = session().execute(_live().where(Page.slug == slug)).one_or_none()
    if found is None:
        owner = select(PageSlug.page_id).where(PageSlug.slug == slug).scalar_subquery()
        found = session().execute(_live().where(Page.id == owner)).one_or_none()
    return _page(found) if found else None


def by_id(page_id: int) -> LivePage | None:
    """The page of that key."""
    found = session().execute(_live().where(Page.id == page_id)).one_or_none()
    return _page(found) if found else None


def of_magnet(magnet_id: int) -> LivePage | None:
    """The page that gives the magnet."""
    found = session().execute(_live().where(Page.magnet_id == magnet_id).order_by(Page.id).limit(1)).one_or_none()
    return _page(found) if found else None


def all_live() -> list[LivePage]:
    """Every page that takes fills, the newest first."""
    listed = _live().where(Page.status == PageStatus.LIVE).order_by(Page.created_at.desc(), Page.id.desc())
    return [_page(row) for row in session().execute(listed)]


def definition_of(version_id: int) -> Definition:
    """The definition of any version that a fill was made under, also one that is no longer live."""
    version = session().get_one(PageVersion, version_id)
    return _parsed(version.digest, version.definition)


def definition_with(digest: str, version_id: int) -> Definition:
    """The same, asking nothing where a definition with this digest was read before."""
    return _by_digest.get(digest) or definition_of(version_id)


def definitions(version_ids: Iterable[int]) -> Mapping[int, Definition]:
    """The definitions of many versions, live or not, in one query."""
    versions = session().scalars(select(PageVersion).where(PageVersion.id.in_(set(version_ids))))
    return {version.id: _parsed(version.digest, version.definition) for version in versions}


def is_taken(slug: str, *, magnet_slug: str) -> bool:
    """Whether the page of another magnet owns the slug or had it."""
    others = select(Page.id).join(Magnet, Magnet.id == Page.magnet_id).where(Magnet.slug != magnet_slug)
    owned = select(Page.id).where(Page.slug == slug, Page.id.in_(others))
    had = select(PageSlug.id).where(PageSlug.slug == slug, PageSlug.page_id.in_(others))
    return session().scalar(owned.union_all(had).limit(1)) is not None


def publish(magnet_id: int, slug: str, definition: Definition, *, at: datetime) -> LivePage:
    """Make the definition what visitors see: a new version where anything changed, under this slug.

    A former slug keeps redirecting. Raises PublishingStopped where another page has the slug.
    """
    page = session().scalars(select(Page).where(Page.magnet_id == magnet_id).order_by(Page.id).limit(1)).one_or_none()
    if page is None:
        page = _new(magnet_id, slug, at)
    if page.slug != slug:
        _rename(page, slug)
    version = _version(page, definition, at)
    if (page.live_version, page.status) != (version.number, PageStatus.LIVE):
        page.live_version, page.status, page.changed_at = version.number, PageStatus.LIVE, at
    session().flush()
    return _page(session().execute(_live().where(Page.id == page.id)).one())


def set_status(magnet_id: int, status: PageStatus, *, at: datetime) -> str:
    """Open or close the page of the magnet; gives its slug. Raises NotFound where it has none."""
    page = session().scalars(select(Page).where(Page.magnet_id == magnet_id).order_by(Page.id).limit(1)).one_or_none()
    if page is None:
        raise NotFound("page")
    if page.status is not status:
        page.status, page.changed_at = status, at
    return page.slug


def _new(magnet_id: int, slug: str, at: datetime) -> Page:
    page = Page(magnet_id=magnet_id, slug=slug, live_version=0, created_at=at, changed_at=at)
    if _was_had(slug, by_another_than=None) or not insert_once(page):
        raise PublishingStopped([f"the slug {slug} belongs to another page"])
    return page


def _rename(page: Page, slug: str) -> None:
    if _was_had(slug, by_another_than=page.id) or session().scalar(select(Page.id).where(Page.slug == slug)):
        raise PublishingStopped([f"the slug {slug} belongs to another page"])
    session().execute(delete(PageSlug).where(PageSlug.slug == slug))
    session().add(PageSlug(slug=page.slug, page_id=page.id))
    page.slug = slug


def _was_had(slug: str, *, by_another_than: int | None) -> bool:
    owner = session().scalar(select(PageSlug.page_id).where(PageSlug.slug == slug))
    return owner is not None and owner != by_another_than


def _version(page: Page, definition: Definition, at: datetime) -> PageVersion:
    newest = select(PageVersion).where(PageVersion.page_id == page.id).order_by(PageVersion.number.desc()).limit(1)
    last = session().scalars(newest).one_or_none()
    digest = definition.digest()
    if last is not None and last.digest == digest:
        return last
    version = PageVersion(
        page_id=page.id,
        number=last.number + 1 if last else 1,
        digest=digest,
        definition=definition.to_json(),
        created_at=at,
    )
    session().add(version)
    return version


def _live() -> Select[Page, PageVersion, Magnet]:
    return (
        select(Page, PageVersion, Magnet)
        .join(PageVersion, (PageVersion.page_id == Page.id) & (PageVersion.number == Page.live_version))
        .join(Magnet, Magnet.id == Page.magnet_id)
    )


def _page(row: Row[Page, PageVersion, Magnet]) -> LivePage:
    page, version, magnet = row
    return LivePage(
        page_id=page.id,
        public_id=page.public_id,
        version_id=version.id,
        version=version.number,
        digest=version.digest,
        slug=page.slug,
        status=page.status,
        magnet_id=magnet.id,
        magnet_slug=magnet.slug,
        kind=magnet.kind,
        created_at=page.created_at,
        changed_at=page.changed_at,
        definition=_parsed(version.digest, version.definition),
    )


_MOST_PARSED = 500
_by_digest: dict[str, Definition] = {}


def _parsed(digest: str, stored: JsonObject) -> Definition:
    """Parsed once for each content in the life of the process: the digest names it."""
    if digest not in _by_digest:
        if len(_by_digest) >= _MOST_PARSED:
            _by_digest.clear()
        _by_digest[digest] = Definition.from_json(stored)
    return _by_digest[digest]
