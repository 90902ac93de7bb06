"""Salespeople as they work: zone, hours, days off, share and most a week, and their ids in the CRM."""

from collections.abc import Collection, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from sqlalchemy import select

from capture.accounts import marks
from capture.db import session
from capture.errors import Faults, UploadRefused
from capture.handoff import hours
from capture.handoff.hours import Hours
from capture.handoff.models import Rep
from capture.languages import say

MOST_WEIGHT = 100
REMIND = 0.75  # of the time to answer
AGAIN = timedelta(hours=1)  # until somebody is looked for once more, where nobody was free


@dataclass(frozen=True, slots=True)
class Work:
    """What somebody set. Texts are as `hours` reads them; no week: every hour counts."""

    zone: str = ""
    week: str = ""
    off: str = ""
    weight: int = 1
    weekly: int | None = None
    crm_ids: str = ""  # `system = id` a line
    daily: int | None = None

    def hours(self) -> Hours | None:
        """The hours that count. Raises UploadRefused."""
        if not self.week.strip() and not self.off.strip():
            return None
        faults = Faults()
        week: tuple[tuple[tuple[int, int], ...], ...] = (((0, 1440),),) * 7
        off: tuple[tuple[date, date], ...] = ()
        if self.zone not in _zones():
            faults.note(UploadRefused(say("Choose a time zone such as Europe/Berlin."), "zone"))
        with faults.noted():
            week = hours.week(self.week) if self.week.strip() else week
        with faults.noted():
            off = hours.days(self.off)
        faults.refuse()
        return Hours(ZoneInfo(self.zone), week, off)


@cache  # they are files: all are looked for, of each person at each hand-over
def _zones() -> Set[str]:
    return available_timezones()


def of(staff_ids: Collection[int]) -> Mapping[int, Work]:
    """How each of them works: one query."""
    found = {rep.staff_id: _work(rep) for rep in session().scalars(select(Rep).where(Rep.staff_id.in_(staff_ids)))}
    return {staff_id: found.get(staff_id, Work()) for staff_id in staff_ids}


def check(work: Work) -> None:
    """Whether somebody can work like that. Raises UploadRefused, naming all that is to be mended."""
    faults = Faults()
    with faults.noted():
        work.hours()
    if not 1 <= work.weight <= MOST_WEIGHT:
        said = say("A share is a whole number from 1 to %(most_weight)s.", most_weight=MOST_WEIGHT)
        faults.note(UploadRefused(said, "weight"))
    for field, most in (("daily", work.daily), ("weekly", work.weekly)):
        if most is not None and most < 1:
            faults.note(UploadRefused(say("The most in a day or a week is 1 or more, or nothing."), field))
    with faults.noted():
        crm_ids(work.crm_ids)
    faults.refuse()


def keep(staff_id: int, work: Work) -> None:
    """Keep how somebody works. Raises UploadRefused, naming all that is to be mended."""
    check(work)
    rep = session().scalar(select(Rep).where(Rep.staff_id == staff_id)) or Rep(staff_id=staff_id)
    rep.zone, rep.week, rep.off = work.zone, work.week.strip(), work.off.strip()
    rep.weight, rep.weekly, rep.daily, rep.crm_ids = work.weight, work.weekly, work.daily, work.crm_ids.strip()
    session().add(rep)
    session().flush()


def mark(work: Work) -> str:
    """The mark of how somebody works."""
    return marks.of(asdict(work))


def crm_ids(text: str) -> dict[str, str]:
    """`salesforce = 005…`, one a line. Raises UploadRefused."""
    found, faults = {}, Faults()
    for line in filter(None, (line.strip() for line in text.splitlines())):
        system, mark, told = (part.strip() for part in line.partition("="))
        if not (system and mark and told):
            faults.note(UploadRefused(say("“%(line)s”: write ids as system = id.", line=line[:60]), "crm"))
        found[system.lower()] = told
    faults.refuse()
    return found


def due(
    staff_id: int | None, *, sla_hours: float, within_a_day: bool = False, at: datetime
) -> tuple[datetime, datetime]:
    """By when somebody answers in his own hours, and when he is reminded; for nobody, when somebody is sought AGAIN.

    `within_a_day`: after one of his working days at the latest.
    """
    whole = timedelta(hours=sla_hours)
    if staff_id is None:
        return at + whole, at + min(AGAIN, whole * REMIND)
    own = of([staff_id])[staff_id].hours()
    whole = min(whole, hours.working_day(own)) if within_a_day else whole
    return hours.after(own, at, whole), hours.after(own, at, whole * REMIND)


def _work(rep: Rep) -> Work:
    return Work(rep.zone, rep.week, rep.off, rep.weight, rep.weekly, rep.crm_ids, rep.daily)
