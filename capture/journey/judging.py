"""The story of a verdict that turns out wrong: somebody of staff says that it was a machine, or a person."""

from datetime import datetime

from capture.accounts import audit
from capture.config import Settings
from capture.db import journey
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.errors import NotFound
from capture.handoff import afterwards, kinds, mqls
from capture.languages import kept
from capture.leads import leads
from capture.reports import daily
from capture.scoring import scores

JUDGED = kept("%(name)s says so: %(because)s")


@journey
def judge(
    lead_id: str,
    event_id: int,
    verdict: Verdict,
    because: str,
    *,
    name: str,
    settings: Settings,
    actor: str,
    at: datetime,
) -> None:
    """Give something that a lead did another verdict, with a reason; whoever is over the thresholds now goes to sales.

    Of whom it has, sales hears as when a list is taken back: that something else is known of him; and by mail, whoever
    works on him, where other contact is permitted than before. The same verdict changes nothing. Raises NotFound.
    """
    found = leads.by_public_id(lead_id)
    if found is None or found.erased_at is not None:
        raise NotFound("lead")
    lead = leads.hold(found.id)
    before = afterwards.facts([lead])
    event = events.judge(lead.id, event_id, verdict, reason=JUDGED % {"name": name, "because": because})
    if event is None:
        return
    if event.kind is EventKind.MAGNET_DOWNLOADED:
        daily.count_again(daily.day_of(event.at, settings.zone))
    scores.settle_afresh([lead], at=at)
    audit.record(actor, "event.judged", f"lead:{lead.public_id}", at=at, act=event_id, verdict=verdict.value)
    score = scores.current(lead.id, at=at)
    if mqls.qualify(lead.id, score, sla_hours=settings.sla_hours, at=at) is None:
        afterwards.tell_changed([lead], before, f"judged:{event_id}:{at.timestamp()}", at=at)
        afterwards.tell(lead.id, kinds.CORRECTED, at=at)
