"""What follows from a fill, whether it is believed at once or later: shared by the stories of visitor and reader."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from capture.attribution import exposures, touches, visitors
from capture.attribution.arrival import Arrival
from capture.attribution.models import Touch, Visitor
from capture.catalogue import editions
from capture.catalogue.models import Edition, MagnetKind
from capture.config import Settings
from capture.delivery import benchmarks, grants
from capture.delivery.models import Grant
from capture.engagement import events, verdicts
from capture.engagement.models import EventKind, Verdict
from capture.errors import NotFound
from capture.handoff import afterwards, mqls
from capture.languages import kept
from capture.leads import consents, leads, said, submissions, values
from capture.leads.models import Lead, Submission
from capture.outbox.queue import enqueue
from capture.pages import pages
from capture.pages.definition import Delivery
from capture.pages.pages import LivePage
from capture.scoring import scores
from capture.webinars import registrations, sessions


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the browser is told after a fill; the same for a known and an unknown address."""

    grant: str  # public id of the grant, for the links of the thank-you page
    registration: str | None  # token of the webinar registration
    waits: bool  # the document comes by mail only, or after a confirmation
    new_cookie: str | None


def accept(
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
        variant_id=page.variant.variant_id if page.variant else None,
        form_key=form_key,
        at=at,
    )
    needs_confirmation = page.definition.delivery is Delivery.CONFIRMED
    edition = edition_of(page)
    grant = grants.give(submission, edition, needs_confirmation=needs_confirmation, at=at)
    waits = page.definition.delivery is not Delivery.PAGE
    if not is_new:
        registration = registrations.of_submission(submission.id)
        return Receipt(grant.public_id, registration.token if registration else None, waits, None)
    _remember(page, lead, submission, answers, at=at)
    if visitor is not None:
        events.claim(visitor.id, lead.id, at=at)
        _count_for_variant(page, visitor.id, at=at)
    token = None
    if page.kind is MagnetKind.WEBINAR:
        token = _register(page, lead, submission, visitor, at=at)
    else:
        kind = "confirmation_mail" if needs_confirmation else "magnet_mail"
        enqueue(kind, key=f"{kind}:{grant.id}", at=at, grant_id=grant.id)
    hand_raised = _note_fill(page, lead, submission, visitor, answers, at=at)
    benchmarks.note(grant, lead, page.definition, answers)
    weigh(lead, submission_id=submission.id, hand_raised=hand_raised, settings=settings, at=at)
    return Receipt(grant.public_id, token, waits, None)


def arrival_of_fill(
    page: LivePage, arrival: Arrival, visitor: Visitor | None, form_key: str, *, at: datetime
) -> Touch | None:
    """The touch of a fill. Who is left out of the visits as a machine has visited the page once it is filled in."""
    visitor_id = visitor.id if visitor else None
    if not _is_left_out(arrival):
        return touches.of_fill(arrival, visitor_id=visitor_id, page_id=page.page_id, at=at)
    _note_view(page, visitor_id, form_key, at=at)
    return touches.of_unseen(arrival, visitor_id=visitor_id, page_id=page.page_id, at=at)


def _is_left_out(arrival: Arrival) -> bool:
    return verdicts.judge(arrival.user_agent, known_lead=False)[0] is Verdict.MACHINE


def _note_view(page: LivePage, visitor_id: int | None, form_key: str, *, at: datetime) -> None:
    events.record(
        EventKind.PAGE_VIEWED,
        at=at,
        visitor_id=visitor_id,
        page_id=page.page_id,
        magnet_id=page.magnet_id,
        verdict=Verdict.HUMAN,
        reason=kept("filled in the form"),
        dedupe_key=f"page_viewed:{page.page_id}:{form_key}",
    )


def _count_for_variant(page: LivePage, visitor_id: int | None, *, at: datetime) -> None:
    if page.experiment is not None and visitor_id is not None:
        exposures.note_fill(visitor_id, experiment_id=page.experiment.experiment_id, at=at)


def _remember(page: LivePage, lead: Lead, submission: Submission, answers: Mapping[str, Any], *, at: datetime) -> None:
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
            reason=kept("filled in the form"),
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
        reason=kept("filled in the form"),
        dedupe_key=f"webinar_registered:{registration.id}",
    )
    return registration.token


def quarantine(
    page: LivePage, answers: Mapping[str, Any], arrival: Arrival, form_key: str, reason: str, *, at: datetime
) -> Receipt:
    visitor = visitors.known(arrival.cookie)
    visitor_id = visitor.id if visitor else None
    if _is_left_out(arrival):  # it has visited the page when its fill is believed
        touch = touches.of_unseen(arrival, visitor_id=visitor_id, page_id=None, at=at)
    else:
        touch = touches.of_fill(arrival, visitor_id=visitor_id, page_id=page.page_id, at=at)
    fill = submissions.quarantine(
        said.email(page.definition, answers),
        answers,
        reason,
        page_id=page.page_id,
        page_version_id=page.version_id,
        visitor_id=visitor_id,
        touch_id=touch.id if touch else None,
        variant_id=page.variant.variant_id if page.variant else None,
        form_key=form_key,
        at=at,
    )
    grant = grants.give_by_mail(fill, edition_of(page), at=at)
    enqueue("magnet_mail", key=f"magnet_mail:{grant.id}", at=at, grant_id=grant.id)
    return Receipt(grant=grant.public_id, registration=None, waits=True, new_cookie=None)


def release(grant: Grant, visitor: Visitor | None, *, settings: Settings, at: datetime) -> None:
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
        variant_id=fill.variant_id,
        form_key=fill.form_key,
        at=at,
    )
    if fill.touch_id is not None:
        touches.count_visit(fill.touch_id, page_id=page.page_id)
    fill.released_at = at
    grant.lead_id, grant.submission_id, grant.quarantined_fill_id = lead.id, submission.id, None
    _count_for_variant(page, fill.visitor_id, at=at)
    _remember(page, lead, submission, fill.answers, at=at)
    hand_raised = _note_fill(page, lead, submission, visitor, fill.answers, at=at)
    benchmarks.note(grant, lead, pages.definition_of(fill.page_version_id), fill.answers)
    weigh(lead, submission_id=submission.id, hand_raised=hand_raised, settings=settings, at=at)


def weigh(
    lead: Lead,
    *,
    submission_id: int | None = None,
    hand_raised: bool = False,
    settings: Settings,
    at: datetime,
) -> None:
    """Score the lead, and hand him to sales if that is due; who has been handed over is told of again."""
    made = mqls.qualify(
        lead.id,
        scores.after(lead.id, at=at),
        submission_id=submission_id,
        hand_raised=hand_raised,
        sla_hours=settings.sla_hours,
        at=at,
    )
    if made is None:
        afterwards.note(lead, hand_raised=hand_raised, zone=settings.zone, at=at)
    else:
        afterwards.tell_before(made, lead, at=at)


def edition_of(page: LivePage) -> Edition:
    edition = editions.newest(page.magnet_id)
    if edition is None:
        raise NotFound("magnet")
    return edition
