"""Copies: a lead's own document, made from the prepared edition without rendering and stored nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from capture import languages
from capture.addresses import Addresses
from capture.catalogue import documents, editions
from capture.catalogue.models import Edition
from capture.config import Settings
from capture.db import JsonObject
from capture.delivery.looks import Look
from capture.delivery.models import Grant
from capture.errors import NotFound
from capture.leads import said
from capture.pages import pages, questions
from capture.pages.definition import Definition
from magnets.words import words

if TYPE_CHECKING:
    from magnets.imprint import Copy, Prepared, Value


@dataclass(frozen=True, slots=True)
class PersonalCopy:
    """One lead's document, ready to be sent: nothing of it is built before its bytes are asked for."""

    document: "Copy"
    edition_id: int
    filename: str

    @property
    def own_file(self) -> str | None:
        """Where the file lies below the store's folder that is this copy, byte for byte; None for a personal one."""
        return None if self.document.tail else "/".join(self.document.edition.path.parts[-3:])


_opening = Lock()


@lru_cache(maxsize=32)
def _opened(path: Path) -> "Prepared":
    from magnets.imprint import Prepared  # and with it pikepdf and HarfBuzz: only who serves documents opens them

    return Prepared.open(path)


def _prepared(path: Path) -> "Prepared":
    """The document at this path; many who ask for a new edition at once open it once."""
    with _opening:
        return _opened(path)


def prepared(document: str | None, settings: Settings) -> "Prepared":
    """The opened document of an edition. Raises NotFound for an edition without one."""
    if document is None:
        raise NotFound("document")
    return _prepared(documents.store(settings).path(document))


def of(look: Look, settings: Settings) -> PersonalCopy:
    """The copy that the link serves now.

    What is printed on it comes from the fill that asked for it; links are the lead's own where tracking was agreed to.
    Raises NotFound where the edition has no document.
    """
    prefix = f"{Addresses(settings.base_url).inside(look.token)}{look.number}-" if look.is_tracked else None
    values, sections = _own(look, settings)
    copy = prepared(look.document, settings).copy(values, link_prefix=prefix, sections=sections)
    return PersonalCopy(copy, look.edition_id, f"{look.slug or 'document'}.pdf")


def target(grant: Grant, edition: Edition, number: int, settings: Settings) -> str:
    """Where link `number` of the document leads. Raises NotFound for a number that the document does not have."""
    targets = prepared(edition.document, settings).targets
    if edition.magnet_id != grant.magnet_id or not 0 <= number < len(targets):
        raise NotFound("link")
    return targets[number]


def chapter(edition: Edition, number: int, settings: Settings) -> str:
    """The title of the chapter in which link `number` of the document lies; empty before the first one."""
    page = prepared(edition.document, settings).target_pages[number]
    begun = [entry.title for entry in editions.contents(edition) if entry.level == 1 and entry.page <= page]
    return begun[-1] if begun else ""


def _own(look: Look, settings: Settings) -> "tuple[Mapping[str, Value], Sequence[str]]":
    """What is printed in the copy, and which of the pages that only some leads get are in it."""
    if not look.personalised or look.page_version_id is None or look.page_digest is None:
        return {}, ()
    definition = pages.definition_with(look.page_digest, look.page_version_id)
    answers = look.answers or {}
    printed = _printed(look, definition, answers, settings.timezone)
    result = questions.in_copy(definition.assessment, answers, look.benchmark)
    return (printed | dict(result.values), result.sections) if result else (printed, ())


def _printed(look: Look, definition: Definition, answers: JsonObject, zone: str) -> "dict[str, Value]":
    from magnets.finished import LINE  # see `_opened`

    told = said.by_lead_field(definition, answers)
    name, company = said.name_of(told), told.get("company", "")
    return {
        **said.as_printed(definition, answers),
        LINE: _for_whom(name, company, definition.language),
        "name": name,
        "company": company,
        "date": languages.written_date(look.granted_at, definition.language, zone),
    }


def _for_whom(name: str, company: str, language: str) -> str:
    """What stands at the foot of pages of a finished PDF; nothing where neither is known."""
    who = ", ".join(part for part in (name, company) if part)
    return f"{words(language).prepared_for} {who}" if who else ""
