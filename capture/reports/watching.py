"""Pages on which visits from ads go on while fills, or deliveries, stop. A fixed number of queries."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, String, and_, cast, exists, func, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute

from capture.attribution.models import Touch
from capture.catalogue.models import Magnet, MagnetKind
from capture.db import insert_once, session
from capture.delivery.models import Grant
from capture.engagement.models import EngagementEvent, EventKind
from capture.leads.models import QuarantinedFill, Submission
from capture.outbox.models import OutboxMessage, Status
from capture.pages.models import Page
from capture.pages.pages import is_open_at
from capture.reports import silence
from capture.reports.models import IncidentKind, PageIncident

WINDOW = timedelta(hours=24)
USUAL = timedelta(days=28)  # before the window
GRACE = timedelta(minutes=30)  # a mail may take as long

_ADS = ("Paid search", "Paid social", "Paid other", "Display")
_CLICK_IDS = ("gclid", "gbraid", "wbraid", "msclkid", "li_fat_id", "ttclid", "twclid")  # only ads give these


@dataclass(frozen=True, slots=True)
class Silence:
    """What was found about a page: `count` visits without a fill, or fills without a delivery."""

    page_id: int
    kind: IncidentKind
    count: int
    usual: int = 0
    usual_of: int = 0


def silent(*, at: datetime) -> tuple[list[Silence], set[tuple[int, IncidentKind]]]:
    """What is silent now, and where there was a sign of life in the last day: there an incident is over."""
    day = (at - WINDOW, at)
    visits, fills, (given, delivered) = _visits(*day), _fills(*day), _deliveries(at - WINDOW, at - GRACE)
    quiet = {page for page, count in visits.items() if count >= silence.FEWEST_VISITS and not fills.get(page)}
    before = (at - WINDOW - USUAL, at - WINDOW)
    usual_of, usual = (_visits(*before, among=quiet), _fills(*before, among=quiet)) if quiet else ({}, {})
    found = [
        Silence(page, IncidentKind.FILLS, visits[page], usual.get(page, 0), usual_of.get(page, 0))
        for page in sorted(quiet)
        if silence.is_silent(visits[page], 0, usual_visits=usual_of.get(page, 0), usual_fills=usual.get(page, 0))
    ]
    found += [
        Silence(page, IncidentKind.DELIVERIES, count)
        for page, count in sorted(given.items())
        if count >= silence.FEWEST_FILLS and not delivered.get(page)
    ]
    alive = {(page, IncidentKind.FILLS) for page, count in fills.items() if count}
    return found, alive | {(page, IncidentKind.DELIVERIES) for page, count in delivered.items() if count}


def begin(found: Silence, *, at: datetime) -> PageIncident | None:
    """Keep an incident; None where the page is closed, or one of this kind goes on."""
    page = session().get(Page, found.page_id)
    if page is None or not is_open_at(page, at):
        return None
    incident = PageIncident(
        page_id=page.id,
        kind=found.kind,
        open_key=f"{page.id}:{found.kind.value}",
        began_at=at,
        count=found.count,
        usual=found.usual,
        usual_of=found.usual_of,
    )
    return incident if insert_once(incident) else None


def going_on() -> list[tuple[PageIncident, Page]]:
    """Every incident that is not over, with its page."""
    query = select(PageIncident, Page).join(Page, Page.id == PageIncident.page_id)
    return [(incident, page) for incident, page in session().execute(query.where(PageIncident.open_key.is_not(None)))]


def end(incident: PageIncident, *, at: datetime) -> None:
    """It is over."""
    incident.open_key, incident.ended_at = None, at


def _from_ads() -> ColumnElement[bool]:
    ids = cast(Touch.click_ids, String)
    named = (ids.contains(f'"{name}"', autoescape=True) for name in _CLICK_IDS)
    return and_(Touch.device != "machine", or_(Touch.channel.in_(_ADS), *named))


def _visits(since: datetime, until: datetime, *, among: Collection[int] = ()) -> Mapping[int, int]:
    query = select(Touch.page_id, func.count()).where(Touch.page_id.is_not(None), _from_ads())
    query = query.where(*_within(Touch.at, since, until)).group_by(Touch.page_id)
    rows = session().execute(query.where(Touch.page_id.in_(among)) if among else query)
    return {page: count for page, count in rows if page is not None}


def _fills(since: datetime, until: datetime, *, among: Collection[int] = ()) -> Mapping[int, int]:
    """Fills by visitors from ads. One in quarantine counts: the form works."""
    told: dict[int, int] = {}
    for fill in (Submission, QuarantinedFill):
        query = select(fill.page_id, func.count()).join(Touch, Touch.id == fill.touch_id).where(_from_ads())
        query = query.where(*_within(fill.at, since, until)).group_by(fill.page_id)
        for page, count in session().execute(query.where(fill.page_id.in_(among)) if among else query):
            told[page] = told.get(page, 0) + count
    return told


def _deliveries(since: datetime, until: datetime) -> tuple[Mapping[int, int], Mapping[int, int]]:
    """Fills of a document's page, and those of them whose mail went out or whose document was fetched."""
    number = cast(Grant.id, String)
    keys = [literal(f"{kind}:") + number for kind in ("magnet_mail", "confirmation_mail")]
    mailed = exists().where(OutboxMessage.idempotency_key.in_(keys), OutboxMessage.status == Status.DONE)
    fetched = exists().where(
        EngagementEvent.lead_id == Submission.lead_id,
        EngagementEvent.magnet_id == Grant.magnet_id,
        EngagementEvent.kind == EventKind.MAGNET_DOWNLOADED,
        EngagementEvent.at >= Submission.at,
    )
    query = (
        select(Submission.page_id, func.count())
        .join(Grant, Grant.submission_id == Submission.id)
        .join(Magnet, Magnet.id == Grant.magnet_id)
        .where(Magnet.kind != MagnetKind.WEBINAR, *_within(Submission.at, since, until))
        .group_by(Submission.page_id)
    )
    given = dict(session().execute(query).all())
    return given, dict(session().execute(query.where(or_(mailed, fetched))).all()) if given else {}


def _within(
    instant: InstrumentedAttribute[datetime], since: datetime, until: datetime
) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return instant > since, instant <= until
