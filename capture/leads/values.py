"""What was said about a lead: append-only values, and the current one on the lead by rule."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from capture.db import session
from capture.leads.models import Lead, LeadValue
from capture.pages.fields import LEAD_FIELDS


def learn(
    lead: Lead, said: Mapping[str, str], *, submission_id: int | None, verified: bool = False, at: datetime
) -> None:
    """Keep what was said. Verified beats newer: a stranger's input never overwrites a value that was proven.

    `said` maps lead fields (LEAD_FIELDS) to text; other keys and empty values are left out.
    """
    kept = {key: value for key, value in said.items() if key in LEAD_FIELDS and value}
    session().add_all(
        LeadValue(lead_id=lead.id, key=key, value=value, verified=verified, submission_id=submission_id, at=at)
        for key, value in kept.items()
    )
    session().flush()
    proven = set() if verified else _proven(lead.id)
    for key, value in kept.items():
        if key not in proven:
            setattr(lead, key, value)
    if not verified and {"first_name", "last_name"} & kept.keys() and "name" not in kept and "name" not in proven:
        lead.name = ""  # an older full name must not hide the parts that were typed now


def prove(lead: Lead, submission_id: int, *, at: datetime) -> None:
    """What that submission said is now verified: who sent it holds the mailbox."""
    rows = session().scalars(
        select(LeadValue).where(
            LeadValue.lead_id == lead.id, LeadValue.submission_id == submission_id, LeadValue.verified.is_(False)
        )
    )
    said = {row.key: row.value for row in rows}
    already = session().scalar(
        select(LeadValue.id)
        .where(LeadValue.lead_id == lead.id, LeadValue.submission_id == submission_id, LeadValue.verified)
        .limit(1)
    )
    if said and already is None:
        learn(lead, said, submission_id=submission_id, verified=True, at=at)


def _proven(lead_id: int) -> set[str]:
    return set(
        session().scalars(select(LeadValue.key).where(LeadValue.lead_id == lead_id, LeadValue.verified).distinct())
    )
