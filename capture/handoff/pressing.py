"""What nobody answers: reminded, then escalated to an admin and given to somebody else. It is never taken for a yes.

What waits for somebody who is in sales no more goes on at once.

Where nobody is free it is tried again each hour until somebody is, and an admin hears of it again each week.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, or_, select

from capture.accounts.models import Role, Staff
from capture.db import session
from capture.handoff import mqls, owners, reps, routing
from capture.handoff.models import Mql
from capture.languages import all_of, kept, say, say_many
from capture.leads import leads
from capture.leads.models import Lead
from capture.outbox import queue as outbox

TOO_LATE = kept("nobody answered in time; %(because)s")  # kept beside the MQL
LEFT = kept("its owner left sales; %(because)s")
TOLD_AGAIN = timedelta(days=7)
AT_ONCE = 200


def waiting(*, at: datetime) -> Sequence[str]:
    """MQLs of which somebody is to be told now."""
    query = select(Mql.public_id).join(Lead, Lead.id == Mql.lead_id).where(Lead.erased_at.is_(None))
    query = query.where(
        Mql.outcome.is_(None), Mql.continues_id.is_(None), or_(Mql.remind_at <= at, _is_late(at), _is_left(at))
    )
    return session().scalars(query.order_by(Mql.due_at, Mql.id).limit(AT_ONCE)).all()


def unanswered() -> Mapping[int | None, int]:
    """How many MQLs wait for an answer, by owner; under None those that are nobody’s: one query."""
    query = select(Mql.owner_id, func.count()).join(Lead, Lead.id == Mql.lead_id).where(Lead.erased_at.is_(None))
    query = query.where(Mql.outcome.is_(None), Mql.continues_id.is_(None)).group_by(Mql.owner_id)
    return dict(session().execute(query).all())


def left_by(staff_id: int, *, at: datetime) -> Sequence[str]:
    """What waits for this person's answer and goes on without him: nothing, as long as he is in sales."""
    query = select(Mql.public_id).join(Lead, Lead.id == Mql.lead_id).where(Lead.erased_at.is_(None))
    query = query.where(Mql.outcome.is_(None), Mql.continues_id.is_(None), Mql.owner_id == staff_id, _is_left(at))
    return session().scalars(query.order_by(Mql.due_at, Mql.id)).all()


def hand_on(mql: Mql, *, sla_hours: int, at: datetime) -> bool:
    """Let somebody else take over from an owner who is in sales no more; gives whether this did so.

    Where nobody is free it is nobody's, as one that comes then. The lead's row must be held.
    """
    owner = session().get(Staff, mql.owner_id, populate_existing=True) if mql.owner_id is not None else None
    if mql.outcome is not None or owner is None or _works(owner, at=at):
        return False
    if not _seek(mql, LEFT, sla_hours=sla_hours, at=at):
        mqls.give_to_nobody(mql, at=at)
    return True


def press(mql: Mql, *, sla_hours: int, at: datetime) -> None:
    """Remind the owner; once the time is over tell an admin, and let somebody else take over, by the rules.

    Who let it lie before does not get it again. What is nobody's goes to the first who is free.

    The lead's row must be held. Each of these happens once for one due time, however many workers look.
    """
    if mql.outcome is not None or hand_on(mql, sla_hours=sla_hours, at=at):
        return
    is_looked_at = mql.remind_at is not None and mql.remind_at <= at
    if mql.due_at > at:
        if is_looked_at:
            _remind(mql, sla_hours=sla_hours, at=at)
    elif mql.escalated_at is None:
        mql.escalated_at = at
        mql.escalations += 1
        _escalate(mql, at=at)
        if mql.owner_id is not None:
            mql.late_ids = [*mql.late_ids, mql.owner_id]
        _seek(mql, TOO_LATE, sla_hours=sla_hours, at=at)
    elif is_looked_at:
        weeks = (at - mql.escalated_at) // TOLD_AGAIN
        if weeks:
            _escalate(mql, f":{weeks}", at=at)
        _seek(mql, TOO_LATE, sla_hours=sla_hours, at=at)


def _remind(mql: Mql, *, sla_hours: int, at: datetime) -> None:
    if mql.owner_id is None:
        _seek(mql, "%(because)s", sla_hours=sla_hours, at=at)
        return
    mql.remind_at = None
    outbox.enqueue("mql_reminder", key=f"mql_reminder:{_step(mql)}", at=at, mql_id=mql.id)


def _escalate(mql: Mql, again: str = "", *, at: datetime) -> None:
    key = f"mql_escalation:{_step(mql)}{again}"
    outbox.enqueue("mql_escalation", key=key, at=at, mql_id=mql.id, late=mql.owner_id)


def _step(mql: Mql) -> str:
    return f"{mql.public_id}:{mql.due_at.timestamp()}"


def _seek(mql: Mql, why: str, *, sla_hours: int, at: datetime) -> bool:
    """Whether somebody was found; else it is looked at again."""
    found = give_by_rules(mql, why, sla_hours=sla_hours, at=at)
    if not found:
        mql.remind_at = at + reps.AGAIN
    return found


def give_by_rules(
    mql: Mql,
    why: str,
    *,
    sla_hours: int,
    at: datetime,
    without: Collection[int] = (),
    former: int | None = None,
) -> bool:
    """Give it to whose turn it is by the rules, but to none who let it lie before; whether there is somebody.

    `why` is kept beside the MQL, with the rule; `former` is as in `mqls.give`. The lead's row must be held; call it
    last.
    """
    facts = routing.facts_of(leads.now_of(mql.lead_id), mql.submission_id)
    turn = owners.next_owner(facts, sla_hours=sla_hours, at=at, without=[*mql.late_ids, *without])
    if turn.staff_id is None:
        return False
    owner = session().get_one(Staff, turn.staff_id)
    because = why % {"because": turn.because}
    mqls.give(mql, owner, because=because, sla_hours=sla_hours, at=at, former=former)
    return True


def why_it_stays(mql: Mql, *, at: datetime) -> str:
    """Why an MQL that is overdue is still whose it is, or why one is nobody's; empty of any other."""
    if mql.outcome is not None or (mql.due_at > at and (mql.owner_id is not None or mql.continues_id is not None)):
        return ""
    if mql.due_at > at:
        return say(
            "No colleague could have it: whoever is away, has had their most or let its time pass is passed over. "
            "It is tried again; until then answer it, or give it to somebody."
        )
    if mql.escalated_at is not None:
        who = owners.names(mql.late_ids)
        had = say_many("%(who)s let the time pass", "%(who)s let the time pass", len(who), who=all_of(who))
        had = had if who else say("It was nobody’s")
        return say(
            "%(had)s, and nobody else was free. An admin was told. Each hour it is tried whether a colleague is free; "
            "until then answer it, or pass it on.",
            had=had,
        )
    return say("An admin is told and a colleague takes over within a minute, while the worker runs.")


def _works(owner: Staff, *, at: datetime) -> bool:
    return owner.role is Role.SALES and (owner.disabled_at is None or owner.disabled_at > at)


def _is_left(at: datetime) -> ColumnElement[bool]:
    """Its owner is in sales no more."""
    return Mql.owner_id.in_(select(Staff.id).where(or_(Staff.role != Role.SALES, Staff.disabled_at <= at)))


def _is_late(at: datetime) -> ColumnElement[bool]:
    return Mql.escalated_at.is_(None) & (Mql.due_at <= at)
