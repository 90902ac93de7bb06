"""The story of two leads that are one person: made one, and two again as long as nobody can have done more since."""

from dataclasses import dataclass
from datetime import datetime

from capture.accounts import audit
from capture.config import Settings
from capture.db import journey
from capture.engagement import events
from capture.errors import MergeRefused, NotFound
from capture.handoff import afterwards, kinds, mqls, parting
from capture.leads import leads, merges
from capture.pages import text
from capture.scoring import scores

LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class Merged:
    """A merge as it was done, or undone: its id, and the ids of the lead that is kept and of the other."""

    merge_id: str
    kept_id: str
    merged_id: str


@journey
def merge(kept: str, merged: str, *, note: str, settings: Settings, actor: str, at: datetime) -> Merged:
    """One lead becomes another, by public ids: addresses and browsers move, all else stays and is read of both.

    Nobody may be mailed who could not be before, and sales goes on with one MQL. Nobody is handed over by it: the next
    thing that the person does is scored with all that both have done. Raises NotFound and MergeRefused.
    """
    stays, goes = merges.hold_both(_key(kept), _key(merged))
    joined = mqls.join([*mqls.of_person(stays.id), *mqls.of_person(goes.id)], sla_hours=settings.sla_hours, at=at)
    row = merges.merge(stays, goes, note=text.bare(note)[:LONGEST_NOTE], actor=actor, at=at)
    row.moved = row.moved | {
        "events_end": events.newest_key(),
        "mqls": [mql.id for mql in mqls.of_person(stays.id)],
        "joined": joined,
    }
    scores.settle_afresh([stays], at=at)
    audit.record(actor, "leads.merged", f"lead:{kept}", at=at, merged=f"lead:{merged}", merge=row.public_id)
    afterwards.tell(stays.id, kinds.MERGED, at=at)
    return Merged(row.public_id, kept, merged)


@journey
def part(merge_id: str, *, actor: str, at: datetime) -> Merged:
    """Take a merge back: everything is as it was before. Raises NotFound, and MergeRefused where it is too late."""
    row = merges.by_public_id(merge_id)
    kept, merged = merges.hold(row)
    if told := parting.why_it_stays(row):
        raise MergeRefused(told)
    events.part(kept.id, merged.id, row.moved["visitor"], since=row.moved["events_end"])
    mqls.part(row.moved["joined"])
    merges.part(row, kept, merged, at=at)
    scores.settle_afresh([kept, merged], at=at)
    subject, other = f"lead:{kept.public_id}", f"lead:{merged.public_id}"
    audit.record(actor, "leads.parted", subject, at=at, merged=other, merge=row.public_id)
    for lead in (kept, merged):
        afterwards.tell(lead.id, kinds.SEPARATED, at=at)
    return Merged(row.public_id, kept.public_id, merged.public_id)


def _key(public_id: str) -> int:
    lead = leads.by_public_id(public_id)
    if lead is None or lead.erased_at is not None:
        raise NotFound("lead")
    return lead.id
