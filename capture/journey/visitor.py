"""The prospect's story, first half: arrive and fill the form."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from capture.attribution import exposures, touches, visitors
from capture.attribution.arrival import Arrival
from capture.config import Settings
from capture.db import journey
from capture.engagement import events, form_starts, verdicts
from capture.engagement.models import EventKind, Verdict
from capture.journey import acceptance
from capture.journey.acceptance import Receipt
from capture.leads import leads, said
from capture.pages import pages
from capture.pages.definition import Cookies
from capture.pages.fields import Purpose


@journey
def arrive(slug: str, arrival: Arrival, *, settings: Settings, at: datetime) -> str | None:
    """Keep where this visitor came from and that the page was seen; gives the cookie to set, if one is to be set.

    This is the only thing that the GET of a landing page writes. A machine that says so leaves nothing. Raises
    PersonErased where the person is erased at this moment.
    """
    page = pages.open_by_slug(slug, at=at)
    visitor = visitors.known(arrival.cookie)
    lead_id = leads.of_visitor(visitor.id) if visitor else None
    verdict, reason = verdicts.judge(arrival.user_agent, known_lead=lead_id is not None)
    if verdict is Verdict.MACHINE:
        return None
    lead = leads.hold(lead_id) if lead_id is not None else None
    lead_id = lead.id if lead else None
    new_cookie = None
    if visitor is None and page.definition.cookies is Cookies.ALWAYS:
        visitor, new_cookie = visitors.mint(at=at)
    visitor_id = visitor.id if visitor else None
    touch = touches.record(arrival, visitor_id=visitor_id, page_id=page.page_id, at=at)
    events.record(
        EventKind.PAGE_VIEWED,
        at=at,
        visitor_id=visitor_id,
        lead_id=lead_id,
        page_id=page.page_id,
        magnet_id=page.magnet_id,
        verdict=verdict,
        reason=reason,
    )
    shown = page.experiment.of(new_cookie or arrival.cookie) if page.experiment else None
    if page.experiment and shown and visitor and not arrival.is_staff and page.definition.cookies is not Cookies.NEVER:
        exposures.note(visitor.id, shown, experiment_id=page.experiment.experiment_id, at=at)
    if lead is not None:
        leads.remember_arrival(lead, visitor, touch)
        acceptance.weigh(lead, settings=settings, at=at)
    return new_cookie


@journey
def begin_form(page_id: int, field: str, arrival: Arrival, *, form_key: str, at: datetime) -> None:
    """Somebody has begun to answer, or has come as far as this field. A machine that says so leaves nothing."""
    verdict, _ = verdicts.judge(arrival.user_agent, known_lead=False)
    if verdict is Verdict.MACHINE:
        return
    visitor = visitors.known(arrival.cookie)
    way = touches.of_start(arrival, visitor_id=visitor.id if visitor else None)
    form_starts.note(form_key, page_id=page_id, field=field, way=way, at=at)


@journey
def submit_form(
    slug: str,
    answers: Mapping[str, Any],
    arrival: Arrival,
    *,
    form_key: str,
    suspicion: str | None,
    variant: str = "",
    settings: Settings,
    at: datetime,
) -> Receipt:
    """Record the fill, promise the magnet, score the lead: all of it or none.

    `answers` are clean values by field key; `suspicion` says why the fill looks like a machine's: then it waits in
    quarantine, and the document goes by mail. `variant` is the letter of the one whose form was filled.
    Raises NotFound, PageNotOpenYet, PageClosed, or SessionFull.
    """
    page = pages.open_by_slug(slug, at=at).shown_as(variant)
    form_starts.note_sent(form_key)
    if suspicion is not None:
        return acceptance.quarantine(page, answers, arrival, form_key, suspicion, at=at)
    lead = leads.find_or_create(said.email(page.definition, answers), at=at)
    visitor = visitors.known(arrival.cookie)
    if visitor is not None and leads.of_visitor(visitor.id) not in (None, lead.id):
        visitor = None  # Somebody else's browser: nothing of what is known about him passes to this lead.
    had_none = visitor is None
    keeps_cookie = arrival.takes_cookies and (
        page.definition.cookies is Cookies.ALWAYS
        or (
            page.definition.cookies is Cookies.AFTER_CONSENT and said.agrees(page.definition, answers, Purpose.TRACKING)
        )
    )
    new_cookie = None
    if visitor is not None or keeps_cookie:
        visitor, new_cookie = leads.recognise(lead, visitor, at=at)
    touch = acceptance.arrival_of_fill(page, arrival, visitor, form_key, at=at)
    leads.remember_arrival(lead, visitor, touch)
    receipt = acceptance.accept(
        page,
        lead,
        answers,
        form_key=form_key,
        visitor=visitor,
        touch_id=touch.id if touch else None,
        settings=settings,
        at=at,
    )
    return Receipt(receipt.grant, receipt.registration, receipt.waits, new_cookie if had_none or new_cookie else None)
