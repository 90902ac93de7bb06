"""What nobody answers: reminded, then escalated to an admin and given to somebody else. It is never taken for a yes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from capture.accounts.models import Staff
from capture.db import session
from capture.handoff import mqls, owners
from capture.handoff.models import Mql
from capture.outbox import queue as outbox

NOT_OLDER = timedelta(days=7)  # what was overdue long before is nobody's news
AT_ONCE = 200


def waiting(*, at: datetime) -> Sequence[str]:
    """MQLs of which somebody is to be told now."""
    query = select(Mql.public_id).where(Mql.outcome.is_(None), or_(_is_reminded(at), _is_late(at)))
    return session().scalars(query.order_by(Mql.due_at).limit(AT_ONCE)).all()


def press(mql: Mql, *, sla_hours: int, at: datetime) -> None:
    """Remind the owner; once the time is over tell an admin, and let somebody else who is there take over.

    The lead's row must be held. Each of these happens once for one due time, however many workers look.
    """
    if mql.outcome is not None:
        return
    step = f"{mql.public_id}:{mql.due_at.timestamp()}"
    if mql.due_at > at:
        if mql.remind_at is not None and mql.remind_at <= at:
            mql.remind_at = None
            outbox.enqueue("mql_reminder", key=f"mql_reminder:{step}", at=at, mql_id=mql.id)
        return
    if mql.escalated_at is not None:
        return
    mql.escalated_at, mql.remind_at = at, None
    mql.escalations += 1
    late = mql.owner_id
    outbox.enqueue("mql_escalation", key=f"mql_escalation:{step}", at=at, mql_id=mql.id, late=late)
    other = owners.next_owner(at=at, without=late) if mql.escalations < len(owners.salespeople()) else None
    if other is not None:
        mqls.give(mql, session().get_one(Staff, other), sla_hours=sla_hours, at=at)


def _is_reminded(at: datetime) -> ColumnElement[bool]:
    return (Mql.remind_at <= at) & (Mql.due_at > at)


def _is_late(at: datetime) -> ColumnElement[bool]:
    return Mql.escalated_at.is_(None) & (Mql.due_at <= at) & (Mql.due_at > at - NOT_OLDER)
