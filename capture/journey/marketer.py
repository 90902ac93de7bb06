"""The marketer's story: check a bundle, publish it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from capture import languages
from capture.accounts import audit, staff
from capture.addresses import Addresses
from capture.catalogue import documents, drafts, editions, magnets, parcels
from capture.catalogue.drafts import Facts
from capture.catalogue.editions import AS_PROMISED, Draft, Succession
from capture.catalogue.models import Edition, MagnetKind, Publication
from capture.catalogue.parcels import Files
from capture.config import Settings
from capture.db import journey
from capture.errors import NotFound, PublishingStopped
from capture.languages import kept, quoted, say
from capture.outbox.queue import enqueue
from capture.pages import judging, pages
from capture.pages.definition import Definition
from capture.pages.opening import Window
from capture.webinars import registrations, sessions
from capture.webinars.models import WebinarSession
from capture.webinars.sessions import Plan
from magnets import bundle
from magnets.bundle import Bundle, BundleUnreadable
from magnets.findings import Finding, in_reading_order

if TYPE_CHECKING:
    from magnets.typeset import Limits, Listener

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Published:
    """What is live now. `is_new_edition` is False where nothing of the bundle had changed.

    `overtook`: a version that waited for its time gave way to it.
    """

    slug: str
    address: str
    edition: int
    is_new_edition: bool
    version: int
    pages: int
    advice: tuple[Finding, ...]
    overtook: bool = False


def check(folder: Path, *, settings: Settings, at: datetime) -> list[Finding]:
    """Every fault of a bundle, what stops publishing first; one that cannot be read has only the reasons."""
    try:
        return _judge(bundle.read(folder), settings, at)
    except BundleUnreadable as unreadable:
        return in_reading_order(unreadable.findings)


def judge_definition(folder: Path, *, settings: Settings, at: datetime) -> list[Finding]:
    """The faults of magnet.toml alone, as `check` has them; texts and pictures are not looked at."""
    try:
        given = bundle.read(folder)
        return [*given.faults, *_of_definition(given, settings, at)]
    except BundleUnreadable as unreadable:
        return unreadable.findings


def publish(
    folder: Path,
    *,
    settings: Settings,
    at: datetime,
    actor: str = "cli",
    limits: "Limits | None" = None,
    progress: "Listener | None" = None,
    succession: Succession = AS_PROMISED,
    publication: int | None = None,
    window: Window | None = None,
) -> Published:
    """Make a bundle live: a new edition and page version where anything changed. Takes seconds: the renderer runs.

    Everything is prepared first and switched in one transaction: on PublishingStopped the live page is as it was.
    `succession`: what links that were given before serve from now on. Nobody is mailed, unless a webinar moved.
    `window`: when the page is open; None keeps the times that it has.
    `publication`: the press publishes it for a draft. Without, its files become a version of the draft, so that the
    studio goes on from them.
    """
    try:
        given = bundle.read(folder)
    except BundleUnreadable as unreadable:
        raise _stopped(unreadable.findings) from unreadable
    definition, faults = judging.define(given, settings, at=at)
    findings = in_reading_order([*bundle.check(given), *faults, *_conflicts(given)])
    if any(finding.stops for finding in findings):
        raise _stopped(findings)
    store, shelf = documents.store(settings), documents.shelf(settings)
    from capture.catalogue import press  # and with it all that makes and draws a PDF: few processes publish

    draft, complaints = press.draft(given, store, limits=limits, progress=progress, shelf=shelf)
    published = _go_live(
        given.magnet.slug,
        MagnetKind(given.magnet.kind.value),
        judging.slug_of(given),
        draft,
        definition,
        translation_of=given.magnet.translation_of,
        advice=tuple(in_reading_order([*findings, *complaints])),
        files=parcels.put_folder(settings, given.files) if publication is None else {},
        publication=publication,
        succession=succession,
        window=window,
        addresses=Addresses(settings.base_url),
        actor=actor,
        at=at,
    )
    log.info("published", page=published.slug, edition=published.edition, version=published.version)
    return published


@journey
def _go_live(
    magnet_slug: str,
    kind: MagnetKind,
    slug: str,
    draft: Draft,
    definition: Definition,
    *,
    translation_of: str,
    advice: tuple[Finding, ...],
    files: Files,
    publication: int | None,
    succession: Succession,
    window: Window | None,
    addresses: Addresses,
    actor: str,
    at: datetime,
) -> Published:
    """Switch to what was prepared: magnet, edition, page and webinar session, all of it or none."""
    magnet = magnets.find_or_create(magnet_slug, kind, at=at)
    last = editions.newest(magnet.id)
    if draft.document is None and kind is not MagnetKind.WEBINAR and not _is_of(draft, last):
        raise PublishingStopped([kept("another edition was published meanwhile; publish again")])
    edition = editions.publish(magnet.id, draft, succession=succession, at=at)
    owner = actor if staff.by_public_id(actor) else ""
    page = pages.publish(magnet.id, slug, definition, translation_of=translation_of, window=window, owner=owner, at=at)
    _announce(magnet.id, draft, definition, at=at)
    noted = None
    if publication is not None:
        if drafts.is_overtaken(publication):
            raise PublishingStopped([kept("something that was asked for later is live already; publish again")])
    else:
        facts = Facts(magnet_slug, kind, draft.title, translation_of)
        noted = drafts.note_published(facts, files, slug=page.slug, edition=edition.number, by=actor, at=at)
    what = "corrected" if edition.corrects and edition is not last else "published"
    audit.record(actor, what, f"page:{page.slug}", at=at, edition=edition.number, version=page.version)
    return Published(
        slug=page.slug,
        address=addresses.page(page.slug),
        edition=edition.number,
        is_new_edition=last is None or last.id != edition.id,
        version=page.version,
        pages=edition.pages,
        advice=advice,
        overtook=noted is not None and overtake(noted, at=at),
    )


def overtake(live: Publication, *, at: datetime) -> bool:
    """What waited for its time since before this was asked for gives way, now that it is live; whether any did."""
    draft = drafts.overtake(live)
    if draft is not None:
        audit.record(live.asked_by, "draft.untimed", f"draft:{draft.public_id}", at=at)
    return draft is not None


def plan_of(definition: Definition, title: str, summary: str) -> Plan | None:
    """The session that a page of a webinar announces; None for other kinds."""
    webinar = definition.webinar
    if webinar is None:
        return None
    return Plan(
        title=title,
        summary=summary,
        starts_at=webinar.starts_at,
        zone=webinar.zone,
        minutes=webinar.minutes,
        seats=webinar.seats,
        room_url=webinar.room_url,
        replay_url=webinar.replay_url,
        speakers=[asdict(speaker) for speaker in webinar.speakers],
        agenda=webinar.agenda,
    )


def _announce(magnet_id: int, draft: Draft, definition: Definition, *, at: datetime) -> None:
    """The session of a webinar; where its date moved, everybody's invitation follows."""
    plan = plan_of(definition, draft.title, draft.summary)
    if plan is None:
        return
    session, has_moved = sessions.publish(magnet_id, plan, at=at)
    if has_moved:
        _tell_everybody(session, at=at)


