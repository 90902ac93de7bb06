"""The story of a correction: what somebody of the house knows better of a lead takes the place of what stood."""

from collections.abc import Mapping
from datetime import datetime

from capture.accounts import audit, marks
from capture.config import Settings
from capture.db import journey
from capture.errors import NotFound
from capture.journey import acceptance
from capture.leads import leads, values

CORRECTED = "lead.corrected"


@journey
def correct(
    lead_id: str, told: Mapping[str, str], *, seen: str | None, settings: Settings, actor: str, at: datetime
) -> bool:
    """Keep what is told of these lead fields, an empty text too; whether that is something else than stood there.

    The lead is scored anew, and handed over if that is due, as it is where sales had said that this was wrong, whatever
    the points where the person had asked to be contacted; else whoever has it is told. `seen` is the mark of what the
    person who corrects had before his eyes. Raises NotFound, PersonErased, and DraftChanged where something else has
    become known since.
    """
    lead = leads.by_public_id(lead_id)
    if lead is None:
        raise NotFound("lead")
    lead = leads.hold(lead.id)
    subject = f"lead:{lead.public_id}"
    marks.refuse_if_changed(seen, values.mark(lead), subject, CORRECTED, at=at)
    new = {key: value for key, value in told.items() if getattr(lead, key) != value}
    if not new:
        return False
    values.learn(lead, new, submission_id=None, corrected_by=actor, at=at)
    audit.record(actor, CORRECTED, subject, at=at, fields=", ".join(sorted(new)))
    acceptance.weigh(lead, settings=settings, at=at)
    return True
