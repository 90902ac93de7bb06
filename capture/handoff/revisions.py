"""Lists that are kept as a whole: how often each was changed, so that nobody overwrites what he has not seen."""

from datetime import datetime

from sqlalchemy import select

from capture.db import insert_once, session
from capture.errors import DraftChanged
from capture.handoff.models import KeptList


def of(name: str) -> int:
    """How often the list was changed: whoever changes it names the number that he has seen."""
    return session().scalar(select(KeptList.revision).where(KeptList.name == name)) or 0


def turn(name: str, seen: int | None, *, by: str, at: datetime) -> int:
    """The list is about to change, and nobody else changes it until this commits; gives the new number.

    `seen` None: whatever stands is replaced. Raises DraftChanged where it is not the list that was `seen` any more.
    """
    row = _held(name)
    if row is None:
        insert_once(KeptList(name=name, revision=0, changed_at=at, changed_by=by))
        row = _held(name)
    if row is None:
        raise LookupError(name)
    if seen is not None and row.revision != seen:
        raise DraftChanged(row.changed_by, row.changed_at)
    row.revision, row.changed_at, row.changed_by = row.revision + 1, at, by
    session().flush()
    return row.revision


def _held(name: str) -> KeptList | None:
    return session().scalar(select(KeptList).where(KeptList.name == name).with_for_update())
