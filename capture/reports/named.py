"""What an id of the audit log stands for: the name of the thing, and the screen that shows it."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, func, select, union_all

from capture.accounts.models import ApiToken, Passkey
from capture.attribution.models import Campaign, KeptLink, Word
from capture.catalogue.models import Draft, Edition, Magnet
from capture.db import session
from capture.handoff import exclusions
from capture.handoff.destinations.tables import DESTINATIONS
from capture.handoff.kinds import KINDS
from capture.handoff.webhooks.models import WebhookDelivery, WebhookEndpoint
from capture.languages import Language, Phrase, say
from capture.leads.models import ExclusionKind, LeadImport
from capture.pages.models import Experiment, Page, PageSlug
from capture.reports.models import SavedView, SpendImport


@dataclass(frozen=True, slots=True)
class Thing:
    """What an id means. `kind` says which screen shows it, `parts` what its address holds; no kind: none shows it."""

    label: str
    kind: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)


def of_kind(kind: str, keys: Collection[str], zone: ZoneInfo) -> Mapping[str, Thing]:
    """What these ids of one kind mean, by id: one query at most. A kind that has no names gives none."""
    if kind in _ALWAYS:
        return {key: one for key in keys if (one := _ALWAYS[kind](key)) is not None}
    if kind == "experiment":
        return _experiments(keys, zone)
    if kind not in _NAMED:
        return {}
    query, thing = _NAMED[kind]
    found = {row[0]: thing(*row) for row in session().execute(query.where(query.selected_columns[0].in_(keys)))}
    return {key: Thing(_GONE[kind]) for key in keys if kind in _GONE} | found


def _delivery(public_id: str, kind: str, endpoint: str, endpoint_id: str) -> Thing:
    what = say("%(event)s, to %(endpoint)s", event=KINDS.get(kind, say("A test")), endpoint=endpoint)
    return Thing(what, "delivery", {"endpoint_id": endpoint_id, "delivery_id": public_id})


def _link(public_id: str, name: str, page: str, archived_at: object) -> Thing:
    return Thing(name, "link", {"page": page, "archived": 1 if archived_at else None, "_anchor": "kept"})


def _experiments(keys: Collection[str], zone: ZoneInfo) -> Mapping[str, Thing]:
    query = (
        select(Experiment.public_id, Experiment.created_at, Draft.public_id)
        .join(Page, Page.id == Experiment.page_id)
        .join(Magnet, Magnet.id == Page.magnet_id)
        .outerjoin(Draft, Draft.slug == Magnet.slug)
        .where(Experiment.public_id.in_(keys))
    )
    return {
        key: Thing(
            say("begun on %(day)s", day=_day(at.astimezone(zone).date())),
            "experiment" if draft else "",
            {"draft": draft, "of": key},
        )
        for key, at, draft in session().execute(query)
    }


def _day(day: date) -> Callable[[Language], str]:
    return lambda language: language.calendar_day(day)


def _rules(key: str) -> Thing:
    if not key.isdecimal():
        return Thing(say("Draft of the rules"), "rules_draft")
    return Thing(say("Rules, version %(number)s", number=key), "rules", {"number": key})


def _destination(key: str) -> Thing | None:
    return Thing(DESTINATIONS[key].title, "destination", {"key": key}) if key in DESTINATIONS else None


def _month(key: str) -> Thing | None:
    try:
        month = date.fromisoformat(f"{key}-01")
    except ValueError:  # an address may say anything
        return None
    return Thing(Phrase(lambda language: language.month_of(month)), "month")


_newest = select(func.max(Edition.number)).where(Edition.magnet_id == Magnet.id).correlate(Magnet).scalar_subquery()
_slugs = union_all(
    select(Page.slug.label("slug"), Page.id.label("page_id")), select(PageSlug.slug, PageSlug.page_id)
).subquery()
_pages = (
    select(_slugs.c.slug, Edition.title, Page.slug)
    .join(Page, Page.id == _slugs.c.page_id)
    .join(Magnet, Magnet.id == Page.magnet_id)
    .join(Edition, (Edition.magnet_id == Magnet.id) & (Edition.number == _newest))
)
_deliveries = select(
    WebhookDelivery.public_id, WebhookDelivery.kind, WebhookEndpoint.name, WebhookEndpoint.public_id
).join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
_links = select(KeptLink.public_id, KeptLink.name, Page.slug, KeptLink.archived_at).join(
    Page, Page.id == KeptLink.page_id
)

# The rows that name a kind of things, each beginning with the id, and what such a row means.
_NAMED: Mapping[str, tuple[Select[*tuple[Any, ...]], Callable[..., Thing]]] = MappingProxyType(
    {
        "token": (select(ApiToken.public_id, ApiToken.name), lambda key, name: Thing(name)),
        "passkey": (select(Passkey.public_id, Passkey.name), lambda key, name: Thing(name)),
        "costs": (select(SpendImport.public_id, SpendImport.name), lambda key, name: Thing(name, "costs")),
        "word": (select(Word.public_id, Word.word), lambda key, word: Thing(word, "word")),
        "view": (
            select(SavedView.public_id, SavedView.name, SavedView.sought),
            lambda key, name, sought: Thing(name, "view", sought),
        ),
        "draft": (
            select(Draft.public_id, Draft.title, Draft.slug),
            lambda key, title, slug: Thing(title or slug, "draft", {"draft": key}),
        ),
        "import": (
            select(LeadImport.public_id, LeadImport.name),
            lambda key, name: Thing(name, "import", {"import_id": key}),
        ),
        "campaign": (
            select(Campaign.public_id, Campaign.name),
            lambda key, name: Thing(name, "campaign", {"campaign_id": key}),
        ),
        "webhook": (
            select(WebhookEndpoint.public_id, WebhookEndpoint.name),
            lambda key, name: Thing(name, "webhook", {"endpoint_id": key}),
        ),
        "page": (_pages, lambda key, title, slug: Thing(title, "page", {"slug": slug})),
        "delivery": (_deliveries, _delivery),
        "link": (_links, _link),
    }
)


def _never(kind: str) -> Thing | None:
    is_known = kind in list(ExclusionKind)
    return Thing(exclusions.WORDS[ExclusionKind(kind)], "never", {"kind": kind}) if is_known else None


_ALWAYS: Mapping[str, Callable[[str], Thing | None]] = MappingProxyType(
    {"rules": _rules, "destination": _destination, "month": _month, "never": _never}
)

# Of what stands in the log and nowhere else.
_GONE: Mapping[str, str] = MappingProxyType(
    {
        "passkey": say("one that is removed"),
        "delivery": say("A delivery that is removed"),
        "costs": say("Costs that were taken back"),
        "word": say("A word that is removed"),
        "view": say("A view that is removed"),
        "campaign": say("A campaign that is removed"),
        "webhook": say("An endpoint that is removed"),
    }
)
