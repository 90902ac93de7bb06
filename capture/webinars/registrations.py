"""Registrations: seats, personal join links, attendance, replay."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import func, select, update

from capture.catalogue.models import Edition
from capture.db import insert_once, public_id, session
from capture.errors import PersonErased, SessionFull
from capture.leads import leads
from capture.leads.models import Lead
from capture.webinars import sessions
from capture.webinars.models import Registration, SessionStatus, WebinarSession

# People come early; the room opens for them this long before the start.
DOORS_OPEN = timedelta(minutes=15)


class Door(StrEnum):
    """What the join link leads to at this moment."""

    EARLY = "early"
    ROOM = "room"
    REPLAY = "replay"
    OVER = "over"  # and there is no replay
    CANCELLED = "cancelled"


def register(webinar: WebinarSession, lead_id: int, submission_id: int, *, at: datetime) -> Registration:
    """The lead's seat; the same one however often it is asked for.

    Raises SessionFull when every seat is taken, or when nobody gets one since it does not take place.
    """
    if sessions.hold(webinar.id).status is SessionStatus.CANCELLED:
        raise SessionFull(webinar.title)
    known = of_lead(webinar.id, lead_id)
    if known is not None and known.cancelled_at is None:
        return known
    if sessions.seats_left(webinar) == 0:
        raise SessionFull(webinar.title)
    if known is not None:
        known.cancelled_at, known.registered_at = None, at
        return known
    fresh = Registration(
        token=public_id(), session_id=webinar.id, lead_id=lead_id, submission_id=submission_id, registered_at=at
    )
    if not insert_once(fresh):
        known = of_lead(webinar.id, lead_id)
    return known or fresh


def of_lead(session_id: int, lead_id: int) -> Registration | None:
    """The person's registration for a session; the one that still has its seat before one that was cancelled."""
    mine = Registration.lead_id.in_(leads.of_person([lead_id]))
    query = select(Registration).where(Registration.session_id == session_id, mine)
    return session().scalar(query.order_by(Registration.cancelled_at.is_not(None), Registration.id).limit(1))


def of_submission(submission_id: int) -> Registration | None:
    """The registration that came of this submission."""
    return session().scalar(select(Registration).where(Registration.submission_id == submission_id))


def by_token(token: str) -> Registration | None:
    """The registration of a personal link. Raises PersonErased."""
    query = (
        select(Registration, Lead.erased_at, Edition.language)
        .join(Lead, Lead.id == Registration.lead_id)
        .join(WebinarSession, WebinarSession.id == Registration.session_id)
        .join(Edition, Edition.magnet_id == WebinarSession.magnet_id)
        .order_by(Edition.number.desc())
        .limit(1)
    )
    found = session().execute(query.where(Registration.token == token)).one_or_none()
    if found is None:
        return None
    registration, erased_at, language = found
    if erased_at is not None:
        raise PersonErased(language)
    return registration


def of_leads(lead_ids: Sequence[int]) -> Sequence[int]:
    """The keys of all registrations of these leads."""
    return session().scalars(select(Registration.id).where(Registration.lead_id.in_(lead_ids))).all()


def forget(lead_ids: Sequence[int], *, at: datetime) -> None:
    """Seats that are still to be taken are free for others; that one was taken stays counted."""
    to_come = select(WebinarSession.id).where(WebinarSession.starts_at > at)
    seats = update(Registration).where(Registration.lead_id.in_(lead_ids), Registration.session_id.in_(to_come))
    session().execute(seats.where(Registration.cancelled_at.is_(None)).values(cancelled_at=at))


def by_id(registration_id: int) -> Registration | None:
    """The registration with this key."""
    return session().get(Registration, registration_id)


def to_tell(session_id: int) -> list[Registration]:
    """Everybody whose invitation must follow a change."""
    query = select(Registration).where(Registration.session_id == session_id, Registration.cancelled_at.is_(None))
    return list(session().scalars(query.order_by(Registration.id)))


def number_to_tell(session_id: int) -> int:
    """How many they are."""
    query = select(func.count()).where(Registration.session_id == session_id, Registration.cancelled_at.is_(None))
    return session().scalar(query) or 0


def door(webinar: WebinarSession, *, at: datetime) -> Door:
    """What a join link leads to now."""
    if webinar.status is SessionStatus.CANCELLED:
        return Door.CANCELLED
    if at >= sessions.ends_at(webinar):
        return Door.REPLAY if webinar.replay_url else Door.OVER
    return Door.ROOM if at >= webinar.starts_at - DOORS_OPEN else Door.EARLY


def attend(registration: Registration, webinar: WebinarSession, *, at: datetime) -> Door:
    """Record that this lead came to the room, or saw the replay; gives what the link led to."""
    found = door(webinar, at=at)
    if found is Door.ROOM:
        registration.attended_at = registration.attended_at or at
    if found is Door.REPLAY:
        registration.replayed_at = registration.replayed_at or at
    return found
