"""Invitations for webinars: an .ics that calendars take over, move and take back (RFC 5545, RFC 5546)."""

import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vText, vUri

PRODUCER = "-//Lodestone//Webinars//EN"
Method = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One appointment. `uid` stays over its whole life; `sequence` rises with each change of time or place."""

    uid: str
    starts: datetime
    ends: datetime
    summary: str
    organizer: str
    organizer_name: str = ""
    attendee: str = ""
    description: str = ""
    location: str = ""
    url: str = ""
    sequence: int = 0


def invitation(event: CalendarEvent, *, at: datetime, method: Method = "REQUEST") -> bytes:
    """The calendar file, with folded lines and CRLF; send it as `text/calendar; method=…; charset=utf-8`.

    Times are written in UTC, which every calendar shows in its own zone. The sequence is the caller's: it must have
    risen for a change and for a CANCEL. ValueError for a time without a zone, or an end that is not after the start.
    Control characters are left out of every value.
    """
    if event.ends <= event.starts:
        raise ValueError("an event ends after it starts")
    calendar = Calendar()
    calendar.add("prodid", PRODUCER)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    calendar.add_component(_appointment(event, _utc(at), cancelled=method == "CANCEL"))
    return bytes(calendar.to_ical())


def _appointment(event: CalendarEvent, at: datetime, *, cancelled: bool) -> Event:
    appointment = Event()
    appointment.add("uid", _clean(event.uid))
    appointment.add("dtstamp", at)
    appointment.add("sequence", event.sequence)
    appointment.add("dtstart", _utc(event.starts))
    appointment.add("dtend", _utc(event.ends))
    appointment.add("summary", _clean(event.summary))
    appointment.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    appointment.add("transp", "TRANSPARENT" if cancelled else "OPAQUE")
    if event.description:
        appointment.add("description", _clean(event.description, lines=True))
    if event.location:
        appointment.add("location", _clean(event.location))
    if event.url:
        appointment.add("url", vUri(_clean(event.url)))
    appointment.add("organizer", _organizer(event), encode=False)
    if event.attendee:
        appointment.add("attendee", _attendee(event), encode=False)
    return appointment


def _organizer(event: CalendarEvent) -> vCalAddress:
    address = vCalAddress(f"mailto:{_clean(event.organizer)}")
    if name := _clean(event.organizer_name).replace('"', "'"):
        address.params["CN"] = vText(name)
    return address


def _attendee(event: CalendarEvent) -> vCalAddress:
    """Registered people have accepted already; the name stays out, since it is what somebody typed into a form."""
    address = vCalAddress(f"mailto:{_clean(event.attendee)}")
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("ACCEPTED")
    address.params["RSVP"] = vText("FALSE")
    return address


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is no moment")
    return moment.astimezone(UTC).replace(microsecond=0)


def _clean(text: str, *, lines: bool = False) -> str:
    """Without control characters, surrogates and Unicode's own line separators; line breaks only where asked for."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = []
    for char in text:
        kind = unicodedata.category(char)
        if kind in ("Zl", "Zp") or char in "\n\t":
            kept.append("\n" if lines and char != "\t" else " ")
        elif kind not in ("Cc", "Cs"):
            kept.append(char)
    return "".join(kept).strip()
