"""Invitations that calendars take over, move and take back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar, Event

from magnets.calendar import CalendarEvent, invitation

AT = datetime(2026, 11, 2, 9, 30, 15, 999, tzinfo=UTC)
EVENT = CalendarEvent(
    uid="8a1f@northwind.example",
    starts=datetime(2026, 12, 10, 16, 0, tzinfo=ZoneInfo("Europe/Berlin")),
    ends=datetime(2026, 12, 10, 16, 45, tzinfo=ZoneInfo("Europe/Berlin")),
    summary="One pipeline, live",
    organizer="events@northwind.example",
    organizer_name="Northwind Works; events",
    attendee="ada@customer.example",
    description="Join here:\nhttps://northwind.example/join",
    location="Online",
    url="https://northwind.example/join?a=1,2;b",
)


def written(file: bytes) -> dict[str, str]:
    """The lines of the file, unfolded: name without parameters, value as it is written."""
    lines = file.decode().replace("\r\n ", "").splitlines()
    return {name.split(";")[0]: value for name, _, value in (_parts(line) for line in lines)}


def _parts(line: str) -> tuple[str, str, str]:
    """At the first colon outside of quotation marks."""
    quoted = False
    for place, char in enumerate(line):
        quoted ^= char == '"'
        if char == ":" and not quoted:
            return line[:place], ":", line[place + 1 :]
    raise AssertionError(f"no value in {line!r}")


def event_in(file: bytes) -> Event:
    """As another program reads it."""
    [event] = Calendar.from_ical(file).walk("VEVENT")
    assert isinstance(event, Event)
    return event


def test_an_invitation_says_when_where_and_by_whom() -> None:
    file = written(invitation(EVENT, at=AT))

    assert (file["VERSION"], file["METHOD"], file["STATUS"]) == ("2.0", "REQUEST", "CONFIRMED")
    assert (file["UID"], file["SEQUENCE"], file["DTSTAMP"]) == ("8a1f@northwind.example", "0", "20261102T093015Z")
    assert (file["DTSTART"], file["DTEND"]) == ("20261210T150000Z", "20261210T154500Z")
    assert file["SUMMARY"] == r"One pipeline\, live"
    assert file["DESCRIPTION"] == r"Join here:\nhttps://northwind.example/join"
    assert file["LOCATION"] == "Online"
    assert file["URL"] == "https://northwind.example/join?a=1,2;b"
    assert file["ORGANIZER"] == "mailto:events@northwind.example"
    assert file["ATTENDEE"] == "mailto:ada@customer.example"


def test_the_sender_has_a_name() -> None:
    assert b'ORGANIZER;CN="Northwind Works; events":mailto:' in invitation(EVENT, at=AT).replace(b"\r\n ", b"")


def test_an_update_keeps_the_uid_and_raises_the_sequence() -> None:
    moved = replace(EVENT, starts=EVENT.starts + timedelta(days=1), ends=EVENT.ends + timedelta(days=1), sequence=1)

    first, second = written(invitation(EVENT, at=AT)), written(invitation(moved, at=AT))

    assert first["UID"] == second["UID"]
    assert (first["SEQUENCE"], second["SEQUENCE"]) == ("0", "1")
    assert (first["DTSTART"], second["DTSTART"]) == ("20261210T150000Z", "20261211T150000Z")


def test_a_cancellation_keeps_the_uid_and_says_the_sequence_it_was_given() -> None:
    file = written(invitation(replace(EVENT, sequence=2), at=AT, method="CANCEL"))

    assert (file["METHOD"], file["STATUS"]) == ("CANCEL", "CANCELLED")
    assert (file["UID"], file["SEQUENCE"]) == ("8a1f@northwind.example", "2")


def test_the_same_event_at_the_same_moment_is_the_same_file() -> None:
    assert invitation(EVENT, at=AT) == invitation(EVENT, at=AT)


def test_an_event_across_the_change_of_the_clocks_keeps_its_length() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    night = replace(
        EVENT,
        starts=datetime(2026, 10, 25, 2, 30, fold=0, tzinfo=berlin),
        ends=datetime(2026, 10, 25, 3, 0, tzinfo=berlin),
    )

    file = written(invitation(night, at=AT))

    assert (file["DTSTART"], file["DTEND"]) == ("20261025T003000Z", "20261025T020000Z")


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        invitation(
            replace(EVENT, starts=EVENT.starts.replace(tzinfo=None), ends=EVENT.ends.replace(tzinfo=None)), at=AT
        )


def test_an_event_ends_after_it_starts() -> None:
    with pytest.raises(ValueError, match="ends after it starts"):
        invitation(replace(EVENT, ends=EVENT.starts), at=AT)


def test_what_was_typed_into_a_form_adds_no_line_to_the_file() -> None:
    evil = 'x"\r\nATTENDEE:mailto:evil@a.example\nX: \x07\u2028y\x85z'

    file = invitation(
        replace(EVENT, summary=evil, organizer_name=evil, attendee=evil, url=evil, location=evil, uid=evil), at=AT
    )

    lines = file.replace(b"\r\n ", b"").split(b"\r\n")
    assert sum(line.startswith(b"ATTENDEE") for line in lines) == 1
    assert not any(line.startswith(b"X:") for line in lines)


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_gives_a_file_that_is_read_back(summary: str, description: str) -> None:
    file = invitation(
        replace(EVENT, summary=summary, description=description, organizer_name=summary, location=summary), at=AT
    )

    event = event_in(file)
    assert str(event["UID"]) == "8a1f@northwind.example"
    assert all(len(line) <= 75 for line in file.split(b"\r\n"))
    assert not {char for char in file.decode() if ord(char) < 32} - {"\r", "\n"}
    assert file.count(b"\r") == file.count(b"\n") == file.count(b"\r\n")
    kept = "".join(char for char in summary if char.isalnum())
    assert "".join(char for char in str(event["SUMMARY"]) if char.isalnum()) == kept
