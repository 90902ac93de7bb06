"""The audit log: who changed or took out what, and when. Append-only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from capture.accounts.models import AuditEntry
from capture.db import session


def record(actor: str, action: str, subject: str, *, at: datetime, **detail: object) -> None:
    """Keep an entry. `actor` is a staff public id, "cli", or "token:" and a token's public id; no personal data."""
    session().add(AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail))


def last(subject: str, actions: Sequence[str]) -> AuditEntry | None:
    """The newest entry of this subject that is one of these actions."""
    query = select(AuditEntry).where(AuditEntry.subject == subject, AuditEntry.action.in_(actions))
    return session().scalar(query.order_by(AuditEntry.id.desc()).limit(1))


def newest(*, number: int, size: int) -> Sequence[AuditEntry]:
    """Page `number` (from 1) of the log, the newest first, and one entry more where the log goes on."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).offset((number - 1) * size).limit(size + 1)
    return session().scalars(query).all()
