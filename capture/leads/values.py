"""What was said about a lead: append-only values, and the current one on the lead by rule."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, insert, select

from capture.accounts import marks
from capture.db import session
from capture.leads import leads
from capture.leads.models import CHANGED, Lead, LeadValue, Submission
from capture.pages.fields import LEAD_FIELDS

NAME = ("name", "first_name", "last_name")


def learn(
    lead: Lead,
    said: Mapping[str, str],
    *,
    submission_id: int | None,
    verified: bool = False,
    corrected_by: str | None = None,
    at: datetime,
) -> None:
    """Keep what was said. Verified beats newer: a stranger's input never overwrites a value that was proven.

    `said` maps lead fields (LEAD_FIELDS) to text; other keys and empty values are left out. What is `corrected_by`
    somebody of the house, by public id, counts as proven, and may be empty.
    """
    is_ours = corrected_by is not None
    verified = verified or is_ours
    kept = {key: value for key, value in said.items() if key in LEAD_FIELDS and (value or is_ours)}
    proven = set() if verified else _proven(lead.id)
    for key, value in kept.items():
        row = LeadValue(lead_id=lead.id, key=key, value=value, verified=verified, submission_id=submission_id, at=at)
        row.corrected_by = corrected_by
        if key not in proven:
            row.before = _displaced(lead, key, value, at)
            setattr(lead, key, value)
        session().add(row)
    session().flush()
    if not verified and {"first_name", "last_name"} & kept.keys() and "name" not in kept and "name" not in proven:
        lead.name = ""  # an older full name must not hide the parts that were typed now


def mark(lead: Lead) -> str:
    """The mark of what is known of the lead now."""
    return marks.of([getattr(lead, key) for key in LEAD_FIELDS])


def _displaced(lead: Lead, key: str, value: str, at: datetime) -> str | None:
    """What a value takes the place of; None where the lead begins with it, or had it already."""
    stood: str = getattr(lead, key)
    return stood if at > lead.created_at and stood != value else None


def prove(lead: Lead, submission_id: int, *, at: datetime) -> None:
    """What that submission said is now verified: who sent it holds the mailbox."""
    rows = session().scalars(
        select(LeadValue).where(LeadValue.submission_id == submission_id, LeadValue.verified.is_(False))
    )
    said = {row.key: row.value for row in rows}
    already = session().scalar(
        select(LeadValue.id).where(LeadValue.submission_id == submission_id, LeadValue.verified).limit(1)
    )
    if said and already is None:
        learn(lead, said, submission_id=submission_id, verified=True, at=at)


def learn_all(said: Mapping[Lead, Mapping[str, str]], *, import_id: int, at: datetime) -> None:
    """Keep what a list says of many leads, of the day `at`: what was proven, or said later, stays current.

    A fixed number of statements, however many leads.
    """
    stands = _standing([lead.id for lead in said])
    rows = []
    for lead, told in said.items():
        new = _new(lead, told, stands.get(lead.id, {}), at=at)
        for key, value in told.items():
            if key in LEAD_FIELDS and value:
                before = _displaced(lead, key, value, at) if key in new else None
                row = {"lead_id": lead.id, "key": key, "value": value, "import_id": import_id, "at": at}
                rows.append(row | {"before": before})
        for key, value in new.items():
            setattr(lead, key, value)
    if rows:
        session().execute(insert(LeadValue), rows)
    session().flush()


def foretold(said: Mapping[Lead, Mapping[str, str]], *, at: datetime) -> dict[int, dict[str, str]]:
    """By lead and field: what would be known once `learn_all` had kept this. Nothing is kept; two queries."""
    stands = _standing([lead.id for lead in said])
    return {
        lead.id: {key: getattr(lead, key) for key in LEAD_FIELDS} | _new(lead, told, stands.get(lead.id, {}), at=at)
        for lead, told in said.items()
    }


def _new(lead: Lead, told: Mapping[str, str], stands: Mapping[str, "_Standing"], *, at: datetime) -> dict[str, str]:
    """What a list of the day `at` changes of a lead, by field."""
    new = {}
    for key, value in told.items():
        known = stands.get(key)
        is_open = not known.verified and known.at <= at if known else not getattr(lead, key, "")
        if key in LEAD_FIELDS and value and is_open:
            new[key] = value
    name, parts = stands.get("name"), {"first_name", "last_name"} & told.keys()
    if parts and "name" not in told and name and not name.verified and name.at <= at:
        new["name"] = ""  # as in `learn`
    return new


def unlearn_all(kept: Sequence[Lead], *, import_id: int) -> None:
    """Take back what a list said of these people; what was known before is current again."""
    by_id = {lead.id: lead for lead in kept}
    whose = leads.members(by_id)
    mine = LeadValue.import_id == import_id, LeadValue.lead_id.in_(whose)
    taken = session().execute(select(LeadValue.lead_id, LeadValue.key, LeadValue.value).where(*mine)).all()
    session().execute(delete(LeadValue).where(*mine))
    stands = _standing(list(by_id))
    for row_of, key, value in taken:
        lead_id = whose[row_of]
        known = stands.get(lead_id, {}).get(key)
        if known is not None or getattr(by_id[lead_id], key) == value:
            setattr(by_id[lead_id], key, known.value if known else "")
    session().flush()


def by_then(moments: Sequence[tuple[int, datetime]]) -> list[dict[str, str]]:
    """What stood on leads at moments, by lead field, where something else does now. One query."""
    changed = select(LeadValue.lead_id, LeadValue.at, LeadValue.key, LeadValue.before)
    mine = changed.where(CHANGED, LeadValue.lead_id.in_({lead_id for lead_id, _ in moments}))
    latest_first = session().execute(mine.order_by(LeadValue.at.desc(), LeadValue.id.desc()))
    of_lead: dict[int, list[tuple[datetime, str, str]]] = {}
    for lead_id, at, key, before in latest_first:
        of_lead.setdefault(lead_id, []).append((at, key, before or ""))
    return [{key: before for at, key, before in of_lead.get(lead_id, ()) if at > when} for lead_id, when in moments]


def moments(lead_ids: Collection[int]) -> list[datetime]:
    """When something was said of these leads, in a form or otherwise, each moment once, the first first. One query."""
    said = select(LeadValue.at).where(LeadValue.lead_id.in_(lead_ids))
    filled = select(Submission.at).where(Submission.lead_id.in_(lead_ids))
    return sorted(session().scalars(said.union(filled)))


def settled(kept: Lead, merged: Lead) -> dict[str, str]:
    """What stands on a lead once another is merged into it: what is known of it, and of the other what it lacks.

    The name goes whole: the parts of two names would make a third.
    """
    found = {key: getattr(kept, key) or getattr(merged, key) for key in LEAD_FIELDS}
    named = kept if kept.full_name else merged
    return found | {part: getattr(named, part) for part in NAME}


@dataclass(frozen=True, slots=True)
class _Standing:
    value: str
    verified: bool
    at: datetime


def _standing(lead_ids: Sequence[int]) -> dict[int, dict[str, _Standing]]:
    """The value that counts of each lead and key: verified beats newer, and as in `settled` his own the merged ones'.

    It is verified where anybody proved that key of the person: so no list displaces it.
    """
    whose = leads.members(lead_ids)
    query = select(LeadValue).where(LeadValue.lead_id.in_(whose))
    rows = session().scalars(query.order_by(LeadValue.verified, LeadValue.at, LeadValue.id)).all()
    proven = {(whose[row.lead_id], row.key) for row in rows if row.verified}
    named = {row.lead_id for row in rows if row.key in NAME and whose[row.lead_id] == row.lead_id}
    found: dict[int, dict[str, _Standing]] = {}
    for row in sorted(rows, key=lambda row: whose[row.lead_id] == row.lead_id):
        lead_id = whose[row.lead_id]
        if row.lead_id == lead_id or row.key not in NAME or lead_id not in named:
            verified = (lead_id, row.key) in proven
            found.setdefault(lead_id, {})[row.key] = _Standing(row.value, verified, row.at)
    return found


def _proven(lead_id: int) -> set[str]:
    of_person = LeadValue.lead_id.in_(leads.of_person([lead_id]))
    return set(session().scalars(select(LeadValue.key).where(of_person, LeadValue.verified).distinct()))
