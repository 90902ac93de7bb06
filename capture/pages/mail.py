"""The mails that tell whoever looks after a page about it."""

from capture.accounts import staff
from capture.addresses import Addresses
from capture.catalogue import drafts, magnets
from capture.catalogue.models import Draft
from capture.catalogue.sentences import recalled
from capture.config import Settings
from capture.db import JsonObject, session
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


def version_timed(settings: Settings, payload: JsonObject) -> Mail | None:
    """To whoever planned it, or to the page's owner, or to the first admin: a version went live at its time, or not."""
    asked = drafts.publication(payload["publication"])
    if asked is None or asked.due_at is None:
        return None
    draft = session().get_one(Draft, asked.draft_id)
    magnet = magnets.by_slug(draft.slug)
    page = pages.of_magnet(magnet.id) if magnet else None
    planned_by = staff.by_public_id(asked.asked_by)
    receiver = planned_by or (staff.by_public_id(page.owner) if page else None) or staff.first_admin()
    if receiver is None:
        return None
    addresses = Addresses(settings.base_url)
    return mail_to(
        receiver,
        "version_timed",
        settings,
        payload["key"],
        title=draft.title,
        due=written(asked.due_at, settings.zone),
        faults=[recalled(fault) for fault in asked.faults],
        check=addresses.studio(f"drafts/{draft.public_id}/check"),
        address=addresses.page(asked.slug) if asked.slug else "",
    )
