"""When a page is open: from a time, until a time, typed and said in the installation's zone. No database."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from capture.errors import ParameterRefused


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
        raise ParameterRefused("until", "Choose an end that is still to come and later than the beginning.")
    return read


def typed(instant: datetime | None, zone: ZoneInfo) -> str:
    """The instant as `<input type="datetime-local">` has it."""
    return f"{instant.astimezone(zone):%Y-%m-%dT%H:%M}" if instant else ""


def written(instant: datetime, zone: ZoneInfo) -> str:
    """`Thursday 10 December 2026, 16:00 (Europe/Berlin)`."""
    local = instant.astimezone(zone)
    return f"{local:%A} {local.day} {local:%B %Y, %H:%M} ({zone.key})"


def sentence(given: Window, zone: ZoneInfo, *, at: datetime) -> str:
    """When visitors may fill the form, in one sentence."""
    standing = given.standing(at)
    if standing is Standing.ENDED and given.closes_at is not None:
        return f"Closed since {written(given.closes_at, zone)}."
    until = f" until {written(given.closes_at, zone)}" if given.closes_at else ""
    if standing is Standing.NOT_YET and given.opens_at is not None:
        return f"Opens on {written(given.opens_at, zone)}{', and stays open' + until if until else ''}."
    return f"Open now{until}." if until else "Open now, without an end."


def _instant(name: str, value: str, zone: ZoneInfo) -> datetime | None:
    value = value.strip()
    if not value:
        return None
    try:
        local = datetime.fromisoformat(value)
    except ValueError:
        local = None
    if local is None or not 2000 < local.year < 9000:
        raise ParameterRefused(name, f"Write a day and a time such as 2026-12-10 09:00, not {value[:40]!r}.")
    instant = (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)
    if local.tzinfo is None and instant.astimezone(zone).replace(tzinfo=None) != local:
        raise ParameterRefused(name, f"{local:%H:%M} does not exist on that day in {zone.key}: the clocks go forward.")
    return instant
