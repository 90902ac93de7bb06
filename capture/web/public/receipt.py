"""What the page after a form shows: the thing itself, made out to the person where this is the person's browser."""

from dataclasses import dataclass
from datetime import datetime

from flask import url_for
from flask_babel import gettext

from capture.addresses import Addresses
from capture.attribution import devices
from capture.catalogue.models import Edition
from capture.config import Settings
from capture.delivery import grants, links
from capture.delivery.links import Purpose
from capture.delivery.models import Grant
from capture.leads import leads, said
from capture.pages import pages
from capture.pages.definition import Definition, Delivery
from capture.pages.pages import LivePage
from capture.web.public import outcome
from capture.web.public.outcome import Outcome
from capture.webinars import registrations, sessions


@dataclass(frozen=True, slots=True)
class Given:
    """What is given, ready to be shown. `waits_for`: empty, `mail` or `confirmation`.

    `announces_mail_first`: in the browser inside an app, a document that opens in place is easily lost.
    """

    definition: Definition
    headline: str
    text: str
    name: str
    company: str
    download_path: str
    join_path: str
    waits_for: str
    announces_mail_first: bool
    page_url: str
    outcome: Outcome | None


def of(
    grant: Grant,
    edition: Edition,
    live: LivePage,
    *,
    is_theirs: bool,
    user_agent: str,
    settings: Settings,
    at: datetime,
) -> Given:
    """The receipt of a grant. `is_theirs`: the browser is known as the person's; otherwise nobody is named."""
    fill = grants.fill_behind(grant)
    definition = pages.definition_of(fill.page_version_id) if fill else live.definition
    told = said.by_lead_field(definition, fill.answers) if fill and is_theirs else {}
    join_path = _join_path(grant) if is_theirs else ""
    waits_for = "" if join_path else _waits_for(grant, definition)
    download = edition.document is not None and not waits_for
    token = links.lasting(settings, Purpose.COPY, grant.public_id, at=at) if download else ""
    return Given(
        definition=definition,
        headline=_headline(definition, waits_for),
        text="" if waits_for else definition.thanks.text,
        name=said.name_of(told),
        company=told.get("company", ""),
        download_path=url_for("delivery.copy", token=token) if download else "",
        join_path=join_path,
        waits_for=waits_for,
        announces_mail_first=download and devices.is_in_app(user_agent),
        page_url=Addresses(settings.base_url).page(live.slug),
        outcome=outcome.of(definition, fill.answers, grant.benchmark) if fill and is_theirs and not waits_for else None,
    )


def _waits_for(grant: Grant, definition: Definition) -> str:
    if not grants.is_open(grant):
        return "confirmation"
    by_mail = grant.lead_id is None or (definition.delivery is Delivery.MAIL and grant.confirmed_at is None)
    return "mail" if by_mail else ""


def _headline(definition: Definition, waits_for: str) -> str:
    if waits_for == "confirmation":
        return gettext("Please look into your mailbox")
    if waits_for:
        return gettext("It is on its way to you")
    return definition.thanks.headline or (_ready(definition))


def _ready(definition: Definition) -> str:
    if definition.assessment:
        return gettext("Here is your result")
    return gettext("Your seat is saved") if definition.webinar else gettext("Your copy is ready")


def _join_path(grant: Grant) -> str:
    webinar = sessions.of_magnet(grant.magnet_id)
    if webinar is None or grant.lead_id is None:
        return ""
    # Of the lead and not of this fill: a second fill has the seat of the first, and the answer is the same for both.
    registration = registrations.of_lead(webinar.id, leads.now_of(grant.lead_id).id)
    return url_for("webinar.join", token=registration.token) if registration else ""