@journey
def cancel_webinar(slug: str, *, actor: str = "cli", at: datetime) -> int:
    """Call a webinar off: everybody registered is told, and their calendars too. Gives how many; twice is harmless."""
    page = pages.by_slug(slug)
    session = sessions.of_magnet(page.magnet_id) if page else None
    if session is None:
        raise NotFound("webinar")
    if not sessions.cancel(sessions.hold(session.id), at=at):
        return 0
    audit.record(actor, "webinar.cancelled", f"page:{slug}", at=at)
    return _tell_everybody(session, at=at)


def _tell_everybody(session: WebinarSession, *, at: datetime) -> int:
    """Everybody registered gets the session as it is now, with an entry of the same UID for the calendar."""
    registered = registrations.to_tell(session.id)
    for registration in registered:
        key = f"webinar_mail:{registration.id}:{session.sequence}"
        enqueue("webinar_mail", key=key, at=at, registration_id=registration.id)
    return len(registered)


def _is_of(draft: Draft, edition: Edition | None) -> bool:
    return edition is not None and edition.bundle_digest == draft.bundle_digest


def _judge(given: Bundle, settings: Settings, at: datetime) -> list[Finding]:
    return in_reading_order([*bundle.check(given), *_of_definition(given, settings, at)])


def _of_definition(given: Bundle, settings: Settings, at: datetime) -> list[Finding]:
    return [*judging.judge(given, settings, at=at), *_conflicts(given)]


def _conflicts(given: Bundle) -> list[Finding]:
    """What stands against what is published already."""
    found = []
    slug, known = judging.slug_of(given), magnets.by_slug(given.magnet.slug)
    if pages.is_taken(slug, magnet_slug=given.magnet.slug):
        table = "page" if slug != given.magnet.slug else "magnet"
        message = say("Another page has, or had, the slug %(slug)s; choose another one.", slug=quoted(slug))
        found.append(given.stop("duplicate-slug", message, table, "slug"))
    page = pages.of_magnet(known.id) if known else None
    if page is not None and page.slug != slug and not found:
        message = say("The page moves from /%(slug)s to /%(new)s; the old address redirects.", slug=page.slug, new=slug)
        found.append(given.advise("address-changes", message, "page", "slug"))
    found += _other_versions(given)
    if known is not None and known.kind.value != given.magnet.kind.value:
        message = say(
            "The magnet %(slug)s is published as %(kind)s; give this one a slug of its own.",
            slug=quoted(known.slug),
            kind=known.kind.value,
        )
        found.append(given.stop("kind-changed", message, "magnet", "kind"))
    return found


def _other_versions(given: Bundle) -> list[Finding]:
    """What stands against being a version of something in another language."""
    original, language = given.magnet.translation_of, given.magnet.language
    same = pages.in_language(original or given.magnet.slug, language, but=given.magnet.slug)
    if same is not None:
        message = say(
            "/%(same)s is the version in %(language)s; there is one page in each language.",
            same=same,
            language=languages.name_of(language),
        )
        return [given.stop("language-twice", message, "magnet", "language")]
    if original and magnets.by_slug(original) is None:
        message = say(
            "The magnet %(original)s is not published; once it is, both pages lead to each other.",
            original=quoted(original),
        )
        return [given.advise("original-unknown", message, "magnet", "translation_of")]
    return []


def _stopped(findings: Sequence[Finding]) -> PublishingStopped:
    return PublishingStopped([finding.said for finding in findings if finding.stops])
