"""The prospect's story: arrive, fill the form, get the magnet, engage."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from capture.attribution import devices, touches, visitors
from capture.attribution.arrival import Arrival
from capture.attribution.models import Visitor
from capture.catalogue import editions
from capture.catalogue.models import Edition, MagnetKind
from capture.config import Settings
from capture.db import journey
from capture.delivery import downloads, grants
from capture.delivery.models import Answer, Grant
from capture.engagement import events, verdicts
from capture.engagement.models import EventKind, Verdict
from capture.errors import NotFound, PageClosed
from capture.handoff import mqls
from capture.leads import consents, leads, said, submissions, values
from capture.leads.models import Lead, Submission
from capture.outbox.queue import enqueue
from capture.pages import pages
from capture.pages.definition import Cookies, Delivery
from capture.pages.fields import Purpose
from capture.pages.models import PageStatus
from capture.pages.pages import LivePage
from capture.scoring import scores
from capture.webinars import registrations, sessions
from capture.webinars.registrations import Door


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the browser is told after a fill; the same for a known and an unknown address."""

    grant: str  # public id of the grant, for the links of the thank-you page
    registration: str | None  # token of the webinar registration
    waits: bool  # the document comes by mail only, or after a confirmation
    new_cookie: str | None


@dataclass(frozen=True, slots=True)
class Opened:
    """A link that was redeemed in a browser: the grant it names, and the cookie to set, if one is to be set."""

    grant: str
    new_cookie: str | None


@journey
def arrive(slug: str, arrival: Arrival, *, settings: Settings, at: datetime) -> str | None:
    """Keep where this visitor came from and that the page was seen; gives the cookie to set, if one is to be set.

    This is the only thing that the GET of a landing page writes. A machine that says so leaves nothing.
    """
    page = _open_page(slug)
    visitor = visitors.known(arrival.cookie)
    lead_id = leads.of_visitor(visitor.id) if visitor else None
    verdict, reason = verdicts.judge(arrival.user_agent, known_lead=lead_id is not None)
    if verdict is Verdict.MACHINE:
        return None
    new_cookie = None
    if visitor is None and page.definition.cookies is Cookies.ALWAYS:
        visitor, new_cookie = visitors.mint(at=at)
    visitor_id = visitor.id if visitor else None
    touch = touches.record(arrival, visitor_id=visitor_id, page_id=page.page_id, at=at)
    events.record(
        EventKind.PAGE_VIEWED,
        at=at,
        visitor_id=visitor_id,
        lead_id=lead_id,
        page_id=page.page_id,
        magnet_id=page.magnet_id,
        verdict=verdict,
        reason=reason,
    )
    if lead_id is not None:
        lead = leads.hold(lead_id)
        leads.remember_arrival(lead, visitor, touch)
        _weigh(lead, settings=settings, at=at)
    return new_cookie


@journey
def submit_form(
    slug: str,
    answers: Mapping[str, Any],
    arrival: Arrival,
    *,
    form_key: str,
    suspicion: str | None,
    settings: Settings,
    at: datetime,
) -> Receipt:
    """Record the fill, promise the magnet, score the lead: all of it or none.

    `answers` are clean values by field key; `suspicion` says why the fill looks like a machine's: then it waits in
    quarantine, and the document goes by mail. Raises NotFound, PageClosed, or SessionFull.
    """
    page = _open_page(slug)
    if suspicion is not None:
        return _quarantine(page, answers, arrival, form_key, suspicion, at=at)
    lead = leads.find_or_create(said.email(page.definition, answers), at=at)
    visitor = visitors.known(arrival.cookie)
    if visitor is not None and leads.of_visitor(visitor.id) not in (None, lead.id):
        visitor = None  # Somebody else's browser: nothing of what is known about him passes to this lead.
    had_none = visitor is None
    keeps_cookie = page.definition.cookies is Cookies.ALWAYS or (
        page.definition.cookies is Cookies.AFTER_CONSENT and said.agrees(page.definition, answers, Purpose.TRACKING)
    )
    new_cookie = None
    if visitor is not None or keeps_cookie:
        visitor, new_cookie = leads.recognise(lead, visitor, at=at)
    touch = touches.of_fill(arrival, visitor_id=visitor.id if visitor else None, page_id=page.page_id, at=at)
    leads.remember_arrival(lead, visitor, touch)
    receipt = _accept(
        page,
        lead,
        answers,
        form_key=form_key,
        visitor=visitor,
        touch_id=touch.id if touch else None,
        settings=settings,
        at=at,
    )
    return Receipt(receipt.grant, receipt.registration, receipt.waits, new_cookie if had_none or new_cookie else None)


def _open_page(slug: str) -> LivePage:
    page = pages.by_slug(slug)
    if page is None:
        raise NotFound("page")
    if page.status is PageStatus.CLOSED:
        raise PageClosed(slug)
    return page


