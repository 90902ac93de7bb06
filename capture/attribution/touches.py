"""Touches: every arrival with its attribution, kept for good."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, select, update

from capture.attribution import devices, kept_links, origin
from capture.attribution.arrival import Arrival
from capture.attribution.models import Touch
from capture.db import session

# A form is posted to the address of its page: the same query within this time is the same arrival, not a second one.
SAME_ARRIVAL = timedelta(hours=12)
MET = "event"  # source and medium of those who were met in person

_OF_VISITOR = select(Touch).where(Touch.visitor_id == bindparam("visitor_id")).limit(1)
_OLDEST = _OF_VISITOR.order_by(Touch.at, Touch.id)
_NEWEST = _OF_VISITOR.order_by(Touch.at.desc(), Touch.id.desc())
_NEWEST_KNOWN = _NEWEST.where(Touch.channel != "Direct")


def record(arrival: Arrival, *, visitor_id: int | None, page_id: int | None, at: datetime) -> Touch | None:
    """Keep this arrival; None where it came from a page of ours and says nothing new."""
    found = origin.read(arrival.query, arrival.referrer, own_host=arrival.own_host)
    if found.is_internal:
        return None
    touch = Touch(
        visitor_id=visitor_id,
        at=at,
        page_id=page_id,
        link_id=kept_links.of_arrival(found, page_id=page_id),
        landing_path=origin.clean(arrival.path, origin.LONGEST_TEXT),
        raw_query=found.raw_query,
        referrer=found.referrer,
        source=found.source,
        medium=found.medium,
        campaign=found.campaign,
        named_by=found.named_by,
        term=found.term,
        content=found.content,
        channel=found.channel,
        click_ids=dict(found.click_ids),
        unfilled=found.unfilled,
        device=devices.device(arrival.user_agent),
    )
    session().add(touch)
    session().flush()
    return touch


def of_fill(arrival: Arrival, *, visitor_id: int | None, page_id: int, at: datetime) -> Touch | None:
    """The touch that a fill belongs to: the visitor's last one, unless the form's address tells of a new arrival."""
    last = latest(visitor_id) if visitor_id is not None else None
    found = origin.read(arrival.query, arrival.referrer, own_host=arrival.own_host)
    told_before = last is not None and (last.raw_query == found.raw_query and at - last.at < SAME_ARRIVAL)
    if last is not None and (told_before or found.is_direct or found.is_internal):
        return last
    return record(arrival, visitor_id=visitor_id, page_id=page_id, at=at) or last


def of_unseen(arrival: Arrival, *, visitor_id: int | None, page_id: int | None, at: datetime) -> Touch | None:
    """The same of a browser whose arrival was not kept: it came by what its fill tells of, or directly.

    It is a visit of the page; none without one.
    """
    last = latest(visitor_id) if visitor_id is not None else None
    if last is not None and at - last.at < SAME_ARRIVAL:
        return last
    return record(replace(arrival, referrer=""), visitor_id=visitor_id, page_id=page_id, at=at)


def count_visit(touch_id: int, *, page_id: int) -> None:
    """An arrival that was none of a page is one of this page after all."""
    session().execute(update(Touch).where(Touch.id == touch_id, Touch.page_id.is_(None)).values(page_id=page_id))


def of_meeting(campaign: str, *, at: datetime) -> Touch:
    """People were met away from any page: an arrival by this campaign, which may be empty. It is no visit."""
    met = {"source": MET, "medium": MET, "channel": origin.channel(MET, MET, kind="", click_ids={})}
    bare = {"landing_path": "", "raw_query": "", "referrer": "", "term": "", "content": "", "click_ids": {}}
    touch = Touch(visitor_id=None, page_id=None, at=at, campaign=origin.clean(campaign), device="", **met, **bare)
    session().add(touch)
    session().flush()
    return touch


def by_ids(touch_ids: Collection[int]) -> Mapping[int, Touch]:
    """These touches by their keys."""
    return {touch.id: touch for touch in session().scalars(select(Touch).where(Touch.id.in_(touch_ids)))}


def remove(touch_id: int) -> None:
    """What was said of an arrival is taken back."""
    session().execute(delete(Touch).where(Touch.id == touch_id))


def of_start(arrival: Arrival, *, visitor_id: int | None) -> Touch | origin.Origin:
    """By which way somebody came who begins a form: what `of_fill` would say of a fill. Nothing is kept."""
    found = origin.read(arrival.query, arrival.referrer, own_host=arrival.own_host)
    if not (found.is_direct or found.is_internal) or visitor_id is None:
        return found
    return latest(visitor_id) or found


def latest(visitor_id: int) -> Touch | None:
    """The visitor's newest touch."""
    return session().scalar(_NEWEST, {"visitor_id": visitor_id})


def first(visitor_id: int) -> Touch | None:
    """The visitor's oldest touch."""
    return session().scalar(_OLDEST, {"visitor_id": visitor_id})


def latest_known(visitor_id: int) -> Touch | None:
    """The visitor's newest touch of a known source: direct never overwrites one."""
    return session().scalar(_NEWEST_KNOWN, {"visitor_id": visitor_id})


def forget(touch_ids: Collection[int]) -> None:
    """Erase what may tell of a person. The page and by which channel, source and campaign it was found are counted."""
    bare = {"raw_query": "", "referrer": "", "term": "", "content": "", "click_ids": {}, "unfilled": ""}
    session().execute(update(Touch).where(Touch.id.in_(touch_ids)).values(bare))
