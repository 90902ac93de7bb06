"""What people worked on who can answer no more: it keeps them as its owner until somebody passes it on."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, or_, select

from capture.accounts.models import Role, Staff
from capture.db import session
from capture.handoff import dispositions, mqls, pressing
from capture.handoff.models import Mql
from capture.languages import kept
from capture.leads.models import Lead

BY_HAND = kept("its owner left sales; passed on by hand")  # kept beside the MQL


def is_left(at: datetime) -> tuple[ColumnElement[bool], ...]:
    """Sales has accepted it and it is open, but its owner has no access, or no role that answers."""
    gone = select(Staff.id).where(or_(Staff.role == Role.MARKETER, Staff.disabled_at <= at))
    return Mql.outcome.in_(dispositions.IN_PROGRESS), Mql.continues_id.is_(None), Mql.owner_id.in_(gone)


def of(staff_id: int, *, at: datetime) -> Sequence[str]:
    """What this person has left behind, first what is without news for longest: nothing, as long as he can answer."""
    query = select(Mql.public_id).join(Lead, Lead.id == Mql.lead_id).where(Lead.erased_at.is_(None))
    query = query.where(Mql.owner_id == staff_id, *is_left(at))
    return session().scalars(query.order_by(Mql.outcome_at, Mql.id)).all()


def number(*, at: datetime) -> int:
    """How many MQLs people have left behind."""
    query = select(func.count()).select_from(Mql).join(Lead, Lead.id == Mql.lead_id)
    return session().scalar(query.where(Lead.erased_at.is_(None), *is_left(at))) or 0


def pass_on(mql: Mql, owner_id: int, to: Staff | None, *, sla_hours: int, at: datetime) -> bool | None:
    """Give what this owner has left behind to a colleague, or by the rules; gives whether somebody has it now.

    None where it is his no more, or he can answer again. Nothing else of it changes; one mail tells whoever gets some
    at this moment of all of it. The lead's row must be held.
    """
    if mql.owner_id != owner_id or session().scalar(select(Mql.id).where(Mql.id == mql.id, *is_left(at))) is None:
        return None
    if to is None:
        return pressing.give_by_rules(mql, pressing.LEFT, sla_hours=sla_hours, at=at, former=owner_id)
    mqls.give(mql, to, because=BY_HAND, sla_hours=sla_hours, at=at, former=owner_id)
    return True
