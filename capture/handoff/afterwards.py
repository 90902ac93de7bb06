"""What sales hears of a lead after it was handed over: entries of the feed, with the `mql_id` that it knows."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select

from capture.db import session
from capture.engagement import events
from capture.engagement.models import EngagementEvent
from capture.handoff import dispositions, exclusions, feed, gate, kinds, mqls, permissions
from capture.handoff.models import Mql
from capture.leads import consents, leads
from capture.leads.models import CHANGED, Lead, LeadValue
from capture.pages.fields import LEAD_FIELDS

QUIET = timedelta(hours=1)  # what follows at once belongs to what was handed over


def note(lead: Lead, *, hand_raised: bool = False, zone: ZoneInfo, at: datetime) -> None:
    """Tell of what the lead has just done or said, if sales has it. The lead's row must be held.

    What a customer or an open deal does becomes a notice to its owner. New activity is told once a day of the zone,
    and that somebody asks to be contacted (`hand_raised`) each time, to whoever has the lead still; something else
    that became known, or a consent to contact that was not in force, to everybody who ever was given it.
    """
    told, today = _of(lead.id), at.astimezone(zone).date()
    listed = exclusions.of(lead)
    if listed is not None and _did_something(lead.id, at=at):
        exclusions.notice(lead, listed, asked=hand_raised, day=today, at=at)
    if not told or told[-1].qualified_at == at:
        return
    if _is_corrected(lead, at=at) or consents.are_new(lead.id, at=at):
        tell(lead.id, kinds.CORRECTED, at=at)
    newest = next(mql for mql in reversed(told) if mql.continues_id is None)
    if newest.outcome in dispositions.GIVEN_BACK or not _did_something(lead.id, at=at):
        return
    if hand_raised or at >= newest.qualified_at + QUIET:
        moment = (at if hand_raised else today).isoformat()
        feed.append(newest, kinds.ACTIVE, key=f"{kinds.ACTIVE}:{newest.public_id}:{moment}", at=at)


def tell_before(made: Mql, lead: Lead, *, at: datetime) -> None:
    """Tell those who had the lead before this MQL what became known with it: once for each of their MQLs."""
    earlier = [mql for mql in _of(lead.id) if mql.id != made.id]
    for mql in earlier if earlier and _is_corrected(lead, at=at) else ():
        feed.append(mql, kinds.CORRECTED, key=f"{kinds.CORRECTED}:{mql.public_id}:{at.isoformat()}", at=at)


def tell_of_list(people: Sequence[Lead], list_id: str, *, before: datetime, at: datetime) -> None:
    """Tell that these people were met, as a list says that was let go, once for each list: of whoever is with sales.

    Whom it was handed over to by then (`before`) alone is told. The leads must be held; call it last.
    """
    whose = leads.members([lead.id for lead in people])
    query = select(Mql).where(Mql.lead_id.in_(whose), Mql.continues_id.is_(None))
    newest = {whose[mql.lead_id]: mql for mql in session().scalars(query.order_by(Mql.qualified_at, Mql.id))}
    for mql in newest.values():
        if mql.outcome not in dispositions.GIVEN_BACK and mql.qualified_at < before:
            feed.append(mql, kinds.ACTIVE, key=f"{kinds.ACTIVE}:{mql.public_id}:{list_id}", at=at)


def tell(lead_id: int, kind: str, *, at: datetime) -> None:
    """Tell of it for every MQL of the lead, once for one moment. Call it last in a journey."""
    for mql in _of(lead_id):
        feed.append(mql, kind, key=f"{kind}:{mql.public_id}:{at.isoformat()}", at=at)


Facts = dict[int, tuple[str | bool, ...]]


def facts(people: Sequence[Lead]) -> Facts:
    """What is known of those of these people whom sales has or had, by their keys, for `tell_changed`. Few queries."""
    with_sales = gate.known([lead.id for lead in people])
    may = permissions.allowed(sorted(with_sales))
    return {
        lead.id: (*(getattr(lead, key) for key in LEAD_FIELDS), *may[lead.id])
        for lead in people
        if lead.id in with_sales
    }


def tell_changed(people: Sequence[Lead], before: Facts, occasion: str, *, at: datetime) -> None:
    """Tell of those of whom something else is known than before, and whoever works on them by one mail for an occasion.

    The leads must be held; call it last.
    """
    changed = [lead_id for lead_id, known in facts(people).items() if before.get(lead_id) != known]
    mqls.tell_owners(changed, occasion, at=at)
    for lead_id in changed:
        tell(lead_id, kinds.CORRECTED, at=at)


def _of(lead_id: int) -> list[Mql]:
    return list(mqls.of_person(lead_id))


def _did_something(lead_id: int, *, at: datetime) -> bool:
    done = EngagementEvent.lead_id == lead_id, EngagementEvent.at == at, *events.show_interest()
    return bool(session().scalar(select(exists().where(*done))))


def _is_corrected(lead: Lead, *, at: datetime) -> bool:
    """Whether what was said just now took the place of something else."""
    new = select(LeadValue.key, LeadValue.value).where(LeadValue.lead_id == lead.id, LeadValue.at == at, CHANGED)
    return any(getattr(lead, key) == value for key, value in session().execute(new))
