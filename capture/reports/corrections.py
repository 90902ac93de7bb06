"""What somebody of the house put right of a person: who did, and what stood there before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select

from capture.accounts.models import Staff
from capture.db import session
from capture.languages import Phrase, again, say
from capture.leads import leads
from capture.leads.models import Lead, LeadValue
from capture.pages import countries

LONGEST = 60  # characters of a value that are told


@dataclass(frozen=True, slots=True)
class Correction:
    """A field that was put right."""

    key: str
    who: str
    before: str
    at: datetime

    @property
    def stood(self) -> Phrase:
        """What stood there, in few words."""
        told = short(self.key, self.before)
        return say("“%(what)s” before", what=told) if self.before else say("nothing before")


def standing(lead: Lead) -> Mapping[str, Correction]:
    """By field: what stands there because somebody put it right. One query."""
    mine = told(LeadValue.value).where(LeadValue.lead_id.in_(leads.of_person([lead.id])))
    rows = session().execute(mine.order_by(LeadValue.at, LeadValue.id)).all()
    latest = {row.key: row for row in rows}
    return {
        key: Correction(key, again(row.who), row.before or "", row.at)
        for key, row in latest.items()
        if row.value == getattr(lead, key, None)
    }


def told(*more: Any) -> Select[*tuple[Any, ...]]:
    """Corrections with the name of whoever made each."""
    who = func.coalesce(Staff.name, "A command").label("who")
    query = select(LeadValue.key, LeadValue.before, LeadValue.at, who, *more)
    return query.outerjoin(Staff, Staff.public_id == LeadValue.corrected_by).where(LeadValue.corrected_by.is_not(None))


def short(key: str, value: str | None) -> str:
    """A value in few words, a country by its name; a dash for none."""
    if key == "country" and value:
        return countries.named(value)
    told = value or "–"
    return told if len(told) <= LONGEST else f"{told[:LONGEST].rstrip()}…"
