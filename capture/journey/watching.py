"""The story of pages that fall silent: whoever looks after one is told when it begins and when it is over."""

from datetime import datetime

import structlog

from capture.db import journey
from capture.outbox.queue import enqueue
from capture.pages.pages import is_open_at
from capture.reports import watching
from capture.reports.models import IncidentKind
from capture.reports.watching import Silence

log = structlog.get_logger()


def watch(*, at: datetime) -> int:
    """Look at every page; gives how many owners are told of something."""
    found, alive = watching.silent(at=at)
    known = {(incident.page_id, incident.kind) for incident, _page in watching.going_on()}
    fresh = [silence for silence in found if (silence.page_id, silence.kind) not in known]
    told = sum(_begin(silence, at=at) for silence in fresh)
    return told + (_end(alive=alive, at=at) if known else 0)


@journey
def _begin(found: Silence, *, at: datetime) -> bool:
    incident = watching.begin(found, at=at)
    if incident is None:
        return False
    enqueue("page_silent", key=f"page_silent:{incident.id}", at=at, incident_id=incident.id)
    log.info("page silent", page=incident.page_id, kind=incident.kind.value)
    return True


@journey
def _end(*, alive: set[tuple[int, IncidentKind]], at: datetime) -> int:
    """Incidents with a sign of life are over, and said to be; those of pages that were closed end in silence."""
    told = 0
    for incident, page in watching.going_on():
        is_alive = (incident.page_id, incident.kind) in alive
        if is_alive or not is_open_at(page, at):
            watching.end(incident, at=at)
        if is_alive:
            enqueue("page_silent", key=f"page_heard:{incident.id}", at=at, incident_id=incident.id, is_over=True)
            told += 1
    return told
