"""Mails that carry a link to the document, or the button of a double opt-in."""

from datetime import timedelta

from capture import clock, languages
from capture.addresses import Addresses
from capture.catalogue.models import Edition
from capture.config import Settings
from capture.db import JsonObject
from capture.delivery import grants, links
from capture.delivery.links import Purpose
from capture.leads import leads, said, submissions
from capture.leads.models import QuarantinedFill, Submission
from capture.outbox import letters
from capture.outbox.mail import Mail, message_id
from capture.pages import pages

# Whoever finds the mail again after years must still be able to end it.
WITHDRAWAL_LASTS = timedelta(days=3650)


def magnet_mail(settings: Settings, payload: JsonObject) -> Mail | None:
    """The mail with the link to the copy. None where the grant's lead was erased meanwhile."""
    return _mail(settings, payload, "magnet", Purpose.MAIL)


def confirmation_mail(settings: Settings, payload: JsonObject) -> Mail | None:
    """The mail with the link to the one-button page of the double opt-in."""
    return _mail(settings, payload, "confirmation", Purpose.CONFIRM)


def _mail(settings: Settings, payload: JsonObject, name: str, purpose: Purpose) -> Mail | None:
    grant = grants.by_id(payload["grant_id"])
    fill = grants.fill_behind(grant) if grant else None
    if grant is None or fill is None:
        return None
    definition = pages.definition_of(fill.page_version_id)
    addresses, at = Addresses(settings.base_url), clock.now()
    token = links.lasting(settings, purpose, grant.public_id, at=at)
    withdraw = withdrawal_address(settings, grant.lead_id)
    edition = grants.served_edition(grant)
    told = said.by_lead_field(definition, fill.answers)
    letter = letters.write(
        name,
        language=definition.language,
        greeting=said.greeting(told, definition.language),
        title=edition.title,
        subject=definition.mail.subject or edition.title,
        paragraphs=said.paragraphs(definition.mail.text),
        link=addresses.download(token) if purpose is Purpose.MAIL else addresses.confirm(token),
        days=settings.link_days,
        extent=_extent(edition, definition.language),
        organisation=settings.organisation,
        privacy_url=settings.privacy_url_in(definition.language),
        legal_url=settings.legal_url_in(definition.language),
        withdraw=withdraw,
    )
    return Mail(
        to=_receiver(fill),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
        message_id=message_id(settings, payload["key"]),
        list_unsubscribe=withdraw,
    )


def _extent(edition: Edition, language: str) -> str:
    """How long it is, in words; nothing where it has no pages."""
    if not edition.pages:
        return ""
    say = languages.of(language)
    pages = say.ngettext("%(num)s page", "%(num)s pages", edition.pages)
    return say.gettext("%(pages)s, about %(time)s to read", pages=pages, time=say.minutes(edition.minutes))


def _receiver(fill: Submission | QuarantinedFill) -> str:
    if isinstance(fill, QuarantinedFill):
        return fill.email
    return submissions.address(fill)


def withdrawal_address(settings: Settings, lead_id: int | None) -> str | None:
    """The one-button page that withdraws contact; None where nobody is a lead by this fill yet."""
    if lead_id is None:
        return None
    subject = leads.by_id(lead_id).public_id
    token = links.sign(settings, Purpose.WITHDRAW, subject, expires=clock.now() + WITHDRAWAL_LASTS)
    return Addresses(settings.base_url).withdraw(token)
