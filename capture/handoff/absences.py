"""What waits for an answer of somebody who is away: it may go on to colleagues before its time is over."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime

from sqlalchemy import select

from capture.db import session
from capture.errors import UploadRefused
from capture.handoff import pressing, reps
from capture.handoff.hours import Hours
from capture.handoff.models import Mql, Rep
from capture.handoff.reps import Work
from capture.languages import kept
from capture.leads.models import Lead

AWAY = kept("its owner is away; %(because)s")  # kept beside the MQL


def waiting(*, at: datetime) -> Mapping[int, Sequence[str]]:
    """MQLs that wait for people who are away now, or will be on the day when the answer is due: two queries.

    By owner, what is due first before the others.
    """
    with_days_off = Mql.owner_id.in_(select(Rep.staff_id).where(Rep.off != ""))
    query = select(Mql.public_id, Mql.owner_id, Mql.due_at).join(Lead, Lead.id == Mql.lead_id)
    query = query.where(Mql.outcome.is_(None), Mql.continues_id.is_(None), Lead.erased_at.is_(None), with_days_off)
    rows = session().execute(query.order_by(Mql.due_at, Mql.id)).all()
    work = reps.of({owner_id for _, owner_id, _ in rows if owner_id is not None})
    own = {owner_id: told.hours() for owner_id, told in work.items()}
    found: dict[int, list[str]] = {}
    for mql_id, owner_id, due_at in rows:
        if owner_id is not None and _misses(own[owner_id], due_at, at=at):
            found.setdefault(owner_id, []).append(mql_id)
    return found


def away(staff_ids: Collection[int], *, at: datetime) -> Mapping[int, date]:
    """Those of them who are away now, and the last day of it: one query."""
    last = {staff_id: _away_until(told, at=at) for staff_id, told in reps.of(staff_ids).items()}
    return {staff_id: day for staff_id, day in last.items() if day is not None}


def _away_until(work: Work, *, at: datetime) -> date | None:
    with suppress(UploadRefused):  # what nobody can read marks nobody, and takes no screen away
        own = work.hours()
        return own.away_until(at) if own is not None else None
    return None


def hand_on(mql: Mql, owner_id: int, *, sla_hours: int, at: datetime) -> bool | None:
    """Let a colleague take over from an owner who is away; gives whether one did. None where it waits for him no more.

    Where nobody else is free it stays his. The lead's row must be held.
    """
    own = reps.of([owner_id])[owner_id].hours()
    if mql.outcome is not None or mql.owner_id != owner_id or not _misses(own, mql.due_at, at=at):
        return None
    return pressing.give_by_rules(mql, AWAY, sla_hours=sla_hours, at=at, without=[owner_id])


def _misses(own: Hours | None, due_at: datetime, *, at: datetime) -> bool:
    return own is not None and (own.is_away(at) or (due_at > at and own.is_away(due_at)))
