"""What leads did, with the page and the magnet it was about: one query, whatever the number of leads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, String, Text, func, literal, select, type_coerce

from capture.attribution.campaigns import COUNTED_AS
from capture.attribution.models import Touch
from capture.catalogue.models import Edition, Magnet
from capture.db import JsonObject, session
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.leads import leads
from capture.leads.models import Lead, Submission
from capture.pages.models import Page


@dataclass(frozen=True, slots=True)
class Act:
    """An event as a person would tell it. `title` is the newest title of the magnet, its own or its page's."""

    event_id: int
    lead_id: int
    kind: EventKind
    at: datetime
    verdict: Verdict
    reason: str
    detail: JsonObject
    page: str
    magnet: str
    magnet_kind: str
    title: str
    campaign: str = ""


def human(lead_ids: Sequence[int], *, with_campaigns: bool = False) -> list[Act]:
    """Everything that counts, oldest first: machines and what is unproven left out.

    `with_campaigns` tells by which campaign they had come last; it costs a look at the touches for each event.
    """
    return _acts(
        _query(with_campaigns=with_campaigns).where(*_human(lead_ids)).order_by(EngagementEvent.at, EngagementEvent.id)
    )


def newest(lead_id: int, *, limit: int) -> list[Act]:
    """A person's latest events of any verdict, newest first."""
    query = _query().where(EngagementEvent.lead_id.in_(leads.of_person([lead_id])))
    return _acts(query.order_by(EngagementEvent.at.desc(), EngagementEvent.id.desc()).limit(limit))


def of_keys(event_ids: Sequence[int]) -> list[Act]:
    """These events, in no order."""
    return _acts(_query().where(EngagementEvent.id.in_(event_ids)))


def newest_human(whose: Mapping[int, int], *, each: int) -> list[Act]:
    """The latest `each` human events of every person, by `leads.members`, newest first."""
    order = (EngagementEvent.at.desc(), EngagementEvent.id.desc())
    rank = func.row_number().over(partition_by=leads.whose(), order_by=order)
    theirs = select(EngagementEvent.id, rank.label("rank")).join(Lead, Lead.id == EngagementEvent.lead_id)
    ranked = theirs.where(*_human(list(whose))).subquery()
    few = _query().join(ranked, ranked.c.id == EngagementEvent.id).where(ranked.c.rank <= each)
    return _acts(few.order_by(*order))


@cache
def last_campaign() -> ColumnElement[str]:
    """The campaign of the last arrival before an event, as days count it, in a query of events.

    It is the visitor's; where no browser is known, as on a page that keeps no cookie, that of the lead's last fill.
    """
    arrived = (
        select(COUNTED_AS)
        .where(Touch.visitor_id == EngagementEvent.visitor_id, Touch.at <= EngagementEvent.at)
        .order_by(Touch.at.desc(), Touch.id.desc())
    )
    filled = (
        select(COUNTED_AS)
        .select_from(Submission)
        .join(Touch, Touch.id == Submission.touch_id)
        .where(Submission.lead_id == EngagementEvent.lead_id, Submission.at <= EngagementEvent.at)
        .order_by(Submission.at.desc(), Submission.id.desc())
    )
    either = (one.limit(1).correlate(EngagementEvent).scalar_subquery() for one in (arrived, filled))
    return func.coalesce(*either, "", type_=Text)


@cache
def newest_title() -> ScalarSelect[str]:
    """The title of a magnet's newest edition, in a query of magnets."""
    return (
        select(Edition.title)
        .where(Edition.magnet_id == Magnet.id)
        .order_by(Edition.number.desc())
        .limit(1)
        .correlate(Magnet)
        .scalar_subquery()
    )


def _human(lead_ids: Sequence[int]) -> tuple[ColumnElement[bool], ...]:
    return EngagementEvent.lead_id.in_(lead_ids), EngagementEvent.verdict == Verdict.HUMAN


@cache
def _query(*, with_campaigns: bool = False) -> Select[*tuple[Any, ...]]:
    """The columns of an Act in its order."""
    return (
        select(
            EngagementEvent.id,
            EngagementEvent.lead_id,
            EngagementEvent.kind,
            EngagementEvent.at,
            EngagementEvent.verdict,
            EngagementEvent.reason,
            EngagementEvent.detail,
            func.coalesce(Page.slug, ""),
            func.coalesce(Magnet.slug, ""),
            func.coalesce(type_coerce(Magnet.kind, String()), ""),
            func.coalesce(newest_title(), ""),
            last_campaign() if with_campaigns else literal(""),
        )
        .outerjoin(Page, Page.id == EngagementEvent.page_id)
        .outerjoin(Magnet, Magnet.id == func.coalesce(EngagementEvent.magnet_id, Page.magnet_id))
    )


def _acts(query: Select[*tuple[Any, ...]]) -> list[Act]:
    return [Act(*row) for row in session().execute(query)]
