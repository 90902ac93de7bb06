"""The audit log: who changed or took out what, and when. Append-only."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from capture.accounts.models import AuditEntry
from capture.db import session


def record(actor: str, action: str, subject: str, *, at: datetime, **detail: object) -> None:
    """Keep an entry. `actor` is a staff public id, "cli", or "token:" and a token's public id; no personal data."""
    session().add(AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail))


def newest(*, number: int, size: int) -> Sequence[AuditEntry]:
    """Page `number` (from 1) of the log, the newest first, and one entry more where the log goes on."""
    query = select(AuditEntry).order_by(AuditEntry.id.desc()).offset((number - 1) * size).limit(size + 1)
    return session().scalars(query).all()
