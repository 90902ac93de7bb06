"""Whom a list keeps back and sales has all the same, since they were handed over before."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from capture.db import session
from capture.handoff import dispositions, exclusions
from capture.handoff.models import Mql
from capture.leads.models import ExclusionKind, Lead, LeadAddress

SHOWN = 20


@dataclass(frozen=True, slots=True)
class WithSales:
    """How many MQLs there are, and the newest of them: the public id of each, and who it is."""

    number: int
    newest: Sequence[tuple[str, str]]

    @property
    def more(self) -> int:
        return self.number - len(self.newest)


def with_sales(kind: ExclusionKind) -> WithSales:
    """MQLs that sales has yet to answer or works on, of people whom this list means. Two queries."""
    patterns = exclusions.patterns(kind)
    named = aliased(Lead)  # as the MQL names the person; `Lead` is who that is now
    query = (
        select(Mql.public_id, LeadAddress.address_key, Lead)
        .join(named, named.id == Mql.lead_id)
        .join(Lead, Lead.id == func.coalesce(named.merged_into_id, named.id))
        .join(LeadAddress, LeadAddress.lead_id == Lead.id)
        .where(Mql.outcome.is_(None) | Mql.outcome.in_(dispositions.IN_PROGRESS), Mql.continues_id.is_(None))
        .order_by(Mql.qualified_at.desc(), Mql.id.desc())
    )
    found = {
        mql_id: lead.full_name or lead.email
        for mql_id, address, lead in (session().execute(query) if patterns else ())
        if exclusions.means(patterns, address)
    }
    return WithSales(len(found), list(found.items())[:SHOWN])
