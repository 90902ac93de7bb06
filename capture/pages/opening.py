"""When a page is open: from a time, until a time, typed and said in the installation's zone. No database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from capture.errors import ParameterRefused
from capture.languages import Phrase, quoted, say


class Standing(StrEnum):
    """What a visitor meets at an instant."""

    OPEN = "open"
    NOT_YET = "not_yet"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Window:
    """From `opens_at` to before `closes_at`; None is no limit. Judged whenever somebody looks."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None

    def standing(self, at: datetime) -> Standing:
        """Before, within or after it."""
        if self.closes_at is not None and at >= self.closes_at:
            return Standing.ENDED
        if self.opens_at is not None and at < self.opens_at:
            return Standing.NOT_YET
        return Standing.OPEN


ALWAYS = Window()


def window(opens: str, closes: str, zone: ZoneInfo, *, at: datetime) -> Window:
    """What was typed, as `<input type="datetime-local">` has it; empty is no limit. Raises ParameterRefused."""
    read = Window(_instant("from", opens, zone), _instant("until", closes, zone))
    if read.closes_at is not None and read.closes_at <= max(read.opens_at or at, at):
        raise ParameterRefused("until", say("Choose an end that is still to come and later than the beginning."))
    return read


def due(typed: str, zone: ZoneInfo, *, at: datetime) -> datetime | None:
    """A time that is still to come; empty is none. Raises ParameterRefused."""
    instant = _instant("at", typed, zone)
    if instant is not None and instant <= at:
        raise ParameterRefused("at", say("Choose a time that is still to come."))
    return instant


def typed(instant: datetime | None, zone: ZoneInfo) -> str:
    """The instant as `<input type="datetime-local">` has it."""
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}" if instant else ""


def written(instant: datetime, zone: ZoneInfo) -> Phrase:
    """`Thursday 10 December 2026, 16:00 (Europe/Berlin)`."""
    return Phrase(lambda language: f"{language.instant(instant, zone.key)} ({zone.key})")


def sentence(given: Window, zone: ZoneInfo, *, at: datetime) -> str:
    """When visitors may fill the form, in one sentence."""
    standing = given.standing(at)
    opens = written(given.opens_at, zone) if given.opens_at else ""
    closes = written(given.closes_at, zone) if given.closes_at else ""
    if standing is Standing.ENDED:
        return say("Closed since %(time)s.", time=closes)
    if standing is Standing.NOT_YET and closes:
        return say("Opens on %(time)s, and stays open until %(end)s.", time=opens, end=closes)
    if standing is Standing.NOT_YET:
        return say("Opens on %(time)s.", time=opens)
    return say("Open now until %(end)s.", end=closes) if closes else say("Open now, without an end.")


def _instant(name: str, value: str, zone: ZoneInfo) -> datetime | None:
    value = value.strip()
    if not value:
        return None
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        local = None
    if local is None or not 2000 < local.year < 9000:
        raise ParameterRefused(
            name, say("Write a day and a time such as 2026-12-10 09:00, not %(value)s.", value=quoted(value[:40]))
        )
    instant = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    if local.tzinfo is None and instant.astimezone(zone).replace(tzinfo=None) != local:
        raise ParameterRefused(
            name,
            say(
                "%(time)s does not exist on that day in %(zone)s: the clocks go forward.",
                time=f"{local:%H:%M}",
                zone=zone.key,
            ),
        )
    return instant
