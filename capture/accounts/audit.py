"""The audit log: who changed or took out what, and when. Append-only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ScalarSelect, func, select

from capture.accounts.models import AuditEntry
from capture.db import session

LATE = timedelta(hours=1)  # how much later than its instant an entry may be written: so far keys are no order of time
MOST = 2**62  # more than any key


def record(actor: str, action: str, subject: str, *, at: datetime, **detail: object) -> None:
    """Keep an entry. `actor` is a staff public id, "cli", or "token:" and a token's public id; no personal data."""
    session().add(AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail))


def last(subject: str, actions: Sequence[str]) -> AuditEntry | None:
    """The newest entry of this subject that is one of these actions."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.action.in_(actions))
    return session().scalar(query.order_by(AuditEntry.id.desc()).limit(1))


@dataclass(frozen=True, slots=True)
class Sought:
    """What of the log is looked for; empty is anything. The span is from `since` to before `until`."""

    actor: str = ""
    action: str = ""
    subject: str = ""
    since: datetime | None = None
    until: datetime | None = None


def found(sought: Sought, *, before: int | None = None, size: int) -> Sequence[AuditEntry]:
    """The newest entries that are looked for, and one more where there are others; `before` is the last one's key."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).limit(size + 1)
    for column in (AuditEntry.actor, AuditEntry.action, AuditEntry.subject):
        if wanted := getattr(sought, column.key):
            query = query.where(column == wanted)
    if sought.since is not None:
        query = query.where(AuditEntry.at >= sought.since, AuditEntry.id >= _first(sought.since - LATE))
    if sought.until is not None:
        query = query.where(AuditEntry.at < sought.until, AuditEntry.id <= _first(sought.until + LATE))
    if before is not None:
        query = query.where(AuditEntry.id < max(0, min(before, MOST)))  # an address may say any number
    return session().scalars(query).all()


def _first(at: datetime) -> ScalarSelect[int]:
    """The key of the first entry from an instant on; beyond the last one, a key that no entry has."""
    first = select(AuditEntry.id).where(AuditEntry.at >= at).order_by(AuditEntry.at, AuditEntry.id).limit(1)
    return select(func.coalesce(first.scalar_subquery(), MOST)).scalar_subquery()


def actions() -> Sequence[str]:
    """Every action that there is an entry of: one look into the index for each."""
    least = select(func.min(AuditEntry.action).label("action"))
    steps = least.cte("steps", recursive=True)
    following = select(func.min(AuditEntry.action)).where(AuditEntry.action > steps.c.action).scalar_subquery()
    steps = steps.union_all(select(following).where(steps.c.action.is_not(None)))
    return session().scalars(select(steps.c.action).where(steps.c.action.is_not(None))).all()
