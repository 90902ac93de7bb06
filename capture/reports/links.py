"""What each kept link brought: visits, fills, downloads, MQLs. A fixed number of queries, however many links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from capture.attribution import kept_links
from capture.attribution.kept_links import Words
from capture.attribution.models import KeptLink
from capture.db import session
from capture.pages.models import Page
from capture.reports import daily
from capture.reports.models import DailyTotal

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class LinkNumbers:
    """A kept link and what it brought. Visits, fills and downloads go by their own touch, MQLs by the lead's first."""

    link: KeptLink
    slug: str
    words: Words
    visits: int
    fills: int
    downloads: int
    mqls: int


@dataclass(frozen=True, slots=True)
class LinkList:
    """A part of the list; `number` counts from 1."""

    links: Sequence[LinkNumbers]
    number: int
    has_older: bool


def listing(zone: ZoneInfo, *, slug: str = "", are_archived: bool = False, number: int = 1) -> LinkList:
    """Kept links, of one page or of all, the newest first."""
    is_archived = KeptLink.archived_at.is_not(None) if are_archived else KeptLink.archived_at.is_(None)
    found = select(KeptLink, Page.slug).join(Page, Page.id == KeptLink.page_id).where(is_archived)
    if slug:
        found = found.where(Page.slug == slug)
    found = found.order_by(KeptLink.made_at.desc(), KeptLink.id.desc())
    rows = session().execute(found.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    ids = [link.id for link, _ in rows[:PAGE_SIZE]]
    brought = _brought(ids, zone)
    none = dict.fromkeys(daily.BY_LINK, 0)
    shown = [
        LinkNumbers(link, page, kept_links.words_of(link), **{**none, **brought.get(link.id, {})})
        for link, page in rows[:PAGE_SIZE]
    ]
    return LinkList(shown, number, len(rows) > PAGE_SIZE)


def _brought(ids: Sequence[int], zone: ZoneInfo) -> Mapping[int, Mapping[str, int]]:
    """By link: from the days that are kept, and from the facts of those that are not."""
    sums = (func.sum(getattr(DailyTotal, measure)) for measure in daily.BY_LINK)
    kept = select(DailyTotal.value, *sums).group_by(DailyTotal.value)
    kept = kept.where(DailyTotal.dimension == daily.LINK, DailyTotal.value.in_(map(str, ids)))
    later = daily.not_kept(zone)
    rows = session().execute(kept.where(DailyTotal.day < later.day))
    told = {
        int(key): {measure: int(n) for measure, n in zip(daily.BY_LINK, numbers, strict=True)} for key, *numbers in rows
    }
    for link_id, more in daily.count_links(later, ids).items():
        mine = told.setdefault(link_id, {})
        for measure, number in more.items():
            mine[measure] = mine.get(measure, 0) + number
    return told
