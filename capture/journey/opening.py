"""The marketer's story after the first publishing: when a page is open, where it lies, who looks after it."""

import tomllib
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import structlog

from capture.accounts import audit, marks, staff
from capture.accounts.models import Role
from capture.catalogue import drafts, magnets, parcels
from capture.catalogue.drafts import Facts
from capture.catalogue.models import Draft, Magnet
from capture.config import Settings
from capture.db import db, journey
from capture.errors import NotFound, ParameterRefused, PublishingStopped
from capture.languages import kept, say
from capture.outbox.queue import enqueue
from capture.pages import judging, pages, screens, sheets
from capture.pages.opening import ALWAYS, Window
from capture.pages.pages import LivePage

log = structlog.get_logger()

MOST_WORDS = 600  # characters of a farewell


class Part(StrEnum):
    """What of a page is set at once; the value is the audit log's word for it."""

    WINDOW = "opened"
    FAREWELL = "page.farewell"
    ADDRESS = "page.renamed"
    OWNER = "page.owner"


def seen_of(page: LivePage) -> Mapping[Part, str]:
    """The mark of each part as it stands: whoever changes it names the one that he has seen."""
    return {
        Part.WINDOW: marks.of((page.window.opens_at, page.window.closes_at, page.status)),
        Part.FAREWELL: marks.of((page.farewell, page.leads_to)),
        Part.ADDRESS: marks.of(page.slug),
        Part.OWNER: marks.of(page.owner),
    }


def _hold(magnet_slug: str, part: Part, seen: str | None, *, at: datetime) -> int:
    """The magnet's key, its page held until the transaction ends. Raises NotFound and DraftChanged."""
    magnet = _magnet(magnet_slug)
    page = pages.held_of_magnet(magnet.id)
    closed = ("closed",) if part is Part.WINDOW else ()
    marks.refuse_if_changed(seen, seen_of(page)[part], f"page:{page.slug}", part.value, *closed, at=at)
    return magnet.id


@journey
def open_from(magnet_slug: str, window: Window = ALWAYS, *, seen: str | None = None, actor: str, at: datetime) -> None:
    """The page takes fills within the window, whatever it did before.

    `seen` is the mark of what the person had before his eyes; none: of what stands. Raises NotFound, and DraftChanged
    where somebody has changed it since; so do the others here.
    """
    slug = pages.open_from(_hold(magnet_slug, Part.WINDOW, seen, at=at), window, at=at)
    begin, end = (instant and instant.isoformat() for instant in (window.opens_at, window.closes_at))
    audit.record(actor, Part.WINDOW.value, f"page:{slug}", at=at, since=begin, until=end)


@journey
def close(magnet_slug: str, *, actor: str, at: datetime) -> None:
    """Take the page off: it takes no fills; links already given go on working. Raises NotFound."""
    slug = pages.close(_magnet(magnet_slug).id, at=at)
    audit.record(actor, "closed", f"page:{slug}", at=at)


@journey
def say_when_closed(
    magnet_slug: str, farewell: str | None, to: str | None, *, seen: str | None = None, actor: str, at: datetime
) -> None:
    """What visitors read while it is closed, and the page to which it leads (its slug; empty: to all of them).

    None keeps what it was. Raises NotFound and ParameterRefused.
    """
    if farewell is not None and len(farewell) > MOST_WORDS:
        raise ParameterRefused("farewell", say("Write at most %(most_words)s characters.", most_words=MOST_WORDS))
    slug = pages.say_when_closed(_hold(magnet_slug, Part.FAREWELL, seen, at=at), farewell, to)
    audit.record(actor, Part.FAREWELL.value, f"page:{slug}", at=at, to=to)


@journey
def give_to(magnet_slug: str, owner: str, *, seen: str | None = None, actor: str, at: datetime) -> None:
    """Somebody looks after the page and gets its mails; empty: the first admin. Raises NotFound, ParameterRefused."""
    person = staff.by_public_id(owner) if owner else None
    if owner and (person is None or person.role is Role.SALES):
        raise ParameterRefused("owner", say("Choose a marketer or an admin who may log in."))
    slug = pages.give_to(_hold(magnet_slug, Part.OWNER, seen, at=at), owner)
    audit.record(actor, Part.OWNER.value, f"page:{slug}", at=at, owner=owner)


def rename(
    magnet_slug: str, slug: str, *, settings: Settings, seen: str | None = None, actor: str, at: datetime
) -> None:
    """The page lies under another slug at once, and its draft says so too; the old address redirects.

    Raises NotFound, and ParameterRefused where the slug is none or belongs, or belonged, to another page.
    """
    fault = judging.fault_of_slug(slug)
    if fault:
        raise ParameterRefused("slug", fault)
    draft, definition = drafts.by_slug(magnet_slug), ""
    if draft is not None:
        text = parcels.read(settings, draft.files, parcels.DEFINITION).decode("utf-8-sig")
        _refuse_if_broken(text)
        written = sheets.write(text, screens.ADDRESS, {"page-slug": slug})
        definition = parcels.put(settings, {parcels.DEFINITION: written.encode()})[parcels.DEFINITION]
    read = draft.files[parcels.DEFINITION] if draft else ""
    db.session.remove()
    try:
        _rename(magnet_slug, slug, draft, read, definition, seen=seen, actor=actor, at=at)
    except PublishingStopped:
        raise ParameterRefused(
            "slug", say("Another page has, or had, the address /%(slug)s; choose another one.", slug=slug)
        ) from None


def _refuse_if_broken(text: str) -> None:
    try:
        sheets.table_of(text)
    except tomllib.TOMLDecodeError:
        reason = say("magnet.toml of the draft does not parse. Mend it first: it has to name the new address.")
        raise ParameterRefused("slug", reason) from None


@journey
def _rename(
    magnet_slug: str,
    slug: str,
    draft: Draft | None,
    read: str,
    definition: str,
    *,
    seen: str | None,
    actor: str,
    at: datetime,
) -> None:
    former = pages.rename(_hold(magnet_slug, Part.ADDRESS, seen, at=at), slug, at=at)
    if former == slug:
        return
    held = drafts.hold(draft.public_id) if draft else None
    if held is not None:
        drafts.refuse_if_changed(held, {parcels.DEFINITION: read})
        facts = Facts(held.slug, held.kind, held.title, held.translation_of)
        drafts.save(held, facts, {parcels.DEFINITION: definition}, what=kept("Another address"), author=actor, at=at)
    audit.record(actor, Part.ADDRESS.value, f"page:{slug}", at=at, former=former)


def tell_of_openings(*, at: datetime) -> int:
    """The owner of each page that opened at its time gets a mail, once; gives how many. Openness needs no such call."""
    return _tell_of_openings(at=at) if pages.openings_to_tell(at=at) else 0


@journey
def _tell_of_openings(*, at: datetime) -> int:
    opened = pages.openings_to_tell(at=at)
    for page in opened:
        key = f"page_live:{page.id}:{page.opening_to_tell:%Y%m%dT%H%M%SZ}"
        enqueue("page_live", key=key, at=at, page_id=page.id)
        page.opening_to_tell = None
    return len(opened)


def _magnet(slug: str) -> Magnet:
    magnet = magnets.by_slug(slug)
    if magnet is None:
        raise NotFound("page")
    return magnet
