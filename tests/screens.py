"""Every screen of the studio that has an address, each at something that is there."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from flask import Flask
from sqlalchemy import event, select
from sqlalchemy.orm import InstrumentedAttribute

from capture.attribution.models import Campaign, KeptLink, Word
from capture.catalogue.models import Draft, Proof, Publication
from capture.db import db, session
from capture.handoff.models import Mql
from capture.handoff.webhooks.models import WebhookDelivery, WebhookEndpoint
from capture.leads.models import Lead, LeadImport
from capture.pages.models import Experiment, Page

FIRST: Mapping[str, InstrumentedAttribute[str]] = {
    "campaign_id": Campaign.public_id,
    "delivery_id": WebhookDelivery.public_id,
    "draft": Draft.public_id,
    "experiment": Experiment.public_id,
    "endpoint_id": WebhookEndpoint.public_id,
    "link_id": KeptLink.public_id,
    "word_id": Word.public_id,
    "import_id": LeadImport.public_id,
    "mql_id": Mql.public_id,
    "proof": Proof.public_id,
    "public_id": Lead.public_id,
    "publication": Publication.public_id,
    "slug": Page.slug,
}
FIXED: Mapping[str, str] = {
    "digits": "1f6feb",
    "form": "csv",
    "ending": "svg",
    "letter": "B",
    "look": "inline",
    "number": "1",
    "revision": "1",
    "screen": "page",
    "sha": "0" * 64,
}
OF_ENDPOINTS: Mapping[str, Mapping[str, str]] = {
    "destinations.columns": {"key": "hubspot"},
    "destinations.destination": {"key": "hubspot"},
    "destinations.report": {"key": "hubspot"},
    "drafts.field": {"key": "email"},
    "drafts.picture": {"path": "pictures/chart.png"},
    "drafts.text": {"path": "magnet.toml"},
}
ASKED: Mapping[str, tuple[str, ...]] = {
    "leads.listing": (
        "q=ada",
        "q=grace.byron1@company1.example",
        "q=ada+company77",
        "channel=Email",
        "filled={slug}",
        "handed=yes",
        "handed=no&since=2026-01-01",
        "counted=downloads&link={link_id}",
        "counted=mqls&campaign=autumn&since=2026-01-01",
        "order=engagement",
        "order=fit",
    ),
    "links.listing": ("page={slug}&source=linkedin", "archived=1", "part=2"),
    "inbox.listing": ("view=answered", "view=mine", "view=progress"),
    "reports.figures": tuple(f"by={by}" for by in ("channel", "source", "campaign", "page")),
    "ruling.rule": ("axis=engagement", "key=page_viewed"),
    "ruling.trial": ("person={public_id}",),
    "simulating.leads": ("who=then-mqls&fit=0&engagement=1", "who=waiting"),
    "drafts.listing": ("q=part+7", "page=2"),
    "people.audit_log": ("page=2",),
    "studio.pages": ("q={slug}", "page=2"),
}
"""What else is asked of a screen."""


def addresses(app: Flask) -> Iterator[str]:
    """Every GET route of the studio, with the first row of each kind, and what else is asked of it."""
    rows = {
        name: session().scalar(select(column).order_by(column.class_.id).limit(1)) for name, column in FIRST.items()
    }
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: rule.rule):
        if rule.rule.startswith("/studio") and "GET" in (rule.methods or set()):
            values = {**rows, **FIXED, **OF_ENDPOINTS.get(rule.endpoint, {})}
            named = {name: values.get(name, "none") for name in rule.arguments}
            address = re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule.rule).format(**named)
            yield address
            yield from (f"{address}?{query.format(**rows)}" for query in ASKED.get(rule.endpoint, ()))


@contextmanager
def statements() -> Iterator[list[str]]:
    """What is asked of the database in the meantime."""
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield asked
    event.remove(db.engine, "before_cursor_execute", note)
