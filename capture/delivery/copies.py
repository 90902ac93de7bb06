"""Copies: a lead's own document, made from the prepared edition without rendering and stored nowhere."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from capture.addresses import Addresses
from capture.catalogue import documents
from capture.catalogue.models import Edition
from capture.config import Settings
from capture.delivery import grants
from capture.delivery.models import Grant
from capture.errors import NotFound
from capture.leads import consents, said
from capture.pages import pages
from magnets.imprint import Copy, Prepared


@dataclass(frozen=True, slots=True)
class PersonalCopy:
    """One lead's document, ready to be sent: nothing of it is built before its bytes are asked for."""

    document: Copy
    edition_id: int
    filename: str


_opening = Lock()


@lru_cache(maxsize=32)
def _opened(path: Path) -> Prepared:
    return Prepared.open(path)


def _prepared(path: Path) -> Prepared:
    """The document at this path; many who ask for a new edition at once open it once."""
    with _opening:
        return _opened(path)


def prepared(edition: Edition, settings: Settings) -> Prepared:
    """The opened document of an edition. Raises NotFound for an edition without one."""
    if edition.document is None:
        raise NotFound("document")
    return _prepared(documents.store(settings).path(edition.document))


def of(grant: Grant, settings: Settings) -> PersonalCopy:
    """The copy that this grant's link serves now.

    What is printed on it comes from the fill that asked for it; links are the lead's own where tracking was agreed to.
    Raises NotFound where the edition has no document.
    """
    edition = grants.served_edition(grant)
    tracked = grant.lead_id is not None and consents.state(grant.lead_id)[consents.TRACKING]
    prefix = f"{Addresses(settings.base_url).inside(grant.token)}{edition.number}-" if tracked else None
    copy = prepared(edition, settings).copy(_printed(grant, edition), link_prefix=prefix)
    return PersonalCopy(copy, edition.id, f"{_magnet_slug(grant)}.pdf")


def target(grant: Grant, edition: Edition, number: int, settings: Settings) -> str:
    """Where link `number` of the document leads. Raises NotFound for a number that the document does not have."""
    targets = prepared(edition, settings).targets
    if edition.magnet_id != grant.magnet_id or not 0 <= number < len(targets):
        raise NotFound("link")
    return targets[number]


def _printed(grant: Grant, edition: Edition) -> dict[str, str]:
    if not edition.personalised:
        return {}
    fill = grants.fill_behind(grant)
    if fill is None:
        return {}
    told = said.by_lead_field(pages.definition_of(fill.page_version_id), fill.answers)
    return {
        "name": said.name_of(told),
        "company": told.get("company", ""),
        "date": grant.created_at.date().isoformat(),
    }


def _magnet_slug(grant: Grant) -> str:
    page = pages.of_magnet(grant.magnet_id)
    return page.slug if page else "document"
