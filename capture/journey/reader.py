"""The prospect's story, second half: redeem links, get the copy, read on, come to the webinar."""

from dataclasses import dataclass
from datetime import datetime

from capture.attribution import devices, visitors
from capture.attribution.arrival import Arrival
from capture.config import Settings
from capture.db import journey
from capture.delivery import downloads, grants
from capture.delivery.models import Answer, Grant
from capture.engagement import events, verdicts
from capture.engagement.models import EventKind, Verdict
from capture.errors import NotFound
from capture.journey import acceptance
from capture.languages import kept
from capture.leads import leads, submissions, values
from capture.leads.models import Lead
from capture.outbox.queue import enqueue
from capture.pages import pages
from capture.webinars import registrations, sessions
from capture.webinars.registrations import Door


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was redeemed in a browser: the grant it names, and the cookie to set, if one is to be set."""

    grant: str
    new_cookie: str | None


@journey
def note_unknown_reader(grant_subject: str, arrival: Arrival, *, at: datetime) -> None:
    """Keep that a link was opened in a browser not known as the lead's. Evidence only: this is a GET."""
    grant = _grant(grant_subject)
    verdict, _ = verdicts.judge(arrival.user_agent, known_lead=False)
    if verdict is not Verdict.MACHINE:
        _note_opening(grant, Answer.ASKED, arrival, at=at)


@journey
def redeem_link(grant_subject: str, arrival: Arrival, *, by_mail: bool, settings: Settings, at: datetime) -> Opened:
    """ "Yes, this is me": from now on this browser is known as the lead's.

    Where the link came by mail the address is proven by it, and a fill that waited in quarantine is believed.
    """
    grant = _grant(grant_subject)
    _note_opening(grant, Answer.ME, arrival, at=at)
    visitor = visitors.known(arrival.cookie)
    if grant.lead_id is None:
        if not by_mail:
            raise NotFound("link")
        acceptance.release(grant, visitor, settings=settings, at=at)
    assert grant.lead_id is not None  # noqa: S101  released just now, or never in quarantine
    lead = leads.hold(grant.lead_id)
    visitor, new_cookie = leads.recognise(lead, visitor, at=at, is_proven=by_mail)
    events.claim(visitor.id, lead.id, at=at)
    if by_mail:
        _believe(lead, grant, at=at)
    acceptance.weigh(lead, settings=settings, at=at)
    return Opened(grant.public_id, new_cookie)


@journey
def decline_link(grant_subject: str, arrival: Arrival, *, at: datetime) -> str:
    """ "No, it was sent on to me": keep the forward; gives the slug of the page where this reader can ask."""
    grant = _grant(grant_subject)
    _note_opening(grant, Answer.NOT_ME, arrival, at=at)
    if grant.lead_id is not None:
        events.record(
            EventKind.LINK_FORWARDED,
            at=at,
            lead_id=leads.now_of(grant.lead_id).id,
            magnet_id=grant.magnet_id,
            verdict=Verdict.UNPROVEN,
            reason=kept("somebody else opened the link"),
            dedupe_key=None,
        )
    page = pages.of_magnet(grant.magnet_id)
    if page is None:
        raise NotFound("page")
    return page.slug


@journey
def confirm_address(grant_subject: str, arrival: Arrival, *, settings: Settings, at: datetime) -> Opened:
    """The button of the double opt-in: the address is real, the magnet is given. Twice is harmless."""
    grant = _grant(grant_subject)
    if grant.lead_id is None:
        raise NotFound("link")
    lead = leads.hold(grant.lead_id)
    visitor, new_cookie = leads.recognise(lead, visitors.known(arrival.cookie), at=at, is_proven=True)
    if grant.confirmed_at is None:
        grant.confirmed_at = at
        events.record(
            EventKind.ADDRESS_CONFIRMED,
            at=at,
            visitor_id=visitor.id,
            lead_id=lead.id,
            magnet_id=grant.magnet_id,
            verdict=Verdict.HUMAN,
            reason=kept("pressed the button of the confirmation"),
            dedupe_key=f"address_confirmed:{grant.id}",
        )
        enqueue("magnet_mail", key=f"magnet_mail:{grant.id}", at=at, grant_id=grant.id)
    _believe(lead, grant, at=at)
    events.claim(visitor.id, lead.id, at=at)
    acceptance.weigh(lead, settings=settings, at=at)
    return Opened(grant.public_id, new_cookie)


@journey
def send_again(grant_subject: str, *, at: datetime) -> None:
    """Mail a fresh link to the address that the grant was made for; at most one an hour."""
    grant = _grant(grant_subject)
    waits = grant.needs_confirmation and grant.confirmed_at is None
    kind = "confirmation_mail" if waits else "magnet_mail"
    enqueue(kind, key=f"{kind}:{grant.id}:{at:%Y%m%d%H}", at=at, grant_id=grant.id)