def _edition(page: LivePage) -> Edition:
    edition = editions.newest(page.magnet_id)
    if edition is None:
        raise NotFound("magnet")
    return edition


def _quarantine(
    page: LivePage, answers: Mapping[str, Any], arrival: Arrival, form_key: str, reason: str, *, at: datetime
) -> Receipt:
    visitor = visitors.known(arrival.cookie)
    touch = touches.of_fill(arrival, visitor_id=visitor.id if visitor else None, page_id=page.page_id, at=at)
    fill = submissions.quarantine(
        said.email(page.definition, answers),
        answers,
        reason,
        page_id=page.page_id,
        page_version_id=page.version_id,
        visitor_id=visitor.id if visitor else None,
        touch_id=touch.id if touch else None,
        form_key=form_key,
        at=at,
    )
    grant = grants.give_by_mail(fill, _edition(page), at=at)
    enqueue("magnet_mail", key=f"magnet_mail:{grant.id}", at=at, grant_id=grant.id)
    return Receipt(grant=grant.public_id, registration=None, waits=True, new_cookie=None)


def _accept(
    page: LivePage,
    lead: Lead,
    answers: Mapping[str, Any],
    *,
    form_key: str,
    visitor: Visitor | None,
    touch_id: int | None,
    settings: Settings,
    at: datetime,
) -> Receipt:
    """Everything that follows from a fill that was believed."""
    submission, is_new = submissions.record(
        lead,
        answers,
        page_id=page.page_id,
        page_version_id=page.version_id,
        visitor_id=visitor.id if visitor else None,
        touch_id=touch_id,
        form_key=form_key,
        at=at,
    )
    needs_confirmation = page.definition.delivery is Delivery.CONFIRMED
    edition = _edition(page)
    grant = grants.give(submission, edition, needs_confirmation=needs_confirmation, at=at)
    waits = page.definition.delivery is not Delivery.PAGE
    if not is_new:
        registration = registrations.of_submission(submission.id)
        return Receipt(grant.public_id, registration.token if registration else None, waits, None)
    _remember_what_was_said(page, lead, submission, answers, at=at)
    if visitor is not None:
        events.claim(visitor.id, lead.id, at=at)
    token = None
    if page.kind is MagnetKind.WEBINAR:
        token = _register(page, lead, submission, visitor, at=at)
    else:
        kind = "confirmation_mail" if needs_confirmation else "magnet_mail"
        enqueue(kind, key=f"{kind}:{grant.id}", at=at, grant_id=grant.id)
    hand_raised = _note_fill(page, lead, submission, visitor, answers, at=at)
    _weigh(lead, submission_id=submission.id, hand_raised=hand_raised, settings=settings, at=at)
    return Receipt(grant.public_id, token, waits, None)


def _remember_what_was_said(
    page: LivePage, lead: Lead, submission: Submission, answers: Mapping[str, Any], *, at: datetime
) -> None:
    values.learn(lead, said.by_lead_field(page.definition, answers), submission_id=submission.id, at=at)
    consents.give(
        lead.id,
        said.agreements(page.definition, answers),
        page_version_id=page.version_id,
        submission_id=submission.id,
        at=at,
    )


def _note_fill(
    page: LivePage,
    lead: Lead,
    submission: Submission,
    visitor: Visitor | None,
    answers: Mapping[str, Any],
    *,
    at: datetime,
) -> bool:
    """Record the fill as an event; True where the person asked to be contacted."""
    hand_raised = said.asks_for_contact(page.definition, answers)
    for kind in (EventKind.FORM_SUBMITTED, *([EventKind.CONTACT_REQUESTED] if hand_raised else [])):
        events.record(
            kind,
            at=at,
            visitor_id=visitor.id if visitor else None,
            lead_id=lead.id,
            page_id=page.page_id,
            magnet_id=page.magnet_id,
            verdict=Verdict.HUMAN,
            reason="filled in the form",
            dedupe_key=f"{kind.value}:{submission.id}",
        )
    return hand_raised


def _register(page: LivePage, lead: Lead, submission: Submission, visitor: Visitor | None, *, at: datetime) -> str:
    webinar = sessions.of_magnet(page.magnet_id)
    if webinar is None:
        raise NotFound("webinar")
    registration = registrations.register(webinar, lead.id, submission.id, at=at)
    key = f"webinar_mail:{registration.id}:{webinar.sequence}"
    enqueue("webinar_mail", key=key, at=at, registration_id=registration.id)
    events.record(
        EventKind.WEBINAR_REGISTERED,
        at=at,
        visitor_id=visitor.id if visitor else None,
        lead_id=lead.id,
        page_id=page.page_id,
        magnet_id=page.magnet_id,
        verdict=Verdict.HUMAN,
        reason="filled in the form",
        dedupe_key=f"webinar_registered:{registration.id}",
    )
    return registration.token


