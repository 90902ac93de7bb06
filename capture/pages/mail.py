"""The mails that tell whoever looks after a page about it."""

from capture.accounts import staff
from capture.addresses import Addresses
from capture.config import Settings
from capture.db import JsonObject
from capture.outbox.colleagues import mail_to
from capture.outbox.mail import Mail
from capture.pages import pages
from capture.pages.models import PageStatus
from capture.pages.opening import written


def page_live(settings: Settings, payload: JsonObject) -> Mail | None:
    """To the owner, or to the first admin: the page has opened at its time. None where it was taken off meanwhile."""
    page = pages.by_id(payload["page_id"])
    receiver = (staff.by_public_id(page.owner) if page else None) or staff.first_admin()
    if page is None or receiver is None or page.status is PageStatus.CLOSED or page.window.opens_at is None:
        return None
    closes = page.window.closes_at
    return mail_to(
        receiver,
        "page_live",
        settings,
        payload["key"],
        headline=page.definition.copy.headline,
        address=Addresses(settings.base_url).page(page.slug),
        since=written(page.window.opens_at, settings.zone),
        until=written(closes, settings.zone) if closes else "",
    )
