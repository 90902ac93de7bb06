"""What each kept link brought: visits, fills, downloads, MQLs. A fixed number of queries, however many links."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from capture.attribution import kept_links
from capture.attribution.kept_links import Words
from capture.attribution.models import KeptLink, Touch
from capture.db import session
from capture.handoff.models import Mql
from capture.leads import ours
from capture.leads.models import Lead, Submission
from capture.pages.models import Page
from capture.reports import daily

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


def listing(*, slug: str = "", are_archived: bool = False, number: int = 1) -> LinkList:
    """Kept links, of one page or of all, the newest first."""
    is_archived = KeptLink.archived_at.is_not(None) if are_archived else KeptLink.archived_at.is_(None)
    found = select(KeptLink, Page.slug).join(Page, Page.id == KeptLink.page_id).where(is_archived)
    if slug:
        found = found.where(Page.slug == slug)
    found = found.order_by(KeptLink.made_at.desc(), KeptLink.id.desc())
    rows = session().execute(found.offset((number - 1) * PAGE_SIZE).limit(PAGE_SIZE + 1)).all()
    ids = [link.id for link, _ in rows[:PAGE_SIZE]]
    visits, fills, downloads, mqls = (_by_link(query) for query in _counted(ids))
    shown = [
        LinkNumbers(
            link,
            page,
            kept_links.words_of(link),
            visits=visits.get(link.id, 0),
            fills=fills.get(link.id, 0),
            downloads=downloads.get(link.id, 0),
            mqls=mqls.get(link.id, 0),
        )
        for link, page in rows[:PAGE_SIZE]
    ]
    return LinkList(shown, number, len(rows) > PAGE_SIZE)


def _counted(ids: Sequence[int]) -> Sequence[Select[Any]]:
    """By link, as days count the same: see `daily.count`."""
    by: Any
    by, mine = Touch.link_id, Touch.link_id.in_(ids)
    visits = select(by, func.count()).where(mine, ours.is_counted(Touch.visitor_id))
    fills = select(by, func.count()).join(Submission, Submission.touch_id == Touch.id)
    fills = fills.where(mine, Submission.lead_id.not_in(ours.leads()))
    downloads = daily.downloads(by, func.count()).where(mine)
    mqls = select(by, func.count()).join(Lead, Lead.first_touch_id == Touch.id).join(Mql, Mql.lead_id == Lead.id)
    mqls = mqls.where(mine, ours.is_prospect())
    return [query.group_by(by) for query in (visits, fills, downloads, mqls)]


def _by_link(query: Select[Any]) -> Mapping[int, int]:
    return {key: int(number) for key, number in session().execute(query)}
