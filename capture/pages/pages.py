"""Landing pages: found by their slug, published as immutable versions."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import ColumnElement, Row, Select, bindparam, delete, or_, select

from capture.catalogue.models import Magnet, MagnetKind
from capture.db import JsonObject, insert_once, session
from capture.errors import NotFound, PageClosed, PageNotOpenYet, ParameterRefused, PublishingStopped
from capture.languages import kept, say
from capture.pages import experiments
from capture.pages.definition import Definition
from capture.pages.models import Experiment, Page, PageSlug, PageStatus, PageVersion
from capture.pages.opening import ALWAYS, Standing, Window
from capture.pages.variants import Running, Shown

MOST_STEPS = 5  # from one closed page to the next
SLUG_TAKEN = kept("the slug %(slug)s belongs to another page")

_LIVE: Select[Page, PageVersion, Magnet, Experiment | None] = (
    select(Page, PageVersion, Magnet, Experiment)
    .join(PageVersion, (PageVersion.page_id == Page.id) & (PageVersion.number == Page.live_version))
    .join(Magnet, Magnet.id == Page.magnet_id)
    .outerjoin(Experiment, Experiment.running_on == Page.id)
)
_BY_SLUG = _LIVE.where(Page.slug == bindparam("slug"))
_NOW_AT = (
    select(PageSlug.slug, Page.slug)
    .join(Page, Page.id == PageSlug.page_id)
    .where(PageSlug.slug.in_(bindparam("had", expanding=True)))
)


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
    window: Window = ALWAYS
    farewell: str = ""
    leads_to: str = ""  # public id of the page to which it leads when it is closed
    owner: str = ""  # public id of staff
    translation_of: str = ""  # slug of the magnet that it says in another language
    experiment: Running | None = None
    variant: Shown | None = None  # as which it stands here; its definition is that of the variant

    def standing(self, at: datetime) -> Standing:
        """What a visitor meets: a page taken off has ended, whatever its times say."""
        return Standing.ENDED if self.status is PageStatus.CLOSED else self.window.standing(at)

    def is_open(self, at: datetime) -> bool:
        """Whether it takes fills."""
        return self.standing(at) is Standing.OPEN

    def shown_as(self, letter: str) -> "LivePage":
        """The page as this variant of its running experiment shows it; the page itself where there is none such."""
        variant = self.experiment.named(letter) if self.experiment else None
        return self.with_variant(variant) if variant else self

    def with_variant(self, variant: Shown) -> "LivePage":
        """The page as it stands in this variant."""
        return replace(self, variant=variant, definition=variant.overrides.applied(self.definition))


def by_slug(slug: str) -> LivePage | None:
    """The page that owns the slug or had it once, live or closed."""
    found = session().execute(_BY_SLUG, {"slug": slug}).one_or_none()
    if found is None:
        owner = select(PageSlug.page_id).where(PageSlug.slug == slug).scalar_subquery()
        found = session().execute(_LIVE.where(Page.id == owner)).one_or_none()
    return _page(found) if found else None


def open_by_slug(slug: str, *, at: datetime) -> LivePage:
    """The page that owns the slug or had it once, if it takes fills. Raises NotFound, PageNotOpenYet, PageClosed."""
    page = by_slug(slug)
    if page is None:
        raise NotFound("page")
    standing = page.standing(at)
    if standing is Standing.NOT_YET and page.window.opens_at is not None:
        raise PageNotOpenYet(page.slug, page.window.opens_at, language=page.definition.language)
    if standing is Standing.ENDED:
        target, language = _way_on(page, at), page.definition.language
        if target is None:
            raise PageClosed(page.slug, page.farewell, language=language)
        headline = target.definition.copy.headline
        raise PageClosed(page.slug, page.farewell, target.slug, headline, language=language)
    return page


def _way_on(page: LivePage, at: datetime) -> LivePage | None:
    """The open page to which a closed one leads, perhaps over others that have closed since."""
    here = page
    for _step in range(MOST_STEPS):
        found = session().execute(_LIVE.where(Page.public_id == here.leads_to)).one_or_none()
        if found is None:
            return None
        here = _page(found)
        if here.is_open(at):
            return here
    return None


def by_id(page_id: int) -> LivePage | None:
    """The page of that key."""
    found = session().execute(_LIVE.where(Page.id == page_id)).one_or_none()
    return _page(found) if found else None


def of_magnet(magnet_id: int) -> LivePage | None:
    """The page that gives the magnet."""
    found = session().execute(_LIVE.where(Page.magnet_id == magnet_id).order_by(Page.id).limit(1)).one_or_none()
    return _page(found) if found else None


def held_of_magnet(magnet_id: int) -> LivePage:
    """The page that gives the magnet, held until the transaction ends. Raises NotFound where it has none."""
    page = _one_of(magnet_id)
    session().refresh(page, with_for_update=True)
    found = of_magnet(magnet_id)
    if found is None:
        raise NotFound("page")
    return found


def all_live(*, at: datetime, and_coming: bool = False) -> list[LivePage]:
    """Every page that takes fills, the newest first; with those that will, if asked for."""
    listed = _LIVE.where(*_not_over(at))
    if not and_coming:
        listed = listed.where(or_(Page.opens_at.is_(None), Page.opens_at <= at))
    return [_page(row) for row in session().execute(listed.order_by(Page.created_at.desc(), Page.id.desc()))]


@dataclass(frozen=True, slots=True)
class Spoken:
    """An open page as a version, in one language, of what others say in theirs."""

    slug: str
    language: str
    is_original: bool


def in_all_languages(page: LivePage, *, at: datetime) -> Sequence[Spoken]:
    """The open versions of what a page says, itself among them, the original first; none where it stands alone."""
    original = page.translation_of or page.magnet_slug
    query = (
        select(Page.slug, Page.language, Magnet.slug)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .where((Magnet.slug == original) | (Page.translation_of == original), *_not_over(at))
        .where(or_(Page.opens_at.is_(None), Page.opens_at <= at))
        .order_by(Page.translation_of != "", Page.language, Page.id)
    )
    found = [Spoken(slug, language, magnet == original) for slug, language, magnet in session().execute(query)]
    return found if len(found) > 1 else []


def all_in_languages(live: Sequence[LivePage]) -> Mapping[str, Sequence[Spoken]]:
    """By slug of each of these open pages: its versions among them, as `in_all_languages` gives them. No query."""
    groups: dict[str, list[LivePage]] = {}
    for page in live:
        groups.setdefault(page.translation_of or page.magnet_slug, []).append(page)
    found: dict[str, Sequence[Spoken]] = {}
    for original, group in groups.items():
        group.sort(key=lambda one: (one.translation_of != "", one.definition.language, one.page_id))
        told = [Spoken(one.slug, one.definition.language, one.magnet_slug == original) for one in group]
        found |= dict.fromkeys((one.slug for one in group), told if len(told) > 1 else [])
    return found


def in_language(original: str, language: str, *, but: str) -> str | None:
    """The slug of the page that says in this language what a magnet says, if it belongs to another one than `but`."""
    query = (
        select(Page.slug)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .where((Magnet.slug == original) | (Page.translation_of == original))
        .where(Page.language == language, Magnet.slug != but)
    )
    return session().scalar(query.limit(1))


def moved(slugs: Iterable[str]) -> dict[str, str]:
    """By each of these slugs that a page had once: the one that it has now. One query; none for none."""
    had = [*slugs]
    return dict(session().execute(_NOW_AT, {"had": had}).all()) if had else {}


def addresses_of(magnet_slugs: Iterable[str]) -> dict[str, str]:
    """The address (its slug) of the page of each of these magnets that has one, by the magnet's slug."""
    query = select(Magnet.slug, Page.slug).join(Page, Page.magnet_id == Magnet.id)
    return dict(session().execute(query.where(Magnet.slug.in_([*magnet_slugs]))).all())


