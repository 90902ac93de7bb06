"""An entry of the audit log in words: people and things by their names, each with the screen that shows it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask import url_for

from capture.accounts.models import AuditEntry
from capture.reports import audited
from capture.reports.audited import Meanings
from capture.web import language
from capture.web.filters import stored
from capture.web.studio.words import spoken

SCREENS: Mapping[str, str] = MappingProxyType(
    {
        "lead": "studio.lead",
        "mql": "inbox.one",
        "draft": "drafts.text",
        "page": "studio.days",
        "import": "imports.one",
        "link": "links.listing",
        "word": "links.words",
        "view": "leads.listing",
        "campaign": "campaigns.one",
        "costs": "reports.costs",
        "month": "reports.months",
        "experiment": "drafts.experiment",
        "rules": "rule_versions.one",
        "rules_draft": "scoring.edit",
        "destination": "destinations.destination",
        "never": "inbox.never",
        "webhook": "webhooks.endpoint",
        "delivery": "webhooks.delivery",
    }
)


@dataclass(frozen=True, slots=True)
class Meant:
    """What an id is called, and the address of the screen that shows it, if any."""

    label: str
    address: str = ""


def meant(key: str, names: Mapping[str, str], meanings: Meanings) -> Meant:
    """What an id of the log means; `names` are those of staff."""
    thing = meanings.things.get(key)
    if thing is None:
        return Meant(names.get(key) or stored(spoken(key)))
    return Meant(language.told(thing.label), url_for(SCREENS[thing.kind], **thing.parts) if thing.kind else "")


def subject(entry: AuditEntry, names: Mapping[str, str], meanings: Meanings) -> Meant:
    """What an entry is about."""
    return meant(entry.subject, names, meanings)


def details(entry: AuditEntry, names: Mapping[str, str], meanings: Meanings) -> list[tuple[str, list[Meant]]]:
    """What is kept beside a deed, each under its word; a list with everything in it."""
    told = {key: value for key, value in entry.detail.items() if key not in (audited.ENTRY, audited.MERGE, audited.ACT)}
    said = {key: list(_values(key, value, names, meanings)) for key, value in told.items()}
    if because := meanings.reasons.get(entry.detail.get(audited.ENTRY, 0)):
        said["because"] = [Meant(stored(because))]
    return [(spoken(key).replace("_", " "), values) for key, values in said.items()]


def _values(key: str, value: object, names: Mapping[str, str], meanings: Meanings) -> Iterable[Meant]:
    if isinstance(value, list):
        for one in value:
            yield from _values(key, one, names, meanings)
    elif not isinstance(value, str):
        yield Meant(str(value))
    elif key in audited.BARE and f"{audited.BARE[key]}:{value}" in meanings.things:
        yield meant(f"{audited.BARE[key]}:{value}", names, meanings)
    else:
        yield meant(value, names, meanings)
