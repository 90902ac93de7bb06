"""Downloads: counted once, when all the bytes of a copy have been handed out, in one go or over ranges."""

from datetime import datetime

from sqlalchemy import select

from capture.db import insert_once, session
from capture.delivery import ranges
from capture.delivery.models import Download


def hand_out(grant_id: int, edition_id: int, *, length: int, start: int, stop: int, at: datetime) -> bool:
    """Note that bytes start..stop (half-open) were handed out; True when that completed the copy for the first time."""
    download = _row(grant_id, edition_id)
    if download is None:
        fresh = Download(grant_id=grant_id, edition_id=edition_id, length=length, ranges=[], began_at=at)
        download = fresh if insert_once(fresh) else _row(grant_id, edition_id)
    if download is None or download.completed_at is not None:
        return False
    had = [] if download.length != length else [(low, high) for low, high in download.ranges]
    covered = ranges.add(had, start, min(stop, length))
    download.length = length
    download.ranges = [list(pair) for pair in covered]
    if not ranges.cover(covered, length):
        return False
    download.completed_at = at
    return True


def _row(grant_id: int, edition_id: int) -> Download | None:
    query = select(Download).where(Download.grant_id == grant_id, Download.edition_id == edition_id)
    return session().scalar(query.with_for_update())


def completed(grant_id: int) -> bool:
    """Whether the document was ever fetched whole through this grant."""
    query = select(Download.id).where(Download.grant_id == grant_id, Download.completed_at.is_not(None)).limit(1)
    return session().scalar(query) is not None
