"""Engagement events: written once, claimed by the lead that the visitor becomes, judged again when more is known."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import ColumnElement, CursorResult, Update, delete, func, insert, select, update

from capture.db import JsonObject, insert_once, public_id, session
from capture.engagement import verdicts
from capture.engagement.models import EngagementEvent, EventKind, Verdict
from capture.errors import NotFound
from capture.languages import kept
from capture.leads import leads

IMPORTED = kept("stands in a list that was imported")
TAKEN_BACK = kept("the list was taken back")
NO_INTEREST = (EventKind.CONTACT_WITHDRAWN, EventKind.LINK_FORWARDED)  # the latter another person opens
JUDGED = frozenset(EventKind) - {*NO_INTEREST, EventKind.MET_IN_PERSON}  # of these a person may say who it was
BY_HAND = "by_hand"  # in the detail of an event: a person gave its verdict, with the reason


def record(
    kind: EventKind,
    *,
    at: datetime,
    verdict: Verdict,
    reason: str,
    lead_id: int | None = None,
    visitor_id: int | None = None,
    page_id: int | None = None,
    magnet_id: int | None = None,
    detail: JsonObject | None = None,
    dedupe_key: str | None = None,
) -> EngagementEvent | None:
    """Append what happened. None where `dedupe_key` is known already: then it has been counted."""
    event = EngagementEvent(
        kind=kind,
        at=at,
        lead_id=lead_id,
        visitor_id=visitor_id,
        page_id=page_id,
        magnet_id=magnet_id,
        detail=detail or {},
        verdict=verdict,
        reason=reason,
        dedupe_key=dedupe_key,
    )
    if dedupe_key is not None:
        return event if insert_once(event) else None
    session().add(event)
    session().flush()
    return event


def record_meetings(met: Mapping[int, JsonObject], *, list_id: int, at: datetime) -> None:
    """Append for each lead that it was met in person, as a list of people says: one statement."""
    rows = [
        {
            "public_id": public_id(),
            "kind": EventKind.MET_IN_PERSON,
            "at": at,
            "lead_id": lead_id,
            "detail": detail,
            "verdict": Verdict.HUMAN,
            "reason": IMPORTED,
            "dedupe_key": _meeting(list_id, lead_id),
        }
        for lead_id, detail in met.items()
    ]
    if rows:
        session().execute(insert(EngagementEvent), rows)


def acted(lead_ids: Sequence[int], *, besides_list: int) -> set[int]:
    """Those of these leads with an event that a list did not make."""
    own = [_meeting(besides_list, lead_id) for lead_id in lead_ids]
    query = select(EngagementEvent.lead_id).where(
        EngagementEvent.lead_id.in_(lead_ids),
        EngagementEvent.dedupe_key.is_(None) | EngagementEvent.dedupe_key.not_in(own),
    )
    return {lead_id for lead_id in session().scalars(query.distinct()) if lead_id is not None}


def take_meetings_back(kept: Sequence[int], gone: Sequence[int], *, list_id: int) -> None:
    """What a list said counts no more; of leads that are gone it is not even known."""
    unmade = update(EngagementEvent).values(verdict=Verdict.UNPROVEN, reason=TAKEN_BACK, dedupe_key=None)
    _execute(unmade.where(EngagementEvent.dedupe_key.in_([_meeting(list_id, lead_id) for lead_id in kept])))
    session().execute(
        delete(EngagementEvent).where(EngagementEvent.dedupe_key.in_([_meeting(list_id, lead_id) for lead_id in gone]))
    )


def _meeting(list_id: int, lead_id: int) -> str:
    return f"met_in_person:{list_id}:{lead_id}"


def claim(visitor_id: int, lead_id: int, *, at: datetime) -> int:
    """Give the visitor's events up to `at` to the lead that he has become; returns how many.

    What was unproven so far is human from now on, since its browser has filled in a form. A machine's stays a
    machine's, and what is another lead's already stays his.
    """
    mine = (
        EngagementEvent.visitor_id == visitor_id,
        EngagementEvent.at <= at,
        EngagementEvent.lead_id.is_(None) | EngagementEvent.lead_id.in_(leads.of_person([lead_id])),
    )
    revised = update(EngagementEvent).where(*mine, EngagementEvent.verdict == Verdict.UNPROVEN)
    _execute(revised.values(verdict=Verdict.HUMAN, reason=verdicts.FORM_FILLED_LATER))
    return _execute(update(EngagementEvent).where(*mine, EngagementEvent.lead_id.is_(None)).values(lead_id=lead_id))


def judge(lead_id: int, event_id: int, verdict: Verdict, *, reason: str) -> EngagementEvent | None:
    """Somebody of staff says who it was that did something; None where the verdict is the same.

    The lead must be held, and his scores settled after it. Raises NotFound for what is not his, or not a browser's.
    """
    mine = EngagementEvent.id == event_id, EngagementEvent.lead_id.in_(leads.of_person([lead_id]))
    event = session().scalar(select(EngagementEvent).where(*mine))
    if event is None or event.kind not in JUDGED:
        raise NotFound("event")
    if event.verdict is verdict:
        return None
    event.detail = {**event.detail, BY_HAND: True}
    revise([event.id], verdict, reason=reason)
    return event


def revise(event_ids: Iterable[int], verdict: Verdict, *, reason: str) -> set[int]:
    """Judge events again; returns the leads whose scores must be settled after it (`scores.after`)."""
    ids = list(event_ids)
    _execute(update(EngagementEvent).where(EngagementEvent.id.in_(ids)).values(verdict=verdict, reason=reason))
    concerned = select(EngagementEvent.lead_id).where(EngagementEvent.id.in_(ids)).distinct()
    return {lead_id for lead_id in session().scalars(concerned) if lead_id is not None}


def show_interest() -> tuple[ColumnElement[bool], ...]:
    """In a query of events: what a person did himself, and not to be left alone."""
    return EngagementEvent.verdict == Verdict.HUMAN, EngagementEvent.kind.not_in(NO_INTEREST)


def newest_key() -> int:
    """Where the events end now."""
    return session().scalar(select(func.max(EngagementEvent.id))) or 0


def are_unclear(lead_id: int, *, since: int) -> bool:
    """Whether a lead did something after an event of which no browser tells who it was."""
    new = EngagementEvent.id > since, EngagementEvent.lead_id == lead_id, EngagementEvent.visitor_id.is_(None)
    return session().scalar(select(EngagementEvent.id).where(*new).limit(1)) is not None


def part(kept: int, merged: int, visitor_ids: Sequence[int], *, since: int) -> None:
    """Give back to a merged lead what was done in its browsers after an event."""
    new = EngagementEvent.id > since, EngagementEvent.lead_id == kept
    theirs = EngagementEvent.visitor_id.in_(visitor_ids)
    _execute(update(EngagementEvent).where(*new, theirs).values(lead_id=merged))


def forget(lead_ids: Sequence[int]) -> None:
    """Erase what the events hold besides the fact that they happened; their visitor is nobody's browser any more."""
    mine = update(EngagementEvent).where(EngagementEvent.lead_id.in_(lead_ids))
    _execute(mine.values(detail={}, reason="", dedupe_key=None))


def _execute(statement: Update) -> int:
    session().flush()
    result = session().execute(statement)
    return cast("CursorResult[object]", result).rowcount
