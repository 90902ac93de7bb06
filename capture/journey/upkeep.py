"""The story of the house itself: showing that it can still write, and letting go of what nothing asks for."""

from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError

from capture.db import journey, public_id, session
from capture.engagement import form_starts
from capture.errors import StorageUnavailable
from capture.outbox.models import OutboxMessage

log = structlog.get_logger()


def can_write(*, at: datetime) -> bool:
    """Whether a transaction that writes can be committed now: a full disk or a lost database says no."""
    try:
        _write_and_take_back(at=at)
    except (StorageUnavailable, SQLAlchemyError) as error:
        log.warning("not ready", fault=type(error).__name__)
        return False
    return True


@journey
def forget_old(*, at: datetime) -> None:
    """Delete what was kept for a time that is over."""
    form_starts.forget_old(at=at)


@journey
def _write_and_take_back(*, at: datetime) -> None:
    probe = OutboxMessage(
        kind="probe", lane="probe", idempotency_key=f"probe-{public_id()}", payload={}, created_at=at, due_at=at
    )
    session().add(probe)
    session().flush()
    session().delete(probe)
