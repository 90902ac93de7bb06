"""Sessions: the dates of webinars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from capture.db import session
from capture.errors import NotFound
from capture.webinars.models import Registration, SessionStatus, WebinarSession


@dataclass(frozen=True, slots=True)
class Plan:
    """What the marketer says of a session."""

    title: str
    summary: str
    starts_at: datetime
    zone: str
    minutes: int
    seats: int
    room_url: str
    replay_url: str = ""
    speakers: Sequence[dict[str, Any]] = ()
    agenda: Sequence[str] = ()


def planned(plan: Plan, *, at: datetime) -> WebinarSession:
    """The session that a plan would be, to look at: it is in no database."""
    return WebinarSession(magnet_id=0, created_at=at, changed_at=at, sequence=0, **_columns(plan))


def publish(magnet_id: int, plan: Plan, *, at: datetime) -> tuple[WebinarSession, bool]:
    """Make or change the session of a magnet; True where invitations already sent must follow.

    What stands in the calendars of people (title, date, length) raises the sequence of RFC 5545; the rest does not.
    """
    known = of_magnet(magnet_id)
    if known is None:
        fresh = WebinarSession(magnet_id=magnet_id, created_at=at, changed_at=at, **_columns(plan))
        session().add(fresh)
        session().flush()
        return fresh, False
    moved = _in_calendars(known) != _in_calendars(plan)
    for name, value in _columns(plan).items():
        setattr(known, name, value)
    if moved:
        known.sequence += 1
    known.changed_at = at
    return known, moved


def cancel(known: WebinarSession, *, at: datetime) -> bool:
    """Call the session off; False where it already was. The UID of the invitations stays."""
    if known.status is SessionStatus.CANCELLED:
        return False
    known.status = SessionStatus.CANCELLED
    known.sequence += 1
    known.changed_at = at
    return True


def _columns(plan: Plan) -> dict[str, Any]:
    return {
        "title": plan.title,
        "summary": plan.summary,
        "starts_at": plan.starts_at,
        "zone": plan.zone,
        "minutes": plan.minutes,
        "seats": plan.seats,
        "room_url": plan.room_url,
        "replay_url": plan.replay_url,
        "speakers": list(plan.speakers),
        "agenda": list(plan.agenda),
        "status": SessionStatus.SCHEDULED,
    }


def _in_calendars(session_or_plan: WebinarSession | Plan) -> tuple[object, ...]:
    cancelled = isinstance(session_or_plan, WebinarSession) and session_or_plan.status is SessionStatus.CANCELLED
    of = session_or_plan
    return of.title, of.starts_at, of.zone, of.minutes, cancelled


def of_magnet(magnet_id: int) -> WebinarSession | None:
    """The session of this magnet."""
    return session().scalar(select(WebinarSession).where(WebinarSession.magnet_id == magnet_id))


def by_id(session_id: int) -> WebinarSession:
    """The session with this key. Raises NotFound."""
    found = session().get(WebinarSession, session_id)
    if found is None:
        raise NotFound("webinar")
    return found


def hold(session_id: int) -> WebinarSession:
    """The session's row, held until the transaction ends, so that seats are counted one after the other."""
    return session().get_one(WebinarSession, session_id, with_for_update=True)


def seats_left(known: WebinarSession) -> int | None:
    """Seats that nobody has, never below 0; None where seats are not limited (`seats` is 0)."""
    if known.seats == 0:
        return None
    taken = session().scalar(
        select(func.count())
        .select_from(Registration)
        .where(Registration.session_id == known.id, Registration.cancelled_at.is_(None))
    )
    return max(0, known.seats - (taken or 0))


def ends_at(known: WebinarSession) -> datetime:
    """When the session is over."""
    return known.starts_at + timedelta(minutes=known.minutes)
