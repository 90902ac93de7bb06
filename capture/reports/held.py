"""What is held of one person: every row of every table that is his, as he may ask to have it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, select

from capture.attribution.models import Exposure, Touch, Visitor
from capture.catalogue.models import Magnet
from capture.db import Base, JsonObject, session
from capture.delivery.models import BenchmarkPerson, Download, Grant, LinkOpening
from capture.engagement.models import EngagementEvent, FormStart
from capture.handoff.models import Disposition, FeedEntry, HeldBack, Mql
from capture.handoff.webhooks.models import WebhookAttempt, WebhookDelivery
from capture.leads.models import (
    Consent,
    Exclusion,
    Lead,
    LeadAddress,
    LeadImportRow,
    LeadMerge,
    LeadValue,
    LeadVisitor,
    QuarantinedFill,
    Submission,
)
from capture.leads.persons import Person
from capture.pages.models import Page
from capture.scoring import ledger, standings
from capture.scoring.models import ScoreEntry, ScoreOpening, ScoreSum
from capture.webinars.models import Registration

Mine = Callable[[Person], ColumnElement[bool]]


def _mqls(person: Person) -> Any:
    return select(Mql.id).where(Mql.lead_id.in_(person.lead_ids))


def _grants(person: Person) -> Any:
    return select(Grant.id).where(Grant.lead_id.in_(person.lead_ids) | Grant.quarantined_fill_id.in_(person.fill_ids))


def _deliveries(person: Person) -> Any:
    entries = select(FeedEntry.position).where(FeedEntry.mql_id.in_(_mqls(person)))
    return select(WebhookDelivery.id).where(WebhookDelivery.position.in_(entries))


# Each table that holds something of a person, and which of its rows are his.
OF_A_PERSON: Mapping[type[Base], Mine] = MappingProxyType(
    {
        Lead: lambda person: Lead.id.in_(person.lead_ids),
        LeadMerge: lambda person: LeadMerge.kept_id.in_(person.lead_ids) | LeadMerge.merged_id.in_(person.lead_ids),
        LeadAddress: lambda person: LeadAddress.lead_id.in_(person.lead_ids),
        LeadValue: lambda person: LeadValue.lead_id.in_(person.lead_ids),
        Submission: lambda person: Submission.lead_id.in_(person.lead_ids),
        QuarantinedFill: lambda person: QuarantinedFill.id.in_(person.fill_ids),
        Consent: lambda person: Consent.lead_id.in_(person.lead_ids),
        LeadImportRow: lambda person: LeadImportRow.id.in_(person.import_row_ids),
        Exclusion: lambda person: Exclusion.pattern.in_(person.spellings),
        LeadVisitor: lambda person: LeadVisitor.lead_id.in_(person.lead_ids),
        Visitor: lambda person: Visitor.id.in_(person.visitor_ids),
        Touch: lambda person: Touch.id.in_(person.touch_ids),
        Exposure: lambda person: Exposure.visitor_id.in_(person.visitor_ids),
        FormStart: lambda person: FormStart.form_key.in_(person.form_keys),
        Grant: lambda person: Grant.id.in_(_grants(person)),
        Download: lambda person: Download.grant_id.in_(_grants(person)),
        LinkOpening: lambda person: LinkOpening.grant_id.in_(_grants(person)),
        BenchmarkPerson: lambda person: BenchmarkPerson.lead_id.in_(person.lead_ids),
        Registration: lambda person: Registration.lead_id.in_(person.lead_ids),
        EngagementEvent: lambda person: (
            EngagementEvent.lead_id.in_(person.lead_ids) | EngagementEvent.visitor_id.in_(person.visitor_ids)
        ),
        ScoreEntry: lambda person: ScoreEntry.lead_id.in_(person.lead_ids),
        ScoreOpening: lambda person: ScoreOpening.lead_id.in_(person.lead_ids),
        ScoreSum: lambda person: standings.are_of(person.lead_ids),
        HeldBack: lambda person: HeldBack.lead_id.in_(person.lead_ids),
        Mql: lambda person: Mql.lead_id.in_(person.lead_ids),
        Disposition: lambda person: Disposition.mql_id.in_(_mqls(person)),
        FeedEntry: lambda person: FeedEntry.mql_id.in_(_mqls(person)),
        WebhookDelivery: lambda person: WebhookDelivery.id.in_(_deliveries(person)),
        WebhookAttempt: lambda person: WebhookAttempt.delivery_id.in_(_deliveries(person)),
    }
)

# What opens something, and what only tells rows apart: they say nothing of a person, and may not lie about in a file.
_KEPT_BACK = {"token", "cookie_hash", "form_key", "dedupe_key", "outbox_key", "headers"}


def of(person: Person, *, at: datetime) -> JsonObject:
    """Table by table, each row with its columns: instants in ISO 8601, pages and magnets by their slugs besides."""
    slugs = {
        "page_id": ("page", dict(session().execute(select(Page.id, Page.slug)).all())),
        "magnet_id": ("magnet", dict(session().execute(select(Magnet.id, Magnet.slug)).all())),
    }
    told: JsonObject = {"held_at": at.isoformat()}
    for table, mine in OF_A_PERSON.items():
        if table is ScoreOpening:
            continue  # its entries are told with the others
        names = [column.name for column in table.__table__.columns]
        rows = session().scalars(select(table).where(mine(person)).order_by(*table.__table__.primary_key))
        found = [{name: getattr(row, name) for name in names} for row in rows]
        if table is ScoreEntry:
            found = sorted(ledger.packed_of(person.lead_ids) + found, key=itemgetter("rule_version", "id"))
        told[table.__tablename__] = [_told(row, names, slugs) for row in found]
    return told


def _told(
    row: Mapping[str, object], names: Sequence[str], slugs: Mapping[str, tuple[str, Mapping[Any, str]]]
) -> JsonObject:
    told: JsonObject = {}
    for name in names:
        if name in _KEPT_BACK:
            continue
        told[name] = _plain(row[name])
        if name in slugs:
            called, known = slugs[name]
            told[called] = known.get(row[name], "")
    return told


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.value if isinstance(value, Enum) else value
