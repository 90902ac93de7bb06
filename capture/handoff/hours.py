"""Working hours of a person in a zone: when so much working time will have passed. Plain arithmetic."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from capture.errors import Faults, UploadRefused
from capture.languages import say

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
LONGEST = 800  # days that are looked through for working time
_LINE = re.compile(r"(\w{3})(?:\s*-\s*(\w{3}))?\s+(\d{1,2}):(\d{2})\s*-\s*(\d{1,2}):(\d{2})")
_MIDNIGHT = 24 * 60


@dataclass(frozen=True, slots=True)
class Hours:
    """For each day of the week, from Monday, the stretches of it that are worked, in minutes of the day; days off.

    The stretches of a day are in order, and none touches another.
    """

    zone: ZoneInfo
    week: tuple[tuple[tuple[int, int], ...], ...]
    off: tuple[tuple[date, date], ...] = ()

    def is_off(self, day: date) -> bool:
        """Whether the whole day is off, for a holiday or an absence."""
        return any(first <= day <= last for first, last in self.off)

    def is_away(self, at: datetime) -> bool:
        """Whether somebody is off on the day that it is there."""
        return self.is_off(at.astimezone(self.zone).date())

    def away_until(self, at: datetime) -> date | None:
        """The last of the days off that follow each other from the day that it is there; None where that is none."""
        today = at.astimezone(self.zone).date()
        last = today - timedelta(days=1)
        for first, end in sorted(self.off):
            if (first - last).days <= 1:
                last = max(last, end)
        return last if last >= today else None

    def is_off_between(self, since: datetime, until: datetime) -> bool:
        """Whether somebody is off on any day that it is there between two instants."""
        begin, end = since.astimezone(self.zone).date(), until.astimezone(self.zone).date()
        return any(first <= end and begin <= last for first, last in self.off)


def after(hours: Hours | None, at: datetime, work: timedelta) -> datetime:
    """When `work` of working time has passed since `at`; without hours every hour counts.

    Somebody who does not work within LONGEST days has the end of them.
    """
    if hours is None:
        return at + work
    for begin, end in _spans(hours, at):
        if work <= end - begin:
            return begin + work
        work -= end - begin
    return at + timedelta(days=LONGEST)


def working_day(hours: Hours | None) -> timedelta:
    """How long somebody works on his longest day."""
    minutes = [sum(end - begin for begin, end in day) for day in hours.week] if hours else [1440]
    return timedelta(minutes=max(minutes))


def between(hours: Hours | None, since: datetime, until: datetime) -> timedelta:
    """How much working time lies between two instants."""
    if hours is None:
        return max(timedelta(), until - since)
    total = timedelta()
    for begin, end in _spans(hours, since):
        if begin >= until:
            break
        total += min(end, until) - begin
    return total


def _spans(hours: Hours, at: datetime) -> Iterator[tuple[datetime, datetime]]:
    """The stretches of work from `at` on, in UTC: a day on which the clock is moved has its true length."""
    first = at.astimezone(hours.zone).date()
    for number in range(LONGEST):
        day = first + timedelta(days=number)
        if hours.is_off(day):
            continue
        for opens, closes in hours.week[day.weekday()]:
            begin, end = max(_instant(day, opens, hours.zone), at), _instant(day, closes, hours.zone)
            if begin < end:
                yield begin, end


def _instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    day, minute = (day + timedelta(days=1), 0) if minute == _MIDNIGHT else (day, minute)
    return datetime.combine(day, time(minute // 60, minute % 60), zone).astimezone(UTC)


def week(text: str) -> tuple[tuple[tuple[int, int], ...], ...]:
    """`Mon-Thu 09:00-12:30`, one stretch a line; a day may have several. Raises UploadRefused."""
    found: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    faults = Faults()
    for line in filter(None, (line.strip() for line in text.splitlines())):
        told = _LINE.fullmatch(line)
        names = [name.capitalize() for name in (told[1], told[2] or told[1])] if told else []
        minutes = [int(told[n]) * 60 + int(told[n + 1]) for n in (3, 5)] if told else [0, 0]
        if any(name not in DAYS for name in names) or not 0 <= minutes[0] < minutes[1] <= _MIDNIGHT:
            faults.note(UploadRefused(say("“%(line)s”: write hours as Mon-Fri 09:00-17:00.", line=line[:60]), "week"))
            continue
        first, last = (DAYS.index(name) for name in names)
        for number in range((last - first) % 7 + 1):  # Sun-Thu goes on with Monday
            found[(first + number) % 7].append((minutes[0], minutes[1]))
    faults.refuse()
    if not any(found):
        raise UploadRefused(say("Write at least one line of hours, for instance Mon-Fri 09:00-17:00."), "week")
    return tuple(_joined(day) for day in found)


def _joined(stretches: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    """In order, those that touch or overlap as one."""
    found: list[tuple[int, int]] = []
    for begin, end in sorted(stretches):
        if found and begin <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((begin, end))
    return tuple(found)


def days(text: str) -> tuple[tuple[date, date], ...]:
    """`2026-12-24` or `2026-12-24 to 2027-01-02`, one a line. Raises UploadRefused."""
    found, faults = [], Faults()
    for line in filter(None, (line.strip() for line in text.splitlines())):
        begin, _, end = (part.strip() for part in line.partition(" to "))
        try:
            span = date.fromisoformat(begin), date.fromisoformat(end or begin)
        except ValueError:
            span = date.max, date.min
        if span[0] > span[1]:
            said = say("“%(line)s”: write days as 2026-12-24, or 2026-12-24 to 2027-01-02.", line=line[:60])
            faults.note(UploadRefused(said, "off"))
        found.append(span)
    faults.refuse()
    return tuple(found)
