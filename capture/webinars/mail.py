"""Mails of webinars: the confirmation with its invitation, and what follows when the date changes or falls away."""

from datetime import datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from capture import clock, languages
from capture.addresses import Addresses
from capture.config import Settings
from capture.db import JsonObject
from capture.delivery.mail import withdrawal_address
from capture.leads import leads, said, submissions
from capture.outbox import letters
from capture.outbox.mail import Attachment, Mail, message_id
from capture.pages import pages
from capture.webinars import registrations, sessions
from capture.webinars.models import SessionStatus, WebinarSession

if TYPE_CHECKING:
    from magnets.calendar import Method


def webinar_mail(settings: Settings, payload: JsonObject) -> Mail | None:
    """The mail to somebody registered: confirmed, changed or called off, by the session as it is now.

    None where the person was erased meanwhile.
    """
    registration = registrations.by_id(payload["registration_id"])
    submission = submissions.by_id(registration.submission_id) if registration else None
    lead = leads.by_id(registration.lead_id) if registration else None
    if registration is None or submission is None or lead is None or lead.erased_at is not None:
        return None
    webinar = sessions.by_id(registration.session_id)
    definition = pages.definition_of(submission.page_version_id)
    join = Addresses(settings.base_url).join(registration.token)
    withdraw = withdrawal_address(settings, registration.lead_id)
    cancelled = webinar.status is SessionStatus.CANCELLED
    letter = letters.write(
        "webinar",
        language=definition.language,
        greeting=said.greeting(said.by_lead_field(definition, submission.answers), definition.language),
        title=webinar.title,
        subject=definition.mail.subject or webinar.title,
        paragraphs=said.paragraphs(definition.mail.text),
        state="cancelled" if cancelled else "changed" if webinar.sequence else "confirmed",
        when=spoken(webinar, definition.language),
        length=languages.of(definition.language).minutes(webinar.minutes),
        link=join,
        organisation=settings.organisation,
        privacy_url=settings.privacy_url_in(definition.language),
        legal_url=settings.legal_url_in(definition.language),
        withdraw=withdraw,
    )
    method: Method = "CANCEL" if cancelled else "REQUEST"
    attendee = submissions.address(submission)
    entry = invitation(settings, webinar, join=join, attendee=attendee, method=method)
    return Mail(
        to=attendee,
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=message_id(settings, payload["key"]),
        list_unsubscribe=withdraw,
        attachments=(Attachment("webinar.ics", f"text/calendar; method={method}", entry),),
    )


def invitation(settings: Settings, webinar: WebinarSession, *, join: str, attendee: str, method: "Method") -> bytes:
    """The calendar entry (RFC 5545) of one registration: the UID stays, the sequence rises with each change."""
    from magnets import calendar  # and with it icalendar: slow to import, for those who hold webinars

    return calendar.invitation(
        calendar.CalendarEvent(
            uid=f"{webinar.public_id}@{urlsplit(settings.base_url).hostname}",
            sequence=webinar.sequence,
            summary=webinar.title,
            description=f"{webinar.summary}\n\n{join}",
            starts=webinar.starts_at,
            ends=sessions.ends_at(webinar),
            url=join,
            location=join,
            organizer=settings.mail_from,
            organizer_name=settings.organisation,
            attendee=attendee,
        ),
        method=method,
        at=clock.now(),
    )


def spoken(webinar: WebinarSession, language: str) -> str:
    """The date as people write it, in the page's zone: "Thursday, 10 December 2026, 16:00 (Europe/Berlin, UTC+1)"."""
    local: datetime = webinar.starts_at.astimezone(ZoneInfo(webinar.zone))
    instant = languages.of(language).instant(webinar.starts_at, webinar.zone)
    offset = local.strftime("%z")
    hours = f"UTC{offset[0]}{int(offset[1:3])}" + (f":{offset[3:]}" if offset[3:] != "00" else "")
    return f"{instant} ({webinar.zone}, {hours})"
