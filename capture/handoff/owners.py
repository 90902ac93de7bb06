"""Who gets the next MQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from capture.accounts.models import Role, Staff
from capture.db import session
from capture.errors import NotFound
from capture.handoff.models import Mql


def next_owner(*, at: datetime) -> int | None:
    """The salesperson whose turn it is, one after the other; None where nobody of that role is active.

    Two handoffs at the same moment may go to the same person: fairness is not worth a lock.
    """
    sales = select(Staff.id).where(Staff.role == Role.SALES, Staff.disabled_at.is_(None) | (Staff.disabled_at > at))
    active = list(session().scalars(sales.order_by(Staff.id)))
    if not active:
        return None
    last = session().scalar(select(Mql.owner_id).where(Mql.owner_id.is_not(None)).order_by(Mql.id.desc()).limit(1))
    return next((staff_id for staff_id in active if last is not None and staff_id > last), active[0])


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
