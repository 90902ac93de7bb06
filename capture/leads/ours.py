"""Who of the leads is one of ours: whoever has access to the studio, or stands on the list of our own people.

Everybody else counts as a prospect. Those of ours get what they ask for; they are never handed over, and in no number.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, bindparam, select

from capture.accounts.models import Staff
from capture.db import session
from capture.leads.models import Exclusion, ExclusionKind, Lead, LeadAddress, LeadVisitor
from capture.pages import emails

AT_ONCE = 5_000

_WITH_ACCESS = select(Staff.email).where(Staff.email.in_(bindparam("told")))
_LISTED = select(Exclusion.pattern).where(
    Exclusion.kind == ExclusionKind.STAFF, Exclusion.pattern.in_(bindparam("told"))
)


def patterns(address: str) -> set[str]:
    """What a line of a list may say to mean this address: itself, its host, or a domain in which that ends.

    What is shorter than its company's domain means nobody, such as co.uk.
    """
    told = address.lower()
    host, company = emails.host(told), emails.company_domain(told)
    ends = {host, company}
    while company and len(host) > len(company):
        ends.add(host)
        host = host.partition(".")[2]
    return {told, *ends} - {""}


def among(addresses: Iterable[str]) -> set[str]:
    """Those of these addresses that are of our own people, by what is known now. Two queries."""
    asked = {address: patterns(address) for address in addresses}
    told = {"told": list(set().union(*asked.values()))}
    ours = {*session().scalars(_WITH_ACCESS, told), *session().scalars(_LISTED, told)}
    return {address for address, mine in asked.items() if not ours.isdisjoint(mine)}


def newcomers(addresses: Sequence[str], *, at: datetime) -> list[dict[str, Any]]:
    """The columns of new leads with these addresses."""
    ours = among(addresses)
    return [
        {
            "email": address,
            "created_at": at,
            "is_ours": address in ours,
            "ours_told_at": at if address in ours else None,
        }
        for address in addresses
    ]


def tell_apart(address: str | None = None, *, at: datetime) -> Sequence[Lead]:
    """Look again at every lead, or at that of an address; gives those that changed sides.

    Their days are counted again. An erased lead stays what it was. Half a second for a hundred thousand leads.
    """
    ours = set(session().scalars(select(Staff.email)))
    ours |= set(session().scalars(select(Exclusion.pattern).where(Exclusion.kind == ExclusionKind.STAFF)))
    changed = [lead_id for lead_id, told, was in _living(address) if was != _is_among(told, ours)]
    found: list[Lead] = []
    for first in range(0, len(changed), AT_ONCE):
        part = changed[first : first + AT_ONCE]
        found += session().scalars(select(Lead).where(Lead.id.in_(part)).order_by(Lead.id))
    for lead in found:
        lead.is_ours, lead.ours_told_at = not lead.is_ours, at
    session().flush()
    return found


def _is_among(address: str, ours: Set[str]) -> bool:
    """Whether a list means this address. What ends in nothing that is listed is known at once: nearly every one."""
    told = address.lower()
    host = told.rpartition("@")[2]
    ends = {told, host}
    while "." in host:
        host = host.partition(".")[2]
        ends.add(host)
    return not ours.isdisjoint(ends) and not ours.isdisjoint(patterns(told))


def _living(address: str | None) -> Iterable[tuple[int, str, bool]]:
    query = select(Lead.id, Lead.email, Lead.is_ours).where(Lead.erased_at.is_(None)).order_by(Lead.id).limit(AT_ONCE)
    if address is not None:
        query = query.join(LeadAddress).where(LeadAddress.address_key == address)
    last = 0
    while rows := session().execute(query.where(Lead.id > last)).all():
        yield from rows
        last = rows[-1].id


def is_prospect() -> ColumnElement[bool]:
    """A lead counts: for a query that has the lead's row."""
    return Lead.is_ours.is_(False)


def leads() -> Select[int]:
    """The keys of those of ours, for a query that has only a lead's key."""
    return select(Lead.id).where(Lead.is_ours, Lead.ours_told_at.is_not(None))  # by the index of the latter


def visitors() -> Select[int]:
    """The keys of the browsers of those of ours."""
    return select(LeadVisitor.visitor_id).where(LeadVisitor.lead_id.in_(leads()))


def is_counted(visitor_id: SQLColumnExpression[int | None]) -> ColumnElement[bool]:
    """A visit counts: by a browser that is not known, or not known as one of ours."""
    return visitor_id.is_(None) | visitor_id.not_in(visitors())
