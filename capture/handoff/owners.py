"""Who gets the next MQL."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from capture.accounts.models import Role, Staff
from capture.db import session
from capture.errors import NotFound
from capture.handoff import hours, reps, routing
from capture.handoff.models import Mql
from capture.handoff.reps import Work
from capture.handoff.routing import Facts, Pool
from capture.languages import kept

DAY = timedelta(days=1)
WEEK = timedelta(days=7)
ROUND_ROBIN = kept("round robin")
WON_BEFORE = kept("won this customer")
SAID_WRONG = kept("said what was wrong, and that is mended")
HAD_BEFORE = kept("had this lead before its data were mended")


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose turn it is, and why; nobody's where nobody may get one now."""

    staff_id: int | None
    because: str


def next_owner(
    facts: Facts, *, sla_hours: float, at: datetime, without: Collection[int] = (), before: Sequence[Turn] = ()
) -> Turn:
    """The salesperson who gets the next MQL: whoever knows the person (`before`), the named account's owner, or by
    shares among those of the first rule.

    Who is away, or had the most that he takes in a day or a week, is passed over, but whom somebody knows, and a named
    account, stay his however many he had. Where nobody of a rule is free, the next that fits counts, and in the end
    everybody.
    Who leaves before his time to answer is over gets it only where all of them do, as on the eve of a holiday.
    Two handoffs at the same moment may go to the same person: fairness is not worth a lock.
    """
    sales = select(Staff.id).where(Staff.role == Role.SALES, Staff.disabled_at.is_(None) | (Staff.disabled_at > at))
    active = [staff_id for staff_id in session().scalars(sales.order_by(Staff.id)) if staff_id not in without]
    work = reps.of(active)
    present = [staff_id for staff_id in active if _is_there(work[staff_id], at=at)]
    free = _with_room(present, work, at=at)
    stay = [staff_id for staff_id in present if not _leaves(work[staff_id], sla_hours=sla_hours, at=at)]
    known = [Pool((one.staff_id,), one.because, is_named=True) for one in before if one.staff_id is not None]
    for pool in [*known, *routing.pools(facts), Pool(tuple(active), ROUND_ROBIN)]:
        ready = present if pool.is_named else free
        shares = {staff_id: work[staff_id].weight for staff_id in pool.staff_ids if staff_id in ready}
        found = _next_in_turn({one: share for one, share in shares.items() if one in stay} or shares)
        if found is not None:
            return Turn(found, pool.because)
    return Turn(None, "")


def _is_there(work: Work, *, at: datetime) -> bool:
    own = work.hours()
    return own is None or not own.is_away(at)


def _leaves(work: Work, *, sla_hours: float, at: datetime) -> bool:
    own = work.hours()
    return own is not None and own.is_off_between(at, hours.after(own, at, timedelta(hours=sla_hours)))


def _with_room(staff_ids: Sequence[int], work: Mapping[int, Work], *, at: datetime) -> list[int]:
    limits = [(DAY, {one: work[one].daily for one in staff_ids}), (WEEK, {one: work[one].weekly for one in staff_ids})]
    full: set[int] = set()
    for span, most in limits:
        if any(most.values()):
            taken = _taken(staff_ids, since=at - span)
            full |= {one for one, limit in most.items() if limit is not None and taken.get(one, 0) >= limit}
    return [staff_id for staff_id in staff_ids if staff_id not in full]


def _taken(staff_ids: Sequence[int], *, since: datetime) -> dict[int, int]:
    got = or_(Mql.qualified_at > since, Mql.passed_at > since)
    query = select(Mql.owner_id, func.count()).where(Mql.owner_id.in_(staff_ids), got)
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


def names(staff_ids: Collection[int]) -> list[str]:
    """The names of these people, in this order."""
    known = dict(session().execute(select(Staff.id, Staff.name).where(Staff.id.in_(staff_ids))).all())
    return [known[staff_id] for staff_id in staff_ids if staff_id in known]


def salesperson(public_id: str) -> Staff:
    """The one of them with this public id. Raises NotFound."""
    found = next((person for person in salespeople() if person.public_id == public_id), None)
    if found is None:
        raise NotFound("salesperson")
    return found
