"""Views of lists that somebody saved under a name."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy import func, select

from capture.db import insert_once, session
from capture.errors import NotFound, ParameterRefused
from capture.languages import say
from capture.reports.models import SavedView

MOST = 50
LONGEST = 60


def listed() -> Sequence[SavedView]:
    """Every view, by name: at most MOST."""
    return session().scalars(select(SavedView).order_by(SavedView.name)).all()


def save(name: str, sought: Mapping[str, str], *, by: str, at: datetime) -> SavedView:
    """Keep a filter under a name. Raises ParameterRefused for a name that is empty, too long or taken."""
    name = " ".join(name.replace("\x00", "").split())
    if not 0 < len(name) <= LONGEST:
        raise ParameterRefused(say("Name"), say("write 1 to %(longest)s characters", longest=LONGEST))
    if (session().scalar(select(func.count()).select_from(SavedView)) or 0) >= MOST:
        raise ParameterRefused(say("Name"), say("there are %(most)s views already; remove one first", most=MOST))
    view = SavedView(name=name, sought=dict(sought), by=by, at=at)
    if not insert_once(view):
        raise ParameterRefused(say("Name"), say("there is a view of this name already"))
    return view


def remove(public_id: str) -> SavedView:
    """Take a view away. Raises NotFound."""
    view = session().scalar(select(SavedView).where(SavedView.public_id == public_id))
    if view is None:
        raise NotFound("view")
    session().delete(view)
    return view


def forget(words: Collection[str]) -> None:
    """Remove the views that look for a person by one of these, or are named after it."""
    for view in listed():
        told = " ".join(" ".join((view.name, *map(str, view.sought.values()))).lower().split())
        if any(word in told for word in words):
            session().delete(view)
