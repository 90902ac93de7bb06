"""The story behind the publish button: the worker makes a draft live, and says how far it is."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

import structlog

from capture import clock
from capture.catalogue import drafts, parcels
from capture.catalogue.models import PublicationState
from capture.config import Settings
from capture.db import JsonObject, db, journey
from capture.errors import PublishingStopped
from capture.journey import covers, marketer
from capture.outbox.queue import enqueue
from capture.pages import experiments, pages
from capture.pages.opening import ALWAYS, Window

if TYPE_CHECKING:
    from magnets.typeset import Progress

log = structlog.get_logger()

TOLD_EVERY = 0.7  # seconds between two notes of progress: each is a commit


def publish_draft(settings: Settings, payload: JsonObject) -> None:
    """What the outbox message asks for. Done twice it does no more than once: nothing has changed then."""
    asked = drafts.publication(payload["publication"])
    if asked is None or asked.state in (PublicationState.LIVE, PublicationState.STOPPED):
        return
    window = Window(asked.opens_at, asked.closes_at)
    key, files, actor, succession = asked.id, dict(asked.files), asked.asked_by, drafts.succession_of(asked)
    db.session.remove()  # Rendering takes seconds: no snapshot is held open meanwhile.
    _note_progress(key, stage="reading", done=0, total=0)
    try:
        with parcels.laid_out(settings, files) as folder:
            published = marketer.publish(
                folder,
                settings=settings,
                at=clock.now(),
                actor=actor,
                progress=_teller(key),
                succession=succession,
                publication=key,
                window=None if window == ALWAYS else window,
            )
    except PublishingStopped as stopped:
        _finish(key, slug="", edition=0, faults=stopped.faults, at=clock.now())
        log.info("publishing_stopped", publication=key, faults=len(stopped.faults))
    else:
        _finish(key, slug=published.slug, edition=published.edition, faults=[], at=clock.now())


def _teller(key: int) -> "Callable[[Progress], None]":
    last = 0.0

    def tell(progress: "Progress") -> None:
        nonlocal last
        if time.monotonic() - last >= TOLD_EVERY:
            last = time.monotonic()
            _note_progress(key, stage=progress.stage, done=progress.done, total=progress.total or 0)

    return tell


@journey
def _note_progress(publication_id: int, *, stage: str, done: int, total: int) -> None:
    drafts.note_progress(publication_id, stage=stage, done=done, total=total)


@journey
def _finish(publication_id: int, *, slug: str, edition: int, faults: list[str], at: datetime) -> None:
    asked = drafts.finish(publication_id, slug=slug, edition=edition, faults=faults, at=at)
    if asked.due_at is not None:
        enqueue("version_timed", key=f"version_timed:{asked.public_id}", at=at, publication=asked.public_id)
    if not faults:
        marketer.overtake(asked, at=at)
    page = pages.by_slug(slug) if slug else None
    going_on = experiments.going_on(page.page_id) if page is not None else None
    if page is not None and going_on is not None and (going_on.started_at or going_on.start_asked_at):
        covers.ask(page, covers.of(going_on), at=at)
