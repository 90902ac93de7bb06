"""What each page brings: visitors, fills, downloads, MQLs. A fixed number of queries, however many pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from sqlalchemy import ColumnElement, Select, func, select

from capture.catalogue.models import Edition, Magnet
from capture.db import session
from capture.engagement.models import DOWNLOADS, EngagementEvent, EventKind, Verdict
from capture.handoff.models import Mql
from capture.leads import ours
from capture.leads.models import QuarantinedFill, Submission
from capture.pages.models import Experiment, Page
from capture.pages.opening import Standing
from capture.pages.pages import standing_of
from capture.reports.models import IncidentKind, PageIncident

Value = TypeVar("Value")

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """A page and what it brought since it was published. Machines are left out, and our own people."""

    slug: str
    magnet: str  # its slug
    title: str
    kind: str
    standing: Standing
    is_tried: bool  # an experiment runs on it
    visitors: int
    fills: int
    downloads: int
    mqls: int
    waiting: int  # fills in quarantine
    silences: frozenset[IncidentKind]  # what has stopped, see capture.reports.watching
    last_fill: datetime | None

    @property
    def fill_rate(self) -> float | None:
        """Fills for each visitor, 0 to 1 (a visitor may fill more than once); None before the first visitor."""
        return min(1.0, self.fills / self.visitors) if self.visitors else None


@dataclass(frozen=True, slots=True)
class PageList:
    """A part of the list; `number` counts from 1."""

    pages: Sequence[PageNumbers]
    number: int
    has_older: bool


def overview(*, text: str = "", number: int = 1, at: datetime) -> PageList:
    """The pages with this text in title or address, the newest first; what they brought is counted for those shown."""
    newest = select(func.max(Edition.number)).where(Edition.magnet_id == Magnet.id).correlate(Magnet).scalar_subquery()
    named = Edition.title.icontains(text, autoescape=True) | Page.slug.icontains(text, autoescape=True)
    found = (
        select(Page, Magnet, Edition.title, Experiment.id)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .join(Edition, (Edition.magnet_id == Magnet.id) & (Edition.number == newest))
        .outerjoin(Experiment, Experiment.running_on == Page.id)
        .where(*([named] if text else []))
        .order_by(Page.created_at.desc(), Page.id.desc())
        .offset((number - 1) * PAGE_SIZE)
        .limit(PAGE_SIZE + 1)
    )
    rows = session().execute(found).all()
    counted = _count([page.id for page, *_ in rows[:PAGE_SIZE]], [magnet.id for _, magnet, *_ in rows[:PAGE_SIZE]])
    shown = [
        PageNumbers(
            slug=page.slug,
            magnet=magnet.slug,
            title=title,
            kind=magnet.kind.value,
            standing=standing_of(page, at),
            is_tried=running is not None,
            visitors=counted.visitors.get(page.id, 0),
            fills=counted.fills.get(page.id, 0),
            downloads=counted.downloads.get(magnet.id, 0),
            mqls=counted.mqls.get(page.id, 0),
            waiting=counted.waiting.get(page.id, 0),
            last_fill=counted.last_fills.get(page.id),
            silences=counted.silences.get(page.id, frozenset()),
        )
        for page, magnet, title, running in rows[:PAGE_SIZE]
    ]
    return PageList(shown, number, len(rows) > PAGE_SIZE)


@dataclass(frozen=True, slots=True)
class _Counted:
    """By page; downloads by magnet."""

    visitors: Mapping[int, int]
    fills: Mapping[int, int]
    last_fills: Mapping[int, datetime]
    downloads: Mapping[int, int]
    mqls: Mapping[int, int]
    waiting: Mapping[int, int]
    silences: Mapping[int, frozenset[IncidentKind]]


def _count(page_ids: Sequence[int], magnet_ids: Sequence[int]) -> _Counted:
    return _Counted(
        visitors=_visitors(page_ids),
        fills=_fills(page_ids),
        last_fills=_last_fills(page_ids),
        downloads=_downloads(magnet_ids),
        mqls=_mqls(page_ids),
        waiting=_waiting(page_ids),
        silences=_silences(),
    )


def _by_key(query: Select[int | None, Value] | Select[int, Value]) -> Mapping[int, Value]:
    return {key: value for key, value in session().execute(query) if key is not None}


def by_prospects() -> ColumnElement[bool]:
    """An event was by nobody of our own people, as a lead or in a browser that is known as theirs."""
    lead = EngagementEvent.lead_id
    return (lead.is_(None) | lead.not_in(ours.leads())) & ours.is_counted(EngagementEvent.visitor_id)


def _seen() -> tuple[ColumnElement[bool], ...]:
    return EngagementEvent.verdict != Verdict.MACHINE, by_prospects()


def _visitors(page_ids: Sequence[int]) -> Mapping[int, int]:
    people = select(EngagementEvent.page_id, func.count(EngagementEvent.visitor_id.distinct()))
    seen = people.where(EngagementEvent.kind == EventKind.PAGE_VIEWED, EngagementEvent.page_id.in_(page_ids), *_seen())
    return _by_key(seen.group_by(EngagementEvent.page_id))


def _downloads(magnet_ids: Sequence[int]) -> Mapping[int, int]:
    copies = select(EngagementEvent.magnet_id, func.count())
    seen = copies.where(DOWNLOADS, EngagementEvent.magnet_id.in_(magnet_ids), *_seen())
    return _by_key(seen.group_by(EngagementEvent.magnet_id))


def _fills(page_ids: Sequence[int]) -> Mapping[int, int]:
    theirs = Submission.page_id.in_(page_ids), Submission.lead_id.not_in(ours.leads())
    return _by_key(select(Submission.page_id, func.count()).where(*theirs).group_by(Submission.page_id))


def _last_fills(page_ids: Sequence[int]) -> Mapping[int, datetime]:
    filled = select(Submission.page_id, func.max(Submission.at)).where(Submission.page_id.in_(page_ids))
    return _by_key(filled.group_by(Submission.page_id))


def _mqls(page_ids: Sequence[int]) -> Mapping[int, int]:
    """MQLs whose lead filled the form of the page: one lead counts on each page that he filled."""
    brought = select(Submission.page_id, func.count(Mql.id.distinct())).join(Mql, Mql.lead_id == Submission.lead_id)
    theirs = Submission.page_id.in_(page_ids), Mql.lead_id.not_in(ours.leads())
    return _by_key(brought.where(*theirs).group_by(Submission.page_id))


def _silences() -> Mapping[int, frozenset[IncidentKind]]:
    told: dict[int, frozenset[IncidentKind]] = {}
    going_on = select(PageIncident.page_id, PageIncident.kind).where(PageIncident.open_key.is_not(None))
    for page_id, kind in session().execute(going_on):
        told[page_id] = told.get(page_id, frozenset()) | {kind}
    return told


def _waiting(page_ids: Sequence[int]) -> Mapping[int, int]:
    held = select(QuarantinedFill.page_id, func.count())
    held = held.where(QuarantinedFill.released_at.is_(None), QuarantinedFill.page_id.in_(page_ids))
    return _by_key(held.group_by(QuarantinedFill.page_id))
