"""What a person may ask of us: withdraw contact."""

from datetime import datetime

from capture.db import journey
from capture.engagement import events
from capture.engagement.models import EventKind, Verdict
from capture.errors import NotFound
from capture.handoff import afterwards, kinds
from capture.leads import consents, leads

WITHDRAWAL = "Please do not contact me any more."


@journey
def withdraw(lead_subject: str, *, at: datetime) -> None:
    """Withdraw every consent to contact. To press the button twice is harmless."""
    lead = leads.by_public_id(lead_subject)
    if lead is None:
        raise NotFound("link")
    lead = leads.hold(lead.id)
    withdrawn = consents.withdraw(lead.id, wording=WITHDRAWAL, at=at)
    pressed = events.record(
        EventKind.CONTACT_WITHDRAWN,
        at=at,
        lead_id=lead.id,
        verdict=Verdict.HUMAN,
        reason="pressed the button of the withdrawal page",
        dedupe_key=f"contact_withdrawn:{lead.id}:{at:%Y%m%d}",
    )
    if withdrawn or pressed is not None:
        afterwards.tell(lead.id, kinds.WITHDRAWN, at=at)
