"""Where people of a list came from: the list is an arrival on the day on which they were met, by its campaign."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Select, select, update

from capture.attribution import touches
from capture.attribution.models import Touch
from capture.db import session
from capture.leads.models import Lead, LeadImport, LeadImportRow, LeadVisitor, Submission


def attribute(imported: LeadImport, met_leads: Sequence[Lead], *, met: datetime) -> list[datetime]:
    """Give these leads the list's touch: as the first one unless there is an earlier one, as the last likewise.

    Gives when those became leads whose first touch is another one now. A fixed number of queries.
    """
    if imported.touch_id is None:
        imported.touch_id = touches.of_meeting(imported.campaign, at=met).id
    known = touches.by_ids({key for lead in met_leads for key in (lead.first_touch_id, lead.last_touch_id) if key})
    changed = []
    for lead in met_leads:
        first, last = known.get(lead.first_touch_id or 0), known.get(lead.last_touch_id or 0)
        if first is None or met < first.at:
            lead.first_touch_id = imported.touch_id
            changed.append(lead.created_at)
        if last is None or last.at <= met or last.channel == "Direct":
            lead.last_touch_id = imported.touch_id
    session().flush()
    return changed


def take_back(imported: LeadImport, kept: Iterable[Lead]) -> list[datetime]:
    """These leads came as they would have without the list. Gives when those became leads whose first touch changed."""
    given = imported.touch_id
    theirs = [lead for lead in kept if given is not None and given in (lead.first_touch_id, lead.last_touch_id)]
    came = _others(imported, [lead.id for lead in theirs])
    changed = []
    for lead in theirs:
        arrivals = sorted(came.get(lead.id, ()), key=lambda touch: (touch.at, touch.id))
        named = [touch for touch in arrivals if touch.channel != "Direct"] or arrivals
        if lead.first_touch_id == given:
            lead.first_touch_id = arrivals[0].id if arrivals else None
            changed.append(lead.created_at)
        if lead.last_touch_id == given:
            lead.last_touch_id = named[-1].id if named else None
    session().flush()
    return changed


def forget(imported: LeadImport) -> None:
    """The list is taken back: its touch goes, unless somebody keeps it who was merged or erased meanwhile."""
    given = imported.touch_id
    if given is None:
        return
    is_theirs = (Lead.first_touch_id == given) | (Lead.last_touch_id == given)
    if session().scalar(select(Lead.id).where(is_theirs).limit(1)) is None:
        session().execute(update(LeadImport).where(LeadImport.id == imported.id).values(touch_id=None))
        touches.remove(given)


def of_lead(lead_id: int) -> Select[int | None]:
    """The touches of the lists in which a lead stands."""
    query = select(LeadImport.touch_id).join(LeadImportRow, LeadImportRow.import_id == LeadImport.id)
    return query.where(LeadImportRow.lead_id == lead_id, LeadImport.touch_id.is_not(None))


def _others(imported: LeadImport, lead_ids: Sequence[int]) -> dict[int, list[Touch]]:
    """By lead: how the person came, but for this list. Four queries."""
    merged = select(Lead.id, Lead.merged_into_id).where(Lead.merged_into_id.in_(lead_ids))
    now = {key: key for key in lead_ids} | {key: into for key, into in session().execute(merged) if into is not None}
    by_list = select(LeadImportRow.lead_id, Touch).join(LeadImport, LeadImport.id == LeadImportRow.import_id)
    by_browser = select(LeadVisitor.lead_id, Touch).join(Touch, Touch.visitor_id == LeadVisitor.visitor_id)
    by_fill = select(Submission.lead_id, Touch).join(Touch, Touch.id == Submission.touch_id)
    found: dict[int, list[Touch]] = {}
    for query in (
        by_list.join(Touch, Touch.id == LeadImport.touch_id).where(
            LeadImportRow.lead_id.in_(now), LeadImport.id != imported.id
        ),
        by_browser.where(LeadVisitor.lead_id.in_(now)),
        by_fill.where(Submission.lead_id.in_(now)),
    ):
        for lead_id, touch in session().execute(query):
            found.setdefault(now[lead_id or 0], []).append(touch)
    return found