# --- getting the magnet ---------------------------------------------------------------------------------


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
        _release(grant, visitor, settings=settings, at=at)
    assert grant.lead_id is not None  # noqa: S101  released just now, or never in quarantine
    lead = leads.hold(grant.lead_id)
    visitor, new_cookie = leads.recognise(lead, visitor, at=at)
    events.claim(visitor.id, lead.id, at=at)
    if by_mail:
        _believe(lead, grant, at=at)
    _weigh(lead, settings=settings, at=at)
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
            lead_id=grant.lead_id,
            magnet_id=grant.magnet_id,
            verdict=Verdict.UNPROVEN,
            reason="somebody else opened the link",
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
    visitor, new_cookie = leads.recognise(lead, visitors.known(arrival.cookie), at=at)
    if grant.confirmed_at is None:
        grant.confirmed_at = at
        events.record(
            EventKind.ADDRESS_CONFIRMED,
            at=at,
            visitor_id=visitor.id,
            lead_id=lead.id,
            magnet_id=grant.magnet_id,
            verdict=Verdict.HUMAN,
            reason="pressed the button of the confirmation",
            dedupe_key=f"address_confirmed:{grant.id}",
        )
        enqueue("magnet_mail", key=f"magnet_mail:{grant.id}", at=at, grant_id=grant.id)
    _believe(lead, grant, at=at)
    events.claim(visitor.id, lead.id, at=at)
    _weigh(lead, settings=settings, at=at)
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
    is_known = visitor is not None and leads.of_visitor(visitor.id) == grant.lead_id
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
    _weigh(lead, settings=settings, at=at)


@journey
def follow_link(
    grant_token: str, number: int, target: str, arrival: Arrival, *, settings: Settings, at: datetime
) -> None:
    """A link inside a document was followed. From a browser not known as the lead's it is shared reading: no points."""
    grant = grants.by_token(grant_token)
    if grant is None:
        raise NotFound("link")
    if grant.lead_id is None:
        return
    visitor = visitors.known(arrival.cookie)
    is_known = visitor is not None and leads.of_visitor(visitor.id) == grant.lead_id
    verdict, reason = verdicts.judge(arrival.user_agent, known_lead=is_known)
    if verdict is not Verdict.MACHINE and not is_known:
        verdict, reason = Verdict.UNPROVEN, "shared reading: the browser is not known as the lead's"
    lead = leads.hold(grant.lead_id)
    events.record(
        EventKind.LINK_FOLLOWED,
        at=at,
        visitor_id=visitor.id if visitor and is_known else None,
        lead_id=lead.id,
        magnet_id=grant.magnet_id,
        verdict=verdict,
        reason=reason,
        detail={"target": target, "number": number},
    )
    _weigh(lead, settings=settings, at=at)


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
        reason="pressed the button of the personal link",
        dedupe_key=f"{kind.value}:{registration.id}",
    )
    _weigh(lead, settings=settings, at=at)
    return webinar.room_url if door is Door.ROOM else webinar.replay_url


_DOORS = {Door.ROOM: EventKind.WEBINAR_ATTENDED, Door.REPLAY: EventKind.WEBINAR_REPLAYED}


def _weigh(
    lead: Lead,
    *,
    submission_id: int | None = None,
    hand_raised: bool = False,
    settings: Settings,
    at: datetime,
) -> None:
    """Score the lead, and hand him to sales if that is due."""
    mqls.qualify(
        lead.id,
        scores.after(lead.id, at=at),
        submission_id=submission_id,
        hand_raised=hand_raised,
        sla_hours=settings.sla_hours,
        at=at,
    )


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
    leads.verify(lead, at=at)
    if grant.submission_id is not None:
        values.prove(lead, grant.submission_id, at=at)


def _release(grant: Grant, visitor: Visitor | None, *, settings: Settings, at: datetime) -> None:
    """The fill behind this grant leaves quarantine: it is recorded as if it had been believed at once."""
    assert grant.quarantined_fill_id is not None  # noqa: S101  the table's check
    fill = submissions.quarantined(grant.quarantined_fill_id)
    page = pages.by_id(fill.page_id) if fill else None
    if fill is None or page is None:
        raise NotFound("link")
    lead = leads.find_or_create(fill.email, at=at)
    visitor, _ = leads.recognise(lead, visitor, at=at)
    submission, _ = submissions.record(
        lead,
        fill.answers,
        page_id=fill.page_id,
        page_version_id=fill.page_version_id,
        visitor_id=visitor.id,
        touch_id=fill.touch_id,
        form_key=fill.form_key,
        at=at,
    )
    fill.released_at = at
    grant.lead_id, grant.submission_id, grant.quarantined_fill_id = lead.id, submission.id, None
    _remember_what_was_said(page, lead, submission, fill.answers, at=at)
    hand_raised = _note_fill(page, lead, submission, visitor, fill.answers, at=at)
    _weigh(lead, submission_id=submission.id, hand_raised=hand_raised, settings=settings, at=at)
