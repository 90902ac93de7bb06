"""Sessions: where somebody is logged in, by which browser, and since when; each can be ended alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, delete, select

from capture.accounts.models import Staff, StaffSession
from capture.db import session

LASTS = timedelta(days=30)  # without a request
NOTED = timedelta(minutes=10)  # how exactly it is kept when a session was seen last

# The first that is named in the header: most browsers name those that they descend from too.
BROWSERS: Sequence[tuple[str, str]] = (
    *(("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox")),
    *(("CriOS", "Chrome"), ("Chrome", "Chrome"), ("Safari", "Safari")),
)
SYSTEMS: Sequence[tuple[str, str]] = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


_GOES_ON = (StaffSession.session_mark == Staff.session_mark, StaffSession.seen_at > bindparam("since"))
_KNOWN = (  # asked with each request: put together once
    select(Staff, StaffSession)
    .join(StaffSession, StaffSession.staff_id == Staff.id)
    .where(StaffSession.public_id == bindparam("public_id"), Staff.disabled_at.is_(None), *_GOES_ON)
)


def browser_of(user_agent: str) -> str:
    """A header `User-Agent` as people say it, such as `Firefox, Windows`; empty for another. It is not kept itself."""
    named = (next((said for token, said in known if token in user_agent), "") for known in (BROWSERS, SYSTEMS))
    return ", ".join(filter(None, named))


def begin(person: Staff, browser: str, *, at: datetime) -> StaffSession:
    """Somebody has logged in. What is over of earlier sessions goes."""
    over = (StaffSession.session_mark != person.session_mark) | (StaffSession.seen_at <= at - LASTS)
    session().execute(delete(StaffSession).where(StaffSession.staff_id == person.id, over))
    begun = StaffSession(staff_id=person.id, session_mark=person.session_mark, browser=browser, begun_at=at, seen_at=at)
    session().add(begun)
    session().flush()
    return begun


def known(public_id: str, *, at: datetime) -> tuple[Staff, StaffSession] | None:
    """The session of this id with its person, unless it is over or the access was taken away. One query."""
    found = session().execute(_KNOWN, {"public_id": public_id, "since": at - LASTS}).one_or_none()
    return (found[0], found[1]) if found else None


def of(person: Staff, *, at: datetime) -> Sequence[StaffSession]:
    """Where somebody is logged in, the one that was seen last first."""
    query = select(StaffSession).join(Staff, Staff.id == StaffSession.staff_id)
    mine = query.where(StaffSession.staff_id == person.id, *_GOES_ON)
    newest_first = mine.order_by(StaffSession.seen_at.desc(), StaffSession.id.desc())
    return session().scalars(newest_first, {"since": at - LASTS}).all()


def note_seen(public_id: str, *, at: datetime) -> None:
    """There was a request of it."""
    found = session().scalar(select(StaffSession).where(StaffSession.public_id == public_id))
    if found is not None:
        found.seen_at = max(found.seen_at, at)


def end(person: Staff, public_id: str) -> bool:
    """It is over with its next request; False where it was none of this person's."""
    mine = StaffSession.staff_id == person.id
    return _end(mine, StaffSession.public_id == public_id) > 0


def end_others(person: Staff, public_id: str) -> int:
    """All but this one are over with their next request; gives how many they were."""
    mine = StaffSession.staff_id == person.id
    return _end(mine, StaffSession.public_id != public_id)


def _end(*these: ColumnElement[bool]) -> int:
    return len(session().scalars(delete(StaffSession).where(*these).returning(StaffSession.id)).all())