@journey
def hand_out(
    grant_subject: str,
    edition_id: int,
    arrival: Arrival,
    *,
    length: int,
    start: int,
    stop: int,
    settings: Settings,
    at: datetime,
) -> None:
    """Bytes start..stop of the copy were handed out; the download counts once all of them have been."""
    grant = _grant(grant_subject)
    if not downloads.hand_out(grant.id, edition_id, length=length, start=start, stop=stop, at=at):
        return
    if grant.lead_id is None:
        return
    visitor = visitors.known(arrival.cookie)
    is_known = visitor is not None and leads.is_of(visitor.id, grant.lead_id)
    verdict, reason = verdicts.judge(
        arrival.user_agent, known_lead=is_known or grants.is_fresh_without_cookie(grant, at=at)
    )
    lead = leads.hold(grant.lead_id)
    events.record(
        EventKind.MAGNET_DOWNLOADED,
        at=at,
        visitor_id=visitor.id if visitor else None,
        lead_id=lead.id,
        magnet_id=grant.magnet_id,
        verdict=verdict,
        reason=reason,
        dedupe_key=f"magnet_downloaded:{grant.id}",
    )
    acceptance.weigh(lead, settings=settings, at=at)


@journey
def follow_link(
    grant_token: str, number: int, target: str, chapter: str, arrival: Arrival, *, settings: Settings, at: datetime
) -> None:
    """A link inside a document, in this chapter of it, was followed.

    From a browser not known as the lead's it is shared reading: no points.
    """
    grant = grants.by_token(grant_token)
    if grant is None:
        raise NotFound("link")
    if grant.lead_id is None:
        return
    visitor = visitors.known(arrival.cookie)
    is_known = visitor is not None and leads.is_of(visitor.id, grant.lead_id)
    verdict, reason = verdicts.judge(arrival.user_agent, known_lead=is_known)
    if verdict is not Verdict.MACHINE and not is_known:
        verdict, reason = Verdict.UNPROVEN, kept("shared reading: the browser is not known as the lead's")
    lead = leads.hold(grant.lead_id)
    events.record(
        EventKind.LINK_FOLLOWED,
        at=at,
        visitor_id=visitor.id if visitor and is_known else None,
        lead_id=lead.id,
        magnet_id=grant.magnet_id,
        verdict=verdict,
        reason=reason,
        detail={"target": target, "number": number, **({"section": chapter} if chapter else {})},
    )
    acceptance.weigh(lead, settings=settings, at=at)


@journey
def join_webinar(token: str, arrival: Arrival, *, settings: Settings, at: datetime) -> str | None:
    """The button of the join link: attendance is recorded; gives the address of the room, or of the replay after it.

    None while there is nothing to enter: before the doors open, after a webinar without replay, or when it was called
    off.
    """
    registration = registrations.by_token(token)
    if registration is None:
        raise NotFound("link")
    webinar = sessions.by_id(registration.session_id)
    door = registrations.attend(registration, webinar, at=at)
    if door not in _DOORS:
        return None
    kind = _DOORS[door]
    lead = leads.hold(registration.lead_id)
    visitor = visitors.known(arrival.cookie)
    events.record(
        kind,
        at=at,
        visitor_id=visitor.id if visitor and leads.of_visitor(visitor.id) == lead.id else None,
        lead_id=lead.id,
        magnet_id=webinar.magnet_id,
        verdict=Verdict.HUMAN,
        reason=kept("pressed the button of the personal link"),
        dedupe_key=f"{kind.value}:{registration.id}",
    )
    acceptance.weigh(lead, settings=settings, at=at)
    return webinar.room_url if door is Door.ROOM else webinar.replay_url


_DOORS = {Door.ROOM: EventKind.WEBINAR_ATTENDED, Door.REPLAY: EventKind.WEBINAR_REPLAYED}


def _grant(subject: str) -> Grant:
    grant = grants.by_public_id(subject)
    if grant is None:
        raise NotFound("link")
    return grant


def _note_opening(grant: Grant, answer: Answer, arrival: Arrival, *, at: datetime) -> None:
    visitor = visitors.known(arrival.cookie)
    grants.note_opening(
        grant,
        answer,
        visitor_id=visitor.id if visitor else None,
        device=devices.device(arrival.user_agent),
        at=at,
    )


def _believe(lead: Lead, grant: Grant, *, at: datetime) -> None:
    fill = submissions.by_id(grant.submission_id) if grant.submission_id is not None else None
    leads.verify(lead, submissions.address(fill) if fill else lead.email, at=at)
    if fill is not None:
        values.prove(lead, fill.id, at=at)
