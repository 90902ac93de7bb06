"""When a webinar is, where, and with whom: [webinar]."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from capture.languages import quoted, say
from capture.pages.definition import Speaker, Webinar
from capture.pages.judging.address import web_address
from magnets.bundle import MagnetKind
from magnets.tables import Table


def define(top: Table, kind: MagnetKind, at: datetime) -> Webinar | None:
    """The webinar of a page; `at` is the instant from which `starts_in_days` counts."""
    webinar = top.table("webinar")
    if kind is not MagnetKind.WEBINAR:
        if webinar:
            top.stop(
                "webinar",
                "webinar-unused",
                say('[webinar] is for `kind = "webinar"`, not for %(kind)s.', kind=kind.value),
            )
        return None
    webinar.refuse_unknown(
        "starts", "starts_in_days", "at", "zone", "minutes", "seats", "room_url", "replay_url", "speakers", "agenda"
    )
    zone = _zone(webinar)
    return Webinar(
        starts_at=_start(webinar, zone, at),
        zone=zone.key,
        minutes=webinar.whole("minutes", low=5, high=600, default=45),
        seats=webinar.whole("seats", low=0, high=1_000_000),
        room_url=web_address(webinar, "room_url", required=True),
        replay_url=web_address(webinar, "replay_url"),
        speakers=tuple(_speaker(entry) for entry in webinar.tables("speakers")),
        agenda=webinar.texts("agenda", limit=300, most=20),
    )


def _zone(webinar: Table) -> ZoneInfo:
    name = webinar.text("zone", limit=60, required=True)
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        webinar.stop(
            "zone",
            "unknown-zone",
            say("%(name)s is not a time zone; write one such as Europe/Berlin.", name=quoted(name)),
        )
        return ZoneInfo("UTC")


def _start(webinar: Table, zone: ZoneInfo, at: datetime) -> datetime:
    starts = webinar.value("starts")
    if isinstance(starts, datetime) and 2000 < starts.year < 9000:
        if (instant := (starts if starts.tzinfo else starts.replace(tzinfo=zone)).astimezone(UTC)) < at:
            webinar.advise(
                "starts", "past-start", say("This webinar lies in the past: its page offers the replay only.")
            )
        return instant
    if "starts_in_days" in webinar:
        day = at.astimezone(zone).date() + timedelta(days=webinar.whole("starts_in_days", low=0, high=3650))
        return datetime.combine(day, _clock_time(webinar), tzinfo=zone).astimezone(UTC)
    webinar.stop("starts", "no-start", say("Write [webinar] `starts` as a date with a time: 2026-12-10T16:00:00."))
    return at


def _clock_time(webinar: Table) -> time:
    given = webinar.value("at")
    try:
        return given if isinstance(given, time) else time.fromisoformat(str(given))
    except ValueError:
        webinar.stop("at", "bad-time", say('Write [webinar] `at` as a time of day: "16:00".'))
        return time(12)


def _speaker(entry: Table) -> Speaker:
    entry.refuse_unknown("name", "role", "about")
    return Speaker(
        name=entry.text("name", limit=120, required=True),
        role=entry.text("role", limit=160),
        about=entry.paragraphs("about", limit=600),
    )
