"""What each page brings: visitors, fills, downloads, MQLs. A fixed number of queries, however many pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, select

from capture.catalogue.models import Edition, Magnet
from capture.db import session
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.handoff.models import Mql
from capture.leads import ours
from capture.leads.models import QuarantinedFill, Submission
from capture.pages.models import Page
from capture.pages.opening import Standing
from capture.pages.pages import standing_of
from capture.reports.models import IncidentKind, PageIncident

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class PageNumbers:
    """A page and what it brought since it was published. Machines are left out, and our own people."""

    slug: str
    title: str
    kind: str
    standing: Standing
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


def overview(*, at: datetime) -> list[PageNumbers]:
    """Every page, the newest first."""
    newest = select(func.max(Edition.number)).where(Edition.magnet_id == Magnet.id).correlate(Magnet).scalar_subquery()
    rows = session().execute(
        select(Page, Magnet, Edition.title)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .join(Edition, (Edition.magnet_id == Magnet.id) & (Edition.number == newest))
        .order_by(Page.created_at.desc(), Page.id.desc())
    )
    visitors, fills, last, downloads, mqls, waiting = (
        _visitors(),
        _fills(),
        _last_fills(),
        _downloads(),
        _mqls(),
        _waiting(),
    )
    silences = _silences()
    return [
        PageNumbers(
            slug=page.slug,
            title=title,
            kind=magnet.kind.value,
            standing=standing_of(page, at),
            visitors=visitors.get(page.id, 0),
            fills=fills.get(page.id, 0),
            downloads=downloads.get(magnet.id, 0),
            mqls=mqls.get(page.id, 0),
            waiting=waiting.get(page.id, 0),
            last_fill=last.get(page.id),
            silences=silences.get(page.id, frozenset()),
        )
        for page, magnet, title in rows
    ]


def _by_key(query: Select[int, Value]) -> Mapping[int, Value]:
    return {key: value for key, value in session().execute(query) if key is not None}


def _events(key: ColumnElement[Any], kind: EventKind, count: ColumnElement[int]) -> Mapping[int, int]:
    seen = (
        EngagementEvent.kind == kind,
        EngagementEvent.verdict != Verdict.MACHINE,
        by_prospects(),
    )
    return _by_key(select(key, count).where(*seen).group_by(key))


def by_prospects() -> ColumnElement[bool]:
    """An event was by nobody of our own people, as a lead or in a browser that is known as theirs."""
    lead = EngagementEvent.lead_id
    return (lead.is_(None) | lead.not_in(ours.leads())) & ours.is_counted(EngagementEvent.visitor_id)


def _visitors() -> Mapping[int, int]:
    people = func.count(EngagementEvent.visitor_id.distinct())
    return _events(EngagementEvent.page_id.expression, EventKind.PAGE_VIEWED, people)


def _downloads() -> Mapping[int, int]:
    return _events(EngagementEvent.magnet_id.expression, EventKind.MAGNET_DOWNLOADED, func.count())


def _fills() -> Mapping[int, int]:
    theirs = Submission.lead_id.not_in(ours.leads())
    return _by_key(select(Submission.page_id, func.count()).where(theirs).group_by(Submission.page_id))


def _last_fills() -> Mapping[int, datetime]:
    return _by_key(select(Submission.page_id, func.max(Submission.at)).group_by(Submission.page_id))


def _mqls() -> Mapping[int, int]:
    """MQLs whose lead filled the form of the page: one lead counts on each page that he filled."""
    brought = select(Submission.page_id, func.count(Mql.id.distinct())).join(Mql, Mql.lead_id == Submission.lead_id)
    return _by_key(brought.where(Mql.lead_id.not_in(ours.leads())).group_by(Submission.page_id))


def _silences() -> Mapping[int, frozenset[IncidentKind]]:
    told: dict[int, frozenset[IncidentKind]] = {}
    going_on = select(PageIncident.page_id, PageIncident.kind).where(PageIncident.open_key.is_not(None))
    for page_id, kind in session().execute(going_on):
        told[page_id] = told.get(page_id, frozenset()) | {kind}
    return told


def _waiting() -> Mapping[int, int]:
    query = select(QuarantinedFill.page_id, func.count()).where(QuarantinedFill.released_at.is_(None))
    return _by_key(query.group_by(QuarantinedFill.page_id))