def slugs(*, at: datetime | None = None) -> Sequence[tuple[str, str]]:
    """Public id and slug of every page, the newest first, without reading what they say; by a time, of those not over.

    Lists of a studio with thousands of pages choose from these.
    """
    listed = select(Page.public_id, Page.slug).order_by(Page.created_at.desc(), Page.id.desc())
    if at is not None:
        listed = listed.where(*_not_over(at))
    return [(public_id, slug) for public_id, slug in session().execute(listed)]


def every() -> list[LivePage]:
    """Every page, open or not, the newest first."""
    listed = _LIVE.order_by(Page.created_at.desc(), Page.id.desc())
    return [_page(row) for row in session().execute(listed)]


@dataclass(frozen=True, slots=True)
class Stand:
    """Where a page stands, without what it says: its slug, its magnet's, and the content that its digest names."""

    slug: str
    magnet_slug: str
    digest: str
    version_id: int


def stands() -> list[Stand]:
    """Every page, open or not, the newest first."""
    listed = select(Page.slug, Magnet.slug, PageVersion.digest, PageVersion.id).join(
        Magnet, Magnet.id == Page.magnet_id
    )
    listed = listed.join(PageVersion, (PageVersion.page_id == Page.id) & (PageVersion.number == Page.live_version))
    rows = session().execute(listed.order_by(Page.created_at.desc(), Page.id.desc()))
    return [Stand(*row) for row in rows]


