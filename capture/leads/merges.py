"""Two leads that are one person: addresses and browsers move to the lead that is kept, all else stays where it was.

Whoever asks of the person asks of both, by `leads.members`. A lead that others were merged into takes them along, so
that a merged lead names at once the one that the person is now.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from capture.db import JsonObject, session
from capture.errors import MergeRefused, NotFound
from capture.languages import say
from capture.leads import consents, leads, values
from capture.leads.models import Consent, Lead, LeadAddress, LeadMerge, LeadValue, LeadVisitor, Submission
from capture.pages.fields import LEAD_FIELDS

_KEPT = (*LEAD_FIELDS, "disqualified")  # what a merge may change on the lead that is kept
_SINCE = (Submission, LeadValue, Consent, LeadVisitor)  # a new row in one of these, and they cannot be parted


TOO_LATE = say(
    "The person has done or said something since, and nobody can tell as which of the two: it stays one person."
)


def by_public_id(public_id: str) -> LeadMerge:
    """The merge with this public id. Raises NotFound."""
    found = session().scalar(select(LeadMerge).where(LeadMerge.public_id == public_id))
    if found is None:
        raise NotFound("merge")
    return found


def latest(merged: Sequence[int]) -> dict[int, datetime]:
    """When each of these leads was merged into another, those that are two again left out. One query."""
    stand = LeadMerge.merged_id.in_(merged), LeadMerge.undone_at.is_(None)
    query = select(LeadMerge.merged_id, LeadMerge.at).where(*stand).order_by(LeadMerge.at)
    return dict(session().execute(query).all()) if merged else {}


def hold_both(kept_id: int, merged_id: int) -> tuple[Lead, Lead]:
    """Their rows, held until the transaction ends. Raises MergeRefused where one was merged or erased meanwhile."""
    if kept_id == merged_id:
        raise MergeRefused(say("These are one lead already."))
    held = {lead.id: lead for lead in leads.hold_all([kept_id, merged_id])}
    if len(held) < 2:
        raise MergeRefused(say("One of the two was merged or erased meanwhile."))
    if held[kept_id].is_ours != held[merged_id].is_ours:
        raise MergeRefused(
            say("One of them is one of our own people. Put the other address on that list too, then merge.")
        )
    return held[kept_id], held[merged_id]


def merge(kept: Lead, merged: Lead, *, note: str, actor: str, at: datetime) -> LeadMerge:
    """One lead becomes another; both must be held."""
    before = {name: getattr(kept, name) for name in _KEPT}
    stands = values.settled(kept, merged)
    carried = consents.level(leads.members([kept.id, merged.id]), at=at)
    moved: JsonObject = {
        "before": before,
        "consent": carried,
        "primary": _keys(LeadAddress.id, LeadAddress.lead_id == merged.id, LeadAddress.is_primary),
        "lead_address": _keys(LeadAddress.id, LeadAddress.lead_id == merged.id),
        "lead_visitor": _keys(LeadVisitor.id, LeadVisitor.lead_id == merged.id),
        "visitor": _keys(LeadVisitor.visitor_id, LeadVisitor.lead_id == merged.id),
        "lead": _keys(Lead.id, Lead.merged_into_id == merged.id),
    }
    for name, value in stands.items():
        setattr(kept, name, value)
    kept.disqualified = kept.disqualified or merged.disqualified
    _move(LeadAddress, moved["lead_address"], lead_id=kept.id, is_primary=False)
    _move(LeadVisitor, moved["lead_visitor"], lead_id=kept.id)
    _move(Lead, [merged.id, *moved["lead"]], merged_into_id=kept.id)
    moved["ends"] = _ends()
    row = LeadMerge(kept_id=kept.id, merged_id=merged.id, note=note, actor=actor, at=at, moved=moved)
    session().add(row)
    session().flush()
    return row


def hold(row: LeadMerge) -> tuple[Lead, Lead]:
    """The lead that was kept and the one that was merged, held to be parted.

    The merged one first, as everybody does who comes by one of its links.
    """
    merged = session().get_one(Lead, row.merged_id, with_for_update=True, populate_existing=True)
    kept = session().get_one(Lead, row.kept_id, with_for_update=True, populate_existing=True)
    session().refresh(row)
    return kept, merged


def why_it_stays(row: LeadMerge) -> str:
    """Why a merge can not be taken back any more, as far as this room knows; empty where it can."""
    kept = leads.by_id(row.kept_id)
    if row.undone_at is not None:
        return say("This merge was undone already.")
    if kept.erased_at is not None:
        return say("This person was erased.")
    if kept.merged_into_id is not None or _is_merged_again(row):
        return say("The person was merged again since. Undo that merge first.")
    return TOO_LATE if _has_more(row) else ""


def part(row: LeadMerge, kept: Lead, merged: Lead, *, at: datetime) -> None:
    """Take a merge back: what moved goes back, what was carried over goes. Both must be held by `hold`."""
    moved = row.moved
    consents.take_back(moved["consent"])
    for name, value in moved["before"].items():
        setattr(kept, name, value)
    _move(LeadAddress, moved["lead_address"], lead_id=merged.id)
    _move(LeadAddress, moved["primary"], is_primary=True)
    _move(LeadVisitor, moved["lead_visitor"], lead_id=merged.id)
    _move(Lead, moved["lead"], merged_into_id=merged.id)
    _move(Lead, [merged.id], merged_into_id=None)
    row.undone_at = at
    session().flush()


def _keys(key: Any, *which: Any) -> list[int]:
    return list(session().scalars(select(key).where(*which).order_by(key)))


def _move(table: type[LeadAddress] | type[LeadVisitor] | type[Lead], keys: Sequence[int], **to: object) -> None:
    session().flush()
    session().execute(update(table).where(table.id.in_(keys)).values(**to))


def _ends() -> JsonObject:
    """Where the tables end now: what comes after is new."""
    return {table.__tablename__: session().scalar(select(func.max(table.id))) or 0 for table in _SINCE}


def _is_merged_again(row: LeadMerge) -> bool:
    later = select(LeadMerge.id).where(LeadMerge.id > row.id, LeadMerge.undone_at.is_(None))
    ours = or_(*(column.in_([row.kept_id, row.merged_id]) for column in (LeadMerge.kept_id, LeadMerge.merged_id)))
    return session().scalar(later.where(ours).limit(1)) is not None


def _has_more(row: LeadMerge) -> bool:
    mine = leads.of_person([row.kept_id])
    new = (
        session().scalar(
            select(table.id).where(table.lead_id.in_(mine), table.id > row.moved["ends"][table.__tablename__]).limit(1)
        )
        for table in _SINCE
    )
    return any(key is not None for key in new)
