"""The audit log: who changed or took out what, and when. Append-only."""

from datetime import datetime

from capture.accounts.models import AuditEntry
from capture.db import session


def record(actor: str, action: str, subject: str, *, at: datetime, **detail: object) -> None:
    """Keep an entry. `actor` is a staff public id, "cli", or "token:" and a token's public id; no personal data."""
    session().add(AuditEntry(at=at, actor=actor, action=action, subject=subject, detail=detail))