def _not_over(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return Page.status == PageStatus.LIVE, or_(Page.closes_at.is_(None), Page.closes_at > at)


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


def publish(
    magnet_id: int,
    slug: str,
    definition: Definition,
    *,
    translation_of: str = "",
    window: Window | None = None,
    owner: str = "",
    at: datetime,
) -> LivePage:
    """Make the definition what visitors see: a new version where anything changed, under this slug.

    `window`: when it is open. None keeps the times that it has; a page that was over is open from now on.
    A former slug keeps redirecting. Raises PublishingStopped where another page has the slug.
    """
    page = _first_of(magnet_id)
    if page is None:
        page = _new(magnet_id, slug, at)
        page.owner = owner
    if window is None and standing_of(page, at) is Standing.ENDED:
        window = ALWAYS
    if window is not None:
        _open(page, window, at)
    if page.slug != slug:
        _rename(page, slug)
    page.language, page.translation_of = definition.language, translation_of
    version = _version(page, definition, at)
    if page.live_version != version.number:
        page.live_version, page.changed_at = version.number, at
    session().flush()
    return _page(session().execute(_LIVE.where(Page.id == page.id)).one())


def open_from(magnet_id: int, window: Window, *, at: datetime) -> str:
    """The magnet's page takes fills within the window; gives its slug. Raises NotFound where it has none."""
    page = _one_of(magnet_id)
    _open(page, window, at)
    return page.slug


def close(magnet_id: int, *, at: datetime) -> str:
    """Take the magnet's page off; gives its slug. Raises NotFound where it has none."""
    page = _one_of(magnet_id)
    if page.status is not PageStatus.CLOSED:
        page.status, page.opening_to_tell, page.changed_at = PageStatus.CLOSED, None, at
    return page.slug


def say_when_closed(magnet_id: int, farewell: str | None, to: str | None) -> str:
    """What visitors read while it is closed, and the slug of the page to which it leads; None keeps what it was.

    Raises NotFound, and ParameterRefused where there is no such page to lead to.
    """
    page, target = _one_of(magnet_id), by_slug(to) if to else None
    if to and (target is None or target.page_id == page.id):
        raise ParameterRefused("to", say("Choose another page than /%(to)s: it is this one, or there is none.", to=to))
    page.farewell = page.farewell if farewell is None else farewell
    page.leads_to = page.leads_to if to is None else target.public_id if target else ""
    return page.slug


def rename(magnet_id: int, slug: str, *, at: datetime) -> str:
    """Another slug; the former ones lead to it. Gives the former. Raises NotFound, PublishingStopped where taken."""
    page = _one_of(magnet_id)
    former = page.slug
    if former != slug:
        _rename(page, slug)
        page.changed_at = at
        session().flush()
    return former


def give_to(magnet_id: int, owner: str) -> str:
    """Somebody of staff looks after the page; gives its slug. Raises NotFound."""
    page = _one_of(magnet_id)
    page.owner = owner
    return page.slug


def openings_to_tell(*, at: datetime) -> Sequence[Page]:
    """The pages that have opened at their time and whose owner was not told."""
    return session().scalars(select(Page).where(Page.opening_to_tell <= at)).all()


def _first_of(magnet_id: int) -> Page | None:
    return session().scalars(select(Page).where(Page.magnet_id == magnet_id).order_by(Page.id).limit(1)).one_or_none()


def _one_of(magnet_id: int) -> Page:
    page = _first_of(magnet_id)
    if page is None:
        raise NotFound("page")
    return page


def is_open_at(page: Page, at: datetime) -> bool:
    """Whether it takes fills."""
    return standing_of(page, at) is Standing.OPEN


def standing_of(page: Page, at: datetime) -> Standing:
    """What a visitor meets."""
    if page.status is PageStatus.CLOSED:
        return Standing.ENDED
    return Window(page.opens_at, page.closes_at).standing(at)


def _open(page: Page, window: Window, at: datetime) -> None:
    is_coming = window.standing(at) is Standing.NOT_YET
    page.status, page.opens_at, page.closes_at = PageStatus.LIVE, window.opens_at, window.closes_at
    page.opening_to_tell, page.changed_at = window.opens_at if is_coming else None, at


def _new(magnet_id: int, slug: str, at: datetime) -> Page:
    page = Page(magnet_id=magnet_id, slug=slug, live_version=0, created_at=at, changed_at=at)
    if _was_had(slug, by_another_than=None) or not insert_once(page):
        raise PublishingStopped([SLUG_TAKEN % {"slug": slug}])
    return page


def _rename(page: Page, slug: str) -> None:
    if _was_had(slug, by_another_than=page.id) or session().scalar(select(Page.id).where(Page.slug == slug)):
        raise PublishingStopped([SLUG_TAKEN % {"slug": slug}])
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


def _page(row: Row[Page, PageVersion, Magnet, Experiment | None]) -> LivePage:
    page, version, magnet, experiment = row
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
        window=Window(page.opens_at, page.closes_at),
        farewell=page.farewell,
        leads_to=page.leads_to,
        owner=page.owner,
        translation_of=page.translation_of,
        experiment=experiments.running(experiment) if experiment else None,
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
