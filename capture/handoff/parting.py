"""Whether two leads that were made one can be made two again: as long as nobody can have done more as which of them."""

from capture.engagement import events
from capture.handoff import mqls
from capture.languages import say
from capture.leads import merges
from capture.leads.models import LeadMerge


def why_it_stays(row: LeadMerge) -> str:
    """Why a merge can not be taken back any more; empty where it can."""
    told = merges.why_it_stays(row)
    if told:
        return told
    if {mql.id for mql in mqls.of_person(row.kept_id)} - {*row.moved["mqls"]}:
        return say("Sales was given the person since: it stays one person.")
    return merges.TOO_LATE if events.are_unclear(row.kept_id, since=row.moved["events_end"]) else ""
