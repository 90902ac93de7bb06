"""Who gets the next MQL."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from capture.accounts.models import Role, Staff
from capture.db import session
from capture.errors import NotFound
from capture.handoff import reps
from capture.handoff.models import Mql
from capture.handoff.reps import Work

WEEK = timedelta(days=7)


def next_owner(*, at: datetime, without: int | None = None) -> int | None:
    """The salesperson whose turn it is, by shares, one after the other; None where nobody may get one now.

    Who is away, or had the most that he takes in a week, is passed over. Two handoffs at the same moment may go to the
    same person: fairness is not worth a lock.
    """
    sales = select(Staff.id).where(Staff.role == Role.SALES, Staff.disabled_at.is_(None) | (Staff.disabled_at > at))
    active = [staff_id for staff_id in session().scalars(sales.order_by(Staff.id)) if staff_id != without]
    work = reps.of(active)
    taken = _taken(active, since=at - WEEK) if any(one.weekly for one in work.values()) else {}
    free = [staff_id for staff_id in active if _is_free(work[staff_id], taken.get(staff_id, 0), at=at)]
    return _next_in_turn({staff_id: work[staff_id].weight for staff_id in free})


def _is_free(work: Work, taken: int, *, at: datetime) -> bool:
    own = work.hours()
    return (own is None or not own.is_away(at)) and (work.weekly is None or taken < work.weekly)


def _taken(staff_ids: Sequence[int], *, since: datetime) -> dict[int, int]:
    query = select(Mql.owner_id, func.count()).where(Mql.owner_id.in_(staff_ids), Mql.qualified_at > since)
    return {owner: number for owner, number in session().execute(query.group_by(Mql.owner_id)) if owner is not None}


def _next_in_turn(shares: Mapping[int, int]) -> int | None:
    """Who had least of his share in the round before; of several, who waits longest."""
    if not shares:
        return None
    query = select(Mql.owner_id).where(Mql.owner_id.in_(shares)).order_by(Mql.id.desc())
    last = session().scalars(query.limit(max(1, sum(shares.values()) - 1))).all()

    def turn(staff_id: int) -> tuple[float, int, int]:
        waits = last.index(staff_id) if staff_id in last else len(last)
        return last.count(staff_id) / shares[staff_id], -waits, staff_id

    return min(shares, key=turn)


def salespeople() -> Sequence[Staff]:
    """Everybody who may be given an MQL, by name."""
    query = select(Staff).where(Staff.role == Role.SALES, Staff.disabled_at.is_(None))
    return session().scalars(query.order_by(Staff.name, Staff.id)).all()


def salesperson(public_id: str) -> Staff:
    """The one of them with this public id. Raises NotFound."""
    found = next((person for person in salespeople() if person.public_id == public_id), None)
    if found is None:
        raise NotFound("salesperson")
    return found
