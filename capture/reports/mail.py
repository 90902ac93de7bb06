"""The mail that tells whoever looks after a page that it fell silent, and that it is heard again."""

from capture.accounts import staff
from capture.addresses import Addresses
from capture.config import Settings
from capture.db import JsonObject, session
from capture.outbox.colleagues import mail_to
from capture.outbox.mail import Mail
from capture.pages import pages
from capture.pages.opening import written
from capture.reports.models import IncidentKind, PageIncident


def page_silent(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the owner, or to the first admin. None where it is over before anybody was told that it began."""
    incident, is_over = session().get(PageIncident, payload["incident_id"]), bool(payload.get("is_over"))
    page = pages.by_id(incident.page_id) if incident else None
    receiver = (staff.by_public_id(page.owner) if page else None) or staff.first_admin()
    if incident is None or page is None or receiver is None or (incident.ended_at and not is_over):
        return None
    addresses = Addresses(settings.base_url)
    return mail_to(
        receiver,
        "page_silent",
        settings,
        payload["key"],
        headline=page.definition.copy.headline,
        is_over=is_over,
        of_fills=incident.kind is IncidentKind.FILLS,
        count=incident.count,
        usual=incident.usual,
        usual_of=incident.usual_of,
        since=written(incident.began_at, settings.zone),
        until=written(incident.ended_at, settings.zone) if incident.ended_at else "",
        address=addresses.page(page.slug),
        outbox=addresses.studio("settings/outbox"),
    )
