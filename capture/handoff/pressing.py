"""What nobody answers: reminded, then escalated to an admin and given to somebody else. It is never taken for a yes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, or_, select

from capture.accounts.models import Staff
from capture.db import session
from capture.handoff import mqls, owners, routing
from capture.handoff.models import Mql
from capture.leads import leads
from capture.leads.models import Lead
from capture.outbox import queue as outbox

NOT_OLDER = timedelta(days=7)  # what was overdue long before is nobody's news
AT_ONCE = 200


def waiting(*, at: datetime) -> Sequence[str]:
    """MQLs of which somebody is to be told now."""
    query = select(Mql.public_id).join(Lead, Lead.id == Mql.lead_id).where(Lead.erased_at.is_(None))
    query = query.where(Mql.outcome.is_(None), Mql.continues_id.is_(None), or_(_is_reminded(at), _is_late(at)))
    return session().scalars(query.order_by(Mql.due_at).limit(AT_ONCE)).all()


def press(mql: Mql, *, sla_hours: int, at: datetime) -> None:
    """Remind the owner; once the time is over tell an admin, and let somebody else take over, by the rules.

    Who let it lie before does not get it again.

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
    if late is not None:
        mql.late_ids = [*mql.late_ids, late]
    facts = routing.facts_of(leads.now_of(mql.lead_id), mql.submission_id)
    turn = owners.next_owner(facts, at=at, without=mql.late_ids)
    if turn.staff_id is not None:
        because = f"nobody answered in time; {turn.because}"
        mqls.give(mql, session().get_one(Staff, turn.staff_id), because=because, sla_hours=sla_hours, at=at)


def why_it_stays(mql: Mql, *, at: datetime) -> str:
    """Why an MQL that is overdue is still whose it is; empty where it is not overdue."""
    if mql.outcome is not None or mql.due_at > at:
        return ""
    if mql.escalated_at is not None:
        who = owners.names(mql.late_ids)
        had = f"{' and '.join(who)} let the time pass" if who else "It was nobody’s"
        return (
            f"{had}, and nobody else was free. An admin was told; it stays here until somebody answers or passes it on."
        )
    if mql.due_at <= at - NOT_OLDER:
        return (
            f"Nobody looked for more than {NOT_OLDER.days} days, so nobody was told and it went to nobody else. "
            "Answer it, or pass it on."
        )
    return "An admin is told and a colleague takes over within a minute, while the worker runs."


def _is_reminded(at: datetime) -> ColumnElement[bool]:
    return (Mql.remind_at <= at) & (Mql.due_at > at)


def _is_late(at: datetime) -> ColumnElement[bool]:
    return Mql.escalated_at.is_(None) & (Mql.due_at <= at) & (Mql.due_at > at - NOT_OLDER)
